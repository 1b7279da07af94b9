"""Original payment data for customs: GACC Announcement 2018 No. 179, "real-time data acquisition".

Customs asks a platform for the original payments of orders by a session; the platform answers with JSON,
signed over a text of prescribed shape. The names are the interface's own, misspelling (initalRequest) and
all. Rendering is strict; what comes back is read liberally.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa

from fondaco.kernel.errors import Refused
from fondaco.platforms.window.domain.messages.gacc.papers import BEIJING, YUAN
from fondaco.platforms.window.domain.messages.gacc.spec import Fault, MessageRefused
from fondaco.platforms.window.domain.messages.xmldsig import SignatureWrong, check_bytes, sign_bytes
from fondaco.platforms.window.domain.sm2 import Sm2PrivateKey, Sm2PublicKey

TAKEN, FAILED = "10000", "20000"
VERIFIERS = {"unionpay": "1", "netsunion": "2", "other": "3"}
_SESSION = re.compile(r"[0-9A-Za-z-]{1,60}")
_ORDER = re.compile(r"[^\x00-\x1f]{1,60}")
_MOST_ASKED = 4_000
_GUID = re.compile(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}")
_MOST_LISTS = 100


class PaymentDataWrong(Refused):
    code = "payment-data-wrong"
    title = "This is no payment data of Announcement 179."
    remedy = "Send a JSON object with sessionID, payExchangeInfoHead, payExchangeInfoLists and serviceTime."


class PaymentSignatureWrong(Refused):
    code = "payment-signature-wrong"
    title = "The signature does not fit the payment data."
    remedy = "Nothing was taken in. Sign the text of session, head, lists and time again."


@dataclass(frozen=True, slots=True)
class PaidGoods:
    """One article as it was shown to the buyer, with the address of its page."""

    name: str
    link: str


@dataclass(frozen=True, slots=True)
class PaidOrder:
    """One order that the payment covers, its goods, and who received the money."""

    order_number: str
    goods: tuple[PaidGoods, ...]
    account: str
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class PaymentExchange:
    """One payment: what the platform asked of the payment firm and what that answered, word for word.

    `verifier`: 1 UnionPay, 2 NetsUnion, 3 other. `pay_type`: the firm's own code. Amount in yuan.
    """

    guid: str
    request: str
    response: str
    platform: str
    payer_firm: str
    transaction: str
    amount: Decimal
    verifier: str
    pay_type: str
    traded_at: datetime
    orders: tuple[PaidOrder, ...]


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """What customs asks with: an order's number, the session that the data are sent under, and when."""

    order_number: str
    session: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of either side: heard or taken in if `code` is 10000."""

    code: str
    message: str
    at: datetime | None

    @property
    def taken(self) -> bool:
        """Whether the data were taken in."""
        return self.code == TAKEN


def render_exchange(
    payment: PaymentExchange,
    *,
    session: str,
    key: rsa.RSAPrivateKey | Sm2PrivateKey,
    cert_number: str,
    at: datetime,
) -> str:
    """`payment` as signed JSON for the `session` that customs opened; MessageRefused names what is wrong."""
    if faults := list(_faults(payment, session)):
        raise MessageRefused(faults)
    parts = {
        "sessionID": session,
        "payExchangeInfoHead": _compact(_head(payment)),
        "payExchangeInfoLists": _compact([_order(order) for order in payment.orders]),
        "serviceTime": str(int(at.timestamp() * 1000)),
    }
    # As in its XML messages: RSA with SHA-1 in the edition of 2018, SM2 with SM3 in that of 2022.
    signed = sign_bytes(key, _to_sign(parts))
    shown: dict[str, Any] = dict(parts)
    shown["payExchangeInfoHead"] = json.loads(parts["payExchangeInfoHead"])
    shown["payExchangeInfoLists"] = json.loads(parts["payExchangeInfoLists"])
    return _compact(shown | {"certNo": cert_number, "signValue": base64.b64encode(signed).decode("ascii")})


def read_exchange(text: str, *, key: rsa.RSAPublicKey | Sm2PublicKey) -> PaymentExchange:
    """The payment in signed JSON; PaymentDataWrong or PaymentSignatureWrong."""
    try:
        told = json.loads(text)
        head, orders = told["payExchangeInfoHead"], told["payExchangeInfoLists"]
        parts = {
            "sessionID": told["sessionID"], "payExchangeInfoHead": _compact(head),
            "payExchangeInfoLists": _compact(orders), "serviceTime": told["serviceTime"],
        }  # fmt: skip
        value = base64.b64decode(told["signValue"], validate=True)
        payment = _payment(head, orders)
    except (ValueError, KeyError, TypeError, ArithmeticError) as fault:
        raise PaymentDataWrong(f"{type(fault).__name__}: {fault}"[:200], field="payment") from fault
    try:
        check_bytes(key, value, _to_sign(parts))
    except SignatureWrong as fault:
        raise PaymentSignatureWrong(field="signValue") from fault
    return payment


def read_request(text: str) -> PaymentRequest:
    """What customs asks (`openReq`); PaymentDataWrong names the field that is wrong."""
    if len(text) > _MOST_ASKED:
        raise PaymentDataWrong(f"{len(text)} characters", field="openReq")
    try:
        told = json.loads(text)
        order, session = str(told["orderNo"]).strip(), str(told["sessionID"]).strip()
        at = datetime.fromtimestamp(int(told["serviceTime"]) / 1000, tz=BEIJING)
    except (ValueError, KeyError, TypeError, OverflowError, OSError, RecursionError) as fault:
        raise PaymentDataWrong(f"{type(fault).__name__}: {fault}"[:200], field="openReq") from fault
    if not _SESSION.fullmatch(session):
        raise PaymentDataWrong(field="sessionID", value=session[:60])
    if not _ORDER.fullmatch(order):
        raise PaymentDataWrong(field="orderNo", value=order[:60])
    return PaymentRequest(order, session, at)


def write_request(asked: PaymentRequest) -> str:
    """The same as customs writes it: for the agency's simulator."""
    stamp = int(asked.at.timestamp() * 1000)
    return _compact({"orderNo": asked.order_number, "sessionID": asked.session, "serviceTime": stamp})


def write_reply(code: str, message: str = "", *, at: datetime) -> dict[str, Any]:
    """An answer as JSON's members: code, message and the time in milliseconds."""
    return {"code": code, "message": message, "serviceTime": int(at.timestamp() * 1000)}


def read_reply(text: str) -> Reply:
    """An answer, read liberally; PaymentDataWrong where it is no JSON object."""
    try:
        told = json.loads(text)
        stamp = int(told.get("serviceTime") or 0)
    except (ValueError, TypeError, AttributeError) as fault:
        raise PaymentDataWrong(str(fault)[:200], field="reply") from fault
    moment = datetime.fromtimestamp(stamp / 1000, tz=BEIJING) if stamp else None
    return Reply(str(told.get("code", "")), str(told.get("message", "")), moment)


def _head(payment: PaymentExchange) -> dict[str, Any]:
    return {
        "guid": payment.guid, "initalRequest": payment.request, "initalResponse": payment.response,
        "ebpCode": payment.platform, "payCode": payment.payer_firm,
        "payTransactionId": payment.transaction, "totalAmount": _number(payment.amount), "currency": YUAN,
        "verDept": payment.verifier, "payType": payment.pay_type,
        "tradingTime": f"{payment.traded_at.astimezone(BEIJING):%Y%m%d%H%M%S}", "note": "",
    }  # fmt: skip


def _order(order: PaidOrder) -> dict[str, Any]:
    return {
        "orderNo": order.order_number,
        "goodsInfo": [{"gname": goods.name, "itemLink": goods.link} for goods in order.goods],
        "recpAccount": order.account, "recpCode": order.code, "recpName": order.name,
    }  # fmt: skip


def _payment(head: Mapping[str, Any], orders: Sequence[Mapping[str, Any]]) -> PaymentExchange:
    traded = datetime.strptime(f"{head['tradingTime']}+0800", "%Y%m%d%H%M%S%z").astimezone(BEIJING)
    return PaymentExchange(
        guid=head["guid"], request=head["initalRequest"], response=head["initalResponse"],
        platform=head["ebpCode"], payer_firm=head["payCode"], transaction=head["payTransactionId"],
        amount=Decimal(str(head["totalAmount"])), verifier=head["verDept"], pay_type=head["payType"],
        traded_at=traded,
        orders=tuple(
            PaidOrder(
                one["orderNo"],
                tuple(PaidGoods(goods["gname"], goods["itemLink"]) for goods in one["goodsInfo"]),
                one["recpAccount"], one["recpCode"], one["recpName"],
            )
            for one in orders
        ),
    )  # fmt: skip


def _faults(payment: PaymentExchange, session: str) -> Iterator[Fault]:
    head = "payExchangeInfoHead"
    if not session:
        yield Fault("sessionID", "missing", "There is no session.", "Give the session customs opened.")
    if not _GUID.fullmatch(payment.guid):
        yield Fault(f"{head}/guid", "guid", "The form is wrong.", "Write a UUID in upper case.", payment.guid)
    amount = payment.amount
    if not amount.is_finite() or amount <= 0 or amount != round(amount, 2):
        remedy = "Give yuan with at most two decimals."
        yield Fault(f"{head}/totalAmount", "amount", "This was not paid.", remedy, str(amount))
    if payment.verifier not in VERIFIERS.values():
        yield Fault(
            f"{head}/verDept", "code", "This verifier is unknown.", "Use 1, 2 or 3.", payment.verifier
        )
    texts = {
        "initalRequest": payment.request, "initalResponse": payment.response, "ebpCode": payment.platform,
        "payCode": payment.payer_firm, "payTransactionId": payment.transaction, "payType": payment.pay_type,
    }  # fmt: skip
    for name, text in texts.items():
        if not text.strip():
            yield Fault(f"{head}/{name}", "missing", "There is nothing here.", "Fill it in.")
    yield from _order_faults(payment.orders)


def _order_faults(orders: Sequence[PaidOrder]) -> Iterator[Fault]:
    path = "payExchangeInfoLists"
    if not 1 <= len(orders) <= _MOST_LISTS:
        yield Fault(path, "count", f"{len(orders)} orders.", f"Give 1 to {_MOST_LISTS}.")
    for place, order in enumerate(orders, start=1):
        for name, text in (("orderNo", order.order_number), ("recpAccount", order.account)):
            if not text.strip():
                yield Fault(f"{path}[{place}]/{name}", "missing", "There is nothing here.", "Fill it in.")
        if not order.goods:
            yield Fault(f"{path}[{place}]/goodsInfo", "missing", "There are no goods.", "Name what was sold.")


def _to_sign(parts: Mapping[str, str]) -> bytes:
    """The text that is signed: the four parts as "name":"value", joined by ||."""
    return "||".join(f'"{name}":"{value}"' for name, value in parts.items()).encode()


def _number(amount: Decimal) -> int | float:
    """A JSON number: yuan with at most two decimals survive the way through a float."""
    return int(amount) if amount == int(amount) else float(amount)


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
