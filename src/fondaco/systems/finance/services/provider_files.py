"""Booking a provider's settlement file: its clearing account drains into the bank."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from fondaco.kernel.bulk import update_many
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
from fondaco.systems.finance.services.ledger import post_journals, retried
from fondaco.systems.finance.services.payments import provider_key
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

    A line is matched by key and amount. Others are breaks: their money is kept in `suspense` until
    somebody explains it, and the clearing account keeps its claim.
    """
    return retried(lambda: _book(file, provider_id, on=on or now.date(), now=now))


def _book(file: ProviderFile, provider_id: UUID, *, on: date, now: datetime) -> FileReport:
    before = ProviderBatch.objects.filter(provider_id=provider_id, reference=file.reference).first()
    if before is not None:
        return FileReport(file.reference, before.lines, before.matched, tuple(before.breaks), fresh=False)
    payments, refunds = _known(file.lines, provider_id)
    lost = _lost(file.lines, provider_id)
    expected = {key: ("charge", p.amount_minor, p.currency) for key, p in payments.items()}
    expected |= {key: ("refund", -r.amount_minor, r.currency) for key, r in refunds.items()}
    expected |= {key: ("dispute", -d.amount_minor, d.currency) for key, d in lost.items()}
    matched, breaks = _sorted(file.lines, expected)
    post_journals(_drafts(file, matched, provider_id, on=on))
    _settle([payments[line.key] for line in matched if line.kind == "charge"], now=now)
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
) -> tuple[dict[str, PaymentIntent], dict[str, Refund]]:
    """Our captured payments and done refunds at this provider behind the keys of a file."""
    charges = [_uuid(line.key[:36]) for line in lines_ if line.kind == "charge"]
    refunds = [_uuid(line.key.removeprefix("refund-")) for line in lines_ if line.kind == "refund"]
    paid = PaymentIntent.objects.house().select_for_update(no_key=True).order_by("id")
    paid = paid.filter(provider_id=provider_id)
    return (
        {provider_key(p): p for p in paid.filter(id__in=filter(None, charges), state=PaymentState.CAPTURED)},
        {
            f"refund-{r.id}": r
            for r in Refund.objects.house().filter(
                id__in=filter(None, refunds), state=RefundState.DONE, provider_id=provider_id
            )
        },
    )


def _lost(lines_: Sequence[ProviderLine], provider_id: UUID) -> dict[str, Dispute]:
    """The disputes at this provider, given up or lost, behind the keys of a file."""
    cases = [line.key.removeprefix("dispute-") for line in lines_ if line.kind == "dispute"]
    rows = Dispute.objects.house().filter(case__in=cases, provider_id=provider_id, state__in=TAKEN)
    return {f"dispute-{row.case}": row for row in rows} if cases else {}


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


def _settle(payments: Sequence[PaymentIntent], *, now: datetime) -> None:
    update_many(
        "finance_paymentintent",
        {"id": "uuid", "state": "text", "changed_at": "timestamptz"},
        [(p.id, PAYMENT_MACHINE.after(p.state, "settle"), now) for p in payments],
    )
    tell(
        "finance.payment_settled",
        subject_type="payment",
        facts=[(p.id, p.seller_id, {"order_id": str(p.order_id)}) for p in payments],
        at=now,
    )
