"""Original payment data that Chinese customs asks for (Announcement 2018 No. 179): heard, kept, uploaded, answered.

Customs opens a session for an order; the platform answers at once that it heard, and uploads the signed data under that
session. The session is a row of the papers beside the list, so that it is sent until customs has answered, and once.
What names no list of ours, or cannot be read, is answered as failed and parked for a person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from fondaco.platforms.window.adapters.agency_payments import number_of
from fondaco.platforms.window.adapters.gacc import gacc_profile, signer_at_hand
from fondaco.platforms.window.declaration_store import LogLine, write_log
from fondaco.platforms.window.domain.declaration import content_digest
from fondaco.platforms.window.domain.declaration_states import Effect
from fondaco.platforms.window.domain.gateway import GatewayUnavailable, PaymentDataGateway
from fondaco.platforms.window.domain.messages.gacc.papers import make_guid
from fondaco.platforms.window.domain.messages.gacc.payments import (
    FAILED,
    TAKEN,
    VERIFIERS,
    PaidGoods,
    PaidOrder,
    PaymentDataWrong,
    PaymentExchange,
    PaymentRequest,
    read_reply,
    read_request,
    render_exchange,
    write_reply,
    write_request,
)
from fondaco.platforms.window.domain.messages.gacc.spec import MessageRefused
from fondaco.platforms.window.gacc_lodging import CHINA
from fondaco.platforms.window.models import (
    ANNOUNCEMENT_179,
    PAPER_MACHINE,
    Declaration,
    DeclarationState,
    EventSource,
    LodgedPaper,
    PaperState,
    ParkedReceipt,
)

UNKNOWN_ORDER, UNREADABLE = "unknown-order", "unreadable-request"
_FREE = (DeclarationState.RELEASED, DeclarationState.CLOSED)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OTHER_WAY = "4"  # payType: neither app, browser nor scanned code is known of a payment
_MOST = 100


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """A session whose data are still to be sent: of which order, under which number customs knows it."""

    session: str
    order_id: UUID
    order_number: str


@dataclass(frozen=True, slots=True)
class PaidTransaction:
    """A payment as its provider has it: its number, what was asked and answered, yuan, when, and its orders' goods.

    `orders` holds the goods (name, page below the platform's address) by order number.
    """

    number: str
    request: str
    response: str
    minor: int
    at: datetime
    orders: Mapping[str, Sequence[tuple[str, str]]]


def payment_data_secret() -> str:
    """The part of the address that only customs is told: its published request bears no signature."""
    return salted_hmac("fondaco.window.payment-data", ANNOUNCEMENT_179).hexdigest()


def is_customs_address(secret: str) -> bool:
    """Whether `secret` is that of the address registered with customs; takes as long whatever is wrong with it."""
    return constant_time_compare(secret, payment_data_secret())


def hear_payment_request(raw: str, *, now: datetime) -> dict[str, Any]:
    """Take in what customs asks (`openReq`), each session once; the published answer: 10000 heard, 20000 not.

    A session that comes again has no second effect. Nothing of the order is told.
    """
    try:
        asked = read_request(raw)
    except PaymentDataWrong as fault:
        _park(content_digest(raw)[:22], raw, UNREADABLE, str(fault), at=_EPOCH, now=now)
        return write_reply(FAILED, "openReq cannot be read", at=now)
    row = _list_of(asked.order_number)
    if row is None:
        _park(asked.session, raw, UNKNOWN_ORDER, asked.order_number, at=asked.at, now=now)
        return write_reply(FAILED, "orderNo is unknown", at=now)
    if not _open_session(asked, row, now=now):
        return write_reply(FAILED, "sessionID was opened for another order", at=now)
    return write_reply(TAKEN, at=now)


def open_payment_requests() -> list[OpenRequest]:
    """The sessions that customs waits for, oldest first; one query."""
    rows = _open().values_list("reference", "declaration__order_id", "told__order")
    return [OpenRequest(*row) for row in rows[:_MOST]]


def lodge_payment_data(
    found: Mapping[str, PaidTransaction], gateway: PaymentDataGateway, *, actor: str, now: datetime
) -> int:
    """Upload the payment of each open session; how many customs took in.

    The data are signed and kept before they leave, and go again unchanged until they are answered. A session without a
    payment in `found`, or whose data cannot be written, ends as refused with the reason. Call outside any transaction.
    """
    taken = 0
    for row in list(_open().select_related("declaration")[:_MOST]):
        if not row.text and not _sign(row, found.get(row.reference), actor=actor, now=now):
            continue
        try:
            reply = read_reply(gateway.upload_payment(row.text, key=f"payment:{row.reference}"))
        except (GatewayUnavailable, PaymentDataWrong):  # nothing is known: the next call sends it again
            return taken
        _end(row, "enter" if reply.taken else "refuse", reply.code, reply.message, actor=actor, now=now)
        taken += reply.taken
    return taken


def request_one(seller_ids: Sequence[UUID], *, now: datetime) -> str:
    """What customs would ask of one released import of these sellers; empty where there is none, or one was asked."""
    lists = Declaration.objects.house().filter(seller_id__in=list(seller_ids), country=CHINA, kind="import")
    if LodgedPaper.objects.filter(declaration__in=lists, message=ANNOUNCEMENT_179).exists():
        return ""
    row = lists.filter(state__in=_FREE, acknowledged_at__isnull=False).order_by("reference").first()
    if row is None:
        return ""
    return write_request(PaymentRequest(row.reference, make_guid("session", row.reference), now))


def _list_of(order_number: str) -> Declaration | None:
    """The newest import list that was lodged under an order's number."""
    rows = Declaration.objects.house().filter(
        reference=order_number, country=CHINA, kind="import", acknowledged_at__isnull=False
    )
    found: Declaration | None = rows.order_by("-id").first()
    return found


def _open_session(asked: PaymentRequest, row: Declaration, *, now: datetime) -> bool:
    """Keep the session; False where it was opened for another order."""
    told = {"order": asked.order_number, "asked_at": asked.at.isoformat()}
    with transaction.atomic():
        paper, made = LodgedPaper.objects.get_or_create(
            message=ANNOUNCEMENT_179, reference=asked.session,
            defaults={"declaration": row, "sent_at": now, "told": told},
        )  # fmt: skip
        if made:
            raw = {"orderNo": asked.order_number, "sessionID": asked.session, "serviceTime": told["asked_at"]}
            _log(row, ANNOUNCEMENT_179, asked.session, raw, actor="customs", now=now)
    return bool(paper.told.get("order") == asked.order_number)


def _open() -> Any:
    rows = LodgedPaper.objects.filter(
        message=ANNOUNCEMENT_179, state=PaperState.SENT, acknowledged_at__isnull=True
    )
    return rows.order_by("sent_at", "id")


def _sign(row: LodgedPaper, paid: PaidTransaction | None, *, actor: str, now: datetime) -> bool:
    """Write and keep the data; False where that cannot be done, and the session is over."""
    if paid is None:
        _end(row, "refuse", "unpaid", "There is no payment in yuan.", actor=actor, now=now)
        return False
    signer = signer_at_hand()
    try:
        row.text = render_exchange(
            _exchange(paid, row.reference), session=row.reference, key=signer.key,
            cert_number=number_of(signer.certificate), at=now,
        )  # fmt: skip
    except MessageRefused as fault:
        _end(row, "refuse", "unfit", str(fault), actor=actor, now=now)
        return False
    row.save(update_fields=["text"])
    return True


def _exchange(paid: PaidTransaction, session: str) -> PaymentExchange:
    profile = gacc_profile()
    return PaymentExchange(
        guid=make_guid("payment-data", session), request=paid.request, response=paid.response,
        platform=profile.platform.code, payer_firm=profile.payment.code, transaction=paid.number,
        amount=Decimal(paid.minor).scaleb(-2), verifier=VERIFIERS["other"], pay_type=_OTHER_WAY,
        traded_at=paid.at,
        orders=tuple(
            PaidOrder(
                number, tuple(PaidGoods(name, f"{profile.site}{page}") for name, page in goods),
                profile.account, profile.platform.code, profile.platform.name,
            )
            for number, goods in paid.orders.items()
        ),
    )  # fmt: skip


def _end(row: LodgedPaper, event: str, code: str, reason: str, *, actor: str, now: datetime) -> None:
    """Bring a session to its end, once, with a line in the list's log."""
    ended = PAPER_MACHINE.after(PaperState.SENT, event)
    with transaction.atomic():
        moved = LodgedPaper.objects.filter(id=row.id, state=PaperState.SENT).update(
            state=ended, acknowledged_at=now, answered_at=now, status=code[:10], reason=reason[:300]
        )
        if moved:
            raw = {"sessionID": row.reference, "code": code, "message": reason[:300]}
            _log(row.declaration, f"{ANNOUNCEMENT_179}-{code}"[:24], reason, raw, actor=actor, now=now)


def _log(
    row: Declaration, code: str, reason: str, raw: Mapping[str, Any], *, actor: str, now: datetime
) -> None:
    line = LogLine(
        row.id, EventSource.PLATFORM, code, now, before=row.state, after=row.state, effect=Effect.NOTED,
        reason=reason[:500], raw=dict(raw),
    )  # fmt: skip
    write_log([line], actor=actor, now=now)


def _park(reference: str, raw: str, why: str, detail: str, *, at: datetime, now: datetime) -> None:
    """Keep what was refused for a person to look at, each request once."""
    kept = {"openReq": raw[:2_000].replace("\0", "\ufffd")}
    ParkedReceipt.objects.get_or_create(
        reference=reference[:60], code=ANNOUNCEMENT_179, issued_at=at,
        defaults={"why": why, "detail": detail[:300].replace("\0", "\ufffd"), "raw": kept, "parked_at": now},
    )  # fmt: skip
