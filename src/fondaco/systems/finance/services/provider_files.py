"""Booking a provider's settlement file: its clearing account drains into the bank."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from fondaco.kernel.bulk import update_many
from fondaco.kernel.money import split_minor
from fondaco.systems.finance.domain.baskets import whole_case
from fondaco.systems.finance.domain.ledger import HOUSE, AccountKey, JournalDraft, lines
from fondaco.systems.finance.domain.payments import ProviderFile, ProviderLine
from fondaco.systems.finance.models import (
    PAYMENT_MACHINE,
    TAKEN,
    Dispute,
    PaymentIntent,
    PaymentState,
    ProviderBatch,
    Refund,
    RefundState,
)
from fondaco.systems.finance.services.charges import by_charge, id_in_key, named
from fondaco.systems.finance.services.disputes import disputes_of_cases
from fondaco.systems.finance.services.ledger import post_journals, retried
from fondaco.systems.finance.services.support import tell


@dataclass(frozen=True, slots=True)
class FileReport:
    """What a settlement file came to. `breaks`: lines that no payment of ours explains, and why."""

    reference: str
    lines: int
    matched: int
    breaks: tuple[dict[str, Any], ...]
    fresh: bool


def book_provider_file(
    file: ProviderFile, *, provider_id: UUID, now: datetime, on: date | None = None
) -> FileReport:
    """Book what the provider pays out, once per file; its payments become `settled`.

    A line is matched by key and amount: a basket's one line with the sum of its shares, its fee apportioned to
    them by largest remainder. Others are breaks: their money is kept in `suspense` until
    somebody explains it, and the clearing account keeps its claim.
    """
    return retried(lambda: _book(file, provider_id, on=on or now.date(), now=now))


def _book(file: ProviderFile, provider_id: UUID, *, on: date, now: datetime) -> FileReport:
    before = ProviderBatch.objects.filter(provider_id=provider_id, reference=file.reference).first()
    if before is not None:
        return FileReport(file.reference, before.lines, before.matched, tuple(before.breaks), fresh=False)
    payments, refunds = _known(file.lines, provider_id)
    lost = _lost(file.lines, provider_id)
    expected = {
        key: ("charge", sum(p.amount_minor for p in shares), shares[0].currency)
        for key, shares in payments.items()
    }
    expected |= {key: ("refund", -r.amount_minor, r.currency) for key, r in refunds.items()}
    expected |= {
        key: ("dispute", -sum(d.amount_minor for d in parts), parts[0].currency)
        for key, parts in lost.items()
    }
    matched, breaks = _sorted(file.lines, expected)
    post_journals(_drafts(file, matched, provider_id, on=on))
    _settle([(payments[line.key], line.fee.minor) for line in matched if line.kind == "charge"], now=now)
    ProviderBatch.objects.create(
        provider_id=provider_id, reference=file.reference, lines=len(file.lines), matched=len(matched),
        breaks=list(breaks), booked_at=now,
    )  # fmt: skip
    return FileReport(file.reference, len(file.lines), len(matched), breaks, fresh=True)


def _sorted(
    lines_: Sequence[ProviderLine], expected: dict[str, tuple[str, int, str]]
) -> tuple[list[ProviderLine], tuple[dict[str, Any], ...]]:
    """The lines that are ours, each key once, and the breaks with their number in the file."""
    matched: dict[str, ProviderLine] = {}
    breaks = []
    for number, line in enumerate(lines_, start=1):
        if _told(line) == expected.get(line.key) and line.key not in matched:
            matched[line.key] = line
        else:
            kind = "duplicate" if line.key in matched else "amount" if line.key in expected else "unknown"
            breaks.append(_break(line, expected, kind=kind, number=number))
    return list(matched.values()), tuple(breaks)


def _known(
    lines_: Sequence[ProviderLine], provider_id: UUID
) -> tuple[dict[str, list[PaymentIntent]], dict[str, Refund]]:
    """Our captured payments and done refunds at this provider behind the keys of a file."""
    charges = [id_in_key(line.key) for line in lines_ if line.kind == "charge"]
    refunds = [_uuid(line.key.removeprefix("refund-")) for line in lines_ if line.kind == "refund"]
    paid = named(charges).filter(provider_id=provider_id, state=PaymentState.CAPTURED)
    return (
        by_charge(paid.select_for_update(no_key=True).order_by("id")),
        {
            f"refund-{r.id}": r
            for r in Refund.objects.house().filter(
                id__in=filter(None, refunds), state=RefundState.DONE, provider_id=provider_id
            )
        },
    )


def _lost(lines_: Sequence[ProviderLine], provider_id: UUID) -> dict[str, list[Dispute]]:
    """The disputes at this provider, given up or lost, behind the keys of a file: of a basket all parts of one."""
    cases = [line.key.removeprefix("dispute-") for line in lines_ if line.kind == "dispute"]
    found: dict[str, list[Dispute]] = defaultdict(list)
    if cases:
        for row in disputes_of_cases(cases, provider_id=provider_id).filter(state__in=TAKEN):
            found[f"dispute-{whole_case(row.case)}"].append(row)
    return found


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _told(line: ProviderLine) -> tuple[str, int, str]:
    return line.kind, line.gross.minor, line.gross.currency


def _break(
    line: ProviderLine, expected: dict[str, tuple[str, int, str]], *, kind: str, number: int
) -> dict[str, Any]:
    ours = expected.get(line.key)
    return {
        "key": line.key,
        "number": number,
        "type": kind,
        "theirs": line.gross.minor,
        "ours": ours[1] if ours else None,
        "currency": line.gross.currency,
    }


def _drafts(
    file: ProviderFile, matched: Sequence[ProviderLine], provider_id: UUID, *, on: date
) -> list[JournalDraft]:
    """One journal per currency: clearing and suspense against fees and bank."""
    known = {id(line) for line in matched}
    sums: dict[str, list[int]] = {}
    for line in file.lines:
        total = sums.setdefault(line.gross.currency, [0, 0, 0])
        total[0 if id(line) in known else 1] += line.gross.minor
        total[2] += line.fee.minor
    drafts = [_draft(file, currency, total, provider_id, on=on) for currency, total in sorted(sums.items())]
    return [draft for draft in drafts if draft.entries]


def _draft(
    file: ProviderFile, currency: str, total: Sequence[int], provider_id: UUID, *, on: date
) -> JournalDraft:
    cleared, unexplained, fee = total
    return JournalDraft(
        idem=f"provider-file:{provider_id}:{file.reference}:{currency}",
        kind="provider.settled",
        entries=lines(
            (AccountKey(provider_id, "provider_clearing", currency), cleared),
            (AccountKey(HOUSE, "suspense", currency), unexplained),
            (AccountKey(HOUSE, "provider_fees", currency), -fee),
            (AccountKey(HOUSE, "bank", currency), fee - cleared - unexplained),
        ),
        effective_on=on,
        source=f"provider-file:{file.reference}"[:80],
    )


def _settle(paid: Sequence[tuple[list[PaymentIntent], int]], *, now: datetime) -> None:
    """The shares of each charge are settled, each with its part of the provider's fee."""
    rows = [
        (share, fee)
        for shares, whole_fee in paid
        for share, fee in zip(
            shares, split_minor(whole_fee, [one.amount_minor for one in shares]), strict=True
        )
    ]
    update_many(
        "finance_paymentintent",
        ("id", "state", "fee_minor", "changed_at"),
        [(p.id, PAYMENT_MACHINE.after(p.state, "settle"), fee, now) for p, fee in rows],
    )
    tell(
        "finance.payment_settled",
        subject_type="payment",
        facts=[(p.id, p.seller_id, {"order_id": str(p.order_id)}) for p, _ in rows],
        at=now,
    )
