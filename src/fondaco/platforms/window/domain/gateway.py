"""The port to an agency: what the room sends and gets, whatever carries it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from fondaco.kernel.errors import Unavailable
from fondaco.platforms.window.domain.declaration import Receipt


class GatewayUnavailable(Unavailable):
    code = "customs-gateway-unavailable"
    title = "The customs gateway did not answer."


@dataclass(frozen=True, slots=True)
class Message:
    """A declaration on its way: `key` makes sending again safe.

    `form` is the language of `text`: wco (JSON with WCO names and the key), gacc, cds or edifact. `sent_at` is when
    it was first sent, for languages that do not say so.
    """

    key: str
    lrn: str
    text: str
    form: str = "wco"
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What the gateway said of one message: taken in (now or earlier), or refused with a reason."""

    key: str
    taken: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptPage:
    """Receipts after a cursor; `more` when the gateway has others ready."""

    receipts: tuple[Receipt, ...]
    cursor: str
    more: bool


class CustomsGateway(Protocol):
    """Carries messages to an agency and brings back its receipts; safe to repeat.

    Both calls raise GatewayUnavailable when nothing is known of the outcome.
    """

    @property
    def name(self) -> str:
        """Which gateway this is; the key of the reading cursor."""

    def send(self, messages: Sequence[Message]) -> list[Acknowledgement]:
        """Deliver at most 100 messages."""

    def poll(self, *, after: str, limit: int) -> ReceiptPage:
        """The receipts that follow `after` ("" from the beginning)."""


class DecisionGateway(CustomsGateway, Protocol):
    """A gateway to an agency whose own system is told what its officers decide at the house's desk."""

    def tell(self, decision: Mapping[str, Any]) -> None:
        """Tell one decision; safe to repeat. GatewayUnavailable when nothing is known of the outcome."""


class PaymentDataGateway(Protocol):
    """Where payment data of Announcement 179 are sent."""

    def upload_payment(self, text: str, *, key: str) -> str:
        """Send signed payment data; customs' answer as it came. The same `key` is the same data.

        GatewayUnavailable when nothing is known of the outcome.
        """
