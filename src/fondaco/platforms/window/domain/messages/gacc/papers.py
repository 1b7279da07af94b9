"""What GACC messages are built from: the firms and offices that take part, and parts of an entry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID, uuid5

from fondaco.kernel.errors import Refused
from fondaco.kernel.money import Money
from fondaco.platforms.window.domain.declaration import DeclarationItemDTO
from fondaco.platforms.window.domain.declaration_wco import Filing
from fondaco.platforms.window.domain.messages.gacc.spec import Value

BEIJING = timezone(timedelta(hours=8))
YUAN = "142"
IMPORT, EXPORT = "import", "export"
_SPACE = UUID("6f3b2c1e-6b0f-4a4e-9c58-3d1c2f7a9d10")
_FIVE = Decimal("0.00001")
_LRN_LENGTH = 22


@dataclass(frozen=True, slots=True)
class Firm:
    """A firm as registered with Chinese customs: 10-digit customs code or 18-character credit code."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Profile:
    """Who takes part, and where: the platform, seller, broker, carrier, payment firm, yard and offices.

    `guarantee` is the guarantor's code (import); `endpoint` the sender's DXP id at the electronic port; `truck` the
    vehicle that brings goods to the yard. `account` is where the payment firm pays the platform, `site` the address under
    which the pages of its goods lie.
    `statistics`: A simplified (four digits of the code suffice; no licence, export duty or rebate), B summed.
    """

    platform: Firm
    seller: Firm
    agent: Firm
    carrier: Firm
    payment: Firm
    yard: Firm
    customs: str
    port: str
    guarantee: str
    endpoint: str
    statistics: str = "A"
    truck: str = ""
    account: str = ""
    site: str = ""


@dataclass(frozen=True, slots=True)
class Extras:
    """What only some messages need: why something is cancelled or returned, the voyage, the lists summed up.

    `lists` are the numbers that customs gave to the lists which a summary application (701) names; `truck` brings
    goods to the yard; `moved_at` is when they came or left, `lodged_at` when a message about several lists is sent.
    """

    reason: str = ""
    vessel: str = ""
    voyage: str = ""
    bill: str = ""
    lists: tuple[str, ...] = ()
    truck: str = ""
    moved_at: datetime | None = None
    lodged_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Papers:
    """Everything besides the declaration itself; `codes` maps (list, ISO code) to customs' own codes.

    `numbers` are the list numbers (invtNo) that customs has given, `payments` the payment provider's numbers of what was
    paid, both by the declaration's id.
    """

    profile: Profile
    codes: Mapping[tuple[str, str], str]
    extras: Extras = Extras()
    numbers: Mapping[UUID, str] = field(default_factory=dict)
    payments: Mapping[UUID, str] = field(default_factory=dict)

    def number(self, filing: Filing) -> str:
        """The list number that customs gave to a declaration; empty where it has none yet."""
        return self.numbers.get(filing.id, "")

    def payment(self, filing: Filing, *, name: str) -> dict[str, Value]:
        """The field `name` with the provider's number of the payment, which customs compares with the original data
        that it asks for (Announcement 2018 No. 179); nothing where none is known.
        """
        found = self.payments.get(filing.id, "")
        return {name: found} if found else {}

    def code(self, kind: str, iso: str) -> str:
        """Customs' code of a currency or country; NoGaccCode where the table has none."""
        found = self.codes.get((kind, iso))
        if found is None:
            raise NoGaccCode(field=kind, value=iso)
        return found


class NoGaccCode(Refused):
    code = "gacc-code-unknown"
    title = "Chinese customs' code for this is not in the table."
    remedy = "Add the row to data/window/gacc_codes.csv, from customs' own list."


class NotInYuan(Refused):
    code = "gacc-not-in-yuan"
    title = "An import into China is declared in yuan."
    remedy = "Quote and invoice the order in CNY before it is declared."


class WrongDirection(Refused):
    code = "gacc-wrong-direction"
    title = "This message is for the other direction of trade."
    remedy = "Use 303, 403, 505, 603 … for exports and 311, 411, 511, 621 … for imports."


def cop_number(lrn: str, *, side: str) -> str:
    """The number customs knows our declaration by: our LRN, cut to the 20 characters imports allow."""
    own = side == IMPORT and len(lrn) == _LRN_LENGTH and lrn.startswith("FI")
    return lrn[2:] if own else lrn


def lrn_of(cop: str, *, side: str) -> str:
    """The LRN behind a number of `cop_number`."""
    return f"FI{cop}" if side == IMPORT and len(cop) == _LRN_LENGTH - 2 else cop


def start_entry(filing: Filing, number: str) -> dict[str, Value]:
    return {
        "guid": make_guid(number, str(filing.id), str(filing.version)),
        "appType": "1",
        "appTime": moment14(filing.issued_at),
        "appStatus": "2",
    }


def make_guid(*parts: str) -> str:
    return str(uuid5(_SPACE, "|".join(parts))).upper()


def moment14(moment: datetime) -> str:
    return f"{moment.astimezone(BEIJING):%Y%m%d%H%M%S}"


def date8(moment: datetime) -> str:
    return f"{moment.astimezone(BEIJING):%Y%m%d}"


def amount(minor: int, filing: Filing) -> Decimal:
    return Money(minor, filing.currency).amount


def kilos(grams: int) -> Decimal:
    return Decimal(grams) / 1000


def firm_of(prefix: str, firm: Firm) -> dict[str, Value]:
    return {f"{prefix}Code": firm.code, f"{prefix}Name": firm.name}


def text_of(party: Mapping[str, object], name: str) -> str:
    return str(party.get(name) or "")


def address(party: Mapping[str, object]) -> str:
    parts = (text_of(party, name) for name in ("line", "city", "postcode", "country"))
    return " ".join(part for part in parts if part)


def order_number(filing: Filing) -> str:
    return filing.reference or filing.lrn


def goods_value(filing: Filing) -> Decimal:
    return sum((amount(item.value_minor, filing) for item in filing.items), Decimal(0))


def tax_due(filing: Filing) -> Decimal:
    return amount(filing.estimated_duty_minor + filing.estimated_tax_minor, filing)


def amount_paid(filing: Filing) -> Decimal:
    extra = filing.freight_minor - filing.discount_minor
    return goods_value(filing) + amount(extra, filing) + tax_due(filing)


def prices(item: DeclarationItemDTO, filing: Filing) -> dict[str, Value]:
    total = amount(item.value_minor, filing)
    each = (total / item.quantity).quantize(_FIVE, rounding=ROUND_HALF_UP) if item.quantity else total
    return {"price": each, "totalPrice": total}


def ten_digits(item: DeclarationItemDTO, *, simplified: bool) -> str:
    """The code as it is; under the simplified declaration padded, since only its first four digits count."""
    return item.hs_code.ljust(10, "0") if simplified and item.hs_code else item.hs_code


def numbered_items(filing: Filing) -> Iterator[tuple[int, DeclarationItemDTO]]:
    return enumerate(filing.items, start=1)
