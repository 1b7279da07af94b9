"""Taking payments: intent first, then the provider, then the books; each step safe to repeat."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction

from fondaco.kernel.bulk import update_many
from fondaco.kernel.ids import new_id
from fondaco.kernel.money import Money
from fondaco.systems.finance.domain.fx import DatedRate, same_currency
from fondaco.systems.finance.domain.ledger import KeyReused, Posted, key_of
from fondaco.systems.finance.domain.payments import (
    CAPTURED,
    DECLINED,
    LOST,
    NOT_FOUND,
    AlreadyPaid,
    BadPayment,
    Charge,
    Outcome,
    PaymentDTO,
    PaymentGateway,
    PaymentRequest,
    capture_draft,
)
from fondaco.systems.finance.models import PAYMENT_MACHINE, FxDeal, PaymentIntent, PaymentState
from fondaco.systems.finance.selectors import payment_dto
from fondaco.systems.finance.services.ledger import post_journals, retried
from fondaco.systems.finance.services.rates import convert, rate
from fondaco.systems.finance.services.support import insert_models, tell

CHUNK = 250
POLLS = 3
_OPEN = [PaymentState.PROCESSING, PaymentState.UNKNOWN]
_EVENTS = {CAPTURED: "capture", DECLINED: "fail", LOST: "lose"}


def take_payments(
    requests: Sequence[PaymentRequest], gateway: PaymentGateway, *, now: datetime
) -> list[PaymentDTO]:
    """Take what `requests` ask for; states come back in the same order.

    Intents are committed first, the provider is called with no transaction open, then what it said is
    recorded together with its postings. A rerun after a crash at any point goes on where it stopped:
    the same `idem` is the same intent, the provider's key is the intent's. What the provider leaves
    open ends as `unknown`; `poll_unknown` (or a rerun) asks again.

    KeyReused (same idem, other body), AlreadyPaid, BadPayment, NoRate, RateTooOld: nothing was asked of
    the provider then.
    """
    intents = _persist(requests, provider_id=gateway.provider_id, now=now)
    undecided = [intent for intent in intents if intent.state in _OPEN]
    for start in range(0, len(undecided), CHUNK):
        _collect(gateway, undecided[start : start + CHUNK], now=now)
    fresh = PaymentIntent.objects.house().in_bulk([intent.id for intent in intents])
    return [payment_dto(fresh[intent.id]) for intent in intents]


def poll_unknown(gateway: PaymentGateway, *, now: datetime, older_than: timedelta = timedelta(0)) -> int:
    """Ask the provider about every payment still open (the janitor); returns how many got decided."""
    rows = PaymentIntent.objects.house().filter(
        state__in=_OPEN, provider_id=gateway.provider_id, changed_at__lte=now - older_than
    )
    intents = list(rows.order_by("changed_at", "id"))
    for start in range(0, len(intents), CHUNK):
        _collect(gateway, intents[start : start + CHUNK], now=now)
    left = rows.model.objects.house().filter(id__in=[i.id for i in intents], state__in=_OPEN).count()
    return len(intents) - int(left)


def count_open_payments(*, changed_before: datetime) -> int:
    """House work: how many payments nobody knows the end of, untouched since `changed_before`."""
    rows = PaymentIntent.objects.house().filter(state__in=_OPEN, changed_at__lte=changed_before)
    return int(rows.count())


def provider_key(intent: PaymentIntent) -> str:
    """The key under which the provider knows this attempt."""
    return f"{intent.id}-{intent.attempt}"


# --- intents -------------------------------------------------------------------------------------


def _persist(requests: Sequence[PaymentRequest], *, provider_id: UUID, now: datetime) -> list[PaymentIntent]:
    """The intents of `requests`, made where they are not there yet; committed."""
    keys = [key_of(request.idem) for request in requests]
    with transaction.atomic():
        known = set(PaymentIntent.objects.house().filter(idem__in=keys).values_list("idem", flat=True))
        fresh = {
            key: _intent(request, provider_id=provider_id, now=now)
            for key, request in zip(keys, requests, strict=True)
            if key not in known
        }
        insert_models(list(fresh.values()))
        held = {intent.idem: intent for intent in PaymentIntent.objects.house().filter(idem__in=keys)}
        for key, request in zip(keys, requests, strict=True):
            _check_same(held.get(key), request)
    return [held[key] for key in keys]


def _check_same(intent: PaymentIntent | None, request: PaymentRequest) -> None:
    if intent is None:
        raise AlreadyPaid(field="order_id", value=request.order_id)
    if bytes(intent.req_hash) != request.digest():
        raise KeyReused(field="idem", value=request.idem)


def _intent(request: PaymentRequest, *, provider_id: UUID, now: datetime) -> PaymentIntent:
    on = request.on or now.date()
    escrow, dated = _escrow(request, on)
    if request.amount.minor <= 0 or escrow.minor <= 0:
        raise BadPayment(field="amount", value=str(request.amount))
    return PaymentIntent(
        id=new_id(),
        idem=key_of(request.idem),
        req_hash=request.digest(),
        order_id=request.order_id,
        buyer_id=request.buyer_id,
        seller_id=request.seller_id,
        provider_id=provider_id,
        method=request.method,
        state=PaymentState.PROCESSING,
        currency=request.amount.currency,
        amount_minor=request.amount.minor,
        escrow_currency=escrow.currency,
        escrow_minor=escrow.minor,
        rate=dated.rate,
        rate_provider=dated.provider,
        rate_on=dated.on,
        effective_on=on,
        created_at=now,
        changed_at=now,
    )


def _escrow(request: PaymentRequest, on: date) -> tuple[Money, DatedRate]:
    """What goes into escrow, and the rate that belongs to it."""
    escrow = request.escrow
    if escrow is None:
        return convert(request.amount, request.settlement_currency, on)
    if escrow.currency != request.settlement_currency:
        raise BadPayment(field="escrow", value=str(escrow))
    if escrow.currency == request.amount.currency:
        if escrow != request.amount:
            raise BadPayment("Amount and escrow differ in one currency.", field="escrow", value=str(escrow))
        return escrow, same_currency(escrow.currency, on)
    return escrow, rate(request.amount.currency, escrow.currency, on)


# --- the provider --------------------------------------------------------------------------------


def _collect(gateway: PaymentGateway, intents: Sequence[PaymentIntent], *, now: datetime) -> None:
    """Charge `intents`, ask again about what got lost, record all that is known."""
    outcomes = _ask(gateway, intents)
    retried(lambda: _record(intents, outcomes, now=now))


def _ask(gateway: PaymentGateway, intents: Sequence[PaymentIntent]) -> dict[str, Outcome]:
    """What the provider says of each key. Unknown ones are looked up before they are charged again."""
    charges = {provider_key(intent): _charge(intent) for intent in intents}
    unknown = [provider_key(i) for i in intents if i.state == PaymentState.UNKNOWN]
    said = _by_key(gateway.look_up(unknown)) if unknown else {}
    said.update(_by_key(gateway.charge([charges[k] for k in charges if _undecided(said.get(k))])))
    for _ in range(POLLS):
        lost = [key for key in charges if said[key].status in (LOST, NOT_FOUND)]
        if not lost:
            break
        said.update(_by_key(gateway.look_up(lost)))
        if again := [charges[key] for key in lost if said[key].status == NOT_FOUND]:
            said.update(_by_key(gateway.charge(again)))
    return said


def _undecided(outcome: Outcome | None) -> bool:
    return outcome is None or outcome.status in (LOST, NOT_FOUND)


def _charge(intent: PaymentIntent) -> Charge:
    amount = Money(intent.amount_minor, intent.currency)
    return Charge(provider_key(intent), amount, intent.method, f"order:{intent.order_id}")


def _by_key(outcomes: Iterable[Outcome]) -> dict[str, Outcome]:
    return {outcome.key: outcome for outcome in outcomes}


def _record(intents: Sequence[PaymentIntent], outcomes: dict[str, Outcome], *, now: datetime) -> None:
    """Move the intents that are still open, and book the captured ones; one transaction."""
    ids = [intent.id for intent in intents]
    locked = PaymentIntent.objects.house().select_for_update(no_key=True).filter(id__in=ids, state__in=_OPEN)
    moved = []
    for intent in locked.order_by("id"):
        outcome = outcomes[provider_key(intent)]
        event = _EVENTS.get(outcome.status, "lose")
        if event == "lose" and intent.state == PaymentState.UNKNOWN:
            continue
        intent.state = PAYMENT_MACHINE.after(intent.state, event)
        intent.provider_reference, intent.failure = outcome.reference, outcome.reason[:80]
        moved.append(intent)
    _save_states(moved, now=now)
    _book([intent for intent in moved if intent.state == PaymentState.CAPTURED], now=now)


def _save_states(moved: Sequence[PaymentIntent], *, now: datetime) -> None:
    update_many(
        "finance_paymentintent",
        {
            "id": "uuid",
            "state": "text",
            "provider_reference": "text",
            "failure": "text",
            "changed_at": "timestamptz",
        },
        [(i.id, i.state, i.provider_reference, i.failure, now) for i in moved],
    )
    for state in sorted({intent.state for intent in moved}):
        tell(
            f"finance.payment_{state}",
            subject_type="payment",
            facts=[(i.id, i.seller_id, {"order_id": str(i.order_id)}) for i in moved if i.state == state],
            at=now,
        )


def _book(captured: Sequence[PaymentIntent], *, now: datetime) -> None:
    drafts = [
        capture_draft(payment_dto(intent), provider_id=intent.provider_id, on=intent.effective_on)
        for intent in captured
    ]
    posted = post_journals(drafts)
    deals = [
        _deal(i, p, now=now) for i, p in zip(captured, posted, strict=True) if i.currency != i.escrow_currency
    ]
    insert_models(deals)


def _deal(intent: PaymentIntent, posted: Posted, *, now: datetime) -> FxDeal:
    return FxDeal(
        journal_id=posted.journal_id,
        sell_currency=intent.currency,
        sell_minor=intent.amount_minor,
        buy_currency=intent.escrow_currency,
        buy_minor=intent.escrow_minor,
        rate=intent.rate,
        provider=intent.rate_provider,
        rate_on=intent.rate_on,
        created_at=now,
    )
