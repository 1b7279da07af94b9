"""EU H7: the data set of low value goods (Delegated Regulation (EU) 2015/2446, annex B, column H7), as JSON.

Member states' systems take their own XML; this is the data set itself, each element named with its number of
annex B as amended by Delegated Regulation (EU) 2021/234 in the transitional numbering (D.E. 1/10, 4/18 ...).
Which states want which conditional element is theirs to say: what is written here is what column H7 asks of all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from fondaco.kernel.errors import FondacoError, Refused
from fondaco.kernel.money import Money
from fondaco.platforms.window.domain.declaration import MOST_ITEMS, Party, kilograms
from fondaco.platforms.window.domain.declared import Declared
from fondaco.platforms.window.domain.messages.gacc.spec import Fault, MessageRefused
from fondaco.platforms.window.domain.modes import is_excise

MOST_BYTES = 4 * 1024 * 1024
LIMIT = Money(15_000, "EUR")  # art. 143a(1): intrinsic value of the consignment
GIFT_LIMIT = Money(4_500, "EUR")  # Reg. (EC) 1186/2009 art. 25: from one private person to another
GIFT, IOSS = "C08", "F48"
IOSS_FORM = re.compile(r"IM\d{10}")
_EORI_FORM = re.compile(r"[A-Z]{2}[A-Za-z0-9]{1,15}")
_PARTY = ("name", "identifier", "line", "postcode", "city", "country")


class H7Unreadable(Refused):
    code = "h7-unreadable"
    title = "This is no H7 data set."
    remedy = "Send a JSON object whose dataSet is H7, as `fondaco window paper write h7` makes it."


class H7Refused(MessageRefused):
    """A data set that is not rendered; `faults` lists everything wrong with it."""

    code = "h7-refused"
    title = "Customs would refuse this H7 declaration."


@dataclass(frozen=True, slots=True)
class H7Item:
    """One goods item: six digits of the code, mass in grams, intrinsic value (D.E. 6/14, 6/5, 4/18)."""

    number: int
    code: str
    description: str
    gross_g: int
    value: Money


@dataclass(frozen=True, slots=True)
class H7:
    """An H7 declaration; `additional` are its additional procedures, `ioss` the number of the scheme or empty."""

    lrn: str
    country: str
    declarant: Party
    exporter: Party
    importer: Party
    transport_document: str
    packages: int
    costs: Money
    additional: tuple[str, ...]
    ioss: str
    items: tuple[H7Item, ...]


def h7_of(one: Declared, *, additional: tuple[str, ...], ioss: str = "") -> H7:
    """`one` as an H7: codes cut to six digits, freight and insurance as costs to the place of arrival (4/19)."""
    return H7(
        lrn=one.lrn,
        country=one.country,
        declarant=_without_contact(one.declarant),
        exporter=_without_contact(one.exporter),
        importer=_without_contact(one.importer),
        transport_document=one.tracking,
        packages=one.packages,
        costs=Money(one.freight_minor + one.insurance_minor, one.currency),
        additional=additional,
        ioss=ioss,
        items=tuple(
            H7Item(i.number, i.hs_code[:6], i.description, i.gross_g, Money(i.value_minor, one.currency))
            for i in one.items
        ),
    )


def check_h7(one: H7, *, euro: Decimal) -> Iterator[Fault]:
    """Everything for which an H7 would be refused; `euro` is the value of one unit of its currency in EUR."""
    if not re.fullmatch(r"[A-Za-z0-9-]{1,22}", one.lrn):
        yield _fault(
            "LRN (2/5)", "form", "Not 1 to 22 letters and digits.", "Leave it to the house.", one.lrn
        )
    yield from _check_parties(one)
    yield from _check_scheme(one)
    if not 1 <= len(one.items) <= MOST_ITEMS:
        remedy = f"Declare 1 to {MOST_ITEMS} items."
        yield _fault("goodsItems (1/9)", "count", f"{len(one.items)} items.", remedy, str(len(one.items)))
    for place, item in enumerate(one.items, 1):
        yield from _check_item(item, place=place)
    if one.packages < 1:
        yield _fault(
            "packages (6/10)", "count", "No package.", "Book the consignment first.", str(one.packages)
        )
    total = sum(item.value.minor for item in one.items)
    limit = GIFT_LIMIT if GIFT in one.additional else LIMIT
    if (
        one.items
        and Money.of(Money(total, one.items[0].value.currency).amount * euro, "EUR").minor > limit.minor
    ):
        remedy = "Declare it with H1 (or H6 by post)."
        yield _fault(
            "intrinsicValue (4/18)", "limit", f"More than {limit}.", remedy, str(Decimal(total) / 100)
        )


def render_h7(one: H7, *, euro: Decimal) -> bytes:
    """The data set as UTF-8 JSON. H7Refused with every fault."""
    if faults := list(check_h7(one, euro=euro)):
        raise H7Refused(faults)
    body = {
        "dataSet": "H7",
        "LRN (2/5)": one.lrn,
        "additionalDeclarationType (1/2)": "A",
        "country": one.country,
        "declarant (3/17, 3/18)": _party(one.declarant),
        "exporter (3/1)": _party(one.exporter),
        "importer (3/15, 3/16)": _party(one.importer),
        "additionalFiscalReference (3/40)": [{"role": "FR5", "number": one.ioss}] if one.ioss else [],
        "transportDocument (2/3)": one.transport_document,
        "transportAndInsuranceCosts (4/19)": _amount(one.costs),
        "packages (6/10)": one.packages,
        "goodsItems": [_item(item, one) for item in one.items],
    }
    return json.dumps(body, ensure_ascii=False, indent=1).encode()


def read_h7(raw: bytes) -> H7:
    """The declaration in a data set of this form; H7Unreadable where an element is missing or of another kind."""
    if len(raw) > MOST_BYTES:
        raise H7Unreadable(f"{len(raw)} bytes, at most {MOST_BYTES}.", field="file")
    try:
        told = json.loads(raw)
        body = {str(key).split(" (")[0]: value for key, value in told.items()}
        if body.get("dataSet") != "H7":
            raise H7Unreadable(field="dataSet", value=str(body.get("dataSet"))[:20])
        return _read(body)
    except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RecursionError) as fault:
        raise H7Unreadable(f"{type(fault).__name__}: {fault}"[:200], field="file") from fault


def _read(body: dict[str, Any]) -> H7:
    items = [{str(key).split(" (")[0]: value for key, value in item.items()} for item in body["goodsItems"]]
    fiscal = body.get("additionalFiscalReference") or []
    return H7(
        lrn=str(body["LRN"]),
        country=str(body["country"]),
        declarant=_party_read(body["declarant"]),
        exporter=_party_read(body["exporter"]),
        importer=_party_read(body["importer"]),
        transport_document=str(body["transportDocument"]),
        packages=int(body["packages"]),
        costs=_money(body["transportAndInsuranceCosts"]),
        additional=tuple(items[0]["additionalProcedures"]) if items else (),
        ioss=next((str(one["number"]) for one in fiscal if one["role"] == "FR5"), ""),
        items=tuple(_item_read(item) for item in items),
    )


def _check_parties(one: H7) -> Iterator[Fault]:
    roles = (
        ("exporter (3/1)", one.exporter),
        ("importer (3/15)", one.importer),
        ("declarant (3/17)", one.declarant),
    )
    for label, party in roles:
        if not party.name.strip():
            yield _fault(label, "missing", "It has no name.", "Complete the organisation's page.", "")
        if not re.fullmatch("[A-Z]{2}", party.country):
            yield _fault(
                label, "country", "It has no country.", "Complete the organisation's page.", party.country
            )
    if not _EORI_FORM.fullmatch(one.declarant.identifier):
        remedy = "Enter the declarant's EORI on the organisation's page."
        yield _fault("declarant (3/18)", "eori", "No well-formed EORI.", remedy, one.declarant.identifier)


def _check_scheme(one: H7) -> Iterator[Fault]:
    """F48 and the IOSS number go together (Implementing Reg. (EU) 2020/194; annex B, D.E. 3/40)."""
    label = "additionalFiscalReference (3/40)"
    if (IOSS in one.additional) != bool(one.ioss):
        yield _fault(label, "pair", "F48 and the IOSS number go together.", "Give both or neither.", one.ioss)
    elif one.ioss and not IOSS_FORM.fullmatch(one.ioss):
        yield _fault(label, "form", "An IOSS number is IM and ten digits.", "Correct the number.", one.ioss)


def _check_item(item: H7Item, *, place: int) -> Iterator[Fault]:
    at = f"goodsItems[{place}]/"
    if not re.fullmatch(r"\d{6}", item.code):
        yield _fault(
            f"{at}commodityCode (6/14)", "form", "Not six digits.", "Choose the product's code.", item.code
        )
    elif is_excise([item.code]):
        remedy = "Declare alcohol, tobacco and perfume with H1."
        yield _fault(f"{at}commodityCode (6/14)", "excise", "H7 is closed to these goods.", remedy, item.code)
    if not 3 <= len(item.description.strip()) <= 512:
        remedy = "Say in 3 to 512 characters what the goods are."
        yield _fault(
            f"{at}description (6/8)", "length", "Too short or too long.", remedy, item.description[:80]
        )
    if item.gross_g <= 0:
        yield _fault(f"{at}grossMass (6/5)", "mass", "No mass.", "Weigh the product.", str(item.gross_g))
    if item.value.minor <= 0:
        yield _fault(
            f"{at}intrinsicValue (4/18)", "value", "No value.", "Give the ordinary price.", str(item.value)
        )


def _fault(path: str, code: str, problem: str, remedy: str, value: str) -> Fault:
    return Fault(f"H7/{path}", code, problem, remedy, value)


def _item(item: H7Item, one: H7) -> dict[str, Any]:
    return {
        "goodsItemNumber (1/6)": item.number,
        "procedure (1/10)": "4000",
        "additionalProcedures (1/11)": list(one.additional),
        "description (6/8)": item.description,
        "commodityCode (6/14)": item.code,
        "grossMass (6/5)": kilograms(item.gross_g),
        "intrinsicValue (4/18)": _amount(item.value),
    }


def _item_read(body: dict[str, Any]) -> H7Item:
    return H7Item(
        int(body["goodsItemNumber"]),
        str(body["commodityCode"]),
        str(body["description"]),
        int(Decimal(str(body["grossMass"])) * 1000),
        _money(body["intrinsicValue"]),
    )


def _amount(money: Money) -> dict[str, str]:
    return {"amount": format(money.amount, "f"), "currency": money.currency}


def _money(body: dict[str, Any]) -> Money:
    try:
        return Money.exactly(str(body["amount"]), str(body["currency"]))
    except FondacoError as fault:
        raise H7Unreadable(fault.title, field="amount", value=str(body)[:80]) from fault


def _party(party: Party) -> dict[str, str]:
    return {name: getattr(party, name) for name in _PARTY}


def _party_read(body: dict[str, Any]) -> Party:
    return Party(**{name: str(body.get(name, "")) for name in _PARTY})


def _without_contact(party: Party) -> Party:
    return Party(**_party(party))
