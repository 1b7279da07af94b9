"""Where the agency SIMULATOR compares payments and asks platforms for the original data (Announcement 2018 No. 179).

A payment has one number, its provider's: the order (311), the payment (411) and the original data name the same one.

The platform's certificate is registered with it, as customs knows that of a platform's E-Port key by its number.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

import httpx
from cryptography import x509

from fondaco.kernel import clock
from fondaco.kernel.errors import FondacoError
from fondaco.platforms.window.domain.certificates import key_of
from fondaco.platforms.window.domain.messages.gacc.payments import (
    FAILED,
    TAKEN,
    PaymentDataWrong,
    PaymentExchange,
    PaymentRequest,
    Reply,
    read_exchange,
    read_reply,
    write_reply,
    write_request,
)


class PaymentDataOffice:
    """Asks by sessions and keeps what was uploaded under each; the same session again has no second effect.

    `named` and `paid` hold the payment's number by order number, as the order and the payment told it.
    """

    def __init__(self, certificate: Callable[[], bytes]) -> None:
        self._certificate = certificate
        self.named: dict[str, str] = {}
        self.paid: dict[str, str] = {}
        self.asked: dict[str, str] = {}
        self.taken: dict[str, PaymentExchange] = {}

    def hear(self, kind: str, order_number: str, payment: str) -> None:
        """Keep the payment's number that an order or a payment names."""
        (self.named if kind == "order" else self.paid)[order_number] = payment

    def differs(self, order_number: str) -> bool:
        """Whether an order and the payment for it name two payments."""
        named, paid = self.named.get(order_number), self.paid.get(order_number)
        return bool(named and paid and named != paid)

    def ask(self, address: str, order_number: str, *, session: str, at: datetime) -> Reply:
        """Ask the platform at `address` for the payment of an order; its answer. httpx.HTTPError."""
        self.asked[session] = order_number
        form = {"openReq": write_request(PaymentRequest(order_number, session, at))}
        said = httpx.post(address, data=form, timeout=60.0, trust_env=False)
        return read_reply(said.raise_for_status().text)

    def take(self, body: bytes) -> Mapping[str, Any]:
        """The answer to an upload; what is wrong with it is told in its message, and nothing is kept."""
        try:
            session, payment = self._read(dict(parse_qsl(body.decode())).get("payExInfoStr", ""))
        except (FondacoError, UnicodeDecodeError) as fault:
            return write_reply(FAILED, str(fault)[:200], at=clock.now())
        self.taken.setdefault(session, payment)
        return write_reply(TAKEN, at=clock.now())

    def _read(self, text: str) -> tuple[str, PaymentExchange]:
        certificate = x509.load_pem_x509_certificate(self._certificate())
        payment = read_exchange(text, key=key_of(certificate))
        told = json.loads(text)
        session = str(told["sessionID"])
        if told.get("certNo") != number_of(certificate):
            raise PaymentDataWrong("The certificate is unknown.", field="certNo")
        wanted = self.asked.get(session)
        if wanted and wanted not in {one.order_number for one in payment.orders}:
            raise PaymentDataWrong("Another order was asked for.", field="orderNo")
        known = {self.paid.get(one.order_number, payment.transaction) for one in payment.orders}
        if known != {payment.transaction}:
            raise PaymentDataWrong("The payment (411) bears another number.", field="payTransactionId")
        return session, payment


def number_of(certificate: x509.Certificate) -> str:
    """A certificate's number as payment data name it."""
    return f"{certificate.serial_number:X}"
