"""Keeping landed costs: frozen as they were worked out, read back for an order or its page."""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from fondaco.kernel.errors import NotFound
from fondaco.kernel.ids import new_id
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Scope
from fondaco.platforms.window.domain.landed_types import (
    Charges,
    Collected,
    LandedLineResult,
    LandedQuote,
    Missing,
    Note,
    PartCharges,
    Status,
    Step,
)
from fondaco.platforms.window.models import LandedCost


@dataclass(frozen=True, slots=True)
class LandedDTO:
    """A kept landed cost: the quote, and where it belongs."""

    id: UUID
    order_id: UUID
    seller_id: UUID
    buyer_id: UUID
    revision: int
    created_at: datetime
    quote: LandedQuote


@dataclass(frozen=True, slots=True)
class Saved:
    """What `save_landed_quotes` did."""

    created: int
    unchanged: int
    revised: int


def save_landed_quotes(
    rows: Sequence[tuple[UUID, UUID, UUID, LandedQuote]], now: datetime, *, asked_anew: Container[UUID] = ()
) -> Saved:
    """Keep quotes of orders: (order, seller, buyer, quote).

    The same quote again changes nothing. A priced quote stays for good, unless its order is `asked_anew`: what it
    stood on ran out before it was paid. That one, and one that needed a person, is followed by a new revision when
    the answer differs. Four queries, however many orders.
    """
    wanted = {order_id: (seller_id, buyer_id, quote) for order_id, seller_id, buyer_id, quote in rows}
    with transaction.atomic():
        current = LandedCost.objects.house().select_for_update().filter(order_id__in=wanted, is_current=True)
        held = {row.order_id: row for row in current.defer("body")}
        stale = [
            row
            for order_id, row in held.items()
            if _is_answered(row, wanted[order_id][2], anew=order_id in asked_anew)
        ]
        if stale:
            LandedCost.objects.house().filter(pk__in=[row.pk for row in stale]).update(is_current=False)
        following = {row.order_id: row.revision + 1 for row in stale}
        fresh = [
            _row((order_id, seller_id, buyer_id, quote), revision=following.get(order_id, 1), now=now)
            for order_id, (seller_id, buyer_id, quote) in wanted.items()
            if order_id not in held or order_id in following
        ]
        _insert(fresh)
    return Saved(len(fresh) - len(stale), len(wanted) - len(fresh), len(stale))


def _is_answered(row: LandedCost, quote: LandedQuote, *, anew: bool) -> bool:
    return (anew or row.status == "needs_manual") and row.digest != quote.digest


# One JSON document carries the batch: the driver's array quoting of many JSON texts is ten times slower.
_INSERT = """
INSERT INTO window_landedcost (id, order_id, seller_id, buyer_id, revision, is_current, status, destination,
    priced_on, currency, goods_minor, freight_minor, insurance_minor, duty_minor, tax_minor, fees_minor,
    total_minor, collected, scheme, digest, body, created_at)
SELECT id, order_id, seller_id, buyer_id, revision, true, status, destination, priced_on, currency,
    goods_minor, freight_minor, insurance_minor, duty_minor, tax_minor, fees_minor, total_minor, collected,
    scheme, digest, body, created_at
FROM jsonb_to_recordset(%s::jsonb) AS t (id uuid, order_id uuid, seller_id uuid, buyer_id uuid,
    revision smallint, status text, destination text, priced_on date, currency text, goods_minor bigint,
    freight_minor bigint, insurance_minor bigint, duty_minor bigint, tax_minor bigint, fees_minor bigint,
    total_minor bigint, collected text, scheme text, digest text, body jsonb, created_at timestamptz)
ON CONFLICT DO NOTHING
"""


def _insert(rows: list[dict[str, Any]]) -> None:
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(_INSERT, [json.dumps(rows, separators=(",", ":"))])


def _row(placed: tuple[UUID, UUID, UUID, LandedQuote], *, revision: int, now: datetime) -> dict[str, Any]:
    order_id, seller_id, buyer_id, quote = placed
    charges = quote.charges
    return {
        "id": str(new_id()),
        "order_id": str(order_id),
        "seller_id": str(seller_id),
        "buyer_id": str(buyer_id),
        "revision": revision,
        "status": quote.status,
        "destination": quote.destination,
        "priced_on": quote.on.isoformat(),
        "currency": quote.currency,
        "goods_minor": quote.goods.minor,
        "freight_minor": quote.freight.minor,
        "insurance_minor": quote.insurance.minor,
        "duty_minor": charges.duty.minor if charges else None,
        "tax_minor": charges.tax.minor if charges else None,
        "fees_minor": charges.fees.minor if charges else None,
        "total_minor": charges.total.minor if charges else None,
        "collected": quote.collected,
        "scheme": quote.scheme,
        "digest": quote.digest,
        "body": _body(quote),
        "created_at": now.isoformat(),
    }


_PART = tuple(field.name for field in fields(PartCharges) if field.name != "lines")


def _body(quote: LandedQuote) -> dict[str, Any]:
    """The quote's lists, compact: each kind of step once, each step a short row of figures."""
    ids: dict[str | None, int] = {}
    kinds: dict[tuple[str, ...], int] = {}
    steps = [_packed(step, kinds, ids) for step in quote.trace]
    return {
        "regime": quote.regime,
        "reference": str(quote.reference),
        "steps": steps,
        "lines": [
            [
                *(ids.setdefault(str(x.line_id), len(ids)), x.hs_code),
                *(x.customs_value.minor, x.duty.minor, x.tax.minor, x.fees.minor),
                *(x.rate_text, int(x.estimated)),
            ]
            for x in quote.lines
        ],
        "missing": [
            [m.code, m.detail, m.remedy, ids.setdefault(_text(m.line_id), len(ids)), m.unit]
            for m in quote.missing
        ],
        "notes": [[n.code, n.detail, ids.setdefault(_text(n.line_id), len(ids))] for n in quote.notes],
        "versions": dict(quote.versions),
        "inputs": quote.inputs,
        "parts": [[part.lines, *(getattr(part, name).minor for name in _PART)] for part in quote.parts],
        "kinds": [list(kind) for kind in kinds],
        "ids": list(ids),
    }


def _packed(step: Step, kinds: dict[tuple[str, ...], int], ids: dict[str | None, int]) -> list[int | str]:
    """A step as [kind, line, result, figures...]; the kind names the rule and the figures."""
    kind = (step.code, step.rule_id, step.label, step.source, *step.inputs)
    line = ids.setdefault(step.line_id, len(ids))
    return [kinds.setdefault(kind, len(kinds)), line, step.result, *step.inputs.values()]


def _text(line_id: object) -> str | None:
    return None if line_id is None else str(line_id)


def landed_quote_for(order_ids: Iterable[UUID]) -> dict[UUID, LandedDTO]:
    """The current landed cost of each of these orders that has one; for house work."""
    rows = LandedCost.objects.house().filter(order_id__in=list(order_ids), is_current=True)
    return {row.order_id: _dto(row) for row in rows}


def landed_schemes_for(order_ids: Iterable[UUID]) -> dict[UUID, str]:
    """The tax scheme that each of these orders was priced under, empty for none; for house work."""
    rows = LandedCost.objects.house().filter(order_id__in=list(order_ids), is_current=True)
    return dict(rows.values_list("order_id", "scheme"))


def landed_under(scheme: str, *, seller_id: UUID) -> dict[UUID, LandedDTO]:
    """By order, the landed costs of a seller whose tax was taken at sale under `scheme`; for house work."""
    rows = LandedCost.objects.house().filter(
        seller_id=seller_id, scheme=scheme, collected="sale", status="priced", is_current=True
    )
    return {row.order_id: _dto(row) for row in rows}


def landed_trace(scope: Scope, order_id: UUID) -> LandedDTO:
    """The landed cost of an order with every step, for the page's Why; NotFound outside one's own."""
    row = LandedCost.objects.of(scope).filter(order_id=order_id, is_current=True).first()
    if row is None:
        raise NotFound(field="order_id", value=str(order_id))
    return _dto(row)


def _dto(row: LandedCost) -> LandedDTO:
    return LandedDTO(
        row.pk, row.order_id, row.seller_id, row.buyer_id, row.revision, row.created_at, _quote(row)
    )


def _quote(row: LandedCost) -> LandedQuote:
    body: Mapping[str, Any] = row.body
    status: Status = "priced" if row.status == "priced" else "needs_manual"
    collected: Collected = (
        "sale" if row.collected == "sale" else "border" if row.collected == "border" else "none"
    )
    priced_on: date = row.priced_on
    return LandedQuote(
        reference=body["reference"],
        status=status,
        currency=row.currency,
        destination=row.destination,
        on=priced_on,
        goods=Money(row.goods_minor, row.currency),
        freight=Money(row.freight_minor, row.currency),
        insurance=Money(row.insurance_minor, row.currency),
        charges=_charges(row),
        collected=collected,
        scheme=row.scheme,
        lines=tuple(_line(cells, body["ids"], row.currency) for cells in body["lines"]),
        missing=tuple(Missing(a, b, c, body["ids"][n], *unit) for a, b, c, n, *unit in body["missing"]),
        notes=tuple(Note(a, b, body["ids"][n]) for a, b, n in body["notes"]),
        trace=tuple(_step(cells, body["kinds"], body["ids"]) for cells in body["steps"]),
        versions=body["versions"],
        digest=row.digest,
        regime=body["regime"],
        inputs=body.get("inputs", {}),
        parts=tuple(
            PartCharges(tuple(tuple(x) for x in held), *(Money(minor, row.currency) for minor in amounts))
            for held, *amounts in body.get("parts", ())
        ),
    )


def _charges(row: LandedCost) -> Charges | None:
    amounts = (row.duty_minor, row.tax_minor, row.fees_minor, row.total_minor)
    duty, tax, fees, total = (Money(a, row.currency) if a is not None else None for a in amounts)
    if duty is None or tax is None or fees is None or total is None:
        return None
    return Charges(duty, tax, fees, total)


def _line(cells: Sequence[Any], ids: Sequence[str], currency: str) -> LandedLineResult:
    line, code, *amounts, rate_text, estimated = cells
    value, duty, tax, fees = (Money(minor, currency) for minor in amounts)
    return LandedLineResult(ids[line], code, value, duty, tax, fees, rate_text, bool(estimated))


def _step(cells: Sequence[Any], kinds: Sequence[Sequence[str]], ids: Sequence[str]) -> Step:
    kind, line, result, *figures = cells
    code, rule_id, label, source, *names = kinds[kind]
    return Step(code, label, dict(zip(names, figures, strict=True)), result, source, rule_id, ids[line])
