"""Steps of orders and returns: many at once, all or none, audited and told."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from fondaco.commerce.orders.dto import AdvanceResult
from fondaco.commerce.orders.models import Order, Return
from fondaco.commerce.orders.states import ORDER_MACHINE, RETURN_MACHINE
from fondaco.kernel import audit, outbox
from fondaco.kernel.bulk import array_literal, text_literal
from fondaco.kernel.errors import NotFound
from fondaco.kernel.statemachine import IllegalTransition, Machine

Stamps = Mapping[UUID, Mapping[str, Any]]
Times = Mapping[UUID, datetime]
_AMOUNTS = ("duty_minor", "tax_minor", "fees_minor")


def advance(
    order_ids: Sequence[UUID],
    event: str,
    *,
    actor: str,
    now: datetime,
    stamps: Stamps | None = None,
    at: Times | None = None,
) -> AdvanceResult:
    """Move orders by `event`, together or not at all.

    `at` tells when it happened to an order where that was not `now`, when it is recorded. `stamps` adds
    facts to an order: duty_minor, tax_minor and fees_minor go to their columns, the rest is merged into
    `facts`. Orders that are already where the event leads stay untouched and are listed in `already`, which
    makes a repeated batch harmless. IllegalTransition names every order that stands elsewhere; NotFound an
    id that is no order.
    """
    return _advance(_ORDERS, order_ids, event, actor=actor, now=now, stamps=stamps, at=at)


def advance_returns(
    return_ids: Sequence[UUID], event: str, *, actor: str, now: datetime, stamps: Stamps | None = None
) -> AdvanceResult:
    """Move returns by `event` (refund, refuse), together or not at all; otherwise as `advance`."""
    return _advance(_RETURNS, return_ids, event, actor=actor, now=now, stamps=stamps)


_UPDATE_ORDERS = """
UPDATE orders_order o SET
  state = v.state, state_at = v.at::timestamptz,
  reached = o.reached || jsonb_build_object(v.state, v.at),
  facts = o.facts || (v.stamp - 'duty_minor' - 'tax_minor' - 'fees_minor'),
  duty_minor = COALESCE((v.stamp->>'duty_minor')::bigint, o.duty_minor),
  tax_minor = COALESCE((v.stamp->>'tax_minor')::bigint, o.tax_minor),
  fees_minor = COALESCE((v.stamp->>'fees_minor')::bigint, o.fees_minor)
FROM unnest(%(ids)s::uuid[], %(states)s::text[], %(stamps)s::text[]::jsonb[], %(at)s::text[])
  AS v(id, state, stamp, at)
WHERE o.id = v.id
"""
_UPDATE_RETURNS = """
UPDATE orders_return o SET state = v.state, state_at = v.at::timestamptz, facts = o.facts || v.stamp
FROM unnest(%(ids)s::uuid[], %(states)s::text[], %(stamps)s::text[]::jsonb[], %(at)s::text[])
  AS v(id, state, stamp, at)
WHERE o.id = v.id
"""
_ORDERS = (ORDER_MACHINE, Order, "orders", _UPDATE_ORDERS)
_RETURNS = (RETURN_MACHINE, Return, "returns", _UPDATE_RETURNS)


def _advance(
    what: tuple[Machine, Any, str, str], ids: Sequence[UUID], event: str, *,
    actor: str, now: datetime, stamps: Stamps | None, at: Times | None = None,
) -> AdvanceResult:  # fmt: skip
    machine, model, topic, update = what
    with transaction.atomic():
        held = _locked(model, ids)
        targets, already = _targets(machine, ids, held, event)
        if targets:
            times = {key: (at or {}).get(key, now) for key in targets}
            _write(update, targets, times=times, stamps=stamps or {})
            _tell(topic, machine.name, targets, held, event, actor=actor, now=now, times=times)
    state_of = {key: targets.get(key, held[key][0]) for key in ids}
    return AdvanceResult(state_of=state_of, moved=tuple(targets), already=already)


def _locked(model: Any, ids: Sequence[UUID]) -> dict[UUID, tuple[str, UUID]]:
    """State and seller of each; rows are locked in order of id, so that two batches never deadlock."""
    rows = model.objects.house().filter(id__in=ids).order_by("id").select_for_update()
    held = {key: (state, seller) for key, state, seller in rows.values_list("id", "state", "seller_id")}
    if absent := [str(key) for key in ids if key not in held]:
        raise NotFound(", ".join(absent[:5]), field="id", value=absent[0])
    return held


def _targets(
    machine: Machine, ids: Sequence[UUID], held: Mapping[UUID, tuple[str, UUID]], event: str
) -> tuple[dict[UUID, str], tuple[UUID, ...]]:
    targets: dict[UUID, str] = {}
    already, offenders = [], []
    ends = {str(after) for (_, name), after in machine.transitions.items() if name == event}
    for key in dict.fromkeys(ids):
        state = held[key][0]
        after = machine.transitions.get((state, event))
        if after is not None:
            targets[key] = str(after)
        elif state in ends:
            already.append(key)
        else:
            offenders.append({"id": str(key), "state": state})
    if offenders:
        raise IllegalTransition(
            f"{machine.name}: '{event}' is not possible for {len(offenders)} of {len(ids)}, the first in state "
            f"'{offenders[0]['state']}'.",
            field="state", value=offenders[0]["state"], offenders=offenders[:100],
        )  # fmt: skip
    return targets, tuple(already)


def _write(update: str, targets: Mapping[UUID, str], *, times: Times, stamps: Stamps) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            update,
            {
                "at": text_literal([times[key].isoformat() for key in targets]), "ids": array_literal(list(targets)),
                "states": text_literal(list(targets.values())),
                "stamps": text_literal([json.dumps(stamps.get(key, {}), default=str) for key in targets]),
            },
        )  # fmt: skip


def _tell(
    topic: str, subject: str, targets: Mapping[UUID, str], held: Mapping[UUID, tuple[str, UUID]], event: str, *,
    actor: str, now: datetime, times: Times,
) -> None:  # fmt: skip
    deeds = []
    for key, state in targets.items():
        detail = {"event": event, "from": held[key][0]}
        if times[key] != now:
            detail["happened_at"] = times[key].isoformat()
        deeds.append(audit.Deed(f"{topic}.{state}", subject, str(key), held[key][1], detail))
    audit.record(deeds, actor=actor, at=now)
    outbox.append(
        outbox.Event(
            f"{topic}.{state}",
            str(key),
            {"id": str(key), "seller_id": str(held[key][1]), "from": held[key][0]},
        )
        for key, state in targets.items()
    )
