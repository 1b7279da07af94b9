"""Made-up order, payment and waybill triples with known defects, for the tests and `bench.match`.

Names and addresses come from Faker in eight languages; clean triples carry the noise of real papers (case,
accents, word order, abbreviations, national phone numbers, a cent of rounding).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from uuid import UUID, uuid5

from faker import Faker

from fondaco.kernel.money import Money
from fondaco.platforms.window.domain.matching import (
    LogisticsDocument,
    OrderDocument,
    PaymentDocument,
    Triple,
)

_LOCALES = ("fr_FR", "de_DE", "es_ES", "it_IT", "nl_NL", "pl_PL", "en_GB", "sv_SE")
_SPACE = UUID("00000000-0000-7000-8000-0000000000aa")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A triple and the defect that was put in; empty for a clean one."""

    triple: Triple
    defect: str


def make_corpus(number: int, *, seed: int = 1, defect_share: float = 0.3) -> list[Labelled]:
    """`number` triples, about `defect_share` of them with one of the 12 defects."""
    dice = random.Random(seed)
    fakers = [Faker(locale) for locale in _LOCALES]
    for place, faker in enumerate(fakers):
        faker.seed_instance(seed * 100 + place)
    corpus: list[Labelled] = []
    for n in range(number):
        clean = _clean(n, dice=dice, faker=fakers[n % len(fakers)], country=_LOCALES[n % len(_LOCALES)][3:])
        if n and dice.random() < defect_share:
            defect = dice.choice(list(DEFECTS))
            corpus.append(Labelled(DEFECTS[defect](clean, corpus[-1].triple, dice), defect))
        else:
            corpus.append(Labelled(_noise(clean, dice), ""))
    return corpus


def _clean(n: int, *, dice: random.Random, faker: Faker, country: str) -> Triple:
    number = f"S{n:07}"
    goods, freight, tax = dice.randint(500, 60_000), dice.randint(0, 4000), dice.randint(0, 15_000)
    discount = dice.choice([0, 0, 0, dice.randint(1, 400)])
    paid = Money(goods + freight + tax - discount, "EUR")
    name, phone = faker.name(), f"+{dice.randint(31, 49)}{dice.randint(10**8, 10**9 - 1)}"
    address = faker.address().replace("\n", ", ")
    lines = tuple(
        (k, f"{dice.randint(10_000, 99_999)}", dice.randint(1, 24)) for k in range(1, dice.randint(2, 8))
    )
    order = OrderDocument(
        number, Money(goods, "EUR"), Money(freight, "EUR"), Money(tax, "EUR"), Money(discount, "EUR"), paid,
        name, country, phone, address, f"b{n}", lines,
    )  # fmt: skip
    payment = PaymentDocument(number, f"pay{n:09}", paid, f"b{n}")
    waybill = LogisticsDocument(
        number, f"FD{n:010}", "post", name, country, phone, address, 1, 900, Money(freight, "EUR"), lines
    )
    return Triple(number, order, payment, waybill, order_id=uuid5(_SPACE, number), seller_id=_SPACE)


def _noise(triple: Triple, dice: random.Random) -> Triple:
    """What differs between honest papers."""
    waybill, payment = triple.logistics, triple.payment
    assert waybill
    assert payment
    turn = dice.randint(0, 11)
    if turn == 4:
        payment = replace(payment, amount=Money(payment.amount.minor + dice.choice([-1, 1]), "EUR"))
    elif turn == 5:
        waybill = replace(waybill, lines=tuple(reversed(waybill.lines)))
    elif turn in _SPELLINGS:
        texts = _SPELLINGS[turn](waybill.consignee, waybill.address, waybill.phone, dice)
        waybill = replace(waybill, consignee=texts[0], address=texts[1], phone=texts[2])
    return replace(triple, payment=payment, logistics=waybill)


def _reordered(name: str) -> str:
    words = name.split()
    return " ".join([words[-1].upper() + ",", *words[:-1]])


def _respelt(text: str) -> str:
    for letter, spelt in (("ü", "ue"), ("ö", "oe"), ("ä", "ae"), ("ß", "ss"), ("é", "e"), ("ł", "l")):
        text = text.replace(letter, spelt)
    return text


def _shortened(address: str) -> str:
    return address.replace(", ", "  ").replace("Street", "St.").replace("Road", "Rd")


def _town_first(address: str) -> str:
    street, *town = address.split(", ")
    return ", ".join([*town, street])


def _initial(name: str) -> str:
    first, *rest = name.split()
    return " ".join([f"{first[0]}.", *rest])


_SPELLINGS: dict[int, Callable[[str, str, str, random.Random], tuple[str, str, str]]] = {
    0: lambda name, place, phone, _: (name.upper(), place.upper(), phone),
    1: lambda name, place, phone, _: (_reordered(name), place, phone),
    2: lambda name, place, phone, _: (name, place, f"0{phone[3:6]} {phone[6:9]}-{phone[9:]}"),
    3: lambda name, place, phone, _: (name, _shortened(place), phone),
    6: lambda name, place, phone, _: (_initial(name), place, phone),
    7: lambda name, place, phone, dice: (_mistyped(name, dice), place, phone),
    8: lambda name, place, phone, dice: (name, _mistyped(place, dice), phone),
    9: lambda name, place, phone, _: (_respelt(name), _respelt(place), phone),
    10: lambda name, place, phone, _: (name, _town_first(place), phone),
}


def _mistyped(text: str, dice: random.Random) -> str:
    """Two neighbouring letters changed places."""
    places = [n for n in range(1, len(text) - 2) if text[n : n + 2].isalpha()]
    place = dice.choice(places)
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :]


def _order(triple: Triple, **changes: object) -> Triple:
    assert triple.order
    return replace(triple, order=replace(triple.order, **changes))  # type: ignore[arg-type]


def _payment(triple: Triple, **changes: object) -> Triple:
    assert triple.payment
    return replace(triple, payment=replace(triple.payment, **changes))  # type: ignore[arg-type]


def _waybill(triple: Triple, **changes: object) -> Triple:
    assert triple.logistics
    return replace(triple, logistics=replace(triple.logistics, **changes))  # type: ignore[arg-type]


@cache
def _faker(locale: str) -> Faker:
    return Faker(locale)


def _total(one: Triple, _: Triple, dice: random.Random) -> Triple:
    assert one.order
    return _order(one, goods=Money(one.order.goods.minor + dice.randint(2, 900), "EUR"))


def _amount(one: Triple, _: Triple, dice: random.Random) -> Triple:
    assert one.payment
    return _payment(one, amount=Money(max(1, one.payment.amount.minor - dice.randint(2, 400)), "EUR"))


def _currency(one: Triple, _: Triple, __: random.Random) -> Triple:
    assert one.payment
    return _payment(one, amount=Money(one.payment.amount.minor, "USD"))


def _transaction(one: Triple, other: Triple, _: random.Random) -> Triple:
    number = other.payment.transaction_id if other.payment else "pay-twice"
    return _payment(one, transaction_id=number) if other.payment else replace(one, payment=None)


def _tracking(one: Triple, other: Triple, _: random.Random) -> Triple:
    return _waybill(one, tracking=other.logistics.tracking if other.logistics else "")


def _person(one: Triple, _: Triple, dice: random.Random) -> Triple:
    faker = _faker("ja_JP") if dice.random() < 0.1 else _faker("en_US")
    faker.seed_instance(dice.randint(0, 10**9))
    assert one.order
    name = faker.name()
    if dice.random() < 0.4:  # somebody else of the same surname
        name = f"{faker.first_name()} {one.order.consignee.split()[-1]}"
    return _waybill(one, consignee=name)


def _place(one: Triple, _: Triple, dice: random.Random) -> Triple:
    faker = _faker("en_US")
    faker.seed_instance(dice.randint(0, 10**9))
    assert one.order
    address = faker.address().replace("\n", ", ")
    if dice.random() < 0.4:  # another street of the same town
        address = ", ".join([faker.street_address(), *one.order.address.split(", ")[1:]])
    return _waybill(one, address=address)


def _phone(one: Triple, _: Triple, dice: random.Random) -> Triple:
    return _waybill(one, phone=f"+1{dice.randint(10**9, 10**10 - 1)}")


def _goods(one: Triple, _: Triple, dice: random.Random) -> Triple:
    assert one.logistics
    first, *rest = one.logistics.lines
    return _waybill(one, lines=((first[0], first[1], first[2] + dice.randint(1, 9)), *rest))


DEFECTS: dict[str, Callable[[Triple, Triple, random.Random], Triple]] = {
    "order-total": _total,
    "payment-amount": _amount,
    "payment-currency": _currency,
    "payment-missing": lambda one, _, __: replace(one, payment=None),
    "waybill-missing": lambda one, _, __: replace(one, logistics=None),
    "tracking-reused": _tracking,
    "transaction-reused": _transaction,
    "consignee": _person,
    "address": _place,
    "phone": _phone,
    "lines": _goods,
    "payer-not-buyer": lambda one, _, dice: _payment(one, payer_id=f"x{dice.randint(0, 10**6)}"),
}
