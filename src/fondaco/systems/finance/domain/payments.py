"""What a payment is asked for, and what a provider says to it; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from fondaco.kernel.errors import Conflict, Refused, Unavailable
from fondaco.kernel.money import Money
from fondaco.systems.finance.domain.fx import position_entries
from fondaco.systems.finance.domain.ledger import HOUSE, AccountKey, Entry, JournalDraft, digest_of, lines

CAPTURED, DECLINED, LOST, NOT_FOUND = "captured", "declined", "lost", "not_found"
AUTHORISED, PENDING, VOIDED = "authorised", "pending", "voided"
# Reasons for which another provider may say yes; and those that are the buyer's, not the provider's.
SOFT = frozenset(
    {"issuer_unavailable", "processing_error", "provider_down", "do_not_honour", "method_refused"}
)
GIVEN_UP = "cancelled_by_buyer"
BUYERS_OWN = frozenset({"insufficient_funds", "stolen_card", GIVEN_UP, "authentication_failed"})


class BadPayment(Refused):
    code = "bad-payment"
    title = "This payment cannot be asked for."
    remedy = "Give a positive amount, and an escrow amount in the currency that the order is kept in."


class AlreadyPaid(Conflict):
    code = "already-paid"
    title = "Another payment of this order is under way or done."
    remedy = "Repeat the first request with its own key, or cancel that payment first."


class BadCapture(Refused):
    code = "bad-capture"
    title = "This amount cannot be captured."
    remedy = "Capture a positive amount, at most what was authorised, once."


class PageUnavailable(Unavailable):
    code = "card-page-unavailable"
    title = "The payment provider's page cannot be reached."
    remedy = "Try again in a moment. Nothing was charged. (The simulator's page: fondaco payments pages.)"


class ProviderConfused(Unavailable):
    code = "provider-confused"
    title = "The payment provider's answer cannot be used."
    remedy = "Try again in a moment; nothing was taken in or posted."


class ProviderSilent(Unavailable):
    code = "provider-silent"
    title = "The payment provider has not answered yet."
    remedy = "It is asked again by itself; the same request, repeated, never takes more."


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """Take `amount` from the buyer into the escrow of `order_id`, once per `idem`.

    `amount` is what the buyer sees. `escrow` is what the order is worth in the currency it is kept in:
    give it, so that the escrow holds the order's total to the minor unit; without it the dated rate
    converts `amount` into `settlement_currency`. `on` dates the rate and the postings (default: the
    day of `now`). `country` is where the buyer pays, for the choice of the provider. Without `capture`
    the amount is only authorised; `capture_payment` takes it, or less of it, later. `why` says how the
    method was chosen; it is kept with the first try. `basket_id`: the basket that it is a share of.
    """

    order_id: UUID
    buyer_id: UUID
    seller_id: UUID
    amount: Money
    settlement_currency: str
    idem: UUID | str
    method: str = "card"
    escrow: Money | None = None
    on: date | None = None
    country: str = ""
    capture: bool = True
    why: Mapping[str, Any] = field(default_factory=dict)
    basket_id: UUID | None = None

    def digest(self) -> bytes:
        """SHA-256 of what a repeat must not change."""
        escrow = [self.escrow.minor, self.escrow.currency] if self.escrow else None
        later = [] if self.capture else ["later"]
        return digest_of(
            [
                str(self.order_id), str(self.buyer_id), str(self.seller_id), self.amount.minor,
                self.amount.currency, self.settlement_currency, escrow, self.method, *later,
            ]
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class PaymentDTO:
    """A payment as it stands; `state` is of PaymentState, `failure` the provider's word."""

    id: UUID
    order_id: UUID
    buyer_id: UUID
    seller_id: UUID
    state: str
    method: str
    amount: Money
    escrow: Money
    rate: Decimal
    rate_provider: str
    rate_on: date
    refunded: Money
    provider_reference: str
    failure: str
    provider_id: UUID | None = None
    country: str = ""
    attempt: int = 1
    authorised: Money | None = None
    basket_id: UUID | None = None
    made_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Charge:
    """An instruction to a provider, safe to repeat: the same `key` is the same charge or refund.

    `against` names the charge that a refund gives back. Without `capture` it is only authorised.
    """

    key: str
    amount: Money
    method: str
    reference: str
    against: str = ""
    capture: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the provider said about `key`: captured, authorised, declined, voided, pending (the buyer has
    not paid yet), lost (no answer) or not_found.
    """

    key: str
    status: str
    reference: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ProviderLine:
    """A line of a provider's settlement file. `kind` is charge or refund; amounts are signed."""

    kind: str
    key: str
    gross: Money
    fee: Money


@dataclass(frozen=True, slots=True)
class ProviderFile:
    """A provider's settlement file: what it pays to the house's bank, line by line."""

    reference: str
    lines: tuple[ProviderLine, ...]


class PaymentGateway(Protocol):
    """The port to a payment provider. No method raises for a lost answer: the outcome says `lost`."""

    @property
    def provider_id(self) -> UUID: ...

    def charge(self, charges: list[Charge]) -> list[Outcome]:
        """Take each charge (capture at once); outcomes in the same order."""
        ...

    def refund(self, refunds: list[Charge]) -> list[Outcome]:
        """Give back each amount; outcomes in the same order."""
        ...

    def look_up(self, keys: list[str]) -> list[Outcome]:
        """What became of each key; not_found where the provider never saw it."""
        ...


class TwoStepGateway(PaymentGateway, Protocol):
    """A gateway that can authorise first and capture later."""

    def capture(self, charges: list[Charge]) -> list[Outcome]:
        """Take each amount of what its key has authorised, the rest is released; outcomes in order."""
        ...

    def void(self, keys: list[str]) -> list[Outcome]:
        """Release what each key has authorised; outcomes in order."""
        ...


def capture_entries(*, order_id: UUID, provider_id: UUID, amount: Money, escrow: Money) -> tuple[Entry, ...]:
    """Lines of a captured payment: the provider owes us `amount`, the order's escrow gets `escrow`."""
    clearing = lines((AccountKey(provider_id, "provider_clearing", amount.currency), -amount.minor))
    kept = lines((AccountKey(HOUSE, f"escrow:{order_id}", escrow.currency), escrow.minor))
    if amount.currency == escrow.currency:
        return clearing + kept
    return clearing + position_entries(sold=amount, bought=escrow) + kept


def capture_draft(payment: PaymentDTO, *, provider_id: UUID, on: date) -> JournalDraft:
    """The journal of a captured payment."""
    return JournalDraft(
        idem=f"capture:{payment.id}",
        kind="payment.captured",
        entries=capture_entries(
            order_id=payment.order_id, provider_id=provider_id, amount=payment.amount, escrow=payment.escrow
        ),
        effective_on=on,
        source=f"order:{payment.order_id}",
        meta={"payment": str(payment.id), "method": payment.method, "rate": str(payment.rate)}
        | ({"basket": str(payment.basket_id)} if payment.basket_id else {}),
    )
