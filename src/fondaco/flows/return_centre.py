"""The return centre across the rooms: an order's lines become a return, pieces go to stock, money goes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from fondaco.commerce.orders import public as orders
from fondaco.commerce.orders.public import OrderDTO, OrderLineDTO
from fondaco.flows.authority_money import HOUSE_AT_BANK, await_grant, order_transfer, post_once
from fondaco.flows.house import House, ensure_house
from fondaco.flows.return_home import declare_return
from fondaco.flows.return_parts import ByLine, carried_lines, line_charges
from fondaco.flows.simulators import simulated_ports
from fondaco.flows.work import Facts
from fondaco.kernel.money import Money, split_minor
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import (
    ClaimRow,
    DeclarationDTO,
    Found,
    LandedDTO,
    Overruled,
    ReturnAsk,
    ReturnAskLine,
    ReturnSheet,
)
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.public import HOUSE, AccountKey, RefundRequest
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import ConsignmentDTO, NewReceipt, NotEnoughStock

_BACK = ("delivered", "settled", "released")


@dataclass(frozen=True, slots=True)
class FormLine:
    """A line that may come back: how many pieces are still with the buyer, what they cost."""

    line: OrderLineDTO
    left: int


@dataclass(frozen=True, slots=True)
class ReturnForm:
    """What a buyer may send back of an order; `open` says whether anything at all."""

    order: OrderDTO
    lines: tuple[FormLine, ...]

    @property
    def open(self) -> bool:
        return self.order.state in _BACK and any(line.left for line in self.lines)


@dataclass(frozen=True, slots=True)
class Lodged:
    """The applications of a return about one message, and whether customs took all of them in."""

    applications: tuple[UUID, ...]
    taken: bool


def return_form(scope: Scope, order_id: UUID) -> ReturnForm:
    """The form of an order that `scope` may see, else NotFound."""
    order = orders.order_detail(scope, order_id)
    back = window.pieces_back(order_id)
    goods = [line for line in order.lines if line.kind in ("goods", "sample")]
    return ReturnForm(order, tuple(FormLine(line, line.quantity - back.get(line.id, 0)) for line in goods))


def request_return(
    scope: Scope, order_id: UUID, pieces: Mapping[UUID, int], *, reason: str, now: datetime,
    note: str = "", photo: tuple[str, bytes] | None = None,
) -> UUID:  # fmt: skip
    """Ask to send pieces of an order back, by order line; the return's id.

    A fault, or a buyer within the law's time to withdraw, is authorised at once; else the seller decides.
    BadReturn for an order that has not arrived or lines that are not its own, OverReturned above what is left.
    """
    scope.require(role=Role.CLERK, kinds=(Kind.BUYER, Kind.SELLER))
    form = return_form(scope, order_id)
    own = {line.line.id: line for line in form.lines}
    if form.order.state not in _BACK:
        raise window.BadReturn("The order has not arrived yet.", field="order", value=form.order.number)
    if unknown := [str(key) for key in pieces if key not in own]:
        raise window.BadReturn("No line of this order.", field="lines", value=unknown[0])
    house = ensure_house(countries=logistics.destinations_served(), carriers=logistics.providers())
    ask = return_asks([(form.order, {key: n for key, n in pieces.items() if n}, reason, now.date())], house)[
        0
    ]
    with transaction.atomic():
        made = window.open_returns(
            [replace(ask, note=note)],
            now=now,
            actor=scope.actor or str(scope.user_id),
            authorised=_is_right(ask, now),
        )[0]
        if photo and photo[1]:
            window.add_return_photo(scope, made, name=photo[0], content=photo[1], now=now)
    return made


def _is_right(ask: ReturnAsk, now: datetime) -> bool:
    """Whether the law gives the buyer the return: a fault, or the time to withdraw still runs."""
    if ask.reason in window.FAULT:
        return True
    days = {**ask.days, "opened": now.date()}
    facts = window.ReturnFacts(ask.sold_into, ask.sent_from, ask.reason, days, ask.regimes, ask.scheme)
    consumer = [clock for clock in window.return_clocks(facts) if clock.stops == "opened"]
    return any(clock.kept(now.date()) for clock in consumer)


_Asked = tuple[OrderDTO, Mapping[UUID, int], str, date]


def return_asks(asked: Sequence[_Asked], house: House) -> list[ReturnAsk]:
    """Orders with the pieces that come back, the reason and the day, as the window wants them."""
    ids = [order.id for order, *_ in asked]
    declared = window.declarations_for(ids)
    moved = logistics.consignments_for(ids)
    landed = window.landed_quote_for(ids)
    about = [order for order, *_ in asked]
    facts, carried = Facts.about(about), carried_lines(about, declared, landed)
    return [
        _ask(
            one,
            declared.get(one[0].id, []),
            moved.get(one[0].id),
            landed.get(one[0].id),
            house=house,
            facts=facts,
            carried=carried[one[0].id],
        )
        for one in asked
    ]


def _ask(
    asked: _Asked, declared: Sequence[DeclarationDTO], moved: ConsignmentDTO | None, landed: LandedDTO | None, *,
    house: House, facts: Facts, carried: ByLine,
) -> ReturnAsk:  # fmt: skip
    order, pieces, reason, _on = asked
    into = [one for one in declared if one.kind == "import" and one.state in ("released", "closed")]
    out = [one for one in declared if one.kind == "export" and one.state in ("released", "closed")]
    sent_from = moved.origin if moved else "GB"
    return ReturnAsk(
        order_id=order.id, order_number=order.number, seller_id=order.seller_id, buyer_id=order.buyer_id,
        sold_into=order.destination, sent_from=sent_from, currency=order.currency, reason=reason,
        lines=tuple(_ask_lines(order, pieces, into, landed, facts, carried=carried)), days=_days(into, out, moved),
        regimes={**({"sold_into": into[-1].regime} if into else {}), **({"sent_from": out[-1].regime} if out else {})},
        authorities=house.customs, scheme=(landed.quote.scheme or "") if landed else "",
    )  # fmt: skip


def _days(
    into: Sequence[DeclarationDTO], out: Sequence[DeclarationDTO], moved: ConsignmentDTO | None
) -> dict[str, date]:
    """Days that clocks count from. Exported: the export's release or, where none is declared, the dispatch."""
    released = into[-1].released_at if into else None
    exported = (out[-1].released_at if out else None) or (moved.ready_at if moved else None)
    delivered = moved.delivered_at if moved else None
    told = {"released": released, "exported": exported, "delivered": delivered}
    return {name: at.date() for name, at in told.items() if at is not None}


def _ask_lines(
    order: OrderDTO,
    pieces: Mapping[UUID, int],
    into: Sequence[DeclarationDTO],
    landed: LandedDTO | None,
    facts: Facts,
    *,
    carried: ByLine,
) -> list[ReturnAskLine]:
    """Each line with what was paid for it: its share of the price, and of duty and tax as assessed, by declaration."""
    quoted = {str(line.line_id): line for line in landed.quote.lines} if landed else {}
    prices = split_minor(order.sale_minor - order.carriage_minor, [line.value_minor for line in order.lines])
    duty, tax = (line_charges(order, into, carried, landed, charge=charge) for charge in ("duty", "tax"))
    return [
        ReturnAskLine(
            order_line_id=line.id, line_no=place, sku=line.sku, title=line.title, sold=line.quantity,
            quantity=pieces[line.id], price_minor=prices[place - 1], duty_minor=duty[place - 1],
            tax_minor=tax[place - 1], hs_code=quoted[str(line.id)].hs_code if str(line.id) in quoted else "",
            origin=(known.origin or "") if (known := facts.get(line)) else "",
            carried=carried.get(line.id, ()),
        )
        for place, line in enumerate(order.lines, 1)
        if pieces.get(line.id)
    ]  # fmt: skip


def inspect_return(scope: Scope, case_id: UUID, found: Sequence[Found], *, now: datetime) -> None:
    """Record the inspection and pay the buyer back what follows from it. BadGrading, nothing changed then."""
    window.grade_return(scope, case_id, found, now=now)
    refund_return(scope, case_id, now=now)


def refund_return(scope: Scope, case_id: UUID, *, now: datetime, provider: Any = None) -> str:
    """Pay back what the inspection came to, once; how the refund stands. Safe to repeat.

    A return that began as a credit note is paid back under the note's id: the note is not paid back once more.
    """
    sheet = window.return_sheet(scope, case_id, now=now)
    if sheet.row.refund_state == "done" or sheet.refund is None or not sheet.refund:
        return sheet.row.refund_state
    request = RefundRequest(
        return_id=sheet.credit_note_id or case_id, order_id=sheet.row.order_id, goods=sheet.refund.minor, duty_tax=_charges_back(sheet),
        on=now.date(),
    )  # fmt: skip
    if provider is not None:
        answer = finance.refund_returns([request], provider, now=now)[0]
    else:
        house = ensure_house(countries=logistics.destinations_served(), carriers=logistics.providers())
        with simulated_ports(house) as ports:
            answer = finance.refund_returns([request], ports.provider, now=now)[0]
    window.note_refund(case_id, state=answer.status, now=now, actor=scope.actor or "flow")
    return answer.status


def _charges_back(sheet: ReturnSheet) -> int:
    """Duty and tax that the buyer paid on the pieces, in the share in which their price goes back."""
    total = 0
    for line in sheet.lines:
        back = sum(verdict.refund.minor for verdict in line.verdicts)
        total += (line.duty + line.tax).minor * back // line.price.minor if line.price.minor else 0
    return total


def route_return(scope: Scope, case_id: UUID, *, overruled: Mapping[UUID, Overruled], now: datetime) -> None:
    """Decide where the graded pieces go, knowing where the seller keeps stock. RouteClosed."""
    sheet = window.return_sheet(scope, case_id, now=now)
    countries = frozenset(store.country for store in logistics.list_stores(_seller(sheet.seller_id)))
    window.decide_routes(scope, case_id, stores_in=countries, overruled=overruled, now=now)


def carry_out(scope: Scope, verdict_id: UUID, *, now: datetime, agency: Any = None) -> None:
    """Let graded pieces go by their route: onto a shelf of the seller's, home under a declaration or application, away.

    Stock and return move together. What goes home is declared for relief as returned goods, and lodged.
    NotWitnessed, RouteClosed; nothing is changed then.
    """
    case_id = window.case_of_verdict(scope, verdict_id)
    sheet = window.return_sheet(scope, case_id, now=now)
    line, verdict = next((x, v) for x in sheet.lines for v in x.verdicts if v.id == verdict_id)
    with transaction.atomic():
        document = sheet.row.number
        if window.let_go(scope, verdict_id, document=document, now=now) and verdict.route == "restock":
            _restock(sheet, line, verdict.quantity, key=f"return:{verdict_id}", grade=verdict.grade, now=now)
    if verdict.route == "reexport":
        _bring_home(scope, sheet, now=now, agency=agency)


def _bring_home(scope: Scope, sheet: ReturnSheet, *, now: datetime, agency: Any) -> None:
    """Goods sent home are applied for where customs takes applications about its exports, else declared as imports."""
    messages = window.wanted_messages(sold_into=sheet.row.sold_into, sent_from=sheet.sent_from)
    if messages:
        with suppress(window.ItemNotDeclared):  # drawn up by hand: asking for it on the page says why
            send_to_customs(scope, sheet.row.id, messages[0], now=now, agency=agency)
        return
    declare_return(scope, sheet.row.id, now=now, agency=agency)


def _restock(sheet: ReturnSheet, line: Any, pieces: int, *, key: str, grade: str, now: datetime) -> None:
    scope = _seller(sheet.seller_id)
    stores = [store for store in logistics.list_stores(scope) if store.country == sheet.centre_country]
    if not stores:
        raise NotEnoughStock("The seller keeps no store there.", field="store", value=sheet.centre_country)
    receipt = NewReceipt(
        sku=line.sku, title=line.title, quantity=pieces, lot=sheet.row.number, origin=line.origin or sheet.sent_from,
        key=key, document=sheet.row.number,
    )  # fmt: skip
    reason = f"return {sheet.row.number}, grade {grade}"
    logistics.take_back(
        scope, stores[0].id, receipt, disposition="restock", reason=reason, now=now, actor="return centre"
    )


def _seller(seller_id: UUID) -> Scope:
    """The return centre at work in the seller's stores."""
    return Scope(organisation_id=seller_id, kind=Kind.SELLER, role=Role.CLERK, actor="return centre")


def move_claim(
    scope: Scope, claim_id: UUID, event: str, *, now: datetime, reference: str = "", why: str = "",
    granted: int | None = None, bank: Any = None,
) -> ClaimRow:  # fmt: skip
    """Move a claim on and post what follows, together: what is granted, the authority owes.

    `pay` orders the authority's transfer (a simulation of its bank); the claim stays granted until a statement of
    the house's bank shows the money. BadClaimStep, ClaimTooLate, IllegalTransition; nothing is changed then.
    """
    if event == "pay":
        return _order_payment(scope, claim_id, bank=bank, now=now)
    with transaction.atomic():
        window.step_claim(scope, claim_id, event, now=now, reference=reference, why=why, granted=granted)
        claim = window.claim_of(scope, claim_id, today=now.date())
        if event == "grant":
            _owe(claim, now=now, actor=scope.actor or str(scope.user_id))
    return claim


def _owe(claim: ClaimRow, *, now: datetime, actor: str) -> None:
    """The authority owes what it granted, and the house the same to the seller once it has come."""
    granted, source = _granted(claim), _source(claim.id)
    money = granted.currency
    owed = ((HOUSE, "claims_receivable", -granted.minor), (claim.seller_id, "claims_due", granted.minor))
    post_once(
        f"return.claim_granted:{claim.id}", "return.claim_granted", owed, currency=money, now=now, source=source,
        rule=claim.code, **{"return": claim.number},
    )  # fmt: skip
    receivable = AccountKey(HOUSE, "claims_receivable", money)
    payer = claim.authority_id or HOUSE
    await_grant(
        source, granted, payer=payer, seller=claim.seller_id, against=receivable, now=now, actor=actor
    )


def _order_payment(scope: Scope, claim_id: UUID, *, bank: Any, now: datetime) -> ClaimRow:
    scope.require(role=Role.CLERK, kinds=(Kind.CUSTOMS,))
    claim = window.claim_of(scope, claim_id, today=now.date())
    if claim.state != "granted":
        raise window.BadClaimStep("Only what is granted is paid.", field="state", value=claim.state)
    order_transfer(_source(claim.id), _granted(claim), bank=bank)
    return claim


def settle_claim(claim_id: UUID, *, now: datetime) -> None:
    """A bank statement shows what an authority granted: the claim is paid, the seller has it. Again changes nothing."""
    with transaction.atomic():
        claim = window.claim_of(HOUSE_AT_BANK, claim_id, today=now.date())
        if claim.state != "granted":
            return
        window.step_claim(HOUSE_AT_BANK, claim_id, "pay", now=now)
        granted = _granted(claim)
        had = ((claim.seller_id, "claims_due", -granted.minor), (claim.seller_id, "payable", granted.minor))
        post_once(
            f"return.claim_paid:{claim.id}", "return.claim_paid", had, currency=granted.currency, now=now,
            source=_source(claim.id), rule=claim.code, **{"return": claim.number},
        )  # fmt: skip


def _source(claim_id: UUID) -> str:
    return f"claim:{claim_id}"


def _granted(claim: ClaimRow) -> Money:
    if claim.granted is None:
        raise window.BadClaimStep(field="granted")
    return claim.granted


def send_to_customs(
    scope: Scope, case_id: UUID, message: str, *, now: datetime, agency: Any = None
) -> Lodged:
    """Draw up the applications of a return (213, 215 or 625), one for each declaration its goods came under, lodge
    them at the agency and hear its answers. What was sent and not answered, or refused, is sent again.
    """
    made = window.draw_applications(scope, case_id, message, now=now)
    if agency is not None:
        return _lodge(scope, made, agency, now=now)
    house = ensure_house(countries=logistics.destinations_served(), carriers=logistics.providers())
    with simulated_ports(house) as ports:
        return _lodge(scope, made, ports.agency, now=now)


def _lodge(scope: Scope, made: Sequence[UUID], agency: Any, *, now: datetime) -> Lodged:
    taken = [window.send_application(scope, one, agency, now=now) for one in made]
    window.poll_receipts(agency, now=now)
    return Lodged(tuple(made), all(taken))


def watch_returns(*, now: datetime) -> dict[str, int]:
    """Tell of clocks that run out, end claims and returns whose time is over; how many of each. For a daily job."""
    return {
        "alarms": window.alarm_returns(now=now),
        "claims_lapsed": window.lapse_claims(now=now),
        "returns_lapsed": window.lapse_returns(now=now),
    }
