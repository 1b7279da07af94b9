"""Order, payment and waybill side by side: do the three documents tell of one and the same trade?

The rules are those of China's GACC message specification (Announcement 2018 No. 113, edition 2022-05),
which other authorities' checks are weaker forms of. A breach is hard (blocks), or soft (a person decides);
spelling, spacing, case and national phone prefixes are neither.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from fondaco.kernel.money import Money
from fondaco.platforms.window.domain.likeness import likeness, plain, strange_share, strange_words

VerdictWord = Literal["match", "soft", "hard"]


@dataclass(frozen=True, slots=True)
class OrderDocument:
    """The order as the shop states it. `paid` is what the buyer was asked to pay in all.

    `lines` are (line number, SKU, quantity); `buyer_id` is who ordered.
    """

    number: str
    goods: Money
    freight: Money
    tax: Money
    discount: Money
    paid: Money
    consignee: str
    country: str = ""
    phone: str = ""
    address: str = ""
    buyer_id: str = ""
    lines: tuple[tuple[int, str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class PaymentDocument:
    """The payment as the payment provider states it; `amount` is what of it is for this order.

    `together` are the orders that the same transaction pays, this one among them, where it pays several.
    """

    order_number: str
    transaction_id: str
    amount: Money
    payer_id: str = ""
    together: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class LogisticsDocument:
    """The waybill as the carrier states it; `freight` where the carrier tells it, `lines` where it lists goods.

    `elsewhere` are lines of the same order under its other waybills, where it travels in parts.
    """

    order_number: str
    tracking: str
    carrier: str
    consignee: str
    country: str = ""
    phone: str = ""
    address: str = ""
    packages: int = 1
    gross_g: int = 0
    freight: Money | None = None
    lines: tuple[tuple[int, str, int], ...] = ()
    elsewhere: tuple[tuple[int, str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Triple:
    """The documents of one order, or of one part of it; more than one payment or none at all is itself a finding."""

    reference: str
    order: OrderDocument | None
    payment: PaymentDocument | None
    logistics: LogisticsDocument | None
    order_id: UUID | None = None
    seller_id: UUID | None = None
    other_payments: tuple[PaymentDocument, ...] = ()
    part: int = 1


@dataclass(frozen=True, slots=True)
class Reason:
    """One difference: `code` names the rule, `weight` is soft or hard, `facts` show both sides."""

    code: str
    weight: Literal["soft", "hard"]
    facts: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return {"code": self.code, "weight": self.weight, **self.facts}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What comparing one triple came to."""

    reference: str
    verdict: VerdictWord
    reasons: tuple[Reason, ...]
    order_id: UUID | None = None
    seller_id: UUID | None = None
    carrier: str = ""
    tracking: str = ""
    transaction_id: str = ""
    part: int = 1


@dataclass(frozen=True, slots=True)
class Tolerances:
    """How much two documents may differ; see data/window/match_tolerances.csv for units and sources."""

    amount_minor: int = 1
    consignee_alike: float = 0.92
    consignee_strange: float = 0.30
    address_alike: float = 0.90
    address_strange: float = 0.30
    phone_soft: int = 9
    phone_hard: int = 7
    packages: int = 999


@dataclass(frozen=True, slots=True)
class Used:
    """Numbers that other orders have used: (carrier, tracking) and payment transaction -> their reference."""

    waybills: Mapping[tuple[str, str], str] = field(default_factory=dict)
    transactions: Mapping[str, str] = field(default_factory=dict)


_S10 = re.compile(r"[A-Z]{2}(\d{8})(\d)[A-Z]{2}")
_S10_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)


def match_triples(
    triples: Sequence[Triple], *, tolerances: Tolerances | None = None, used: Used | None = None
) -> list[Verdict]:
    """A verdict for each of `triples`, in their order; `used` adds what earlier orders have taken."""
    limits, before = tolerances or Tolerances(), used or Used()
    waybills = _first_users((_waybill(one), one.reference) for one in triples)
    payments = _first_users(
        (payment.transaction_id, one.reference) for one in triples for payment in _payments(one)
    )
    return [
        _verdict(one, [*_breaches(one, limits), *_reuse(one, before, waybills=waybills, payments=payments)])
        for one in triples
    ]


def _breaches(triple: Triple, limits: Tolerances) -> Iterator[Reason]:
    order = triple.order
    if order is None:
        yield Reason("order-missing", "hard")
    else:
        yield from _sums(order, limits)
        yield from _paid(triple, order, limits)
    if triple.logistics is None:
        yield Reason("waybill-missing", "hard")
    elif order is not None:
        for rule in _CARRIED:
            yield from rule(order, triple.logistics, limits)


def _sums(order: OrderDocument, limits: Tolerances) -> Iterator[Reason]:
    """ActuralPaid = goodsValue + freight + taxTotal − discount, all in one currency, none below zero."""
    parts = (order.goods, order.freight, order.tax, order.discount, order.paid)
    if len({money.currency for money in parts}) > 1:
        yield Reason("order-currencies", "hard", {"currencies": sorted({m.currency for m in parts})})
        return
    if any(money.minor < 0 for money in parts) or order.paid.minor == 0:
        yield Reason("order-amount-not-positive", "hard", {"paid": order.paid.minor})
    due = order.goods.minor + order.freight.minor + order.tax.minor - order.discount.minor
    if abs(due - order.paid.minor) > limits.amount_minor:
        yield Reason("order-total", "hard", {"due": due, "paid": order.paid.minor})


def _paid(triple: Triple, order: OrderDocument, limits: Tolerances) -> Iterator[Reason]:
    """One payment transaction, of the order's amount, by the buyer."""
    payment = triple.payment
    if payment is None:
        yield Reason("payment-missing", "hard")
        return
    if triple.other_payments:
        ids = [one.transaction_id for one in _payments(triple)]
        yield Reason("payment-not-single", "hard", {"transactions": ids})
    if payment.order_number != order.number:
        yield Reason("payment-order", "hard", {"order": order.number, "payment": payment.order_number})
    if not payment.transaction_id.strip():
        yield Reason("payment-transaction-missing", "hard")
    if payment.amount.currency != order.paid.currency:
        sides = {"order": order.paid.currency, "payment": payment.amount.currency}
        yield Reason("payment-currency", "hard", sides)
    elif abs(payment.amount.minor - order.paid.minor) > limits.amount_minor:
        yield Reason("payment-amount", "hard", {"order": order.paid.minor, "payment": payment.amount.minor})
    if payment.payer_id and order.buyer_id and payment.payer_id != order.buyer_id:
        yield Reason("payer-not-buyer", "hard", {"buyer": order.buyer_id, "payer": payment.payer_id})


def _same_order(order: OrderDocument, waybill: LogisticsDocument, _: Tolerances) -> Iterator[Reason]:
    if waybill.order_number != order.number:
        yield Reason("waybill-order", "hard", {"order": order.number, "waybill": waybill.order_number})


def _tracking(_: OrderDocument, waybill: LogisticsDocument, __: Tolerances) -> Iterator[Reason]:
    """A waybill number is there and, where it is postal (UPU S10), its check digit holds."""
    number = waybill.tracking.strip().upper()
    if not number:
        yield Reason("tracking-missing", "hard")
    elif (postal := _S10.fullmatch(number)) and _s10_digit(postal[1]) != int(postal[2]):
        yield Reason("tracking-check-digit", "hard", {"tracking": number})


def _consignee(order: OrderDocument, waybill: LogisticsDocument, limits: Tolerances) -> Iterator[Reason]:
    yield from _similar(
        "consignee",
        order.consignee,
        waybill.consignee,
        alike=limits.consignee_alike,
        strange=limits.consignee_strange,
    )


def _address(order: OrderDocument, waybill: LogisticsDocument, limits: Tolerances) -> Iterator[Reason]:
    if order.country and waybill.country and order.country != waybill.country:
        yield Reason("country", "hard", {"order": order.country, "waybill": waybill.country})
    yield from _doors(order.address, waybill.address)
    yield from _similar(
        "address", order.address, waybill.address, alike=limits.address_alike, strange=limits.address_strange
    )


def _doors(one: str, other: str) -> Iterator[Reason]:
    """House numbers and postcodes differ: another door, and with another street name surely so."""
    here, there = _numbers(one), _numbers(other)
    if not here or not there or here == there:
        return
    words = (plain(one), plain(other))
    elsewhere = (
        bool(here - there and there - here) and max(strange_words(*words), strange_words(*words[::-1])) > 0
    )
    weight: Literal["soft", "hard"] = "hard" if elsewhere else "soft"
    yield Reason("address-numbers", weight, {"order": sorted(here), "waybill": sorted(there)})


def _phone(order: OrderDocument, waybill: LogisticsDocument, limits: Tolerances) -> Iterator[Reason]:
    one, other = _digits(order.phone), _digits(waybill.phone)
    if not one and not other:
        return
    same = _common_tail(one, other)
    shorter = min(len(one), len(other))
    if same >= min(limits.phone_soft, max(shorter, 1)):
        return
    weight: Literal["soft", "hard"] = "soft" if same >= limits.phone_hard or not one or not other else "hard"
    yield Reason("phone", weight, {"order": order.phone, "waybill": waybill.phone, "equal_digits": same})


def _packages(_: OrderDocument, waybill: LogisticsDocument, limits: Tolerances) -> Iterator[Reason]:
    if waybill.packages < 1:
        yield Reason("packages", "hard", {"packages": waybill.packages})
    elif waybill.packages > limits.packages:
        yield Reason("packages", "soft", {"packages": waybill.packages, "allowed": limits.packages})


def _freight(order: OrderDocument, waybill: LogisticsDocument, limits: Tolerances) -> Iterator[Reason]:
    if waybill.freight is None:
        return
    same = waybill.freight.currency == order.freight.currency
    if not same or abs(waybill.freight.minor - order.freight.minor) > limits.amount_minor:
        yield Reason("freight", "soft", {"order": str(order.freight), "waybill": str(waybill.freight)})


def _lines(order: OrderDocument, waybill: LogisticsDocument, _: Tolerances) -> Iterator[Reason]:
    """List line numbers 1:1 with order lines, with the same goods and quantities, over all waybills of the order."""
    if not waybill.lines or not order.lines:
        return
    ours, theirs = _carried(order.lines), _carried((*waybill.lines, *waybill.elsewhere))
    if ours != theirs:
        facts = {"missing": [list(line) for line in (ours - theirs)][:5]}
        yield Reason("lines", "hard", {**facts, "surplus": [list(line) for line in (theirs - ours)][:5]})


def _carried(lines: Sequence[tuple[int, str, int]]) -> Counter[tuple[int, str, int]]:
    """The lines with their pieces, those of one line under several waybills added up."""
    pieces: Counter[tuple[int, str]] = Counter()
    for number, sku, quantity in lines:
        pieces[number, sku] += quantity
    return Counter([(number, sku, quantity) for (number, sku), quantity in pieces.items()])


_CARRIED: tuple[Callable[[OrderDocument, LogisticsDocument, Tolerances], Iterator[Reason]], ...] = (
    _same_order, _tracking, _consignee, _address, _phone, _packages, _freight, _lines,
)  # fmt: skip


def _reuse(
    triple: Triple, before: Used, *, waybills: Mapping[Any, str], payments: Mapping[Any, str]
) -> Iterator[Reason]:
    """A waybill number is used once by a carrier in six months, a payment transaction once for ever.

    A transaction that was taken for several orders at once serves each of them, as Announcement 2018 No. 179 has it
    (one payment with its list of orders), and no other.
    """
    if key := _waybill(triple):
        user = before.waybills.get(key, waybills.get(key, triple.reference))
        if user != triple.reference:
            yield Reason("tracking-reused", "hard", {"tracking": key[1], "by": user})
    for payment in _payments(triple):
        number = payment.transaction_id
        user = before.transactions.get(number, payments.get(number, triple.reference))
        if number and user != triple.reference and user not in payment.together:
            yield Reason("transaction-reused", "hard", {"transaction": number, "by": user})


def _verdict(triple: Triple, reasons: Sequence[Reason]) -> Verdict:
    weights: Set[str] = {reason.weight for reason in reasons}
    word: VerdictWord = "hard" if "hard" in weights else "soft" if weights else "match"
    waybill, payment = triple.logistics, triple.payment
    return Verdict(
        reference=triple.reference,
        verdict=word,
        reasons=tuple(reasons),
        order_id=triple.order_id,
        seller_id=triple.seller_id,
        carrier=waybill.carrier if waybill else "",
        tracking=waybill.tracking.strip().upper() if waybill else "",
        transaction_id=payment.transaction_id if payment else "",
        part=triple.part,
    )


def _similar(name: str, one: str, other: str, *, alike: float, strange: float) -> Iterator[Reason]:
    """Soft below `alike` similarity (0 to 1), hard where more than `strange` of the words have no like."""
    here, there = plain(one), plain(other)
    if here == there:
        return
    facts = {"order": one[:120], "waybill": other[:120]}
    if not here or not there:
        yield Reason(f"{name}-missing", "soft", facts)
        return
    alikeness = likeness(here, there)
    odd = strange_share(here, there)
    if odd > strange:
        yield Reason(name, "hard", {**facts, "alike": round(alikeness, 3), "strange_words": round(odd, 3)})
    elif alikeness < alike:
        yield Reason(name, "soft", {**facts, "alike": round(alikeness, 3), "strange_words": round(odd, 3)})


def _numbers(text: str) -> frozenset[str]:
    """House numbers and postcodes: one changed digit is another door, however alike the text."""
    return frozenset(re.findall(r"\d+", text))


def _digits(text: str) -> str:
    return "".join(ch for ch in text if ch.isdigit())


def _common_tail(one: str, other: str) -> int:
    same = 0
    for left, right in zip(reversed(one), reversed(other), strict=False):
        if left != right:
            break
        same += 1
    return same


def _s10_digit(serial: str) -> int:
    """Check digit of UPU standard S10-12."""
    rest = 11 - sum(int(d) * w for d, w in zip(serial, _S10_WEIGHTS, strict=True)) % 11
    return {10: 0, 11: 5}.get(rest, rest)


def _waybill(triple: Triple) -> tuple[str, str] | None:
    waybill = triple.logistics
    number = waybill.tracking.strip().upper() if waybill else ""
    return (waybill.carrier, number) if waybill and number else None


def _payments(triple: Triple) -> tuple[PaymentDocument, ...]:
    return ((triple.payment,) if triple.payment else ()) + triple.other_payments


def _first_users(pairs: Iterator[tuple[Any, str]]) -> dict[Any, str]:
    """Who used a number first."""
    users: dict[Any, str] = {}
    for key, reference in pairs:
        if key:
            users.setdefault(key, reference)
    return users
