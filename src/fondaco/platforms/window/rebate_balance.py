"""What the ledger of rebates adds up to: by month, by case, by age."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Sum

from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Scope
from fondaco.platforms.window.domain.rebate_sums import CLAIM, Standing, standing_of
from fondaco.platforms.window.models import RebateCase, RebateEntry

AGES = (30, 60, 90)  # days since the claim


@dataclass(frozen=True, slots=True)
class OpenSum:
    """What is claimed and neither paid nor refused, in one currency: in all, and by age of the claim.

    `ages` are the sums up to 30, 60 and 90 days and beyond.
    """

    total: Money
    ages: tuple[Money, ...]
    cases: int

    @property
    def middle(self) -> Money:
        """What was claimed 31 to 90 days ago."""
        return self.ages[1] + self.ages[2]


@dataclass(frozen=True, slots=True)
class PeriodBalance:
    """The ledger of one month and currency."""

    period: date
    currency: str
    cases: int
    standing: Standing


def balance_by_period(scope: Scope) -> list[PeriodBalance]:
    """The ledger's standing by month and currency, from its lines alone, newest first."""
    visible = RebateCase.objects.of(scope).values("id")
    rows: Any = (
        RebateEntry.objects.filter(case_id__in=visible)
        .values("period", "case__currency", "kind")
        .annotate(total=Sum("amount_minor"), cases=Count("case_id", distinct=True))
    )
    sums: dict[tuple[date, str], dict[str, int]] = {}
    cases: dict[tuple[date, str], int] = {}
    for row in rows:
        key = (row["period"], row["case__currency"])
        sums.setdefault(key, {})[row["kind"]] = row["total"]
        cases[key] = max(cases.get(key, 0), row["cases"])
    return [
        PeriodBalance(key[0], key[1], cases[key], standing_of(sums[key]))
        for key in sorted(sums, reverse=True)
    ]


def lines_of_month(
    scope: Scope, period: date, currency: str, *, size: int = 200
) -> list[tuple[str, str, date, Money]]:
    """The first lines of a month's ledger that `scope` may see: order, kind, day and amount, oldest first."""
    rows = RebateEntry.objects.filter(
        case_id__in=RebateCase.objects.of(scope).values("id"), period=period, case__currency=currency
    ).order_by("entered_on", "id")
    return [
        (reference, kind, on, Money(minor, currency))
        for reference, kind, on, minor in rows.values_list(
            "case__reference", "kind", "entered_on", "amount_minor"
        )[:size]
    ]


def unbalanced_cases(scope: Scope, *, size: int = 1_000) -> list[UUID]:
    """Cases whose own sums are not those of their lines in the ledger, or do not add up: there are none."""
    rows = RebateCase.objects.of(scope).order_by("-id")[:size]
    fields = ("id", "claimed_minor", "refused_minor", "paid_minor", "clawed_minor")
    kept = {key: tuple(rest) for key, *rest in rows.values_list(*fields)}
    told = sums_by_kind(list(kept))
    wrong = []
    for key, (claimed, refused, paid, clawed) in kept.items():
        own = standing_of({"claim": claimed, "refuse": refused, "pay": paid, "claw_back": clawed})
        if own != standing_of(told.get(key, {})) or not own.balanced:
            wrong.append(key)
    return wrong


def open_by_age(scope: Scope, *, today: date) -> list[OpenSum]:
    """What the authorities still owe on claims that `scope` may see, by currency and days since the claim."""
    fields = ("currency", "entries__entered_on", "claimed_minor", "refused_minor", "paid_minor")
    sums: dict[str, list[int]] = {}
    count: dict[str, int] = {}
    for currency, since, claimed, refused, paid in _waiting(scope).values_list(*fields):
        ages = sums.setdefault(currency, [0] * (len(AGES) + 1))
        ages[sum((today - since).days > limit for limit in AGES)] += claimed - refused - paid
        count[currency] = count.get(currency, 0) + 1
    return [
        OpenSum(Money(sum(ages), code), tuple(Money(one, code) for one in ages), count[code])
        for code, ages in sorted(sums.items())
    ]


def open_claims(scope: Scope, currency: str, *, size: int = 200) -> list[tuple[str, date, Money]]:
    """The first claims in `currency` that an authority still owes on: order, day of the claim, open sum; oldest first."""
    rows = _waiting(scope).filter(currency=currency).order_by("entries__entered_on", "id")
    fields = ("reference", "entries__entered_on", "claimed_minor", "refused_minor", "paid_minor")
    return [
        (reference, since, Money(claimed - refused - paid, currency))
        for reference, since, claimed, refused, paid in rows.values_list(*fields)[:size]
    ]


def _waiting(scope: Scope) -> Any:
    """Cases with something open, joined with the line of their claim."""
    return RebateCase.objects.of(scope).filter(
        claimed_minor__gt=F("refused_minor") + F("paid_minor"), entries__kind=CLAIM
    )


def sums_by_kind(case_ids: Sequence[UUID]) -> dict[UUID, dict[str, int]]:
    """What the ledger's lines of each case add up to, by kind; read from the lines, not from the cases."""
    rows: Any = (
        RebateEntry.objects.filter(case_id__in=case_ids)
        .values("case_id", "kind")
        .annotate(total=Sum("amount_minor"))
    )
    found: dict[UUID, dict[str, int]] = {}
    for row in rows:
        found.setdefault(row["case_id"], {})[row["kind"]] = row["total"]
    return found
