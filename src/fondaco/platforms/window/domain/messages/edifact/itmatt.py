"""ITMATT: what is in a postal item, as posts tell each other before it flies (UPU standard M33).

The data are those of forms CN 22 and CN 23: the item's S10 number, sender and addressee, the nature of the
transaction (UPU code list 136), and for each content piece its description, quantity, net mass, value, code and
origin. M33 itself is for sale to members; see `tables` on what that means for the order of segments here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from fondaco.kernel.errors import FondacoError
from fondaco.kernel.money import Money
from fondaco.kernel.s10 import is_tracking_number
from fondaco.platforms.window.domain.declaration import Party, kilograms
from fondaco.platforms.window.domain.declared import Declared
from fondaco.platforms.window.domain.messages.edifact.cusdec import (
    amount_minor,
    amount_text,
    grams,
    party_block,
    party_facts,
    party_read,
)
from fondaco.platforms.window.domain.messages.edifact.engine import Facts
from fondaco.platforms.window.domain.messages.edifact.layout import Layout, block
from fondaco.platforms.window.domain.messages.gacc.spec import Fault
from fondaco.platforms.window.domain.modes import Rates

_MOMENT = "%Y%m%d%H%M%S"


@dataclass(frozen=True, slots=True)
class FormLimit:
    """Up to which value and mass form CN 22 does, for items sent from a country (* any) in a time."""

    form: str
    dispatch: str
    up_to: Money
    up_to_mass_g: int
    valid_from: date
    valid_to: date | None
    source: str

    def holds(self, country: str, on: date) -> bool:
        """Whether it speaks of items sent from `country` that day."""
        in_time = self.valid_from <= on and (self.valid_to is None or on < self.valid_to)
        return in_time and self.dispatch in {country, "*"}


@dataclass(frozen=True, slots=True)
class FormChoice:
    """CN22 or CN23, and why."""

    form: str
    why: str
    source: str


@dataclass(frozen=True, slots=True)
class Piece:
    """One kind of thing in an item: net mass in grams, value in the item's currency."""

    number: int
    description: str
    quantity: int
    net_g: int
    value_minor: int
    hs_code: str = ""
    origin: str = ""


@dataclass(frozen=True, slots=True)
class PostalItem:
    """A postal item and its contents. `ioss` is the sender's fiscal number at the destination, if any."""

    item_id: str
    form: str
    nature: str
    gross_g: int
    currency: str
    postage_minor: int
    sender: Party
    addressee: Party
    pieces: tuple[Piece, ...]
    invoice_number: str = ""
    ioss: str = ""

    @property
    def value_minor(self) -> int:
        """The value of all pieces."""
        return sum(piece.value_minor for piece in self.pieces)


LAYOUT = Layout(
    "ITMATT",
    "1.0",
    block(
        "",
        """
        BGM+{document 1001 an..3!}+{number 1004 an..35!}+{function 1225 in(9,5,1)!}
        DTM+=137:{issued_at 2380 d204!}:204
        """,
        block(
            "SG1",
            """
            CNI+{place 1490 n..4!}+{item_id 1004 an..35!}
            RFF+=AAS:{form 1154 in(CN22,CN23)!}
            RFF+=VA:{ioss 1154 an..35}
            GIS+{nature 7365 in(11,21,31,32,91,999)!}
            MEA+=AAE+=AAD+KGM:{gross 6314 kg!}
            MOA+=134:{value 5004 amt!}:{currency 6345 a3!}
            MOA+=64:{postage 5004 amt}:{currency_postage 6345 a3}
            """,
            party_block("SG2", "CZ", "sender", contact=True),
            party_block("SG2", "CN", "addressee", contact=True),
            block("SG3", "DOC+=380+{invoice_number 1004 an..35}"),
            block(
                "SG4",
                """
                GID+{number 1496 n..5!}+{quantity 7224 n..8!}:PCE
                FTX+=AAA+++{description 4440 an..70*5!}
                LOC+=27+{origin 3225 a2}
                MEA+=AAE+=AAF+KGM:{net 6314 kg!}
                MOA+=38:{value 5004 amt!}:{currency 6345 a3!}
                CST++{hs_code 7361 an..18}
                """,
                name="piece",
            ),
            name="item",
        ),
        "CNT+=10:{items 6066 n..18!}",
    ),
)


def choose_form(
    item_value: Money, mass_g: int, *, dispatch: str, on: date, limits: Sequence[FormLimit], rates: Rates
) -> FormChoice:
    """CN 22 where the value and the mass are within a limit known for the country, else CN 23, which always does."""
    known = sorted((one for one in limits if one.holds(dispatch, on)), key=lambda one: one.dispatch == "*")
    if not known:
        return FormChoice("CN23", "no limit of CN 22 is known for this day", "")
    limit = known[0]
    if mass_g > limit.up_to_mass_g:
        return FormChoice("CN23", f"{mass_g} g, more than {limit.up_to_mass_g} g", limit.source)
    value = item_value
    if value.currency != limit.up_to.currency:
        try:
            rate = rates(value.currency, limit.up_to.currency, on)
        except FondacoError:
            return FormChoice(
                "CN23", f"no rate from {value.currency} to {limit.up_to.currency}", limit.source
            )
        value = Money.of(value.amount * rate, limit.up_to.currency)
    if value.minor > limit.up_to.minor:
        return FormChoice("CN23", f"{value}, more than {limit.up_to}", limit.source)
    return FormChoice("CN22", f"{value}, up to {limit.up_to}", limit.source)


def item_of(one: Declared, *, form: str, nature: str = "11", ioss: str = "") -> PostalItem:
    """The parcel of a declaration with its contents."""
    return PostalItem(
        item_id=one.tracking,
        form=form,
        nature=nature,
        gross_g=one.gross_g,
        currency=one.currency,
        postage_minor=one.freight_minor,
        sender=one.exporter,
        addressee=one.importer,
        pieces=tuple(
            Piece(i.number, i.description, i.quantity, i.net_g, i.value_minor, i.hs_code, i.origin)
            for i in one.items
        ),
        invoice_number=one.invoice_number,
        ioss=ioss,
    )


def facts_of(items: Sequence[PostalItem], *, number: str, at: datetime) -> Facts:
    """The facts of the ITMATT that tells of `items`."""
    return {
        "document": "ITM",
        "number": number,
        "function": "9",
        "issued_at": at.astimezone(UTC).strftime(_MOMENT),
        "item": [_item_facts(place, one) for place, one in enumerate(items, 1)],
        "items": str(len(items)),
    }


def read_facts(facts: Facts) -> list[PostalItem]:
    """The items that an ITMATT's checked facts tell of."""
    return [_item_read(one) for one in facts["item"]]


def check_items(facts: Facts) -> Iterator[Fault]:
    """Item numbers keep S10, the pieces make up the total, and CN 23 asks what CN 22 does not."""
    items: list[Facts] = facts.get("item", [])
    told = facts.get("items", "")
    if told and told != str(len(items)):
        yield Fault("ITMATT/CNT+10/6066", "disagrees", "It counts otherwise.", f"Write {len(items)}.", told)
    for place, one in enumerate(items, 1):
        yield from _check_item(one, at=f"ITMATT/item[{place}]")


def _check_item(one: Facts, *, at: str) -> Iterator[Fault]:
    number, pieces = one.get("item_id", ""), one.get("piece", [])
    if number and not is_tracking_number(number):
        remedy = "Give the S10 number of the item, such as RR123456785GB."
        yield Fault(f"{at}/CNI/1004", "s10", "This is no S10 item number.", remedy, number)
    if not pieces:
        yield Fault(f"{at}/piece", "missing", "Nothing is in it.", "Describe each content piece.")
    total = _total(piece.get("value") for piece in pieces)
    if total is not None and (stated := _total([one.get("value")])) is not None and total != stated:
        yield Fault(f"{at}/MOA+134/5004", "sum", "The pieces cost otherwise.", f"Write {total}.", str(stated))
    for place, piece in enumerate(pieces, 1):
        if piece.get("currency") and one.get("currency") and piece["currency"] != one["currency"]:
            remedy = f"Write {one['currency']}."
            yield Fault(
                f"{at}/piece[{place}]/MOA+38/6345", "currency", "Another currency.", remedy, piece["currency"]
            )
        for name, path in (("hs_code", "CST/7361"), ("origin", "LOC+27/3225")):
            if one.get("form") == "CN23" and not piece.get(name):
                yield Fault(f"{at}/piece[{place}]/{path}", "missing", "CN 23 asks for it.", "Fill it in.")


def _total(values: Iterator[str | None] | Sequence[str | None]) -> Decimal | None:
    try:
        return sum((Decimal(value or "0") for value in values), Decimal(0))
    except ArithmeticError:
        return None


def _item_facts(place: int, one: PostalItem) -> Facts:
    facts: Facts = {
        "place": str(place),
        "item_id": one.item_id,
        "form": one.form,
        "nature": one.nature,
        "gross": kilograms(one.gross_g),
        "value": amount_text(one.value_minor, one.currency),
        "currency": one.currency,
        "invoice_number": one.invoice_number,
        "ioss": one.ioss,
        "piece": [_piece_facts(piece, one.currency) for piece in one.pieces],
        **party_facts("sender", one.sender),
        **party_facts("addressee", one.addressee),
    }
    if one.postage_minor:
        facts |= {"postage": amount_text(one.postage_minor, one.currency), "currency_postage": one.currency}
    return facts


def _piece_facts(piece: Piece, currency: str) -> Facts:
    return {
        "number": str(piece.number),
        "quantity": str(piece.quantity),
        "description": piece.description,
        "net": kilograms(piece.net_g),
        "value": amount_text(piece.value_minor, currency),
        "currency": currency,
        "hs_code": piece.hs_code,
        "origin": piece.origin,
    }


def _item_read(facts: Facts) -> PostalItem:
    currency = facts["currency"]
    return PostalItem(
        item_id=facts["item_id"],
        form=facts["form"],
        nature=facts["nature"],
        gross_g=grams(facts["gross"]),
        currency=currency,
        postage_minor=amount_minor(facts.get("postage", ""), currency),
        sender=party_read("sender", facts),
        addressee=party_read("addressee", facts),
        pieces=tuple(_piece_read(piece, currency) for piece in facts["piece"]),
        invoice_number=facts.get("invoice_number", ""),
        ioss=facts.get("ioss", ""),
    )


def _piece_read(facts: Facts, currency: str) -> Piece:
    return Piece(
        int(facts["number"]),
        facts["description"],
        int(facts["quantity"]),
        grams(facts["net"]),
        amount_minor(facts["value"], currency),
        facts.get("hs_code", ""),
        facts.get("origin", ""),
    )
