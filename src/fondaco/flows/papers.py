"""The papers of an order: invoice, packing list, customs form and label, frozen when it is declared.

The invoice is the order's; of an order in parts each consignment has its own packing list, customs form and label.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from uuid import UUID

from fondaco.commerce.orders.public import OrderDTO
from fondaco.flows.parting import Piece, Share
from fondaco.flows.work import Batch, Facts, Work
from fondaco.kernel.money import Money
from fondaco.parties.public import OrganisationDTO
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import ParcelView
from fondaco.systems.sharing import public as sharing
from fondaco.systems.sharing.public import (
    KINDS,
    DocumentData,
    DocumentLine,
    DocumentParcel,
    DocumentTotals,
    NewDocument,
    Party,
)

_INVOICE = "commercial_invoice"


def freeze_papers(
    batch: Batch, shares: Mapping[UUID, Sequence[Share]], facts: Facts, work: Work
) -> Callable[[], object]:
    """The write that freezes the papers of `batch`; a file is made when somebody first opens it."""
    parcels = logistics.parcels_for([order.id for order in batch])
    wanted = [
        document
        for order in batch
        for document in _papers(order, shares[order.id], parcels.get(order.id, ()), facts, work)
    ]
    return partial(sharing.store_documents, wanted, now=work.now, actor=work.actor, render=False)


def _papers(
    order: OrderDTO, shares: Sequence[Share], parcels: Sequence[ParcelView], facts: Facts, work: Work
) -> list[NewDocument]:
    whole = _content(order, shares, parcels, facts, work)
    papers = [_paper(order, _INVOICE, whole, shares[0], work)]
    for share in shares:
        of_it = [one for one in parcels if one.tracking_number in share.moved.tracking_numbers]
        data = _content(order, [share], of_it, facts, work) if share.of > 1 else whole
        papers += [_paper(order, kind, data, share, work) for kind in KINDS if kind != _INVOICE]
    return papers


def _paper(order: OrderDTO, kind: str, data: DocumentData, share: Share, work: Work) -> NewDocument:
    return NewDocument(
        order_id=order.id,
        kind=kind,
        data=data,
        seller_id=order.seller_id,
        buyer_id=order.buyer_id,
        carrier_id=share.moved.carrier_id,
        authority_id=work.house.authority(order.destination),
        languages=sharing.languages_for(order.destination),
    )


def _content(
    order: OrderDTO, shares: Sequence[Share], parcels: Sequence[ParcelView], facts: Facts, work: Work
) -> DocumentData:
    """What is printed of these consignments of an order: of one of several, or of all."""
    first, alone = shares[0], len(shares) < shares[0].of
    return DocumentData(
        number=order.source_ref,
        issued_on=order.ordered_at.date(),
        order_number=order.number,
        seller=_seller(work.seller(order)),
        buyer=_buyer(work.address(order), order.destination),
        lines=tuple(_lines(first.pieces if alone else _all_of(order), order, facts)),
        totals=_part_totals(order, first) if alone else _totals(order),
        parcels=tuple(_parcel(parcel) for parcel in parcels),
        incoterm="DDP",
        incoterm_place=work.address(order).get("city", ""),
        carrier=first.moved.provider_name,
        service=first.moved.service_name,
        declaration_ref=first.reference(order) if alone else order.number,
        is_demo=work.parties[order.buyer_id].is_demo,
    )


def _seller(seller: OrganisationDTO) -> Party:
    where = seller.address
    lines = (str(where.get("street", "")), f"{where.get('postcode', '')} {where.get('city', '')}".strip())
    return Party(
        name=seller.legal_name or seller.name,
        address=tuple(line for line in lines if line),
        country=seller.country,
        identifiers=tuple(sorted(seller.identifiers.items())),
    )


def _buyer(to: Mapping[str, str], country: str) -> Party:
    lines = (to.get("street", ""), f"{to.get('postcode', '')} {to.get('city', '')}".strip())
    return Party(
        name=to.get("name", ""),
        address=tuple(line for line in lines if line),
        country=country,
        phone=to.get("phone", ""),
        email=to.get("email", ""),
    )


def _all_of(order: OrderDTO) -> list[Piece]:
    return [Piece(n, line, line.quantity, line.value_minor) for n, line in enumerate(order.lines, 1)]


def _lines(pieces: Sequence[Piece], order: OrderDTO, facts: Facts) -> list[DocumentLine]:
    return [
        DocumentLine(
            sku=piece.line.sku,
            description=piece.line.title,
            quantity=piece.quantity,
            value=Money(piece.line.unit_minor * piece.quantity, order.currency),
            net_g=(known.mass_g or 0) * piece.quantity,
            hs_code=known.hs_code or "",
            origin=known.origin or "",
            unit_value=Money(piece.line.unit_minor, order.currency),
        )
        for piece in pieces
        for known in (facts.of(piece.line),)
    ]


def _part_totals(order: OrderDTO, share: Share) -> DocumentTotals:
    """What one consignment of several is worth and charged, as it is declared."""
    goods, duty, tax = (
        Money(minor, order.currency) for minor in (share.goods_minor, share.duty_minor, share.tax_minor)
    )
    return DocumentTotals(
        goods=goods, total=goods + share.freight + duty + tax, freight=share.freight, duty=duty, tax=tax
    )


def _totals(order: OrderDTO) -> DocumentTotals:
    def money(minor: int | None) -> Money:
        return Money(minor or 0, order.currency)

    return DocumentTotals(
        goods=money(order.goods_minor + order.other_minor),
        total=money(order.total_minor),
        freight=money(order.carriage_minor),
        discount=money(order.discount_minor) if order.discount_minor else None,
        duty=money(order.duty_minor),
        tax=money(order.tax_minor),
        fees=money(order.fees_minor) if order.fees_minor else None,
    )


def _parcel(parcel: ParcelView) -> DocumentParcel:
    return DocumentParcel(
        tracking=parcel.tracking_number,
        length_mm=parcel.length_mm,
        width_mm=parcel.width_mm,
        height_mm=parcel.height_mm,
        gross_g=parcel.mass_g,
        contents=parcel.contents,
    )
