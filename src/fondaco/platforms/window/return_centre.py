"""The return centre: authorise, receive, inspect, decide, let go. Every step is logged, audited and told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from uuid import UUID

from django.db import transaction
from django.db.models import F

from fondaco.kernel.errors import Conflict, Refused
from fondaco.kernel.ids import new_id
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.platforms.window.adapters.return_rules import return_policy
from fondaco.platforms.window.domain.returned import part_of, share_of
from fondaco.platforms.window.domain.returned_routes import DESTROY, Candidate, Goods, weigh_routes
from fondaco.platforms.window.models import (
    Grade,
    MoveKind,
    ReturnableLine,
    ReturnCase,
    ReturnedLine,
    ReturnMove,
    ReturnReason,
    ReturnStage,
    ReturnVerdict,
)
from fondaco.platforms.window.return_centre_log import (
    give_back,
    advance_case,
    case_for,
    log_events,
    note_day,
    person,
    start_clocks,
)


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


class BadGrading(Refused):
    code = "bad-grading"
    title = "The grades do not add up to what arrived."
    remedy = "Give every piece that arrived one grade, A, B or C."


class RouteClosed(Refused):
    code = "return-route-closed"
    title = "These goods cannot take this route."
    remedy = "Choose a route that is open, or leave the decision as proposed."


class NotWitnessed(Conflict):
    code = "destruction-not-witnessed"
    title = "Goods are destroyed in the presence of an officer."
    remedy = "Ask the customs officer to witness the destruction first."


@dataclass(frozen=True, slots=True)
class ReturnAskLine:
    """Pieces of an order line to come back, with what was sold and paid for the whole line (minor units)."""

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
    is_demo: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """What the inspection found of some pieces of a line."""

    line_id: UUID
    grade: str
    quantity: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class Overruled:
    """A route that a person chose instead of the proposed one, and why."""

    route: str
    why: str


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
        lines = [
            _line(case, asked, accounts[asked.order_line_id])
            for case, ask in zip(cases, fresh, strict=True)
            for asked in ask.lines
        ]
        ReturnCase.objects.bulk_create(cases)
        ReturnedLine.objects.bulk_create(lines)
        ReturnableLine.objects.bulk_update(accounts.values(), ["claimed"])
        start_clocks(cases, today=now.date())
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
        is_demo=ask.is_demo, opened_at=now, state_at=now, tracking=f"RT{made.hex[-10:]}".upper(),
    )  # fmt: skip


def _line(case: ReturnCase, asked: ReturnAskLine, account: ReturnableLine) -> ReturnedLine:
    """Pieces of one line; what they carry of what was paid, and the account moved on in memory."""
    before, sold = account.claimed, account.sold
    if before + asked.quantity > sold:
        raise OverReturned(f"{before} of {sold} came back before.", field=asked.sku, value=asked.quantity)
    part = {"units": asked.quantity, "before": before, "sold": sold}
    account.claimed = before + asked.quantity
    return ReturnedLine(
        id=new_id(), case=case, account=account, quantity=asked.quantity,
        price_minor=share_of(account.price_minor, **part), duty_minor=share_of(account.duty_minor, **part),
        tax_minor=share_of(account.tax_minor, **part),
    )  # fmt: skip


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
            _move(lines[line_id], MoveKind.ARRIVE, pieces, actor=person(scope), now=now)
            for line_id, pieces in counted.items()
            if pieces
        ]
        ReturnMove.objects.bulk_create(moves)
        give_back(case)
        day = on or now.date()
        note_day(case, "arrived", day, today=now.date())
        if case.centre_country == case.sent_from:
            note_day(case, "home", day, today=now.date())


def _move(
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


def grade_return(scope: Scope, case_id: UUID, found: Sequence[Found], *, now: datetime) -> None:
    """Record the inspection: a grade for every piece that arrived. What the buyer gets back follows from it.

    BadGrading, and nothing changed, where the grades do not add up to the pieces that arrived.
    """
    scope.require(role=Role.CLERK, kinds=(Kind.SELLER,))
    with transaction.atomic():
        case = case_for(scope, case_id)
        advance_case(case, "grade", actor=person(scope), now=now)
        lines = {line.id: line for line in case.lines.select_related("account").order_by("account_id")}
        _check_grades(found, lines)
        verdicts = [v for line in lines.values() for v in _verdicts(case, line, found, scope=scope, now=now)]
        ReturnVerdict.objects.bulk_create(verdicts)
        for line_id, own in groupby(verdicts, key=lambda verdict: verdict.line_id):
            refund = sum(verdict.refund_minor for verdict in own)
            rows = ReturnableLine.objects.house().filter(pk=lines[line_id].account_id)
            rows.update(refunded_minor=F("refunded_minor") + refund)
        case.refund_minor = sum(verdict.refund_minor for verdict in verdicts)
        case.save(update_fields=["refund_minor"])


def _check_grades(found: Iterable[Found], lines: Mapping[UUID, ReturnedLine]) -> None:
    seen: dict[tuple[UUID, str], int] = {}
    for one in found:
        if (
            one.line_id not in lines
            or one.grade not in Grade.values
            or one.quantity < 1
            or (one.line_id, one.grade) in seen
        ):
            raise BadGrading(field="grade", value=f"{one.line_id} {one.grade} {one.quantity}")
        seen[one.line_id, one.grade] = one.quantity
    for line in lines.values():
        graded = sum(pieces for (line_id, _), pieces in seen.items() if line_id == line.id)
        if graded != line.received:
            raise BadGrading(f"{graded} of {line.received}", field=line.account.sku, value=graded)


def _verdicts(
    case: ReturnCase, line: ReturnedLine, found: Sequence[Found], *, scope: Scope, now: datetime
) -> list[ReturnVerdict]:
    verdicts, before = [], 0
    for one in sorted((one for one in found if one.line_id == line.id), key=lambda one: one.grade):
        price = share_of(line.price_minor, units=one.quantity, before=before, sold=line.quantity)
        before += one.quantity
        share = return_policy().refund_bp(one.grade, reason=case.reason)
        verdicts.append(
            ReturnVerdict(
                id=new_id(), line=line, grade=one.grade, quantity=one.quantity, finding=one.text.strip()[:500],
                refund_minor=part_of(price, share), graded_by=person(scope), graded_at=now,
            )
        )  # fmt: skip
    return verdicts


def decide_routes(
    scope: Scope,
    case_id: UUID,
    *,
    stores_in: frozenset[str],
    overruled: Mapping[UUID, Overruled],
    now: datetime,
) -> None:
    """Decide where the graded pieces go: the open route that brings most, or what a person chose with a reason.

    `stores_in` are the countries where the seller keeps stock. RouteClosed for a choice that is not open.
    """
    scope.require(role=Role.CLERK, kinds=(Kind.SELLER,))
    with transaction.atomic():
        case = case_for(scope, case_id)
        advance_case(case, "route", actor=person(scope), now=now)
        clocks = {clock.code: clock for clock in case.clocks.all()}
        relief = all(
            clock.met_on is not None or clock.ends_on >= now.date()
            for clock in clocks.values()
            if clock.stops == "home"
        )
        in_zone = case.centre_country == case.sold_into and bool(
            case.regimes.get("sold_into") in ("9610", "1210")
        )
        zone = clocks.get("CN-CBEC-45")
        zone_open = zone is None or (zone.met_on or now.date()) <= zone.ends_on
        for verdict in ReturnVerdict.objects.house().filter(line__case=case).select_related("line__account"):
            price = share_of(
                verdict.line.price_minor, units=verdict.quantity, before=0, sold=verdict.line.quantity
            )
            goods = Goods(
                grade=verdict.grade, price=price, reason=case.reason, lies_in=case.centre_country,
                home=case.sent_from, store=case.centre_country in stores_in or in_zone, relief=relief,
                in_zone=in_zone, zone_open=zone_open,
            )  # fmt: skip
            _decide(
                verdict, weigh_routes(goods, return_policy()), overruled.get(verdict.id), scope=scope, now=now
            )


def _decide(
    verdict: ReturnVerdict,
    weighed: Sequence[Candidate],
    chosen: Overruled | None,
    *,
    scope: Scope,
    now: datetime,
) -> None:
    route = chosen.route if chosen else weighed[0].route
    candidate = next((one for one in weighed if one.route == route), None)
    if candidate is None or candidate.why_not or (chosen and not chosen.why.strip()):
        told = ", ".join(candidate.why_not) if candidate else ""
        raise RouteClosed(told, field="route", value=route)
    verdict.route, verdict.weighed = route, [one.as_dict() for one in weighed]
    verdict.overruled_why = chosen.why.strip()[:500] if chosen else ""
    verdict.routed_by, verdict.routed_at = person(scope), now
    verdict.save(update_fields=["route", "weighed", "overruled_why", "routed_by", "routed_at"])


def witness_destruction(scope: Scope, verdict_id: UUID, *, note: str, now: datetime) -> UUID:
    """Record that a customs officer saw the goods destroyed; the return's id. Again changes nothing.

    Only the authority that supervises the place; only for goods that are to be destroyed.
    """
    if scope.kind != Kind.CUSTOMS:
        raise NotWitnessed(field="organisation", value=scope.kind.value)
    scope.require(role=Role.CLERK)
    with transaction.atomic():
        verdict = _verdict(scope, verdict_id)
        if verdict.route != DESTROY:
            raise RouteClosed(field="route", value=verdict.route)
        if verdict.witnessed_at is None:
            verdict.witnessed_by, verdict.witnessed_at = person(scope), now
            verdict.witness_note = note.strip()[:500]
            verdict.save(update_fields=["witnessed_by", "witnessed_at", "witness_note"])
            told = {"grade": verdict.grade, "pieces": verdict.quantity, "note": verdict.witness_note}
            log_events([(verdict.line.case, "witnessed", told)], actor=person(scope), now=now)
    return UUID(str(verdict.line.case_id))


def let_go(scope: Scope, verdict_id: UUID, *, document: str, now: datetime) -> bool:
    """Book that pieces left the centre by their route; whether that is news. The last ones end the return.

    NotWitnessed for goods to be destroyed that no officer has seen destroyed.
    """
    scope.require(role=Role.CLERK, kinds=(Kind.SELLER,))
    with transaction.atomic():
        verdict = _verdict(scope, verdict_id)
        case = case_for(scope, verdict.line.case_id)
        if verdict.moved_at is not None:
            return False
        if not verdict.route:
            raise RouteClosed("No route is decided.", field="route", value="")
        if verdict.route == DESTROY and verdict.witnessed_at is None:
            raise NotWitnessed(field="verdict", value=verdict_id)
        verdict.moved_at = now
        verdict.save(update_fields=["moved_at"])
        who = person(scope)
        _move(
            verdict.line,
            verdict.route,
            verdict.quantity,
            actor=who,
            now=now,
            grade=verdict.grade,
            document=document,
        ).save()
        told = {"route": verdict.route, "grade": verdict.grade, "pieces": verdict.quantity}
        log_events([(case, "moved", told)], actor=who, now=now)
        if verdict.route == MoveKind.REEXPORT:
            note_day(case, "left", now.date(), today=now.date())
        if not ReturnVerdict.objects.house().filter(line__case=case, moved_at__isnull=True).exists():
            advance_case(case, "close", actor=who, now=now)
    return True


def _verdict(scope: Scope, verdict_id: UUID) -> ReturnVerdict:
    rows = ReturnVerdict.objects.of(scope).select_related("line__case").select_for_update(of=("self",))
    found: ReturnVerdict | None = rows.filter(pk=verdict_id).first()
    if found is None:
        raise BadGrading("There is no such verdict.", field="verdict", value=verdict_id)
    return found


def note_refund(case_id: UUID, *, state: str, now: datetime, actor: str) -> None:
    """Note how the buyer's refund stands (done, requested, failed, refused); house work of the flow."""
    with transaction.atomic():
        case = ReturnCase.objects.house().select_for_update().get(pk=case_id)
        if case.refund_state == state:
            return
        case.refund_state = state[:12]
        case.save(update_fields=["refund_state"])
        log_events([(case, "refund", {"state": state, "minor": case.refund_minor})], actor=actor, now=now)
        if state == "done":
            note_day(case, "refunded", now.date(), today=now.date())


def note_reimport(scope: Scope, case_id: UUID, declaration_id: UUID, *, now: datetime) -> None:
    """Note the declaration under which the goods come home; again changes nothing."""
    with transaction.atomic():
        case = case_for(scope, case_id)
        if case.reimport_id == declaration_id:
            return
        case.reimport_id = declaration_id
        case.save(update_fields=["reimport_id"])
        log_events([(case, "reimport", {"declaration": str(declaration_id)})], actor=person(scope), now=now)
