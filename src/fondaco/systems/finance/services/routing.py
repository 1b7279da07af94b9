"""Routing in the books: choose a provider per payment, keep why, learn from what came of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction

from fondaco.kernel.bulk import insert_many, update_many
from fondaco.systems.finance.domain.connectors import Connector, PaymentDesk
from fondaco.systems.finance.domain.payments import (
    AUTHORISED,
    BUYERS_OWN,
    CAPTURED,
    DECLINED,
    LOST,
    VOIDED,
    Outcome,
)
from fondaco.systems.finance.domain.routing import OPEN, PROBE, Arm, Choice, choose, learn, probing
from fondaco.systems.finance.models import AttemptOutcome, PaymentAttempt, PaymentIntent, RouteArm
from fondaco.systems.finance.services.support import insert_models

_OUTCOMES = {
    CAPTURED: AttemptOutcome.CAPTURED,
    AUTHORISED: AttemptOutcome.AUTHORISED,
    DECLINED: AttemptOutcome.DECLINED,
    VOIDED: AttemptOutcome.DECLINED,
    LOST: AttemptOutcome.LOST,
}
_ONLY = "only"
_ARMS = UUID("f0da0000-0000-7000-8000-000000000003")


@dataclass(frozen=True, slots=True)
class Route:
    """The provider that a payment goes to, and the choice behind it."""

    connector: Connector
    context: str
    decision: dict[str, Any]


def context_of(method: str, country: str) -> str:
    """What records are kept by: the method and the buyer's country."""
    return f"{method}|{country or '-'}"


def plan_routes(
    wanted: Mapping[UUID, tuple[str, str]], desk: PaymentDesk, *, now: datetime
) -> dict[UUID, Route]:
    """The provider for each payment id, given its (method, country). NoConnector where nobody serves it.

    The draw is seeded by the payment's id: the same records and payment give the same choice.
    """
    serving = {pair: desk.serving(*pair) for pair in set(wanted.values())}
    open_choice = {context_of(*pair): each for pair, each in serving.items() if len(each) > 1}
    arms = _arms(open_choice, lock=False)
    probes: dict[tuple[str, str], Arm] = {}
    routes = {}
    for payment_id, pair in wanted.items():
        context, able = context_of(*pair), serving[pair]
        if len(able) == 1:
            routes[payment_id] = _only(able[0], context)
            continue
        known = arms[context]
        picked = choose(context, list(known.values()), at=now, rng=Random(payment_id.int))  # noqa: S311
        if picked.candidates[0].state == PROBE:
            first = picked.candidates[0].connector
            known[first] = probes[context, first] = probing(known[first], at=now)
        routes[payment_id] = _route(picked, able)
    _save_arms(probes)
    return routes


def attempt_id(payment_id: UUID, number: int) -> UUID:
    """The id of a payment's try: known without asking the database."""
    return uuid5(payment_id, str(number))


def keep_attempts(intents: Sequence[PaymentIntent], routes: Mapping[UUID, Route], *, now: datetime) -> None:
    """Write down the tries that `intents` are about to make."""
    insert_models(
        [
            PaymentAttempt(
                id=attempt_id(i.id, i.attempt), payment_id=i.id, number=i.attempt, seller_id=i.seller_id,
                provider_id=i.provider_id, connector=routes[i.id].connector.code, context=routes[i.id].context,
                outcome=AttemptOutcome.ASKED, reason="", decision=routes[i.id].decision, asked_at=now,
                answered_at=None,
            )
            for i in intents
        ]
    )  # fmt: skip


def close_attempts(intents: Sequence[PaymentIntent], said: Mapping[UUID, Outcome], *, now: datetime) -> None:
    """Write down how the present tries of `intents` ended."""
    rows = [
        (attempt_id(i.id, i.attempt), _OUTCOMES.get(said[i.id].status, AttemptOutcome.LOST).value,
         said[i.id].reason[:80], now)
        for i in intents
    ]  # fmt: skip
    update_many("finance_paymentattempt", ("id", "outcome", "reason", "answered_at"), rows)


def learn_routes(
    intents: Sequence[PaymentIntent], said: Mapping[UUID, Outcome], desk: PaymentDesk, *, now: datetime
) -> None:
    """Add what came of `intents` to the records of the providers; only where there was a choice."""
    seen: dict[str, list[tuple[str, bool]]] = defaultdict(list)
    able: dict[str, tuple[Connector, ...]] = {}
    for intent in intents:
        connector, won = desk.of(intent.provider_id), _won(said[intent.id])
        serving = desk.serving(intent.method, intent.country)
        if connector and connector in serving and won is not None and len(serving) > 1:
            context = context_of(intent.method, intent.country)
            able[context] = serving
            seen[context].append((connector.code, won))
    if not seen:
        return
    with transaction.atomic():
        arms = _arms(able, lock=True)
        _save_arms(
            {
                (context, name): arm
                for context, outcomes in seen.items()
                for name, arm in learn(arms[context], outcomes, at=now).items()
            }
        )


def next_route(attempts: Iterable[PaymentAttempt], desk: PaymentDesk) -> Route | None:
    """Whom to try after `attempts` of one payment, in the order that its first choice drew; None for nobody."""
    tries = sorted(attempts, key=lambda attempt: attempt.number)
    tried = {attempt.connector for attempt in tries}
    for candidate in tries[0].decision.get("candidates", ()):
        name = candidate["connector"]
        connector = desk.named(name)
        if name not in tried and candidate["state"] != OPEN and connector:
            return Route(connector, tries[0].context, {**tries[0].decision, "after": sorted(tried)})
    return None


def _won(outcome: Outcome) -> bool | None:
    """Whether the provider let it through; None for what says nothing about the provider."""
    if outcome.status in (CAPTURED, AUTHORISED):
        return True
    if outcome.status == LOST or (outcome.status == DECLINED and outcome.reason not in BUYERS_OWN):
        return False
    return None


def _only(connector: Connector, context: str) -> Route:
    only = {"connector": connector.code, "state": _ONLY}
    return Route(connector, context, {"context": context, "candidates": [only]})


def _route(picked: Choice, able: Sequence[Connector]) -> Route:
    first = next(c for c in able if c.code == picked.order[0])
    return Route(first, picked.context, picked.as_json())


def _arms(serving: Mapping[str, Sequence[Connector]], *, lock: bool) -> dict[str, dict[str, Arm]]:
    """The records of `serving`'s connectors by context, fresh ones for those never used."""
    arms = {context: {c.code: Arm(c.code) for c in able} for context, able in serving.items()}
    rows = RouteArm.objects.filter(context__in=list(arms)).order_by("context", "connector")
    for row in rows.select_for_update(no_key=True) if lock else rows:
        if row.connector in arms[row.context]:
            arms[row.context][row.connector] = Arm(
                row.connector, row.wins, row.losses, row.streak, row.trips, row.open_until
            )
    return arms


def _save_arms(arms: Mapping[tuple[str, str], Arm]) -> None:
    columns = ("id", "context", "connector", "wins", "losses", "streak", "trips", "open_until")
    rows = [
        (
            uuid5(_ARMS, f"{context} {name}"),
            context,
            name,
            arm.wins,
            arm.losses,
            arm.streak,
            arm.trips,
            arm.open_until,
        )
        for (context, name), arm in sorted(arms.items(), key=lambda item: item[0])
    ]
    insert_many("finance_routearm", columns, rows, replace_on=("context", "connector"))
