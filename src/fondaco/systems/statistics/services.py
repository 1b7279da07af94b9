"""Recording what was traded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db import transaction

from fondaco.kernel.bulk import insert_many
from fondaco.kernel.errors import Refused
from fondaco.systems.statistics.domain.facts import RecordResult, TradeFact
from fondaco.systems.statistics.domain.sections import section_of
from fondaco.systems.statistics.models import TradeRow

_FIELDS = [field.name for field in fields(TradeFact)]
_values = attrgetter(*_FIELDS)

Key = tuple[UUID, str]


class BadFact(Refused):
    code = "bad-trade-fact"
    title = "This cannot be counted."
    remedy = "Give a two-letter destination and amounts that are not below zero."


def record_trade(facts: Sequence[TradeFact], *, now: datetime) -> RecordResult:
    """Count `facts`; the facts of an order replace what was counted of that order before.

    All facts of an order come in one call. The same facts again change nothing. BadFact, and nothing
    counted, where one of them is unusable.
    """
    wanted = _merged(facts)
    for fact in wanted.values():
        _check(fact)
    with transaction.atomic():
        orders = {fact.order_id for fact in wanted.values()}
        held = _held(orders)
        stale = [row_id for key, (row_id, _) in held.items() if key not in wanted]
        if stale:
            TradeRow.objects.house().filter(id__in=stale).delete()
        changed = [fact for key, fact in wanted.items() if key not in held or held[key][1] != _values(fact)]
        rows = [(*_values(fact), now) for fact in changed]
        columns = (*_FIELDS, "recorded_at")
        insert_many(TradeRow._meta.db_table, columns, rows, replace_on=("order_id", "hs2"))
    return RecordResult(len(changed), unchanged=len(wanted) - len(changed), removed=len(stale))


def _merged(facts: Sequence[TradeFact]) -> dict[Key, TradeFact]:
    """One fact per order and chapter: what comes in several parts is added up."""
    merged: dict[Key, TradeFact] = {}
    for given in facts:
        fact = replace(given, hs2=given.hs2[:2], hs_section=section_of(given.hs2))
        key = (fact.order_id, fact.hs2)
        merged[key] = _sum(merged[key], fact) if key in merged else fact
    return merged


def _sum(one: TradeFact, other: TradeFact) -> TradeFact:
    added = ("value_gbp_minor", "duty_gbp_minor", "tax_gbp_minor", "lines", "value_minor", "mass_g")
    sums: dict[str, Any] = {name: getattr(one, name) + getattr(other, name) for name in added}
    return replace(one, **sums)


def _check(fact: TradeFact) -> None:
    amounts = ("value_gbp_minor", "duty_gbp_minor", "tax_gbp_minor", "lines")
    if bad := next((name for name in amounts if getattr(fact, name) < 0), ""):
        raise BadFact(field=bad, value=getattr(fact, bad))
    country = fact.destination
    if not (len(country) == 2 and country.isascii() and country.isupper()):
        raise BadFact(field="destination", value=country)


def _held(orders: set[UUID]) -> dict[Key, tuple[int, tuple[Any, ...]]]:
    """What is counted of `orders`, locked."""
    rows = TradeRow.objects.house().filter(order_id__in=orders).order_by("id").select_for_update()
    place, chapter = _FIELDS.index("order_id"), _FIELDS.index("hs2")
    found = rows.values_list("id", *_FIELDS)
    return {(row[place], row[chapter]): (key, tuple(row)) for key, *row in found}
