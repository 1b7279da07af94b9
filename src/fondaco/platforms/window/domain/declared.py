"""A declaration as it is written to an authority or to a person: only what the paper itself says.

Every format that is rendered and read back (EDIFACT, H7, CSV, XLSX) goes through this form, so that reading
gives what was written, and nothing of a declaration depends on who stores it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from typing import Any, cast
from uuid import UUID

from fondaco.kernel.money import Money
from fondaco.platforms.window.domain.declaration import (
    DeclarationDraft,
    DeclarationItemDTO,
    GoodsItem,
    Kind,
    Party,
    Transport,
)
from fondaco.platforms.window.domain.declaration_wco import Filing

_PARTY = tuple(one.name for one in fields(Party))


@dataclass(frozen=True, slots=True)
class Declared:
    """A declaration's content. Amounts in minor units of `currency`, masses in grams, `issued_at` to the second."""

    kind: str
    lrn: str
    version: int
    country: str
    regime: str
    reference: str
    issued_at: datetime
    currency: str
    invoice_total_minor: int
    freight_minor: int
    insurance_minor: int
    discount_minor: int
    estimated_duty_minor: int
    estimated_tax_minor: int
    incoterm: str
    invoice_number: str
    invoiced_on: date | None
    packages: int
    package_kind: str
    procedure: str
    gross_g: int
    declarant: Party
    exporter: Party
    importer: Party
    tracking: str
    carrier: str
    mode: str
    items: tuple[DeclarationItemDTO, ...]
    mrn: str = ""

    @property
    def goods_minor(self) -> int:
        """What the goods alone cost: the sum of the items."""
        return sum(item.value_minor for item in self.items)


def declared(filing: Filing, *, mrn: str = "") -> Declared:
    """What `filing` says."""
    transport = filing.transport
    same = {name: getattr(filing, name) for name in _COPIED}
    return Declared(
        **same,
        issued_at=filing.issued_at.astimezone(UTC).replace(microsecond=0),
        declarant=party_of(filing.declarant),
        exporter=party_of(filing.exporter),
        importer=party_of(filing.importer),
        tracking=str(transport.get("tracking", "")),
        carrier=str(transport.get("carrier", "")),
        mode=str(transport.get("mode", "")),
        items=tuple(filing.items),
        mrn=mrn,
    )


_COPIED = (
    "kind", "lrn", "version", "country", "regime", "reference", "currency", "invoice_total_minor", "freight_minor",
    "insurance_minor", "discount_minor", "estimated_duty_minor", "estimated_tax_minor", "incoterm",
    "invoice_number", "invoiced_on", "packages", "package_kind", "procedure", "gross_g",
)  # fmt: skip


def party_of(told: Mapping[str, Any]) -> Party:
    """A party from its recorded fields; unknown ones are left out."""
    known = {name: str(told[name]) for name in _PARTY if told.get(name)}
    return Party(**{"name": "", "country": "", **known})


def draft_of(
    one: Declared, *, order_id: UUID, seller_id: UUID, buyer_id: UUID, authority_id: UUID
) -> DeclarationDraft:
    """What was read, as a draft of this house for the given order and parties; it is numbered anew."""
    currency = one.currency
    return DeclarationDraft(
        order_id=order_id,
        seller_id=seller_id,
        buyer_id=buyer_id,
        authority_id=authority_id,
        kind=cast("Kind", one.kind),
        regime=one.regime,
        country=one.country,
        declarant=one.declarant,
        exporter=one.exporter,
        importer=one.importer,
        items=tuple(_goods(item, currency) for item in one.items),
        invoice_total=Money(one.invoice_total_minor, currency),
        freight=Money(one.freight_minor, currency),
        transport=Transport(one.tracking, one.carrier, one.mode),
        currency=currency,
        estimated_duty=Money(one.estimated_duty_minor, currency),
        estimated_tax=Money(one.estimated_tax_minor, currency),
        reference=one.reference,
        invoice_number=one.invoice_number,
        invoiced_on=one.invoiced_on,
        insurance=Money(one.insurance_minor, currency),
        discount=Money(one.discount_minor, currency),
        incoterm=one.incoterm,
        packages=one.packages,
        package_kind=one.package_kind,
        procedure=one.procedure,
    )


def _goods(item: DeclarationItemDTO, currency: str) -> GoodsItem:
    return GoodsItem(
        goods_item_no=item.number,
        hs_code=item.hs_code or None,
        description=item.description,
        origin=item.origin or None,
        quantity=item.quantity,
        net_g=item.net_g,
        gross_g=item.gross_g,
        value=Money(item.value_minor, currency),
    )
