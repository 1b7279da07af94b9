"""The papers of an order: invoice, packing list, customs form and label, frozen when it is declared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from uuid import UUID

from fondaco.commerce.orders.public import OrderDTO
from fondaco.flows.work import Batch, Facts, Work
from fondaco.kernel.money import Money
from fondaco.parties.public import OrganisationDTO
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import ConsignmentDTO, ParcelView
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


def freeze_papers(
    batch: Batch, consignments: Mapping[UUID, ConsignmentDTO], facts: Facts, work: Work
) -> Callable[[], object]:
    """The write that freezes the papers of `batch`; a file is made when somebody first opens it."""
    parcels = logistics.parcels_for([order.id for order in batch])
    wanted = [
        document
        for order in batch
        for document in _papers(order, consignments[order.id], parcels.get(order.id, ()), facts, work)
    ]
    return partial(sharing.store_documents, wanted, now=work.now, actor=work.actor, render=False)


def _papers(
    order: OrderDTO, moved: ConsignmentDTO, parcels: Sequence[ParcelView], facts: Facts, work: Work
) -> list[NewDocument]:
    data = _content(order, moved, parcels, facts, work)
    languages = sharing.languages_for(order.destination)
    return [
        NewDocument(
            order_id=order.id,
            kind=kind,
            data=data,
            seller_id=order.seller_id,
            buyer_id=order.buyer_id,
            carrier_id=moved.carrier_id,
            authority_id=work.house.authority(order.destination),
            languages=languages,
        )
        for kind in KINDS
    ]


def _content(
    order: OrderDTO, moved: ConsignmentDTO, parcels: Sequence[ParcelView], facts: Facts, work: Work
) -> DocumentData:
    return DocumentData(
        number=order.source_ref,
        issued_on=order.ordered_at.date(),
        order_number=order.number,
        seller=_seller(work.seller(order)),
        buyer=_buyer(work.address(order), order.destination),
        lines=tuple(_lines(order, facts)),
        totals=_totals(order),
        parcels=tuple(_parcel(parcel) for parcel in parcels),
        incoterm="DDP",
        incoterm_place=work.address(order).get("city", ""),
        carrier=moved.provider_name,
        service=moved.service_name,
        declaration_ref=order.number,
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


def _lines(order: OrderDTO, facts: Facts) -> list[DocumentLine]:
    return [
        DocumentLine(
            sku=line.sku,
            description=line.title,
            quantity=line.quantity,
            value=Money(line.value_minor, order.currency),
            net_g=(known.mass_g or 0) * line.quantity,
            hs_code=known.hs_code or "",
            origin=known.origin or "",
            unit_value=Money(line.unit_minor, order.currency),
        )
        for line in order.lines
        for known in (facts.of(line),)
    ]


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
