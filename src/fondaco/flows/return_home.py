"""Goods that come home: the re-import declaration under which they are relieved as returned goods."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from fondaco.commerce.catalog.public import ProductFacts
from fondaco.commerce.orders import public as orders
from fondaco.commerce.orders.public import OrderDTO
from fondaco.flows.house import House, ensure_house
from fondaco.flows.simulators import simulated_ports
from fondaco.flows.stages.declare import trade_party
from fondaco.flows.work import Facts
from fondaco.kernel.errors import Conflict
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Scope
from fondaco.parties import public as parties
from fondaco.parties.public import OrganisationDTO
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import (
    DeclarationDraft,
    GoodsItem,
    LineRow,
    LogisticsDocument,
    OrderDocument,
    Party,
    PaymentDocument,
    ReturnSheet,
    Transport,
    Triple,
)
from fondaco.systems.logistics import public as logistics

# UCC Annex B and UK CDS, D.E. 1/10 and 1/11: re-import of goods exported for good (6110) or for a time (6123),
# relieved as returned goods (F01: UCC Art. 203; in the UK returned goods relief).
FOR_GOOD, FOR_A_TIME = "6110F01", "6123F01"
REGIME = "returned-goods"
_SENT_FOR_A_TIME = ("9810", "2300")  # stock sent to a warehouse abroad, not sold yet


class NothingGoesHome(Conflict):
    code = "nothing-goes-home"
    title = "No piece of this return is on its way home."
    remedy = "Decide the route first; only what is sent back to the home shelf is declared there."


def declare_return(scope: Scope, case_id: UUID, *, now: datetime, agency: Any = None) -> UUID:
    """Draw up and lodge the re-import of what goes home, once; the declaration's id.

    The three documents of a return are the return note, the credit to the buyer and the waybill back: without
    them the release is held, as for any other consignment. NothingGoesHome.
    """
    sheet = window.return_sheet(scope, case_id, now=now)
    home = [line for line in sheet.lines if line.gone.get("reexport")]
    if not home:
        raise NothingGoesHome(field="return", value=sheet.row.number)
    if sheet.reimport_id is not None:
        return sheet.reimport_id
    order = orders.orders_by_ids([sheet.row.order_id])[0]
    house = ensure_house(countries=logistics.destinations_served(), carriers=logistics.providers())
    draft = _draft(sheet, home, order, house)
    made = window.draft_declarations([draft], actor=scope.actor or "flow", now=now)[0]
    window.save_verdicts(window.match_documents([_triple(sheet, home, draft)]), actor="flow", now=now)
    window.note_reimport(scope, case_id, made.id, now=now)
    if agency is not None:
        _lodge(made.id, agency, now=now)
    else:
        with simulated_ports(house) as ports:
            _lodge(made.id, ports.agency, now=now)
    return made.id


def _lodge(declaration_id: UUID, agency: Any, *, now: datetime) -> None:
    window.lodge_declarations([declaration_id], agency, actor="flow", now=now)
    window.poll_receipts(agency, now=now)


def _draft(sheet: ReturnSheet, home: Sequence[LineRow], order: OrderDTO, house: House) -> DeclarationDraft:
    """The consignment home: the buyer's country exports, the seller imports; no duty and no tax are owed."""
    who = parties.organisations([order.seller_id, order.buyer_id, house.platform])
    facts, sold = Facts.about([order]), {line.id: line for line in order.lines}
    items = tuple(
        _item(place, line, facts.of(sold[line.order_line_id]), order.currency)
        for place, line in enumerate(home, start=1)
    )
    total, zero = Money.sum([item.value for item in items], order.currency), Money.zero(order.currency)
    sent_for_a_time = sheet.regimes.get("sent_from") in _SENT_FOR_A_TIME
    return DeclarationDraft(
        order_id=sheet.row.id, seller_id=order.seller_id, buyer_id=order.buyer_id,
        authority_id=house.authority(sheet.sent_from), kind="import", regime=REGIME, country=sheet.sent_from,
        declarant=trade_party(who[house.platform]), exporter=_sender(who.get(order.buyer_id), sheet),
        importer=trade_party(who[order.seller_id]), items=items, invoice_total=total, freight=zero, insurance=zero,
        transport=Transport(sheet.tracking, "return carrier"), currency=order.currency, estimated_duty=zero,
        estimated_tax=zero, reference=sheet.row.number, invoice_number=sheet.row.order_number,
        invoiced_on=order.ordered_at.date(), incoterm="DAP", procedure=FOR_A_TIME if sent_for_a_time else FOR_GOOD,
        mode={"return": sheet.row.number, "relief": "F01", "of": sheet.row.order_number},
    )  # fmt: skip


def _item(place: int, line: LineRow, known: ProductFacts, currency: str) -> GoodsItem:
    pieces = line.gone["reexport"]
    mass = (known.mass_g or 0) * pieces
    return GoodsItem(
        goods_item_no=place, hs_code=known.hs_code, description=line.title, origin=known.origin, quantity=pieces,
        net_g=mass, gross_g=mass, value=Money(line.price.minor * pieces // line.quantity, currency),
    )  # fmt: skip


def _sender(buyer: OrganisationDTO | None, sheet: ReturnSheet) -> Party:
    """Who sends the goods home: the return centre where they lie, for the buyer."""
    name = sheet.centre_name or (buyer.name if buyer else "")
    return Party(name=name, country=sheet.centre_country or sheet.row.sold_into)


def _triple(sheet: ReturnSheet, home: Sequence[LineRow], draft: DeclarationDraft) -> Triple:
    lines = tuple((place, line.sku, line.gone["reexport"]) for place, line in enumerate(home, start=1))
    zero, total = Money.zero(draft.currency), draft.invoice_total
    consignee, buyer = draft.importer, str(draft.buyer_id)
    note = OrderDocument(
        number=sheet.row.number, goods=total, freight=zero, tax=zero, discount=zero, paid=total,
        consignee=consignee.name, country=sheet.sent_from, address=consignee.line, buyer_id=buyer, lines=lines,
    )  # fmt: skip
    waybill = LogisticsDocument(
        order_number=sheet.row.number, tracking=sheet.tracking, carrier=draft.transport.carrier,
        consignee=consignee.name, country=sheet.sent_from, address=consignee.line, packages=1,
        gross_g=sum(item.gross_g for item in draft.items), lines=lines,
    )  # fmt: skip
    credit = PaymentDocument(
        order_number=sheet.row.number,
        transaction_id=f"credit-{sheet.row.number}",
        amount=total,
        payer_id=buyer,
    )
    return Triple(
        reference=sheet.row.number, order=note, payment=credit, logistics=waybill, order_id=sheet.row.id,
        seller_id=draft.seller_id,
    )  # fmt: skip
