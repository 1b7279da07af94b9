"""A kept landed cost, tried: worked out again from its inputs, and held against what the authority assessed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Scope
from fondaco.platforms.window.declaration_views import DeclarationDetail, declaration_detail
from fondaco.platforms.window.domain.landed_bill import (
    BillLine,
    DeclaredItem,
    Difference,
    bill_lines,
    items_by_line,
    judge_difference,
)
from fondaco.platforms.window.domain.landed_engine import LandedEngine
from fondaco.platforms.window.domain.landed_inputs import request_of
from fondaco.platforms.window.domain.landed_parts import sum_parts
from fondaco.platforms.window.domain.landed_types import Charges, LandedQuote, Rates
from fondaco.platforms.window.landed_store import landed_quote_for, landed_trace
from fondaco.platforms.window.models import Declaration, DeclarationItem, DeclarationKind, DeclarationState
from fondaco.platforms.window.tariff_load import OWN
from fondaco.platforms.window.tariff_rows import table_rows

_OVER = (DeclarationState.REJECTED, DeclarationState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Replay:
    """A quote worked out again from its own inputs and rates on the tariffs and regimes held today.

    `same` where digest and charges agree; `changed` are the versions that are others now (was, now).
    """

    order_id: UUID
    same: bool
    digest_was: str
    digest_now: str
    charges_was: Charges | None
    charges_now: Charges | None
    changed: Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What was quoted for an order beside what the authority assessed on its import declarations."""

    order_id: UUID
    assessed_at: datetime | None
    differences: tuple[Difference, ...]
    lines: tuple[BillLine, ...] = ()
    declared: Money | None = None

    @property
    def agrees(self) -> bool:
        """Whether every difference has its harmless reason."""
        return all(one.reason in ("same", "at-sale", "rounding") for one in self.differences)


@dataclass(frozen=True, slots=True)
class DeclaredSums:
    """A declaration beside the landed cost of its order that its estimate was taken from, where there is one."""

    detail: DeclarationDetail
    quote: LandedQuote | None


def replay_landed(scope: Scope, order_id: UUID, *, engine: LandedEngine) -> Replay:
    """Work the kept landed cost of an order out again; NotFound outside one's own."""
    quote = landed_trace(scope, order_id).quote
    again = _again(quote, engine)
    versions = quote.versions.keys() | again.versions.keys()
    changed = {
        name: (quote.versions.get(name, ""), again.versions.get(name, ""))
        for name in sorted(versions)
        if quote.versions.get(name, "") != again.versions.get(name, "")
    }
    same = again.digest == quote.digest and again.charges == quote.charges
    return Replay(order_id, same, quote.digest, again.digest, quote.charges, again.charges, changed)


def _again(quote: LandedQuote, engine: LandedEngine) -> LandedQuote:
    policy: Any = quote.versions.get("hs6_policy", engine.hs6_policy)
    engine, rates = replace(engine, hs6_policy=policy), kept_rates(quote.versions)
    whole = engine.quote(request_of(quote.inputs), rates=rates)
    parts: Sequence[Mapping[str, Any]] = quote.inputs.get("parts", ())
    return (
        sum_parts(whole, [engine.quote(request_of(part), rates=rates) for part in parts]) if parts else whole
    )


def kept_rates(versions: Mapping[str, str]) -> Rates:
    """The exchange rates that a quote names among its versions; LookupError for any other pair."""
    held = {
        name.removeprefix("rate:"): Decimal(rate)
        for name, rate in versions.items()
        if name.startswith("rate:")
    }

    def rate(base: str, quote: str, on: date) -> Decimal:  # noqa: ARG001 - a kept rate is of its own day
        return held[f"{base}/{quote}"]

    return rate


def reconcile_landed(scope: Scope, order_id: UUID) -> Reconciliation:
    """Hold an order's landed cost against the assessed duty and tax of its import declarations.

    NotFound outside one's own; no difference is listed until each of them has been assessed.
    """
    quote = landed_trace(scope, order_id).quote
    held = Declaration.objects.of(scope).filter(
        order_id=order_id, kind=DeclarationKind.IMPORT, currency=quote.currency
    )
    rows = list(
        held.exclude(state__in=_OVER)
        .order_by("part", "version")
        .only("assessed_duty_minor", "assessed_tax_minor", "assessed_at")
        .prefetch_related("items")
    )
    if not rows or quote.charges is None or any(row.assessed_at is None for row in rows):
        return Reconciliation(order_id, None, ())
    duty = Money(sum(row.assessed_duty_minor or 0 for row in rows), quote.currency)
    tax = Money(sum(row.assessed_tax_minor or 0 for row in rows), quote.currency)
    found_items = [DeclaredItem(x.hs_code, x.value_minor) for row in rows for x in _in_order(row)]
    items = found_items if len(rows) == 1 else items_by_line(quote, found_items)
    found = tuple(
        judge_difference(what, quote, assessed, items=items, bearers=bearers())
        for what, assessed in (("duty", duty), ("tax", tax))
    )
    return Reconciliation(
        order_id,
        max(row.assessed_at for row in rows if row.assessed_at),
        found,
        bill_lines(quote, items, duty=duty, tax=tax),
        Money(sum(item.value_minor for item in items), quote.currency),
    )


def declared_sums(scope: Scope, declaration_id: UUID) -> DeclaredSums:
    """A declaration that `scope` may see with what its estimate was taken from. NotFound.

    Whoever may read the declaration, its authority among them, may read how the estimate on it was worked out; an
    export, a summary and a paper taken in rest on no landed cost of an order.
    """
    detail = declaration_detail(scope, declaration_id)
    one = detail.declaration
    kept = landed_quote_for([one.order_id]).get(one.order_id) if one.kind == DeclarationKind.IMPORT else None
    quote = kept.quote if kept and kept.quote.charges and kept.quote.currency == one.currency else None
    return DeclaredSums(detail, quote)


def _in_order(row: Declaration) -> list[DeclarationItem]:
    return sorted(row.items.all(), key=lambda item: item.number)


@cache
def bearers() -> Mapping[str, str]:
    """Who bears a difference, by its reason."""
    rows = table_rows(OWN / "bill_reasons.csv", "reason", "bearer", "meaning", "source")
    return {row["reason"]: row["bearer"] for row in rows}
