"""Collective clearance: many lists, one summary declaration, whose answers are the answers to every list."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from fondaco.kernel.errors import Refused
from fondaco.kernel.money import Money, split_minor
from fondaco.platforms.window.declaration_drafts import draft_declarations
from fondaco.platforms.window.declaration_filings import filings_of
from fondaco.platforms.window.declaration_lodging import lodge_declarations
from fondaco.platforms.window.declaration_members import SUMMARY_REGIME, references_summed
from fondaco.platforms.window.declaration_receipts import ReceiptReport, receive_receipts
from fondaco.platforms.window.declaration_store import clear_papers, dto_rows
from fondaco.platforms.window.domain.declaration import (
    DeclarationDraft,
    DeclarationDTO,
    GoodsItem,
    Kind,
    Party,
    Receipt,
    Transport,
)
from fondaco.platforms.window.domain.declaration_wco import Filing
from fondaco.platforms.window.domain.gateway import Acknowledgement, CustomsGateway, Message, ReceiptPage
from fondaco.platforms.window.domain.modes import Rates
from fondaco.platforms.window.models import (
    Declaration,
    DeclarationEvent,
    DeclarationState,
    EventSource,
    MatchVerdict,
    VerdictKind,
)

REGIME = SUMMARY_REGIME
_ENDED = (DeclarationState.REJECTED, DeclarationState.CANCELLED, DeclarationState.RETURNED)


class NothingToSummarise(Refused):
    code = "summary-empty"
    title = "No list can go into this summary declaration."
    remedy = "Mend the drafts that wait, or collect the consignments anew."


class SummaryUnfit(Refused):
    code = "summary-unfit"
    title = "The summary declaration breaks a rule."
    remedy = "Split the batch; a declaration holds at most 99 kinds of goods of one origin."


@dataclass(frozen=True, slots=True)
class SummaryOf:
    """What is summarised: its own id (which stands where an order's does), number, way, owner and declarant.

    A month's exports have one `exporter`, and as many parts as their kinds of goods ask for.
    """

    batch_id: UUID
    number: str
    origin: str
    destination: str
    owner_id: UUID
    declarant: Party
    kind: Kind = "import"
    part: int = 1
    exporter: Party | None = None


@dataclass(frozen=True, slots=True)
class SummaryReport:
    """Where the summary stands, how many lists it holds, and what its answers did to them."""

    declaration: DeclarationDTO
    lists: int
    left_out: int
    carried: ReceiptReport
    trouble: str = ""


class _Inside:
    """The way of a list that travels inside a summary: it is with the authority as soon as that is."""

    name = "inside-a-summary"

    def send(self, messages: Sequence[Message]) -> list[Acknowledgement]:
        return [Acknowledgement(one.key, taken=True) for one in messages]

    def poll(self, *, after: str, limit: int) -> ReceiptPage:
        del limit
        return ReceiptPage((), after, more=False)


def draw_up_summary(
    about: SummaryOf, list_ids: Sequence[UUID], *, rates: Rates, actor: str, now: datetime
) -> DeclarationDTO:
    """The summary declaration of the lists, recorded once for a batch; again gives the one there is.

    Goods are summed by code and origin; amounts in another currency are converted at the day's rate, each
    list for itself. NothingToSummarise; SummaryUnfit names the first rule that the sum breaks.
    """
    filings = filings_of(_rows(list_ids), now=now)
    if not filings:
        raise NothingToSummarise(field="lists", value=0)
    draft = _draft(about, filings, rates=rates, now=now)
    (made,) = draft_declarations([draft], actor=actor, now=now)
    if made.problems:
        first: Mapping[str, Any] = made.problems[0]
        raise SummaryUnfit(str(first.get("message", "")), field=str(first.get("field", "")))
    return made


def lodge_summary(
    summary: DeclarationDTO, list_ids: Sequence[UUID], gateway: CustomsGateway, *, actor: str, now: datetime
) -> str:
    """Send the summary and mark its lists as sent inside it; the trouble there was on the way. Safe to repeat."""
    report = lodge_declarations([summary.id], gateway, actor=actor, now=now)
    if not report.trouble:
        waiting = [one.id for one in dto_rows(_query(list_ids)) if one.state == DeclarationState.VALIDATED]
        lodge_declarations(waiting, _Inside(), actor=actor, now=now)
    return report.trouble


def match_summary(summary: DeclarationDTO, list_ids: Sequence[UUID], *, now: datetime) -> bool:
    """Whether the documents of every list match: only then may the summary be released. The verdict is kept."""
    papers = set(_query(list_ids).values_list("order_id", "part"))
    open_ones = papers - clear_papers({order_id for order_id, _ in papers})
    reasons = [{"rule": "lists", "severity": "hard", "detail": f"{len(open_ones)} lists do not match"}]
    MatchVerdict.objects.house().update_or_create(
        order_id=summary.order_id,
        part=summary.part,
        defaults={
            "seller_id": summary.seller_id,
            "reference": summary.reference,
            "verdict": VerdictKind.HARD if open_ones else VerdictKind.MATCH,
            "reasons": reasons if open_ones else [],
            "matched_at": now,
        },
    )
    return not open_ones


def carry_answers(summary_id: UUID, list_ids: Sequence[UUID], *, actor: str, now: datetime) -> ReceiptReport:
    """Give every answer to the summary to each of its lists as its own; what they have heard already is passed over.

    What was assessed is shared out by what each list had estimated (largest remainder), where all are in one
    currency; else it stays with the summary.
    """
    (summary,) = dto_rows(Declaration.objects.house().filter(id=summary_id))
    lists = dto_rows(_query(list_ids).exclude(state__in=[DeclarationState.DRAFT]).order_by("id"))
    events = DeclarationEvent.objects.filter(declaration_id=summary_id, source=EventSource.AGENCY).order_by(
        "id"
    )
    shares = _shares(summary, lists)
    receipts = [
        _for_list(event, one, summary, share)
        for event in events
        for one, share in zip(lists, shares, strict=True)
    ]
    return receive_receipts(receipts, now=now, actor=actor)


def summary_of(batch_id: UUID) -> DeclarationDTO | None:
    """The newest summary declaration of a batch, or None."""
    rows = dto_rows(
        Declaration.objects.house().filter(order_id=batch_id, regime=REGIME).order_by("-version")[:1]
    )
    return rows[0] if rows else None


def lists_to_summarise(order_ids: Sequence[UUID], *, batch_id: UUID) -> dict[UUID, UUID]:
    """The import lists of orders that a batch's summary may hold, each with its order: the newest of each part.

    Those that wait to be lodged, and those that the summary holds already. What went to the authority by itself
    stays out: nothing is declared twice.
    """
    rows = Declaration.objects.house().filter(order_id__in=list(order_ids), kind="import").order_by("version")
    newest = {(row.order_id, row.part): row for row in rows.only("order_id", "part", "state", "lrn")}
    inside = lists_in_summaries([batch_id])
    return {
        row.id: row.order_id
        for row in sorted(newest.values(), key=lambda row: row.id)
        if row.state == DeclarationState.VALIDATED or (row.lrn in inside and row.state not in _ENDED)
    }


def lists_in_summaries(batch_ids: Collection[UUID]) -> set[str]:
    """The local references of all lists that the summaries of these batches hold."""
    made = Declaration.objects.house().filter(order_id__in=list(batch_ids), regime=REGIME)
    return references_summed(list(made.values_list("id", flat=True))) if batch_ids else set()


def _query(list_ids: Sequence[UUID]) -> Any:
    return Declaration.objects.house().filter(id__in=list(list_ids))


def _rows(list_ids: Sequence[UUID]) -> list[Declaration]:
    return list(_query(list_ids).order_by("id"))


def _draft(about: SummaryOf, filings: Sequence[Filing], *, rates: Rates, now: datetime) -> DeclarationDraft:
    currencies = sorted({one.currency for one in filings})
    currency = currencies[0] if len(currencies) == 1 else "EUR"
    factors = {
        base: Decimal(1) if base == currency else rates(base, currency, now.date()) for base in currencies
    }

    def total(name: str) -> Money:
        """The sum of an amount over the lists, each converted and rounded for itself."""
        parts = [Money(getattr(one, name), one.currency) for one in filings]
        return Money.sum([Money.of(p.amount * factors[p.currency], currency) for p in parts], currency)

    items = _goods(filings, factors, currency)
    return DeclarationDraft(
        order_id=about.batch_id,
        seller_id=about.owner_id,
        buyer_id=about.owner_id,
        authority_id=filings[0].authority_id,
        kind=about.kind,
        part=about.part,
        regime=REGIME,
        country=filings[0].country,
        declarant=about.declarant,
        exporter=about.exporter or Party("Various consignors", about.origin, about.number),
        importer=Party("Various consignees", about.destination),
        items=items,
        invoice_total=Money.sum([item.value for item in items], currency),
        freight=total("freight_minor"),
        transport=Transport(about.number, "Various carriers", mode="5"),
        currency=currency,
        estimated_duty=total("estimated_duty_minor"),
        estimated_tax=total("estimated_tax_minor"),
        reference=about.number,
        insurance=total("insurance_minor"),
        packages=sum(one.packages for one in filings),
        mode={"mode": REGIME, "lists": [one.lrn for one in filings]},
    )


def _goods(filings: Sequence[Filing], factors: Mapping[str, Decimal], currency: str) -> tuple[GoodsItem, ...]:
    sums: dict[tuple[str, str], GoodsItem] = {}
    for one in filings:
        for item in one.items:
            value = Money.of(Money(item.value_minor, one.currency).amount * factors[one.currency], currency)
            key = item.hs_code, item.origin
            known = sums.get(key)
            if known is None:
                number = len(sums) + 1
                sums[key] = GoodsItem(
                    number,
                    item.hs_code,
                    item.description,
                    item.origin,
                    item.quantity,
                    item.net_g,
                    item.gross_g,
                    value,
                )
                continue
            sums[key] = replace(
                known,
                quantity=known.quantity + item.quantity,
                net_g=known.net_g + item.net_g,
                gross_g=known.gross_g + item.gross_g,
                value=Money(known.value.minor + value.minor, currency),
            )
    return tuple(sums.values())


def _shares(summary: DeclarationDTO, lists: Sequence[DeclarationDTO]) -> list[tuple[int | None, int | None]]:
    """Each list's part of the assessed duty and tax; (None, None) where there is none to share."""
    apart = any(one.currency != summary.currency for one in lists)
    if apart or summary.assessed_tax_minor is None or not lists:
        return [(None, None)] * len(lists)
    duty = _shared(summary.assessed_duty_minor or 0, [one.estimated_duty_minor for one in lists])
    tax = _shared(summary.assessed_tax_minor, [one.estimated_tax_minor for one in lists])
    return list(zip(duty, tax, strict=True))


def _shared(total: int, weights: Sequence[int]) -> list[int]:
    return split_minor(total, weights if any(weights) else [1] * len(weights))


def _for_list(
    event: DeclarationEvent,
    one: DeclarationDTO,
    summary: DeclarationDTO,
    share: tuple[int | None, int | None],
) -> Receipt:
    raw: Mapping[str, Any] = event.raw
    assessed = bool(raw.get("DutyTaxFee") or raw.get("duty"))
    vocabulary = "edifact" if raw.get("message") == "CUSRES" else str(raw.get("Vocabulary", "cds"))
    return Receipt(
        reference=one.lrn,
        code=event.code,
        issued_at=event.issued_at,
        vocabulary=vocabulary,
        mrn="" if one.mrn else summary.mrn,
        lane=summary.lane,
        reason=event.reason,
        duty_minor=share[0] if assessed else None,
        tax_minor=share[1] if assessed else None,
        raw={"summary": summary.lrn, "Vocabulary": vocabulary, "code": event.code},
    )
