"""A list as declarants lodge it: the canonical JSON, what is wrong with it, and what it means.

A list is a declaration with the order, payment and waybill it belongs to. Amounts are whole minor units of
the list's currency, masses grams. The shape is checked by pydantic's compiled core; what the shape cannot
say (sums, codes, parties) by the rules of `declaration_rules`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Annotated, Any, Literal, NotRequired
from uuid import UUID, uuid5

from pydantic import ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError
from pydantic_core import to_json
from typing_extensions import TypedDict

from fondaco.kernel.errors import Refused
from fondaco.kernel.money import Money, UnknownCurrency, exponent
from fondaco.platforms.window.domain.declaration import (
    MOST_ITEMS,
    MOST_PER_MESSAGE,
    DeclarationDraft,
    GoodsItem,
    Party,
    Transport,
)
from fondaco.platforms.window.domain.matching import (
    LogisticsDocument,
    OrderDocument,
    PaymentDocument,
    Triple,
)

_MOST_MINOR = 10**15
_STRICT = ConfigDict(extra="forbid", strict=True)
_MOST_REASONS = 20

Word = Annotated[str, StringConstraints(max_length=60)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Text = Annotated[str, StringConstraints(max_length=512)]
Land = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Amount = Annotated[int, Field(ge=0, le=_MOST_MINOR)]
Count = Annotated[int, Field(ge=1, le=10**9)]
Grams = Annotated[int, Field(ge=1, le=10**12)]
OrderLine = tuple[int, Word, int]


class PartyIn(TypedDict):
    """Exporter, importer or declarant; `identifier` is the EORI, USCC or identity number."""

    __pydantic_config__ = _STRICT  # type: ignore[misc]
    name: Name
    country: Land
    identifier: NotRequired[Word]
    line: NotRequired[Name]
    city: NotRequired[Word]
    postcode: NotRequired[Word]
    phone: NotRequired[Word]
    email: NotRequired[Name]


class ItemIn(TypedDict):
    """One position, in the order of the list."""

    __pydantic_config__ = _STRICT  # type: ignore[misc]
    hs_code: Annotated[str, StringConstraints(pattern=r"^[0-9]{6,10}$")]
    description: Text
    origin: Land
    quantity: Count
    net_g: Grams
    gross_g: Grams
    value_minor: Amount


class TransportIn(TypedDict):
    """The waybill's number and the carrier; `mode` by UCC D.E. 7/4 (5: post)."""

    __pydantic_config__ = _STRICT  # type: ignore[misc]
    tracking: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    carrier: Name
    mode: NotRequired[Literal["1", "2", "3", "4", "5", "7", "8", "9"]]


class OrderIn(TypedDict):
    """The order as the shop states it; `lines` are [number, SKU, quantity]."""

    __pydantic_config__ = _STRICT  # type: ignore[misc]
    number: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    goods_minor: Amount
    freight_minor: Amount
    tax_minor: Amount
    discount_minor: Amount
    paid_minor: Amount
    consignee: Name
    country: NotRequired[Land]
    phone: NotRequired[Word]
    address: NotRequired[Text]
    buyer_id: NotRequired[Name]
    lines: NotRequired[Annotated[list[OrderLine], Field(max_length=999)]]


class PaymentIn(TypedDict):
    """The payment as its provider states it."""

    __pydantic_config__ = _STRICT  # type: ignore[misc]
    order_number: Word
    transaction_id: Annotated[str, StringConstraints(max_length=80)]
    amount_minor: Amount
    payer_id: NotRequired[Name]


class WaybillIn(TypedDict):
    """The waybill as the carrier states it."""

    __pydantic_config__ = _STRICT  # type: ignore[misc]
    order_number: Word
    tracking: Word
    carrier: Name
    consignee: Name
    country: NotRequired[Land]
    phone: NotRequired[Word]
    address: NotRequired[Text]
    packages: NotRequired[Annotated[int, Field(ge=0, le=10_000)]]
    lines: NotRequired[Annotated[list[OrderLine], Field(max_length=999)]]


class ListIn(TypedDict):
    """One list with its three documents; `lrn` is the declarant's own number, unique for good."""

    __pydantic_config__ = _STRICT  # type: ignore[misc]
    lrn: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]{1,22}$")]
    kind: Literal["import", "export"]
    regime: Annotated[str, StringConstraints(min_length=1, max_length=24)]
    country: Land
    currency: Currency
    declarant: PartyIn
    exporter: PartyIn
    importer: PartyIn
    items: Annotated[list[ItemIn], Field(min_length=1, max_length=MOST_ITEMS)]
    invoice_total_minor: Amount
    freight_minor: Amount
    insurance_minor: NotRequired[Amount]
    discount_minor: NotRequired[Amount]
    duty_minor: NotRequired[Amount]
    tax_minor: NotRequired[Amount]
    transport: TransportIn
    incoterm: NotRequired[Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]]
    invoice_number: NotRequired[Word]
    invoiced_on: NotRequired[date]
    packages: NotRequired[Annotated[int, Field(ge=1, le=10_000)]]
    package_kind: NotRequired[Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{2}$")]]
    procedure: NotRequired[Annotated[str, StringConstraints(max_length=8)]]
    order_number: NotRequired[Word]
    order: NotRequired[OrderIn | None]
    payment: NotRequired[PaymentIn | None]
    waybill: NotRequired[WaybillIn | None]


class BadBatch(Refused):
    code = "bad-batch"
    title = "This is no batch of lists."
    remedy = 'Send {"lists": [...]} with 1 to 100 lists.'


@dataclass(frozen=True, slots=True)
class Lodged:
    """One list as it was sent: its place (from 1), number and digest, and what is wrong with its shape."""

    place: int
    lrn: str
    digest: str
    body: Mapping[str, Any] | None
    reasons: tuple[dict[str, Any], ...] = ()


@cache
def list_adapter() -> TypeAdapter[ListIn]:
    """The compiled check of one list."""
    return TypeAdapter(ListIn)


class BatchIn(TypedDict):
    """The body of a request."""

    __pydantic_config__ = _STRICT  # type: ignore[misc]
    lists: Annotated[list[ListIn], Field(min_length=1, max_length=MOST_PER_MESSAGE)]


@cache
def _batch_adapter() -> TypeAdapter[BatchIn]:
    return TypeAdapter(BatchIn)


def read_batch(raw: bytes) -> list[Lodged]:
    """The lists of a JSON batch, each read or with the reasons why not; BadBatch for anything else.

    A sound batch is checked in one pass; only one with a fault is taken apart list by list.
    """
    if b"\\u0000" not in raw:
        try:
            found = _batch_adapter().validate_json(raw)["lists"]
            return [_lodged(place, dict(body)) for place, body in enumerate(found, start=1)]
        except ValidationError:
            pass
    return [_read_one(place, body) for place, body in enumerate(_bodies(raw), start=1)]


def _bodies(raw: bytes) -> list[Any]:
    try:
        told = json.loads(raw)
    except (ValueError, RecursionError) as fault:
        raise BadBatch(f"It is not JSON: {fault}"[:200], field="body") from fault
    lists = told.get("lists") if isinstance(told, dict) else None
    if not isinstance(lists, list) or set(told) != {"lists"}:
        raise BadBatch(field="lists", value=type(lists).__name__)
    if not 1 <= len(lists) <= MOST_PER_MESSAGE:
        raise BadBatch(field="lists", value=len(lists))
    return lists


def lodged_body(place: int, body: dict[str, Any]) -> Lodged:
    """A list of another form, once it is written as the canonical body; its shape is checked the same."""
    try:
        return _lodged(place, dict(list_adapter().validate_python(body)))
    except ValidationError as fault:
        return Lodged(place, str(body.get("lrn", ""))[:22], "", None, _reasons(fault))


def _reasons(fault: ValidationError) -> tuple[dict[str, Any], ...]:
    errors = fault.errors(include_url=False, include_context=False)[:_MOST_REASONS]
    return tuple(
        _reason(".".join(str(part) for part in e["loc"]), e["type"], e["msg"], "Mend this field.", e["input"])
        for e in errors
    )


def _read_one(place: int, body: Any) -> Lodged:
    text = json.dumps(body, sort_keys=True, default=str)
    lrn = str(body.get("lrn", ""))[:22] if isinstance(body, dict) else ""
    if "\\u0000" in text:
        reason = _reason("lists", "bad-text", "A text holds the character U+0000.", "Leave it out.")
        return Lodged(place, lrn.replace("\0", ""), _digest(text), None, (reason,))
    try:
        return _lodged(place, dict(list_adapter().validate_json(text)))
    except ValidationError as fault:
        return Lodged(place, lrn, _digest(text), None, _reasons(fault))


def _lodged(place: int, body: dict[str, Any]) -> Lodged:
    return Lodged(place, body["lrn"], digest_of(body), body)


def digest_of(body: Mapping[str, Any]) -> str:
    """SHA-256 of a list that was read: the check puts fields in one order, whatever order they came in."""
    return hashlib.sha256(to_json(body)).hexdigest()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _reason(field: str, code: str, message: str, remedy: str, value: Any = None) -> dict[str, Any]:
    shown = {} if value is None or isinstance(value, (dict, list)) else {"value": str(value)[:80]}
    return {"field": field, "code": code, "message": message, "remedy": remedy, **shown}


def currency_fault(body: Mapping[str, Any]) -> dict[str, Any] | None:
    """What is wrong with the currency of a list, if anything."""
    try:
        exponent(body["currency"])
    except UnknownCurrency as fault:
        return _reason("currency", fault.code, fault.title, fault.remedy, body["currency"])
    return None


def order_id_of(seller_id: UUID, number: str) -> UUID:
    """The id that a declarant's order is known by here: the same for the same declarant and number."""
    return uuid5(seller_id, f"order|{number}")


def draft_of(body: Mapping[str, Any], *, seller_id: UUID, authority_id: UUID) -> DeclarationDraft:
    """The declaration that a list asks for."""
    currency = body["currency"]
    order = body.get("order") or {}
    number = order.get("number") or body.get("order_number") or body["lrn"]
    transport = body["transport"]
    importer = _party(body["importer"])
    return DeclarationDraft(
        order_id=order_id_of(seller_id, number),
        seller_id=seller_id,
        buyer_id=uuid5(seller_id, f"buyer|{order.get('buyer_id') or importer.name}"),
        authority_id=authority_id,
        kind=body["kind"],
        regime=body["regime"],
        country=body["country"],
        declarant=_party(body["declarant"]),
        exporter=_party(body["exporter"]),
        importer=importer,
        items=tuple(_item(number, item, currency) for number, item in enumerate(body["items"], start=1)),
        invoice_total=Money(body["invoice_total_minor"], currency),
        freight=Money(body["freight_minor"], currency),
        transport=Transport(transport["tracking"], transport["carrier"], transport.get("mode", "5")),
        currency=currency,
        estimated_duty=Money(body.get("duty_minor", 0), currency),
        estimated_tax=Money(body.get("tax_minor", 0), currency),
        reference=number,
        invoice_number=body.get("invoice_number", ""),
        invoiced_on=body.get("invoiced_on"),
        insurance=Money(body.get("insurance_minor", 0), currency),
        discount=Money(body.get("discount_minor", 0), currency),
        incoterm=body.get("incoterm", "DDP"),
        packages=body.get("packages", 1),
        package_kind=body.get("package_kind", "CT"),
        procedure=body.get("procedure", ""),
        lrn=body["lrn"],
    )


def triple_of(body: Mapping[str, Any], draft: DeclarationDraft) -> Triple:
    """The three documents that came with a list; one that did not come is itself a finding."""
    order, payment, waybill = body.get("order"), body.get("payment"), body.get("waybill")
    return Triple(
        reference=draft.reference,
        order=_order(order, draft.currency) if order else None,
        payment=_payment(payment, draft.currency) if payment else None,
        logistics=_waybill(waybill) if waybill else None,
        order_id=draft.order_id,
        seller_id=draft.seller_id,
    )


def _order(order: Mapping[str, Any], currency: str) -> OrderDocument:
    return OrderDocument(
        number=order["number"],
        goods=Money(order["goods_minor"], currency),
        freight=Money(order["freight_minor"], currency),
        tax=Money(order["tax_minor"], currency),
        discount=Money(order["discount_minor"], currency),
        paid=Money(order["paid_minor"], currency),
        consignee=order["consignee"],
        country=order.get("country", ""),
        phone=order.get("phone", ""),
        address=order.get("address", ""),
        buyer_id=order.get("buyer_id", ""),
        lines=tuple(order.get("lines", ())),
    )


def _payment(payment: Mapping[str, Any], currency: str) -> PaymentDocument:
    return PaymentDocument(
        payment["order_number"],
        payment["transaction_id"],
        Money(payment["amount_minor"], currency),
        payment.get("payer_id", ""),
    )


def _waybill(waybill: Mapping[str, Any]) -> LogisticsDocument:
    return LogisticsDocument(
        order_number=waybill["order_number"],
        tracking=waybill["tracking"],
        carrier=waybill["carrier"],
        consignee=waybill["consignee"],
        country=waybill.get("country", ""),
        phone=waybill.get("phone", ""),
        address=waybill.get("address", ""),
        packages=waybill.get("packages", 1),
        lines=tuple(waybill.get("lines", ())),
    )


def _party(body: Mapping[str, Any]) -> Party:
    return Party(**body)


def _item(number: int, body: Mapping[str, Any], currency: str) -> GoodsItem:
    return GoodsItem(
        number,
        body["hs_code"],
        body["description"],
        body["origin"],
        body["quantity"],
        body["net_g"],
        body["gross_g"],
        Money(body["value_minor"], currency),
    )
