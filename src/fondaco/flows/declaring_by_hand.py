"""A declaration written by hand: the mode that fits it, the list it becomes, and lodging it like any other list."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from fondaco.flows.intake import take_in_batch
from fondaco.flows.modes import suit_mode
from fondaco.kernel.ids import new_id
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.parties import public as parties
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import OrderFacts


@dataclass(frozen=True, slots=True)
class GoodsLine:
    """One kind of goods as a person writes it; masses in grams for all pieces together, the value likewise."""

    description: str
    code: str
    origin: str
    quantity: int
    net_g: int
    gross_g: int
    value: Money


@dataclass(frozen=True, slots=True)
class HandWritten:
    """A declaration as a person writes it; the parties have the names of a list's fields."""

    kind: str
    office: str
    to_person: bool
    exporter: Mapping[str, str]
    importer: Mapping[str, str]
    goods: Sequence[GoodsLine]
    freight: Money
    paid: Money
    order_number: str
    payment_number: str
    tracking: str
    carrier: str


@dataclass(frozen=True, slots=True)
class HandLodged:
    """What became of it: the declaration's id, or the reasons why it was refused (field, message, remedy)."""

    declaration_id: UUID | None
    reasons: tuple[Mapping[str, Any], ...] = ()


def offices_by_country() -> list[tuple[str, str]]:
    """The customs offices that take declarations in here: country and name."""
    found = {one.country: one.name for one in parties.organisations_of_kind(Kind.CUSTOMS)}
    return sorted(found.items(), key=lambda pair: pair[1])


def own_party(scope: Scope) -> dict[str, str]:
    """The reader's organisation as a party of a declaration."""
    own = parties.organisations([scope.organisation_id])[scope.organisation_id]
    where = own.address
    told = {
        "name": own.legal_name or own.name, "country": own.country,
        "identifier": own.identifiers.get("eori") or own.identifiers.get("uscc", ""),
        "line": str(where.get("street", "")), "city": str(where.get("city", "")),
        "postcode": str(where.get("postcode", "")),
    }  # fmt: skip
    return {name: text for name, text in told.items() if text}


def lodge_by_hand(scope: Scope, one: HandWritten, *, now: datetime) -> HandLodged:
    """Lodge `one` as a list with its order, payment and waybill; a refusal names each field, and nothing is kept.

    Forbidden to others than a seller's clerks.
    """
    scope.require(role=Role.CLERK, kinds=(Kind.SELLER,))
    body = _list_of(scope, one, now=now)
    raw = json.dumps({"lists": [body]}, sort_keys=True).encode()
    (said,) = json.loads(take_in_batch(scope, raw, form="json", now=now).text)["lists"]
    if said["status"] == "refused":
        return HandLodged(None, tuple(said["reasons"]))
    found = window.list_declarations(scope, filters=window.DeclarationFilter(search=body["lrn"]), size=1)
    return HandLodged(found.rows[0].id)


def _list_of(scope: Scope, one: HandWritten, *, now: datetime) -> dict[str, Any]:
    goods = Money.sum([line.value for line in one.goods], one.freight.currency)
    lines = [[place, "", line.quantity] for place, line in enumerate(one.goods, start=1)]
    shared = {"country": one.importer["country"], "phone": one.importer.get("phone", ""),
              "address": _address(one.importer), "lines": lines}  # fmt: skip
    buyer = {"buyer_id": one.importer["name"]}
    tax = max(one.paid.minor - goods.minor - one.freight.minor, 0)
    return {
        "lrn": f"H{new_id().hex[:21].upper()}",
        "kind": one.kind,
        "regime": _regime(one, goods, now=now),
        "country": one.office,
        "currency": goods.currency,
        "declarant": own_party(scope),
        "exporter": dict(one.exporter),
        "importer": dict(one.importer),
        "items": [_item(line) for line in one.goods],
        "invoice_total_minor": goods.minor,
        "freight_minor": one.freight.minor,
        "tax_minor": tax,
        "transport": {"tracking": one.tracking, "carrier": one.carrier},
        "order_number": one.order_number,
        "order": {"number": one.order_number, "goods_minor": goods.minor, "freight_minor": one.freight.minor,
                  "tax_minor": tax, "discount_minor": 0, "paid_minor": one.paid.minor,
                  "consignee": one.importer["name"], **buyer, **shared},
        "payment": {"order_number": one.order_number, "transaction_id": one.payment_number,
                    "amount_minor": one.paid.minor, "payer_id": one.importer["name"]},
        "waybill": {"order_number": one.order_number, "tracking": one.tracking, "carrier": one.carrier,
                    "consignee": one.importer["name"], "packages": 1, **shared},
    }  # fmt: skip


def _item(line: GoodsLine) -> dict[str, Any]:
    return {
        "hs_code": line.code, "description": line.description, "origin": line.origin, "quantity": line.quantity,
        "net_g": line.net_g, "gross_g": line.gross_g, "value_minor": line.value.minor,
    }  # fmt: skip


def _regime(one: HandWritten, goods: Money, *, now: datetime) -> str:
    """The regime of the mode that what is known fits; simplified ones fall away where a fact is not known."""
    codes = [line.code for line in one.goods]
    facts = OrderFacts(
        direction=one.kind, country=one.office, on=now.date(), value=goods,
        mass_g=sum(line.gross_g for line in one.goods), b2c=one.to_person, licence=False,
        excise=window.is_excise(codes), export_duty=window.bears_export_duty(one.office, codes), rebate=True,
        eori=bool(one.exporter.get("identifier")), incoterm="DDP",
        origins=frozenset(line.origin for line in one.goods),
    )  # fmt: skip
    return suit_mode(facts).chosen.mode.regime


def _address(party: Mapping[str, str]) -> str:
    return " ".join(party[name] for name in ("line", "postcode", "city") if party.get(name))
