"""Drafts and documents that the tests of declarations start from."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid5

from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.platforms.window.public import (
    DeclarationDraft,
    GoodsItem,
    LogisticsDocument,
    OrderDocument,
    Party,
    PaymentDocument,
    Transport,
    Triple,
)

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
SELLER = UUID("00000000-0000-7000-8000-000000000001")
BUYER = UUID("00000000-0000-7000-8000-000000000002")
AUTHORITY = UUID("00000000-0000-7000-8000-000000000003")
OTHER = UUID("00000000-0000-7000-8000-000000000004")


def uid(name: str) -> UUID:
    return uuid5(SELLER, name)


def scope(organisation: UUID, kind: Kind, role: Role = Role.OWNER) -> Scope:
    return Scope(organisation, kind, user_id=uid("person"), role=role, actor=f"person@{kind.value}")


OFFICER = scope(AUTHORITY, Kind.CUSTOMS)
TRADER = scope(SELLER, Kind.SELLER)
OPERATOR = scope(OTHER, Kind.PLATFORM)


def item(number: int = 1, **changes: Any) -> GoodsItem:
    plain = GoodsItem(
        number, "910511", "Alarm clock, bakelike pink", "CN", 24, 7200, 7900, Money(9000, "GBP")
    )
    return replace(plain, **changes)


def draft(name: str = "536370", **changes: Any) -> DeclarationDraft:
    seller = Party("Harbour Gifts Ltd", "GB", "GB123456789000", "1 Quay St", "Bristol", "BS1 4QA")
    plain = DeclarationDraft(
        order_id=uid(name),
        seller_id=SELLER,
        buyer_id=BUYER,
        authority_id=AUTHORITY,
        kind="import",
        regime="H7",
        country="FR",
        declarant=seller,
        exporter=seller,
        importer=Party("Camille Roux", "FR", "", "3 rue du Port", "Nantes", "44000", "+33612345678"),
        items=(item(1), item(2, hs_code="950300", value=Money(2550, "GBP"))),
        invoice_total=Money(11550, "GBP"),
        freight=Money(1800, "GBP"),
        transport=Transport("RR123456785GB", "Royal Mail"),
        currency="GBP",
        estimated_duty=Money(300, "GBP"),
        estimated_tax=Money(2730, "GBP"),
        reference=name,
        invoice_number=name,
        invoiced_on=date(2026, 11, 20),
    )
    return replace(plain, **changes)


def triple(name: str = "536370", **parts: Any) -> Triple:
    """A triple that matches, with spelling that only a machine would stumble over."""
    order = OrderDocument(
        number=name,
        goods=Money(11550, "GBP"),
        freight=Money(1800, "GBP"),
        tax=Money(3030, "GBP"),
        discount=Money(500, "GBP"),
        paid=Money(15880, "GBP"),
        consignee="Camille Roux",
        country="FR",
        phone="+33 6 12 34 56 78",
        address="3 rue du Port, 44000 Nantes",
        buyer_id="buyer-1",
        lines=((1, "22728", 24), (2, "22727", 24)),
    )
    payment = PaymentDocument(name, f"pay-{name}", Money(15880, "GBP"), "buyer-1")
    logistics = LogisticsDocument(
        order_number=name,
        tracking=f"FD{uid(name).hex[:12]}",
        carrier="post",
        consignee="ROUX Camille",
        country="FR",
        phone="06 12 34 56 78",
        address="3, Rue du Port  44000 NANTES",
        lines=((2, "22727", 24), (1, "22728", 24)),
    )
    plain = Triple(name, order, payment, logistics, order_id=uid(name), seller_id=SELLER)
    return replace(plain, **parts)
