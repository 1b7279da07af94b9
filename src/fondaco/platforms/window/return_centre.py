"""The return centre: authorise, receive, inspect, decide, let go. Every step is logged, audited and told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from fondaco.kernel.errors import Conflict, Refused
from fondaco.kernel.ids import new_id
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.platforms.window.adapters.return_rules import return_policy
from fondaco.platforms.window.domain.returned import share_of
from fondaco.platforms.window.domain.returned_parts import Carried, Place
from fondaco.platforms.window.models import (
    MoveKind,
    ReturnableLine,
    ReturnCase,
    ReturnedLine,
    ReturnMove,
    ReturnPart,
    ReturnReason,
    ReturnStage,
)
from fondaco.platforms.window.return_centre_log import (
    advance_case,
    case_for,
    end_clocks,
    give_back,
    log_events,
    note_day,
    person,
    start_clocks,
)
from fondaco.platforms.window.return_centre_parts import allot_line, charges_of, load_before, part_rows


class OverReturned(Conflict):
    code = "return-above-sold"
    title = "More pieces of this line would come back than were sold."
    remedy = "Look at the line's other returns; at most the pieces still with the buyer can come back."


class BadReturn(Refused):
    code = "bad-return"
    title = "This return cannot be opened as asked."
    remedy = "Name at least one line of the order, whole pieces from 1, and one of the reasons offered."


class BadArrival(Refused):
    code = "bad-arrival"
    title = "This arrival does not fit the return."
    remedy = "Count the pieces of each line; at most as many as were authorised can arrive."


@dataclass(frozen=True, slots=True)
class ReturnAskLine:
    """Pieces of an order line to come back, with what was sold and paid for the whole line (minor units).

    `carried` tells which declarations of the sale the line's pieces came under, as far as it is known.
    """

    order_line_id: UUID
    line_no: int
    sku: str
    title: str
    sold: int
    quantity: int
    price_minor: int
    duty_minor: int = 0
    tax_minor: int = 0
    hs_code: str = ""
    origin: str = ""
    carried: tuple[Carried, ...] = ()


@dataclass(frozen=True, slots=True)
class ReturnAsk:
    """A return to open. `days` are the days of what has happened: released, exported, delivered.

    `authorities` are the customs authorities by country: that of the centre's country supervises the return.
    """

    order_id: UUID
    order_number: str
    seller_id: UUID
    buyer_id: UUID
    sold_into: str
    sent_from: str
    currency: str
    reason: str
    lines: tuple[ReturnAskLine, ...]
    days: Mapping[str, date] = field(default_factory=dict)
    regimes: Mapping[str, str] = field(default_factory=dict)
    authorities: Mapping[str, UUID] = field(default_factory=dict)
    scheme: str = ""
    note: str = ""
    credit_note_id: UUID | None = None
    refund_state: str = ""
    is_demo: bool = False


def open_returns(
    asks: Sequence[ReturnAsk],
    *,
    now: datetime,
    actor: str,
    authorised: bool,
    opened_on: Mapping[UUID, date] | None = None,
) -> list[UUID]:
    """Open returns together or not at all; `authorised` spares the seller's decision. Their ids, in order.

    A credit note that has a return already is left out. OverReturned where a line would come back above what
    was sold, BadReturn where an ask makes no sense: nothing is opened then. `opened_on` dates credit notes.
    """
    for ask in asks:
        _check(ask)
    with transaction.atomic():
        known = set(
            ReturnCase.objects.house()
            .filter(credit_note_id__in=[ask.credit_note_id for ask in asks if ask.credit_note_id])
            .values_list("credit_note_id", flat=True)
        )
        fresh = [ask for ask in asks if ask.credit_note_id is None or ask.credit_note_id not in known]
        accounts = _accounts(fresh)
        cases = [_case(ask, now=now, authorised=authorised, opened_on=opened_on) for ask in fresh]
        before = load_before(accounts)
        made = [
            _line(case, asked, accounts[asked.order_line_id], before[asked.order_line_id])
            for case, ask in zip(cases, fresh, strict=True)
            for asked in ask.lines
        ]
        parts = [row for _, rows in made for row in rows]
        ReturnCase.objects.bulk_create(cases)
        ReturnedLine.objects.bulk_create([line for line, _ in made])
        ReturnPart.objects.bulk_create(parts)
        ReturnableLine.objects.house().bulk_update(accounts.values(), ["claimed"])
        start_clocks(cases, parts, today=now.date())
        log_events([(case, "opened", {"reason": case.reason}) for case in cases], actor=actor, now=now)
    return [case.id for case in cases]


def _check(ask: ReturnAsk) -> None:
    if not ask.lines:
        raise BadReturn(field="lines", value=ask.order_number)
    if ask.reason not in ReturnReason.values:
        raise BadReturn(field="reason", value=ask.reason)
    for line in ask.lines:
        if not 1 <= line.quantity <= line.sold:
            fault = OverReturned if line.quantity > line.sold else BadReturn
            raise fault(f"{line.quantity} of {line.sold}", field=line.sku, value=line.quantity)
    if len({line.order_line_id for line in ask.lines}) < len(ask.lines):
        raise BadReturn("A line is named twice.", field="lines", value=ask.order_number)


def _accounts(asks: Sequence[ReturnAsk]) -> dict[UUID, ReturnableLine]:
    """The account of each line, opened where it is missing, locked in the order of ids."""
    rows = {
        line.order_line_id: ReturnableLine(
            order_line_id=line.order_line_id, order_id=ask.order_id, seller_id=ask.seller_id, buyer_id=ask.buyer_id,
            line_no=line.line_no, sku=line.sku[:64], title=line.title[:300], hs_code=line.hs_code[:12],
            origin=line.origin[:2], currency=ask.currency, sold=line.sold, price_minor=line.price_minor,
            duty_minor=line.duty_minor, tax_minor=line.tax_minor,
        )
        for ask in asks
        for line in ask.lines
    }  # fmt: skip
    ReturnableLine.objects.bulk_create([rows[key] for key in sorted(rows)], ignore_conflicts=True)
    found = ReturnableLine.objects.house().filter(pk__in=list(rows)).order_by("pk").select_for_update()
    return {row.order_line_id: row for row in found}


def _case(
    ask: ReturnAsk, *, now: datetime, authorised: bool, opened_on: Mapping[UUID, date] | None
) -> ReturnCase:
    made = new_id()
    centre = return_policy().centre_for(ask.sold_into)
    place = centre.country if centre else ask.sent_from
    opened = (opened_on or {}).get(ask.credit_note_id or made, now.date())
    return ReturnCase(
        id=made, number=f"RT{made.hex[:4]}{made.hex[-8:]}".upper(), order_id=ask.order_id,
        order_number=ask.order_number, credit_note_id=ask.credit_note_id, seller_id=ask.seller_id,
        buyer_id=ask.buyer_id, authority_id=ask.authorities.get(place), sold_into=ask.sold_into,
        sent_from=ask.sent_from, centre=centre.code if centre else "HOME", centre_country=place,
        regimes=dict(ask.regimes), scheme=ask.scheme[:24], reason=ask.reason, note=ask.note.strip()[:1000],
        currency=ask.currency, state=ReturnStage.AUTHORISED if authorised else ReturnStage.REQUESTED,
        days={**{name: day.isoformat() for name, day in ask.days.items()}, "opened": opened.isoformat()},
        is_demo=ask.is_demo, refund_state=ask.refund_state, opened_at=now, state_at=now, tracking=f"RT{made.hex[-10:]}".upper(),
    )  # fmt: skip


def _line(
    case: ReturnCase, asked: ReturnAskLine, account: ReturnableLine, before: Counter[Place]
) -> tuple[ReturnedLine, list[ReturnPart]]:
    """Pieces of one line, by declaration; what they carry of what was paid, and the account moved on in memory."""
    gone, sold = account.claimed, account.sold
    if gone + asked.quantity > sold:
        raise OverReturned(f"{gone} of {sold} came back before.", field=asked.sku, value=asked.quantity)
    found = allot_line(account, asked.carried, asked.quantity, before=before)
    line = ReturnedLine(
        id=new_id(), case=case, account=account, quantity=asked.quantity,
        price_minor=share_of(account.price_minor, units=asked.quantity, before=gone, sold=sold),
        **charges_of(account, found, asked.quantity),
    )  # fmt: skip
    account.claimed = gone + asked.quantity
    return line, part_rows(line, found)


def decide_request(scope: Scope, case_id: UUID, event: str, *, why: str, now: datetime) -> None:
    """Authorise or refuse a return that was asked for, as its seller; cancel one, as its buyer or seller.

    What is refused or cancelled gives its pieces back to the buyer's account: they may be asked for again.
    """
    kinds = (Kind.SELLER, Kind.BUYER) if event == "cancel" else (Kind.SELLER,)
    scope.require(role=Role.CLERK, kinds=kinds)
    if event not in ("authorise", "refuse", "cancel") or (event == "refuse" and not why.strip()):
        raise BadReturn("Say why it is refused.", field="why" if event == "refuse" else "event", value=event)
    with transaction.atomic():
        case = case_for(scope, case_id)
        advance_case(case, event, actor=person(scope), now=now, detail={"why": why.strip()[:500]})
        if event != "authorise":
            give_back(case)
            end_clocks(case, today=now.date())


def post_return(scope: Scope, case_id: UUID, *, now: datetime) -> None:
    """Note that the buyer has handed the parcel over; again changes nothing."""
    scope.require(role=Role.CLERK, kinds=(Kind.BUYER, Kind.SELLER))
    with transaction.atomic():
        case = case_for(scope, case_id)
        if case.state != ReturnStage.IN_TRANSIT:
            advance_case(case, "post", actor=person(scope), now=now)
            note_day(case, "posted", now.date(), today=now.date())


def receive_return(
    scope: Scope, case_id: UUID, counted: Mapping[UUID, int], *, now: datetime, on: date | None = None
) -> None:
    """Book the pieces that arrived at the centre, by line; what was authorised and did not come may be asked for again.

    BadArrival, and nothing changed, for a line of another return or more pieces than were authorised.
    """
    scope.require(role=Role.CLERK, kinds=(Kind.SELLER,))
    with transaction.atomic():
        case = case_for(scope, case_id)
        lines = {line.id: line for line in case.lines.select_for_update()}
        for line_id, pieces in counted.items():
            if line_id not in lines or not 0 <= pieces <= lines[line_id].quantity:
                raise BadArrival(field="line", value=f"{line_id}: {pieces}")
        if not any(counted.values()):
            raise BadArrival("No piece is counted.", field="pieces", value=0)
        advance_case(case, "arrive", actor=person(scope), now=now, detail={"pieces": sum(counted.values())})
        moves = [
            book_move(lines[line_id], MoveKind.ARRIVE, pieces, actor=person(scope), now=now)
            for line_id, pieces in counted.items()
            if pieces
        ]
        ReturnMove.objects.bulk_create(moves)
        give_back(case)
        day = on or now.date()
        note_day(case, "posted", day, today=now.date())  # at the latest
        note_day(case, "arrived", day, today=now.date())
        if case.centre_country == case.sent_from:
            note_day(case, "home", day, today=now.date())


def book_move(
    line: ReturnedLine,
    kind: str,
    pieces: int,
    *,
    actor: str,
    now: datetime,
    grade: str = "",
    document: str = "",
) -> ReturnMove:
    return ReturnMove(
        line=line, kind=kind, grade=grade, quantity=pieces, key=f"{kind}:{line.id}:{grade}", document=document[:80],
        actor=actor, at=now,
    )  # fmt: skip
