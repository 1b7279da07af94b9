"""The return centre in the demonstration: the order book's credit notes become returns; some are gone through.

The notes and their lines are those of the book, and so is their day unless the goods were not there yet: orders of
the book are cleared when the demonstration runs, and no return begins before its goods have arrived. What a book does
not tell is made up and marked so: why the goods came back, how they looked, and that they were seen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Final
from uuid import UUID

from fondaco.commerce.orders import public as orders
from fondaco.commerce.orders.public import OrderDTO, OrderState, ReturnDTO, ReturnState
from fondaco.flows.china import china_sellers
from fondaco.flows.china_cast import RETURNED
from fondaco.flows.return_centre import (
    carry_out,
    move_claim,
    refund_return,
    return_asks,
    route_return,
    send_to_customs,
)
from fondaco.flows.work import Work
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import Found, NothingToClaim, OverReturned, Overruled, ReturnAsk

BATCH = 200
_REASONS: Final = ("mind", "defective", "mind", "damaged", "mind", "not_as_described")
_GRADES: Final = ("A", "A", "C", "B", "A", "C", "A", "B")
_ARRIVED: Final = frozenset({"released", "delivered"})  # days without which there is nothing to send back
MADE_UP: Final = "Made up for the demonstration."
SHOWN = 8  # returns that are gone through to the end


def open_credit_notes(work: Work, *, seller_id: UUID) -> int:
    """Open a return for each credit note whose order is known and has arrived, once; how many are new.

    Pieces beyond what the order sold, and lines that name no line of it, stay with the note.
    """
    opened, after = 0, None
    for state in (ReturnState.REFUNDED, ReturnState.OPEN):
        while notes := orders.returns_in_state(state, seller_id=seller_id, limit=BATCH, after=after):
            after = notes[-1].id
            opened += _open([note for note in notes if note.order_id], work)
        after = None
    return opened


def _open(notes: Sequence[ReturnDTO], work: Work) -> int:
    known = window.cases_of_notes([note.id for note in notes])
    fresh = [note for note in notes if note.id not in known]
    sold = {
        order.id: order for order in orders.orders_by_ids(list({n.order_id for n in fresh if n.order_id}))
    }
    taken: Counter[UUID] = Counter()
    asked = [one for note in fresh if note.order_id and (one := _asked(note, sold[note.order_id], taken))]
    asks = return_asks([(order, pieces, reason, on) for _, order, pieces, reason, on in asked], work.house)
    arrived = [
        (ask, note, on) for ask, (note, *_, on) in zip(asks, asked, strict=True) if _ARRIVED & {*ask.days}
    ]
    marked = [_marked(ask, note) for ask, note, _on in arrived]
    opened = {note.id: _opened_on(ask, on, today=work.now.date()) for ask, note, on in arrived}
    try:
        return len(window.open_returns(marked, now=work.now, actor="demo", authorised=True, opened_on=opened))
    except OverReturned:
        return 0  # a buyer's own returns took the pieces meanwhile: the notes stay notes


_Asked = tuple[ReturnDTO, OrderDTO, dict[UUID, int], str, date]


def _asked(note: ReturnDTO, order: OrderDTO, taken: Counter[UUID]) -> _Asked | None:
    """What of a note its order can take back: never more than it sold, all notes together."""
    pieces: Counter[UUID] = Counter()
    quantity = {line.id: line.quantity for line in order.lines}
    for line in note.lines:
        key = line.order_line_id
        if key in quantity:
            room = quantity[key] - taken[key]
            come = min(line.quantity, room)
            taken[key] += come
            pieces[key] += come
    chosen = {key: n for key, n in pieces.items() if n}
    reason = _REASONS[note.id.int % len(_REASONS)]
    return (note, order, chosen, reason, note.returned_at.date()) if chosen else None


def _opened_on(ask: ReturnAsk, noted: date, *, today: date) -> date:
    """The note's day, but not before the goods were there: the book's orders are cleared as the demonstration runs."""
    return min(max([noted, *(ask.days[name] for name in _ARRIVED & {*ask.days})]), today)


def _marked(ask: ReturnAsk, note: ReturnDTO) -> ReturnAsk:
    refunded = note.state == ReturnState.REFUNDED
    days = {**ask.days, **({"refunded": note.state_at.date()} if refunded else {})}
    if "released" in days and "delivered" in days:
        days["delivered"] = max(days["released"], days["delivered"])
    told = f"Credit note {note.source_ref}. The reason is made up: the book tells none."
    return replace(
        ask,
        credit_note_id=note.id,
        days=days,
        note=told,
        is_demo=True,
        refund_state="done" if refunded else "",
    )


def demonstrate(work: Work, *, seller_id: UUID) -> dict[str, int]:
    """Open the credit notes' returns, and take a few through the centre; what came of it. Again changes nothing.

    Restocked, sent home, destroyed before an officer; claims opened, one lodged, one granted and on its way.
    """
    opened = open_credit_notes(work, seller_id=seller_id)
    scope = Scope(organisation_id=seller_id, kind=Kind.SELLER, role=Role.OWNER, actor="demo")
    if opened:
        for place, case_id in enumerate(_chosen(scope, work)):
            _go_through(place, case_id, scope, work)
        window.alarm_returns(now=work.now, limit=5000)
    exporter = china_sellers().get(RETURNED)
    applied = return_in_parts(work, seller_id=exporter) if exporter else 0
    return {
        "returns_applied": applied,
        "returns_opened": opened,
        **{f"returns_{k}": n for k, n in _counted(scope, work).items()},
    }


def _counted(scope: Scope, work: Work) -> dict[str, int]:
    counts = window.count_returns_desk(scope, today=work.now.date())
    return {name: counts[name] for name in ("all", "past", "week", "claims")}


def _chosen(scope: Scope, work: Work) -> Iterator[UUID]:
    """Returns to the Hamburg centre, where the German officer sits: the soonest clocks first."""
    rows = window.returns_desk(scope, today=work.now.date(), state="authorised", size=400)
    running = [row.id for row in rows if row.centre == "EU-HAM" and row.next_due_on is not None]
    yield from running[:SHOWN]


def _go_through(place: int, case_id: UUID, scope: Scope, work: Work) -> None:
    now = work.now
    sheet = window.return_sheet(scope, case_id, now=now)
    if place == SHOWN - 1:  # waits for its inspection
        window.receive_return(scope, case_id, {line.id: line.quantity for line in sheet.lines}, now=now)
        return
    _look_at(case_id, _GRADES[place], scope, work)
    route_return(scope, case_id, overruled=_overruled(place, case_id, scope, work), now=now)
    if place == SHOWN - 2:
        return  # waits to be carried out
    for line in window.return_sheet(scope, case_id, now=now).lines:
        for verdict in line.verdicts:
            if verdict.route == "destroy":
                if place == 5:
                    return  # waits for the officer
                window.witness_destruction(
                    _officer(sheet.authority_id, work), verdict.id, note=MADE_UP, now=now
                )
            carry_out(scope, verdict.id, now=now, agency=work.ports.agency)
    _claim(place, case_id, scope, work)


def _overruled(place: int, case_id: UUID, scope: Scope, work: Work) -> dict[UUID, Overruled]:
    """Two of the sound ones go home rather than on the Hamburg shelf, two of the others are destroyed."""
    wanted = {1: "reexport", 3: "reexport", 2: "destroy", 5: "destroy"}.get(place)
    return _by_route(wanted, case_id, scope, work) if wanted else {}


def _by_route(wanted: str, case_id: UUID, scope: Scope, work: Work) -> dict[UUID, Overruled]:
    sheet = window.return_sheet(scope, case_id, now=work.now)
    verdicts = [verdict for line in sheet.lines for verdict in line.verdicts]
    return {verdict.id: Overruled(wanted, "Demonstration: to show this route.") for verdict in verdicts}


def _officer(authority: UUID | None, work: Work) -> Scope:
    """The demonstration's officer of the authority that supervises the centre."""
    return Scope(
        organisation_id=authority or work.house.platform,
        kind=Kind.CUSTOMS,
        role=Role.CLERK,
        actor="demo officer",
    )


def _claim(place: int, case_id: UUID, scope: Scope, work: Work) -> None:
    """Claim what can be claimed; one is lodged, one granted, and its money ordered: the bank's statement will show it."""
    try:
        made = window.open_claims(scope, case_id, now=work.now)
    except NothingToClaim:
        return
    officer = _officer(window.return_sheet(scope, case_id, now=work.now).authority_id, work)
    for claim_id in made if place in (1, 2) else ():
        claim = move_claim(
            scope, claim_id, "lodge", now=work.now, reference=f"DEMO-{claim_id.hex[-6:].upper()}"
        )
        if place == 1:
            move_claim(
                officer,
                claim_id,
                "grant",
                now=work.now,
                reference=claim.reference,
                granted=claim.amount.minor,
            )
            move_claim(officer, claim_id, "pay", now=work.now, bank=work.ports.bank)


def return_in_parts(work: Work, *, seller_id: UUID) -> int:
    """A made-up order that left China in several parcels comes back, once; how many applications customs has of it.

    Most of a line is sent back, looked at where it was sold and sent home: applied for at each list that it left
    under (CEB213), received there and tallied (CEB215).
    """
    scope = Scope(organisation_id=seller_id, kind=Kind.SELLER, role=Role.OWNER, actor="demo")
    order = next(_in_parts(seller_id), None)
    if order is None or window.returns_for_order(scope, order.id, today=work.now.date()):
        return 0
    pieces = {line.id: line.quantity - line.quantity // 4 for line in order.lines}
    ask = return_asks([(order, pieces, "not_as_described", work.now.date())], work.house)[0]
    note = "Made up for the demonstration: goods that left in several parcels."
    told = [replace(ask, note=note, is_demo=True)]
    case = window.open_returns(told, now=work.now, actor="demo", authorised=True)[0]
    _look_at(case, "A", scope, work)
    refund_return(scope, case, now=work.now, provider=work.ports.provider)
    _send_on(case, "reexport", scope, work)
    send_to_customs(scope, case, "215", now=work.now, agency=work.ports.agency)
    return len(window.return_sheet(scope, case, now=work.now).applications)


def _look_at(case_id: UUID, grade: str, scope: Scope, work: Work) -> None:
    """Everything arrives, and is found to be of one grade."""
    lines = window.return_sheet(scope, case_id, now=work.now).lines
    window.receive_return(scope, case_id, {line.id: line.quantity for line in lines}, now=work.now)
    found = [Found(line.id, grade, line.quantity, MADE_UP) for line in lines]
    window.grade_return(scope, case_id, found, now=work.now)


def _send_on(case_id: UUID, route: str, scope: Scope, work: Work) -> None:
    """All of it goes one way."""
    route_return(scope, case_id, overruled=_by_route(route, case_id, scope, work), now=work.now)
    for line in window.return_sheet(scope, case_id, now=work.now).lines:
        for verdict in line.verdicts:
            carry_out(scope, verdict.id, now=work.now, agency=work.ports.agency)


def _in_parts(seller_id: UUID) -> Iterator[OrderDTO]:
    """Orders of a seller that arrived in several consignments."""
    for state in (OrderState.SETTLED, OrderState.DELIVERED):
        for order in orders.orders_in_state(state, seller_id=seller_id, limit=BATCH):
            if order.facts.get("consignments", 1) > 1:
                yield order
