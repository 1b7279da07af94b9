"""The canonical declaration: what every authority asks of a consignment, in one form.

Our names are the trade's; `declaration_wco` gives the WCO Data Model class and element of each.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from fondaco.kernel.money import Money

Kind = Literal["export", "import"]
Lane = Literal["", "green", "blue", "yellow", "red"]

MOST_ITEMS = 99  # UK CDS and GACC: at most 99 goods items on a declaration
MOST_PER_MESSAGE = 100  # GACC 2018 No. 113: at most 100 lists in a message


@dataclass(frozen=True, slots=True)
class Party:
    """Exporter, importer or declarant as they were known on that day.

    `identifier` is the trader's number: EORI in the EU and UK, USCC in China, and so on.
    """

    name: str
    country: str
    identifier: str = ""
    line: str = ""
    city: str = ""
    postcode: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class GoodsItem:
    """One position of a declaration; masses in grams, `value` is the invoiced price of the position."""

    goods_item_no: int
    hs_code: str | None
    description: str
    origin: str | None
    quantity: int
    net_g: int
    gross_g: int
    value: Money


@dataclass(frozen=True, slots=True)
class Transport:
    """How the goods go: waybill number, carrier, and mode at the border (UCC D.E. 7/4; 5 is post)."""

    tracking: str
    carrier: str
    mode: str = "5"
    carrier_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class DeclarationDraft:
    """What a flow asks to have declared: one consignment of one order, out of or into a country.

    `country` is where the office is that `authority_id` runs. `reference` is the order number that people
    know; the agency picks its lane by it. `lrn` is made where it is empty. All Money in `currency`. `mode` is
    the supervision mode with its reasons (`ModeChoice.as_record`), kept in the log with the draft. An order that
    travels in several consignments has a declaration of each: `part` 1, 2, and so on. `drawn_at` is when it was drawn
    up, where that is not when it is recorded.
    """

    order_id: UUID
    seller_id: UUID
    buyer_id: UUID
    authority_id: UUID
    kind: Kind
    regime: str
    country: str
    declarant: Party
    exporter: Party
    importer: Party
    items: tuple[GoodsItem, ...]
    invoice_total: Money
    freight: Money
    transport: Transport
    currency: str
    estimated_duty: Money
    estimated_tax: Money
    reference: str = ""
    invoice_number: str = ""
    invoiced_on: date | None = None
    insurance: Money | None = None
    discount: Money | None = None
    incoterm: str = "DDP"
    packages: int = 1
    package_kind: str = "CT"  # UNECE Recommendation 21: carton
    procedure: str = ""
    lrn: str = ""
    mode: Mapping[str, Any] = field(default_factory=dict)
    part: int = 1
    drawn_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeclarationItemDTO:
    """A goods item as recorded; `value_minor` in the declaration's currency."""

    number: int
    hs_code: str
    description: str
    origin: str
    quantity: int
    net_g: int
    gross_g: int
    value_minor: int


@dataclass(frozen=True, slots=True)
class DeclarationDTO:
    """A declaration as recorded; `problems` say what keeps a draft from being lodged."""

    id: UUID
    order_id: UUID
    seller_id: UUID
    buyer_id: UUID
    authority_id: UUID
    kind: str
    version: int
    regime: str
    country: str
    reference: str
    lrn: str
    mrn: str
    state: str
    lane: str
    currency: str
    invoice_total_minor: int
    estimated_duty_minor: int
    estimated_tax_minor: int
    assessed_duty_minor: int | None
    assessed_tax_minor: int | None
    items_count: int
    problems: tuple[dict[str, Any], ...]
    held_state: str
    disputed: bool
    drafted_at: datetime
    submitted_at: datetime | None
    decided_at: datetime | None
    released_at: datetime | None
    part: int = 1


@dataclass(frozen=True, slots=True)
class Receipt:
    """One answer of an agency to one declaration, known by its `reference` (our LRN).

    `tax` and `duty` are assessed amounts in minor units of the declaration's currency. `raw` is the
    message as it came.
    """

    reference: str
    code: str
    issued_at: datetime
    vocabulary: str = "cds"
    mrn: str = ""
    lane: str = ""
    reason: str = ""
    duty_minor: int | None = None
    tax_minor: int | None = None
    raw: dict[str, Any] = field(default_factory=dict)


def local_reference(order_id: UUID, *, kind: str, version: int, part: int = 1) -> str:
    """A local reference number of 22 characters (UCC D.E. 2/5), the same for the same declaration.

    It begins with F, which is no trigger letter of the agency simulator.
    """
    whose = f"{order_id}|{part}" if part > 1 else str(order_id)
    digest = hashlib.sha256(f"{whose}|{kind}|{version}".encode()).digest()
    return f"F{kind[0].upper()}{_base36(int.from_bytes(digest[:13]))[-20:].rjust(20, '0')}"


def idempotency_key(declaration_id: UUID, *, version: int) -> str:
    """The key that makes sending again safe."""
    return f"{declaration_id}:{version}"


def fit_items(items: Sequence[GoodsItem]) -> tuple[GoodsItem, ...]:
    """`items`, summarised by code, origin when there are more than an authority takes.

    Summarising keeps every quantity, mass and value; the description names the first and counts the rest.
    """
    if len(items) <= MOST_ITEMS:
        return tuple(items)
    groups: dict[tuple[str | None, str | None], list[GoodsItem]] = {}
    for item in items:
        groups.setdefault((item.hs_code, item.origin), []).append(item)
    return tuple(_merged(number, group) for number, group in enumerate(groups.values(), start=1))


def _merged(number: int, group: list[GoodsItem]) -> GoodsItem:
    first = group[0]
    more = f" and {len(group) - 1} more" if len(group) > 1 else ""
    return GoodsItem(
        goods_item_no=number,
        hs_code=first.hs_code,
        description=f"{first.description}{more}",
        origin=first.origin,
        quantity=sum(item.quantity for item in group),
        net_g=sum(item.net_g for item in group),
        gross_g=sum(item.gross_g for item in group),
        value=Money.sum((item.value for item in group), first.value.currency),
    )


def content_digest(text: str) -> str:
    """SHA-256 of a message as it was written."""
    return hashlib.sha256(text.encode()).hexdigest()


def kilograms(grams: int) -> str:
    """`grams` as kilograms with three decimals, the unit of every mass in a declaration."""
    return str((Decimal(grams) / 1000).quantize(Decimal("0.001")))


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[rest] + digits
    return digits
