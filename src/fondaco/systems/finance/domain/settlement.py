"""How the money of one delivered order is shared out; pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from fondaco.kernel.errors import Refused
from fondaco.kernel.money import Money
from fondaco.systems.finance.domain.commission import Commission
from fondaco.systems.finance.domain.fx import Conversion, position_entries
from fondaco.systems.finance.domain.ledger import HOUSE, AccountKey, Entry, lines
from fondaco.systems.finance.domain.service_fees import ServiceShare


class EscrowShort(Refused):
    code = "escrow-short"
    title = "The escrow of this order does not hold what is to be shared out."
    remedy = "Compare the order's payment with its priced parts; settle what was really paid."


class AlreadySettled(Refused):
    code = "already-settled"
    title = "This order was settled before, with other figures."


@dataclass(frozen=True, slots=True)
class SettlementRequest:
    """What an order's escrow is to be shared into; amounts in minor units of `currency`.

    The escrow must hold goods + carriage + duty + tax + fees. `freight_cost` is what the carrier gets
    of the seller's part. `local_*` are the authority's own amounts, when they are already known in its
    currency (the landed quote's trace); otherwise the dated rate gives them. `commission_rate` replaces
    the dated list's rate when given. `other_carriers` get their shares out of `freight_cost`; `carrier_id`
    the rest. `on` dates rule and rates, `settled_on` the postings (each by default the day of `now`, postings where
    `on` is not given). `scheme` is the tax scheme that
    the landed quote was made under ("IOSS"; empty: duty and tax are due at the border). `charged_back` is what
    the buyer's bank has taken back in lost disputes, and what was refunded beyond the goods: the escrow holds that
    much less, and the seller bears it.
    `services` are the shares of warehouses, borne by the seller as the freight is.
    """

    order_id: UUID
    seller_id: UUID
    carrier_id: UUID | None
    duty_authority_id: UUID | None
    goods: int
    carriage: int
    freight_cost: int
    duty: int
    tax: int
    fees: int
    currency: str
    seller_country: str = ""
    destination: str = ""
    authority_currency: str = ""
    other_carriers: tuple[tuple[UUID, int], ...] = ()
    local_duty: int | None = None
    local_tax: int | None = None
    local_fees: int | None = None
    commission_rate: Decimal | None = None
    on: date | None = None
    settled_on: date | None = None
    scheme: str = ""
    charged_back: int = 0
    services: tuple[ServiceShare, ...] = ()

    @property
    def service_cost(self) -> int:
        """What the warehouses get of the seller's part."""
        return sum(one.minor for one in self.services)

    @property
    def total(self) -> int:
        """What the escrow must hold."""
        return self.goods + self.carriage + self.border - self.charged_back

    @property
    def border(self) -> int:
        """What goes to the authority."""
        return self.duty + self.tax + self.fees


def without_refunds(request: SettlementRequest, *, goods: int, dues: int) -> SettlementRequest:
    """`request` of an order of which `goods` and `dues` (duty and tax) went back to the buyer before.

    Refunded goods are not sold: no commission is taken on them. Duty and tax stay owed to their authority, which
    gives them back only on a claim, to the seller: until then the seller bears them, and what was refunded beyond
    the goods (carriage), too.
    """
    sold = min(goods, request.goods)
    return replace(
        request, goods=request.goods - sold, charged_back=request.charged_back + goods - sold + dues
    )


@dataclass(frozen=True, slots=True)
class SettlementDTO:
    """What became of a settlement request: `status` settled or refused (then `code` and `detail` say why).

    `fresh` is False when the order had been settled before, with the same figures.
    """

    order_id: UUID
    status: str
    code: str = ""
    detail: str = ""
    fresh: bool = False
    currency: str = ""
    seller_minor: int = 0
    commission_minor: int = 0
    commission_vat_minor: int = 0
    commission_rule: str = ""
    authority_currency: str = ""
    authority_minor: int = 0
    journal_id: int = 0


@dataclass(frozen=True, slots=True)
class Share:
    """The lines of a settlement, and what is left to the seller."""

    entries: tuple[Entry, ...]
    seller_minor: int
    authority: Money
    conversion: Conversion | None


@dataclass(frozen=True, slots=True)
class LocalDues:
    """Duty, tax and fees in the authority's currency, and the rate that led there."""

    duty: Money
    tax: Money
    fees: Money
    conversion: Conversion | None

    @property
    def total(self) -> Money:
        return self.duty + self.tax + self.fees


def share_out(request: SettlementRequest, *, fee: Commission, dues: LocalDues) -> Share:
    """Split the escrow of `request`.

    Each thing the seller pays for is a line of its own on the seller's account, so a statement shows
    gross, commission, VAT and freight. Where they exceed the gross, the house advances the rest
    (`recourse`), and the account ends at zero.
    """
    costs = fee.fee.minor + fee.vat.minor + request.freight_cost + request.service_cost + request.charged_back
    kept = request.goods + request.carriage - costs
    escrow = AccountKey(HOUSE, f"escrow:{request.order_id}", request.currency)
    entries = lines(
        (escrow, -request.total),
        *_seller_lines(request, fee, kept),
        *_house_and_carrier_lines(request, fee),
    )
    return Share(
        entries=entries + _authority_entries(request, dues),
        seller_minor=kept,
        authority=dues.total,
        conversion=dues.conversion,
    )


def _seller_lines(request: SettlementRequest, fee: Commission, kept: int) -> list[tuple[AccountKey, int]]:
    payable = AccountKey(request.seller_id, "payable", request.currency)
    recourse = AccountKey(request.seller_id, "recourse", request.currency)
    advance = max(-kept, 0)
    return [
        (payable, request.goods + request.carriage),
        (recourse, -advance),
        (payable, advance),
        (payable, -fee.fee.minor),
        (payable, -fee.vat.minor),
        (payable, -request.freight_cost),
        *((payable, -one.minor) for one in request.services),
        (payable, -request.charged_back),
    ]


def _house_and_carrier_lines(request: SettlementRequest, fee: Commission) -> list[tuple[AccountKey, int]]:
    parts = [
        (AccountKey(HOUSE, "commission", request.currency), fee.fee.minor),
        (AccountKey(HOUSE, "commission_vat", request.currency), fee.vat.minor),
    ]
    others = [(AccountKey(who, "payable", request.currency), share) for who, share in request.other_carriers]
    parts += [(AccountKey(one.payee_id, "payable", request.currency), one.minor) for one in request.services]
    if request.carrier_id:
        rest = request.freight_cost - sum(share for _, share in others)
        parts += [(AccountKey(request.carrier_id, "payable", request.currency), rest), *others]
    return parts


def _authority_entries(request: SettlementRequest, dues: LocalDues) -> tuple[Entry, ...]:
    authority = request.duty_authority_id
    if authority is None or not request.border:
        return ()
    local = lines(
        (AccountKey(authority, "duties_payable", dues.duty.currency), dues.duty.minor),
        (AccountKey(authority, "taxes_payable", dues.tax.currency), dues.tax.minor),
        (AccountKey(authority, "fees_payable", dues.fees.currency), dues.fees.minor),
    )
    if dues.conversion is None:
        return local
    return position_entries(sold=dues.conversion.sold, bought=dues.conversion.bought) + local


def check_request(request: SettlementRequest) -> str:
    """The reason why `request` makes no sense, else an empty string."""
    parts = {
        "goods": request.goods,
        "carriage": request.carriage,
        "freight_cost": request.freight_cost,
        "duty": request.duty,
        "tax": request.tax,
        "fees": request.fees,
        "charged_back": request.charged_back,
        "services": min((one.minor - 1 for one in request.services), default=0),
    }
    negative = [name for name, minor in parts.items() if minor < 0]
    if negative:
        return f"negative: {', '.join(negative)}"
    if request.border and request.duty_authority_id is None:
        return "duty, tax or fees without an authority"
    if request.freight_cost and request.carrier_id is None:
        return "freight without a carrier"
    if request.total < 0:
        return "more was charged back than there is"
    return "" if request.total + request.charged_back > 0 else "nothing to share out"
