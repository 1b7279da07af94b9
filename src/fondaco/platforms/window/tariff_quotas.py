"""Tariff quotas as the authority tells them: loaded with their balances, looked up, refused once exhausted.

A quota is first come, first served by the day a declaration is accepted (Reg. (EU) 2015/2447 art. 49 to 54; the
UK's in the Customs (Tariff Quotas) (EU Exit) Regulations 2020): nothing of it can be reserved here. A price that
stood on a quota is asked about again before it is paid.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from fondaco.kernel import audit
from fondaco.kernel.audit import Deed
from fondaco.kernel.errors import Conflict
from fondaco.platforms.window.domain.landed_claims import QUOTA
from fondaco.platforms.window.domain.landed_types import LandedQuote
from fondaco.platforms.window.models import Measure, TariffQuota
from fondaco.platforms.window.tariff_official import QuotaRow, read_uk_quotas
from fondaco.platforms.window.tariff_rows import BadTariffFile

_SOURCE = "data.api.trade.gov.uk, uk-trade-quotas (OGL v3)"


class QuotaExhausted(Conflict):
    code = "quota-exhausted"
    title = "The tariff quota that this price stands on is exhausted."
    remedy = "Ask for a new price: the duty outside the quota is owed."


@dataclass(frozen=True, slots=True)
class TariffQuotaDTO:
    """A quota for a page; `state` is open, critical (security is asked) or exhausted."""

    jurisdiction: str
    order_number: str
    codes: tuple[str, ...]
    origins: tuple[str, ...]
    expression: str
    unit: str
    volume: Decimal
    balance: Decimal
    state: str
    since: date
    until: date | None
    told_on: date
    source: str

    @property
    def used_pct(self) -> Decimal:
        return (100 * (self.volume - self.balance) / self.volume).quantize(Decimal("0.1"))


@dataclass(frozen=True, slots=True)
class QuotasLoaded:
    """What a file of quotas held, and whether it was put in place of the one before."""

    held: int
    open: int
    critical: int
    exhausted: int
    loaded: bool


def load_quotas(path: Path, *, now: datetime, actor: str, dry_run: bool = False) -> QuotasLoaded:
    """Put the UK's quotas and balances in the place of those held: all or nothing. BadTariffFile.

    A file without any quota of the present day is of another year and refused.
    """
    rows, today = read_uk_quotas(path), now.date()
    current = [row for row in rows if row.since <= today and (row.until is None or today < row.until)]
    if not current:
        raise BadTariffFile(
            f"{path.name} has no quota that runs on {today.isoformat()}.",
            field="quota_definition__validity_end_date",
        )
    empty = sum(not row.balance for row in current)
    critical = sum(row.critical and bool(row.balance) for row in current)
    report = QuotasLoaded(len(rows), len(current) - empty - critical, critical, empty, loaded=not dry_run)
    if not dry_run:
        _store(rows, now=now, actor=actor)
    return report


@transaction.atomic
def _store(rows: list[QuotaRow], *, now: datetime, actor: str) -> None:
    duties = dict(
        Measure.objects.filter(jurisdiction="uk", kind="quota").values_list("reference", "expression")
    )
    kept: dict[tuple[str, date], QuotaRow] = {(row.order_number, row.since): row for row in rows}
    TariffQuota.objects.filter(jurisdiction="uk").delete()
    TariffQuota.objects.bulk_create(
        TariffQuota(
            jurisdiction=row.jurisdiction, order_number=row.order_number, codes=list(row.codes),
            origins=list(row.origins), expression=duties.get(row.order_number, ""), unit=row.unit, volume=row.volume,
            balance=row.balance, critical=row.critical, told_on=now.date(), validity=DateRange(row.since, row.until),
            source=_SOURCE, loaded_at=now,
        )
        for row in kept.values()
        if row.volume > 0
    )  # fmt: skip
    audit.record(
        [Deed("window.quotas_loaded", "tariff", "uk/quotas", detail={"rows": len(kept)})], actor=actor, at=now
    )


def tariff_quotas(jurisdiction: str, *, on: date, code: str = "", limit: int = 200) -> list[TariffQuotaDTO]:
    """The quotas that run on a day, those of a commodity code only where one is given; the fullest first."""
    rows = TariffQuota.objects.filter(jurisdiction=jurisdiction, validity__contains=on).order_by(
        "order_number"
    )
    found = [_dto(row) for row in rows]
    if code:
        found = [one for one in found if any(code.startswith(x) or x.startswith(code) for x in one.codes)]
    return sorted(found, key=lambda one: (-one.used_pct, one.order_number))[:limit]


def open_claims(schemes: frozenset[str], *, on: date) -> frozenset[str]:
    """`schemes` without the quotas that are not open on `on`; asks the table only where one is claimed."""
    claimed = _numbers(schemes)
    if not claimed:
        return schemes
    return schemes - {QUOTA + number for number in claimed - _open(claimed, on)}


def check_quotas(quote: LandedQuote, *, on: date) -> None:
    """QuotaExhausted where a quota that `quote` stands on has nothing left on `on`."""
    used = _numbers(step.inputs.get("claim", "") for step in quote.trace if step.code == "duty-claim")
    gone = used - _open(used, on) if used else set()
    if gone:
        raise QuotaExhausted(field="quota", value=", ".join(sorted(gone)))


def _numbers(claims: Iterable[str]) -> set[str]:
    return {claim.removeprefix(QUOTA) for claim in claims if claim.startswith(QUOTA)}


def _open(numbers: set[str], on: date) -> set[str]:
    rows = TariffQuota.objects.filter(order_number__in=numbers, validity__contains=on, balance__gt=0)
    return set(rows.values_list("order_number", flat=True))


def _dto(row: TariffQuota) -> TariffQuotaDTO:
    state = "exhausted" if not row.balance else "critical" if row.critical else "open"
    return TariffQuotaDTO(
        row.jurisdiction, row.order_number, tuple(row.codes), tuple(row.origins), row.expression, row.unit, row.volume,
        row.balance, state, row.validity.lower, row.validity.upper, row.told_on, row.source,
    )  # fmt: skip
