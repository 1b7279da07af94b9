"""Declare: match the documents of each consignment, draw up its import declaration and lodge it with the authority."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from fondaco.commerce.orders import public as orders
from fondaco.commerce.orders.public import OrderDTO
from fondaco.flows.ioss import SCHEME
from fondaco.flows.landing import origin_of
from fondaco.flows.modes import choose_import_mode
from fondaco.flows.papers import freeze_papers
from fondaco.flows.parting import Piece, Share, shares_of
from fondaco.flows.stages.export import lodge_exports, sent_at
from fondaco.flows.stages.pay import landed_total
from fondaco.flows.work import Batch, Facts, Outcome, Work
from fondaco.kernel.money import Money, split_minor
from fondaco.parties.public import OrganisationDTO
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import (
    DeclarationDraft,
    DeclarationDTO,
    DeclarationState,
    GoodsItem,
    LogisticsDocument,
    OrderDocument,
    Party,
    PaymentDocument,
    Transport,
    Triple,
)
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.public import PaymentDTO
from fondaco.systems.logistics import public as logistics

_FACTS_MISSING = {"hs_code": "hs-missing", "origin": "origin-missing"}
_NOT_LODGED = {DeclarationState.DRAFT, DeclarationState.VALIDATED, DeclarationState.TRANSPORT_FAILED}


def declare(batch: Batch, work: Work) -> Outcome:
    """Orders all of whose declarations are with the authority go on; one with an unfit draft waits for a person.

    Each consignment of an order has a declaration of its own: its lines, value and duty, its own waybill.

    What did not reach the authority stays and is sent again with the next run; what lies in a batch of
    collective clearance stays until the batch is lodged, all of it at once.
    """
    ids = [order.id for order in batch]
    shares = shares_of(batch)
    work = work.supplied(batch)
    _match(batch, shares, finance.payments_for(ids), work)
    facts = Facts.about(batch)
    drafts = _drafts(batch, shares, facts, work)
    made = _drawn_up(drafts, work)
    at = sent_at(made, work)
    window.lodge_papers([one.id for one in made], work.ports.agency, actor=work.actor, now=work.now, at=at)
    together = logistics.orders_to_declare_together(ids)
    alone = [one.id for one in made if one.order_id not in together]
    window.lodge_declarations(alone, work.ports.agency, actor=work.actor, now=work.now, at=at)
    # Who sends from a store abroad exports nothing from at home.
    home = {order.id for order in batch if origin_of(order, work) == work.seller(order).country}
    lodge_exports([draft for draft in drafts if draft.order_id in home], work)
    outcome = _outcome(batch, shares, window.declarations_for(ids))
    lodged = set(outcome.moves.get("declare", ()))
    going = [order for order in batch if order.id in lodged]
    outcome.writes.append(freeze_papers(going, shares, facts, work))
    return outcome


def resume(batch: Batch, work: Work) -> Outcome:
    """Paid orders that could not be declared go back to be declared, once their draft keeps every rule."""
    outcome = Outcome()
    shares, facts, work = shares_of(batch), Facts.about(batch), work.supplied(batch)
    for order in batch:
        if not any(window.check_draft(draft) for draft in _drafts([order], shares, facts, work)):
            outcome.send(order.id, "resume")
    return outcome


def _drawn_up(drafts: list[DeclarationDraft], work: Work) -> list[DeclarationDTO]:
    """The declaration of each draft; one that was unfit is drawn up anew once its draft keeps the rules."""
    made = window.draft_declarations(drafts, actor=work.actor, now=work.now)
    unfit = {(one.order_id, one.part) for one in made if one.state == DeclarationState.DRAFT}
    mended = [
        draft for draft in drafts if (draft.order_id, draft.part) in unfit and not window.check_draft(draft)
    ]
    again = window.redraft_declarations(mended, actor=work.actor, now=work.now) if mended else []
    fresh = {(one.order_id, one.part): one for one in again}
    return [fresh.get((one.order_id, one.part), one) for one in made]


def _outcome(
    batch: Batch, shares: Mapping[UUID, Sequence[Share]], declared: Mapping[UUID, Sequence[DeclarationDTO]]
) -> Outcome:
    outcome = Outcome()
    for order in batch:
        newest = {one.part: one for one in declared[order.id] if one.kind == "import"}
        unfit = [one for one in newest.values() if one.state == DeclarationState.DRAFT]
        if unfit:
            share = next(share for share in shares[order.id] if share.part == unfit[0].part)
            outcome.send(order.id, "refer", why=_why_unfit(share.pieces, unfit[0]))
        elif not any(one.state in _NOT_LODGED for one in newest.values()):
            first = newest[1]
            outcome.send(order.id, "declare", declaration_id=str(first.id), lrn=first.lrn)
    return outcome


def _why_unfit(pieces: Sequence[Piece], newest: DeclarationDTO) -> dict[str, Any]:
    """The first rule that the draft breaks, and the article it is about."""
    problem = dict(newest.problems[0]) if newest.problems else {}
    code = _FACTS_MISSING.get(str(problem.get("field")), "declaration-unfit")
    why = {"code": code, "detail": problem.get("message", ""), "remedy": problem.get("remedy", "")}
    place = problem.get("goods_item_no")
    # More lines than an authority takes are summarised: then the number is not that of a line.
    if isinstance(place, int) and newest.items_count == len(pieces) and place <= len(pieces):
        why["sku"] = pieces[place - 1].line.sku
    return why


def _match(
    batch: Batch, shares: Mapping[UUID, Sequence[Share]], payments: Mapping[UUID, PaymentDTO], work: Work
) -> None:
    """Compare order, payment and each waybill; nothing is released without a verdict that allows it."""
    paid = _payments(batch, payments)
    triples = [
        _triple(order, paid.get(order.id), share, shares[order.id], work)
        for order in batch
        for share in shares[order.id]
    ]
    at = {order.id: work.moment(order, "declare") for order in batch}
    window.save_verdicts(window.match_documents(triples), actor=work.actor, now=work.now, at=at)


def _triple(
    order: OrderDTO, payment: PaymentDocument | None, share: Share, all_shares: Sequence[Share], work: Work
) -> Triple:
    """One waybill of the order; what travels under the others is named, so that none of the order is missing."""
    to = work.address(order)
    return Triple(
        reference=order.number,
        order_id=order.id,
        seller_id=order.seller_id,
        order=OrderDocument(
            number=order.number,
            goods=Money(order.goods_minor + order.other_minor, order.currency),
            freight=order.carriage,
            tax=landed_total(order) - order.sale,
            discount=Money(order.discount_minor, order.currency),
            paid=landed_total(order),
            consignee=to.get("name", ""),
            country=order.destination,
            phone=to.get("phone", ""),
            address=_address_line(to),
            buyer_id=str(order.buyer_id),
            lines=tuple((n, line.sku, line.quantity) for n, line in enumerate(order.lines, 1)),
        ),
        payment=payment,
        logistics=_waybill(order, share, [other for other in all_shares if other is not share]),
        part=share.part,
    )


def _payments(batch: Batch, payments: Mapping[UUID, PaymentDTO]) -> dict[UUID, PaymentDocument]:
    """The document of each order's payment; a share of a basket names the orders that were paid with it."""
    baskets = finance.paid_together(payments.values())
    numbers = {order.id: order.number for order in batch}
    if others := {key for ids in baskets.values() for key in ids} - set(numbers):
        numbers |= orders.numbers_of(list(others))
    return {
        order_id: PaymentDocument(
            order_number=numbers[order_id],
            transaction_id=payment.provider_reference,
            amount=payment.escrow,
            payer_id=str(payment.buyer_id),
            together=frozenset(numbers[key] for key in baskets.get(payment.basket_id or order_id, ())),
        )
        for order_id, payment in payments.items()
    }


def _waybill(order: OrderDTO, share: Share, others: Sequence[Share]) -> LogisticsDocument:
    moved = share.moved
    return LogisticsDocument(
        order_number=order.number,
        tracking=moved.tracking_numbers[0],
        carrier=moved.provider_name,
        consignee=str(moved.ship_to.get("name", "")),
        country=moved.destination,
        phone=str(moved.ship_to.get("phone", "")),
        address=_address_line(moved.ship_to),
        packages=moved.parcel_count,
        gross_g=moved.mass_g,
        lines=tuple((piece.number, piece.line.sku, piece.quantity) for piece in share.pieces),
        elsewhere=tuple(
            (piece.number, piece.line.sku, piece.quantity) for other in others for piece in other.pieces
        ),
    )


def _address_line(address: Mapping[str, str]) -> str:
    return " ".join(str(address.get(key, "")) for key in ("street", "postcode", "city")).strip()


def _drafts(
    batch: Batch, shares: Mapping[UUID, Sequence[Share]], facts: Facts, work: Work
) -> list[DeclarationDraft]:
    return [_draft(order, share, facts, work) for order in batch for share in shares[order.id]]


def _draft(order: OrderDTO, share: Share, facts: Facts, work: Work) -> DeclarationDraft:
    items, moved = _items(order, share, facts), share.moved
    zero = Money.zero(order.currency)
    choice = choose_import_mode(order, items, work)
    return DeclarationDraft(
        order_id=order.id,
        seller_id=order.seller_id,
        buyer_id=order.buyer_id,
        authority_id=work.house.authority(order.destination),
        kind="import",
        regime=choice.chosen.mode.regime,
        country=order.destination,
        declarant=trade_party(work.platform),
        exporter=_exporter(order, work),
        importer=_importer(order, work),
        items=items,
        invoice_total=Money.sum([item.value for item in items], order.currency),
        freight=share.freight,
        transport=Transport(moved.tracking_numbers[0], moved.provider_name, carrier_id=moved.carrier_id),
        currency=order.currency,
        estimated_duty=Money(share.duty_minor, order.currency),
        estimated_tax=Money(0 if _vat_returned(order) else share.tax_minor, order.currency),
        reference=share.reference(order),
        invoice_number=order.source_ref,
        invoiced_on=order.ordered_at.date(),
        insurance=zero,
        packages=moved.parcel_count,
        mode=choice.as_record(),
        part=share.part,
        drawn_at=work.moment(order, "declare"),
    )


def _items(order: OrderDTO, share: Share, facts: Facts) -> tuple[GoodsItem, ...]:
    """One item per line; the packaging's mass is spread over them by net mass."""
    net = [(facts.of(piece.line).mass_g or 0) * piece.quantity for piece in share.pieces]
    packaging = split_minor(max(share.moved.mass_g - sum(net), 0), net)
    return tuple(
        GoodsItem(
            goods_item_no=number,
            hs_code=facts.of(piece.line).hs_code,
            description=piece.line.title,
            origin=facts.of(piece.line).origin,
            quantity=piece.quantity,
            net_g=net[number - 1],
            gross_g=net[number - 1] + packaging[number - 1],
            value=Money(piece.value_minor, order.currency),
        )
        for number, piece in enumerate(share.pieces, 1)
    )


def trade_party(party: OrganisationDTO) -> Party:
    """An organisation as it stands on a declaration."""
    where = party.address
    return Party(
        name=party.legal_name or party.name,
        country=party.country,
        identifier=party.identifiers.get("eori") or party.identifiers.get("uscc", ""),
        line=str(where.get("street", "")),
        city=str(where.get("city", "")),
        postcode=str(where.get("postcode", "")),
    )


def _exporter(order: OrderDTO, work: Work) -> Party:
    """The seller; where its VAT was taken at sale under the import scheme, known by that number (H7, D.E. 3/40)."""
    seller = work.seller(order)
    party, number = trade_party(seller), seller.identifiers.get("ioss", "")
    return replace(party, identifier=number) if number and _vat_returned(order) else party


def _vat_returned(order: OrderDTO) -> bool:
    """Whether the VAT goes into the seller's monthly return and none is left for the border (art. 143(1)(ca))."""
    return order.facts.get("scheme") == SCHEME


def _importer(order: OrderDTO, work: Work) -> Party:
    """Who receives the goods, under the number its customs knows it by (China: the person's identity)."""
    to, known = work.address(order), work.parties[order.buyer_id].identifiers
    return Party(
        name=str(to.get("name", "")),
        country=order.destination,
        identifier=known.get("eori") or known.get("cn_id", ""),
        line=str(to.get("street", "")),
        city=str(to.get("city", "")),
        postcode=str(to.get("postcode", "")),
        phone=str(to.get("phone", "")),
        email=str(to.get("email", "")),
    )
