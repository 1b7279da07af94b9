"""At the return centre's desk: inspect, decide the route, witness, let go."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from uuid import UUID

from django.db import transaction
from django.db.models import F

from fondaco.kernel.errors import Conflict, Forbidden, NotFound, Refused
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
    ReturnVerdict,
)
from fondaco.platforms.window.return_centre import book_move
from fondaco.platforms.window.return_centre_log import (
    advance_case,
    case_for,
    end_clocks,
    log_events,
    note_day,
    person,
)


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
class RefundedReturn:
    """What a buyer was paid back for the goods of a return, in minor units of the order's currency."""

    id: UUID
    order_id: UUID
    credit_note_id: UUID | None
    refund_minor: int


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
        # A credit note of the seller's own book has given the whole price back before the goods were seen.
        whole = case.credit_note_id is not None
        share = 10_000 if whole else return_policy().refund_bp(one.grade, reason=case.reason)
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
        raise Forbidden(field="organisation", value=scope.kind.value)
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
        book_move(
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
            end_clocks(case, today=now.date())
    return True


def _verdict(scope: Scope, verdict_id: UUID) -> ReturnVerdict:
    rows = ReturnVerdict.objects.of(scope).select_related("line__case").select_for_update(of=("self",))
    found: ReturnVerdict | None = rows.filter(pk=verdict_id).first()
    if found is None:
        raise NotFound(field="verdict", value=verdict_id)
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


def refunded_returns(*, seller_id: UUID) -> list[RefundedReturn]:
    """What this seller's buyers were paid back after an inspection; for house work."""
    rows = ReturnCase.objects.house().filter(seller_id=seller_id, refund_state="done", refund_minor__gt=0)
    told = rows.order_by("pk").values_list("id", "order_id", "credit_note_id", "refund_minor")
    return [RefundedReturn(key, order, note, minor or 0) for key, order, note, minor in told]


def note_homecomings(declaration_ids: Collection[UUID], *, now: datetime, actor: str) -> int:
    """The re-imports of returns among these declarations are released: the goods are home; how many returns.

    House work of a reaction; again changes nothing.
    """
    with transaction.atomic():
        rows = ReturnCase.objects.house().filter(reimport_id__in=declaration_ids).select_for_update()
        home = [case for case in rows.order_by("pk") if "home" not in case.days]
        for case in home:
            note_day(case, "home", now.date(), today=now.date())
            log_events([(case, "home", {})], actor=actor, now=now)
    return len(home)


def note_reimport(scope: Scope, case_id: UUID, declaration_id: UUID, *, now: datetime) -> None:
    """Note the declaration under which the goods come home; again changes nothing."""
    with transaction.atomic():
        case = case_for(scope, case_id)
        if case.reimport_id == declaration_id:
            return
        case.reimport_id = declaration_id
        case.save(update_fields=["reimport_id"])
        log_events([(case, "reimport", {"declaration": str(declaration_id)})], actor=person(scope), now=now)
