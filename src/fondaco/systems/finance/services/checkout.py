"""Paying on a provider's own page: the intent is ours, the card is typed with them, the outcome is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, cast
from uuid import UUID

from fondaco.systems.finance.domain.connectors import Connector, PaymentDesk
from fondaco.systems.finance.domain.payments import Charge, PaymentDTO, PaymentRequest
from fondaco.systems.finance.models import PaymentIntent, PaymentState
from fondaco.systems.finance.selectors import payment_dto
from fondaco.systems.finance.services.charges import charge_of
from fondaco.systems.finance.services.intents import persist_intents
from fondaco.systems.finance.services.payments import poll_intents

_OVER = (PaymentState.FAILED, PaymentState.CANCELLED)
OPEN = (PaymentState.PROCESSING, PaymentState.UNKNOWN)


class PageGateway(Protocol):
    """A gateway that can show the buyer a page of its own."""

    def open_page(self, charge: Charge, *, return_url: str) -> str:
        """Where the buyer pays. PageUnavailable."""
        ...


@dataclass(frozen=True, slots=True)
class CardPage:
    """A payment and where the buyer makes it; without `url` it is decided already."""

    payment: PaymentDTO
    url: str = ""


def open_card_page(
    request: PaymentRequest, connector: Connector, *, return_url: str, now: datetime
) -> CardPage:
    """Make the payment's intent, then ask the provider for the buyer's page: the same `idem`, the same page.

    KeyReused, AlreadyPaid, BadPayment, NoRate, RateTooOld: nothing was asked of the provider. PageUnavailable:
    the intent stays and may be opened again.
    """
    [intent] = persist_intents([request], PaymentDesk((connector,)), now=now)
    if intent.state not in OPEN:
        return CardPage(payment_dto(intent))
    gateway = cast("PageGateway", connector.gateway)
    return CardPage(payment_dto(intent), gateway.open_page(charge_of(intent), return_url=return_url))


def poll_payment(payment_id: UUID, connector: Connector, *, now: datetime) -> PaymentDTO:
    """Ask the provider what became of one payment and book it; DoesNotExist never: the caller has seen it."""
    intent = PaymentIntent.objects.house().get(id=payment_id)
    if intent.state in OPEN:
        poll_intents([intent], PaymentDesk((connector,)), now=now)
        intent.refresh_from_db()
    return payment_dto(intent)


def payments_of(order_id: UUID) -> tuple[list[PaymentDTO], int]:
    """For flows: the live payment of an order, if any, and how many before it came to nothing."""
    rows = list(PaymentIntent.objects.house().filter(order_id=order_id).order_by("created_at", "id"))
    over = sum(row.state in _OVER for row in rows)
    return [payment_dto(row) for row in rows if row.state not in _OVER], over
