"""Taking payments: intent first, then the provider, then the books; each step safe to repeat."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from uuid import UUID

from django.db.models import Q

from fondaco.kernel.bulk import update_many
from fondaco.systems.finance.domain.connectors import PaymentDesk, desk_of
from fondaco.systems.finance.domain.ledger import Posted
from fondaco.systems.finance.domain.payments import (
    AUTHORISED,
    CAPTURED,
    DECLINED,
    LOST,
    NOT_FOUND,
    PENDING,
    SOFT,
    VOIDED,
    Outcome,
    PaymentDTO,
    PaymentGateway,
    PaymentRequest,
    capture_draft,
)
from fondaco.systems.finance.models import (
    PAYMENT_MACHINE,
    FxDeal,
    PaymentAttempt,
    PaymentIntent,
    PaymentState,
)
from fondaco.systems.finance.selectors import payment_dto
from fondaco.systems.finance.services.charges import (
    by_charge,
    charge_id,
    charge_of,
    id_in_key,
    named,
    provider_key,
    whole,
)
from fondaco.systems.finance.services.intents import persist_intents
from fondaco.systems.finance.services.ledger import post_journals, retried
from fondaco.systems.finance.services.periods import booking_days
from fondaco.systems.finance.services.routing import (
    close_attempts,
    keep_attempts,
    learn_routes,
    next_route,
)
from fondaco.systems.finance.services.support import insert_models, tell

CHUNK = 250
POLLS = 3
MOST_TRIES = 4
_OPEN = (PaymentState.PROCESSING, PaymentState.UNKNOWN)
_EVENTS = {
    CAPTURED: "capture", AUTHORISED: "authorise", DECLINED: "fail", LOST: "lose", NOT_FOUND: "lose", VOIDED: "cancel",
}  # fmt: skip


def take_payments(
    requests: Sequence[PaymentRequest], given: PaymentGateway | PaymentDesk, *, now: datetime
) -> list[PaymentDTO]:
    """Take what `requests` ask for, each at the provider it is routed to; states come back in the same order.

    Intents are committed first, the provider is called with no transaction open, then what it said is
    recorded together with its postings. A provider that declines for a reason of its own is followed by
    the next (the cascade); one that does not answer never is, because it may have taken the money: that
    payment ends as `unknown`, and `poll_unknown`, a webhook or a rerun finds out. A rerun after a crash at
    any point goes on where it stopped: the same `idem` is the same intent, the provider's key is the
    intent's.

    KeyReused (same idem, other body), AlreadyPaid, BadPayment, NoConnector, CardNumberRefused, NoRate,
    RateTooOld: nothing was asked of any provider then.
    """
    desk = desk_of(given)
    intents = persist_intents(requests, desk, now=now)
    undecided = [intent for intent in intents if intent.state in _OPEN]
    for start in range(0, len(undecided), CHUNK):
        poll_intents(undecided[start : start + CHUNK], desk, now=now)
    fresh = PaymentIntent.objects.house().in_bulk([intent.id for intent in intents])
    return [payment_dto(fresh[intent.id]) for intent in intents]


def poll_unknown(
    given: PaymentGateway | PaymentDesk, *, now: datetime, older_than: timedelta = timedelta(0)
) -> int:
    """Ask the providers about every payment still open (the janitor); returns how many got decided."""
    desk = desk_of(given)
    rows = PaymentIntent.objects.house().filter(
        state__in=_OPEN, provider_id__in=desk.provider_ids, changed_at__lte=now - older_than
    )
    intents = list(rows.order_by("changed_at", "id"))
    for start in range(0, len(intents), CHUNK):
        poll_intents(intents[start : start + CHUNK], desk, now=now)
    left = rows.model.objects.house().filter(id__in=[i.id for i in intents], state__in=_OPEN).count()
    return len(intents) - int(left)


def hear_outcomes(outcomes: Sequence[Outcome], *, provider_id: UUID, now: datetime) -> list[UUID]:
    """Record what a provider told unasked (a webhook, a collection file); the ids of the payments it moved.

    Only payments of this provider whose present try has that key are moved, and only forward: an
    authorisation told after the capture changes nothing.
    """
    told = {id_: o for o in outcomes if (id_ := id_in_key(o.key))}
    rows = named(told).filter(provider_id=provider_id)
    known = [row for row in rows if provider_key(row) == told[charge_id(row)].key]
    said = {row.id: told[charge_id(row)] for row in known}
    moved = retried(lambda: _record(known, said, now=now, states=(*_OPEN, PaymentState.AUTHORISED)))
    return [intent.id for intent in moved]


def count_open_payments(*, changed_before: datetime) -> int:
    """House work: how many payments nobody knows the end of, untouched since `changed_before`."""
    undecided = Q(state__in=_OPEN, changed_at__lte=changed_before)
    return int(PaymentIntent.objects.house().filter(undecided | asked_payments(changed_before)).count())


def asked_payments(changed_before: datetime) -> Q:
    """The payments whose capture or release no provider has answered, untouched since `changed_before`."""
    return Q(state=PaymentState.AUTHORISED, asked_minor__isnull=False, changed_at__lte=changed_before)


# --- the provider --------------------------------------------------------------------------------


def poll_intents(intents: Sequence[PaymentIntent], desk: PaymentDesk, *, now: datetime) -> None:
    """Ask about `intents` until each is decided, lost, or declined by everybody who could be tried.

    The shares of a basket are one charge: whoever asks about one asks about all.
    """
    intents = whole(intents)
    for _ in range(MOST_TRIES):
        _collect(intents, desk, now=now)
        declined = [i.id for i in intents] if len(desk.connectors) > 1 else []
        intents = retried(partial(_try_next, declined, desk, now=now)) if declined else []
        if not intents:
            return


def _collect(intents: Sequence[PaymentIntent], desk: PaymentDesk, *, now: datetime) -> None:
    """Charge `intents` at their providers, ask again about what got lost, record and learn."""
    groups: dict[UUID, list[PaymentIntent]] = defaultdict(list)
    for intent in intents:
        groups[intent.provider_id].append(intent)
    for provider_id, group in groups.items():
        if connector := desk.of(provider_id):
            said = _ask(connector.gateway, group)
            retried(partial(_record, group, said, now=now, states=_OPEN))
            learn_routes([shares[0] for shares in by_charge(group).values()], said, desk, now=now)


def _ask(gateway: PaymentGateway, intents: Sequence[PaymentIntent]) -> dict[UUID, Outcome]:
    """What the provider says of each intent. Unknown ones are looked up before they are charged again."""
    leads = {key: shares[0] for key, shares in by_charge(intents).items()}
    charges = {key: charge_of(lead) for key, lead in leads.items()}
    unknown = [key for key, lead in leads.items() if lead.state == PaymentState.UNKNOWN]
    said = _by_key(gateway.look_up(unknown)) if unknown else {}
    said.update(_by_key(gateway.charge([charges[k] for k in charges if _undecided(said.get(k))])))
    for _ in range(POLLS):
        lost = [key for key in charges if said[key].status in (LOST, NOT_FOUND)]
        if not lost:
            break
        said.update(_by_key(gateway.look_up(lost)))
        if again := [charges[key] for key in lost if said[key].status == NOT_FOUND]:
            said.update(_by_key(gateway.charge(again)))
    return {intent.id: said[provider_key(intent)] for intent in intents}


def _undecided(outcome: Outcome | None) -> bool:
    return outcome is None or outcome.status in (LOST, NOT_FOUND)


def _by_key(outcomes: Iterable[Outcome]) -> dict[str, Outcome]:
    return {outcome.key: outcome for outcome in outcomes}


def _record(
    intents: Sequence[PaymentIntent],
    said: Mapping[UUID, Outcome],
    *,
    now: datetime,
    states: Sequence[PaymentState],
) -> list[PaymentIntent]:
    """Move the intents that are still in `states`, and book the captured ones; one transaction."""
    keys = {intent.id: provider_key(intent) for intent in intents}
    locked = PaymentIntent.objects.house().select_for_update(no_key=True).filter(id__in=list(keys))
    moved = []
    for intent in locked.filter(state__in=states).order_by("id"):
        outcome = said[intent.id]
        event = _event(intent, outcome)
        if event and provider_key(intent) == keys[intent.id]:
            intent.state = PAYMENT_MACHINE.after(intent.state, event)
            intent.provider_reference, intent.failure = outcome.reference, outcome.reason[:80]
            moved.append(intent)
        elif outcome.status == PENDING and intent.provider_reference != outcome.reference:
            PaymentIntent.objects.house().filter(id=intent.id).update(provider_reference=outcome.reference)
    _take_asked([intent for intent in moved if intent.asked_minor is not None])
    save_states(moved, now=now)
    released = [i for i in moved if i.state == PaymentState.CANCELLED and i.authorised_minor]
    close_attempts([i for i in moved if i not in released], said, now=now)  # a released one had its yes
    book_captures([intent for intent in moved if intent.state == PaymentState.CAPTURED], now=now)
    return moved


def _take_asked(answered: Sequence[PaymentIntent]) -> None:
    """What was captured is what was asked for, and the escrow its part; of a released one nothing changes."""
    for intent in answered:
        if intent.asked_minor and intent.state == PaymentState.CAPTURED:
            exact = Decimal(intent.escrow_minor) * intent.asked_minor / intent.authorised_minor
            intent.escrow_minor = max(int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP)), 1)
            intent.amount_minor = intent.asked_minor
        intent.asked_minor = None
    columns = ("id", "amount_minor", "escrow_minor", "asked_minor")
    update_many(
        "finance_paymentintent", columns, [(i.id, i.amount_minor, i.escrow_minor, None) for i in answered]
    )


def _event(intent: PaymentIntent, outcome: Outcome) -> str:
    """The event that `outcome` is for `intent`; empty where it tells nothing new."""
    event = _EVENTS.get(outcome.status, "")
    return event if event in PAYMENT_MACHINE.events(intent.state) else ""


def _try_next(ids: Sequence[UUID], desk: PaymentDesk, *, now: datetime) -> list[PaymentIntent]:
    """Send those payments that a provider declined for its own reasons to the next one; which they are."""
    rows = PaymentIntent.objects.house().select_for_update(no_key=True)
    declined = list(rows.filter(id__in=ids, state=PaymentState.FAILED, failure__in=SOFT).order_by("id"))
    tries: dict[UUID, list[PaymentAttempt]] = defaultdict(list)
    for attempt in PaymentAttempt.objects.house().filter(payment__in=declined):
        tries[attempt.payment_id].append(attempt)
    routes = {i.id: route for i in declined if tries[i.id] and (route := next_route(tries[i.id], desk))}
    again = [intent for intent in declined if intent.id in routes]
    for intent in again:
        intent.state = PAYMENT_MACHINE.after(intent.state, "start")
        intent.provider_id = routes[intent.id].connector.gateway.provider_id
        intent.attempt, intent.failure = intent.attempt + 1, ""
    columns = ("id", "provider_id", "attempt")
    update_many("finance_paymentintent", columns, [(i.id, i.provider_id, i.attempt) for i in again])
    save_states(again, now=now)
    keep_attempts(again, routes, now=now)
    return again


def save_states(moved: Sequence[PaymentIntent], *, now: datetime) -> None:
    """Write the states of `moved` and tell of them."""
    update_many(
        "finance_paymentintent",
        ("id", "state", "provider_reference", "failure", "changed_at"),
        [(i.id, i.state, i.provider_reference, i.failure, now) for i in moved],
    )
    for state in sorted({intent.state for intent in moved}):
        tell(
            f"finance.payment_{state}",
            subject_type="payment",
            facts=[(i.id, i.seller_id, {"order_id": str(i.order_id)}) for i in moved if i.state == state],
            at=now,
        )


def book_captures(captured: Sequence[PaymentIntent], *, now: datetime) -> None:
    """Post what `captured` payments put into escrow: on their own day, on the present one where that is closed."""
    days = booking_days([intent.effective_on for intent in captured], now=now)
    late = [intent for intent in captured if days[intent.effective_on] != intent.effective_on]
    for intent in late:
        intent.effective_on = days[intent.effective_on]
    update_many("finance_paymentintent", ("id", "effective_on"), [(i.id, i.effective_on) for i in late])
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
