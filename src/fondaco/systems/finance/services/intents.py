"""Payment intents: made and committed before any provider is asked, each on its first route."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from fondaco.kernel.ids import new_id
from fondaco.kernel.money import Money
from fondaco.systems.finance.domain.cards import refuse_card_number
from fondaco.systems.finance.domain.connectors import PaymentDesk
from fondaco.systems.finance.domain.fx import DatedRate, same_currency
from fondaco.systems.finance.domain.ledger import KeyReused, key_of
from fondaco.systems.finance.domain.payments import AlreadyPaid, BadPayment, PaymentRequest
from fondaco.systems.finance.models import PaymentIntent, PaymentState
from fondaco.systems.finance.services.charges import charge_id
from fondaco.systems.finance.services.rates import convert, rate
from fondaco.systems.finance.services.routing import keep_attempts, plan_routes
from fondaco.systems.finance.services.support import insert_models

_NOBODY = UUID(int=0)


def persist_intents(
    requests: Sequence[PaymentRequest], desk: PaymentDesk, *, now: datetime
) -> list[PaymentIntent]:
    """The intents of `requests`, made where they are not there yet, with the provider to ask; committed.

    KeyReused, AlreadyPaid, BadPayment, NoConnector, CardNumberRefused, NoRate, RateTooOld: none was made.
    """
    keys = [key_of(request.idem) for request in requests]
    with transaction.atomic():
        known = set(PaymentIntent.objects.house().filter(idem__in=keys).values_list("idem", flat=True))
        fresh = {
            key: _intent(request, now=now)
            for key, request in zip(keys, requests, strict=True)
            if key not in known
        }
        reasons = {
            fresh[key].id: request.why for key, request in zip(keys, requests, strict=True) if key in fresh
        }
        _send_on_routes(list(fresh.values()), desk, reasons, now=now)
        held = {intent.idem: intent for intent in PaymentIntent.objects.house().filter(idem__in=keys)}
        for key, request in zip(keys, requests, strict=True):
            _check_same(held.get(key), request)
    return [held[key] for key in keys]


def _send_on_routes(
    fresh: Sequence[PaymentIntent],
    desk: PaymentDesk,
    reasons: Mapping[UUID, Mapping[str, Any]],
    *,
    now: datetime,
) -> None:
    """Store `fresh` with the providers that they are routed to: the shares of a basket with one."""
    planned = plan_routes({charge_id(i): (i.method, i.country) for i in fresh}, desk, now=now)
    routes = {}
    for intent in fresh:
        route = planned[charge_id(intent)]
        intent.provider_id = route.connector.gateway.provider_id
        chosen = {"method": dict(reasons[intent.id])} if reasons[intent.id] else {}
        routes[intent.id] = replace(route, decision={**route.decision, **chosen})
    if insert_models(fresh) == len(fresh):
        keep_attempts(fresh, routes, now=now)
    else:  # another process made some of them in the meantime, each with its own first try
        ids = [intent.id for intent in fresh]
        ours = set(PaymentIntent.objects.house().filter(id__in=ids).values_list("id", flat=True))
        keep_attempts([i for i in fresh if i.id in ours], routes, now=now)


def _check_same(intent: PaymentIntent | None, request: PaymentRequest) -> None:
    if intent is None:
        raise AlreadyPaid(field="order_id", value=request.order_id)
    if bytes(intent.req_hash) != request.digest():
        raise KeyReused(field="idem", value=request.idem)


def _intent(request: PaymentRequest, *, now: datetime) -> PaymentIntent:
    on = request.on or now.date()
    escrow, dated = _escrow(request, on)
    refuse_card_number(request.method, field="method")
    refuse_card_number(str(request.idem), field="idem")
    if request.amount.minor <= 0 or escrow.minor <= 0:
        raise BadPayment(field="amount", value=str(request.amount))
    return PaymentIntent(
        id=new_id(),
        idem=key_of(request.idem),
        req_hash=request.digest(),
        order_id=request.order_id,
        basket_id=request.basket_id,
        buyer_id=request.buyer_id,
        seller_id=request.seller_id,
        provider_id=_NOBODY,
        method=request.method,
        country=request.country,
        state=PaymentState.PROCESSING,
        currency=request.amount.currency,
        amount_minor=request.amount.minor,
        escrow_currency=escrow.currency,
        escrow_minor=escrow.minor,
        rate=dated.rate,
        rate_provider=dated.provider,
        rate_on=dated.on,
        authorised_minor=0 if request.capture else request.amount.minor,
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
