"""Price: the landed cost of each order, to the minor unit, or what is missing for it."""

from __future__ import annotations

from functools import partial
from typing import Literal
from uuid import UUID

from fondaco.commerce.orders.public import LineKind, OrderDTO, OrderLineDTO
from fondaco.flows.work import Batch, Facts, Outcome, Work
from fondaco.kernel.money import Money
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import LandedLine, LandedQuote, LandedRequest
from fondaco.systems.finance import public as finance

HS_DIGITS = 6  # what every customs administration shares of a commodity code


def price(batch: Batch, work: Work) -> Outcome:
    """Orders whose duty, tax and fees are all known are priced; the others wait for a person."""
    outcome = Outcome()
    facts = Facts.about(batch)
    ready = [order for order in batch if _valued(order, outcome)]
    policy: Literal["ask", "max"] = "max" if work.policy.accept_estimates else "ask"
    quotes = window.quote_landed_costs(
        [_request(order, facts, work) for order in ready], rates=finance.rate_source(), hs6_policy=policy
    )
    rows: list[tuple[UUID, UUID, UUID, LandedQuote]] = []
    for order, quote in zip(ready, quotes, strict=True):
        rows.append((order.id, order.seller_id, order.buyer_id, quote))
        _send(order, quote, outcome, gap=_undeclarable(order, facts))
    outcome.writes.append(partial(window.save_landed_quotes, rows, work.now))
    return outcome


def _valued(order: OrderDTO, outcome: Outcome) -> bool:
    """A free sample has no price to declare: somebody must state its ordinary one (UCC D.E. 4/14)."""
    free = [line.sku for line in order.lines if line.kind == LineKind.SAMPLE]
    if free:
        outcome.send(order.id, "refer", why={"code": "sample-without-value", "sku": free[0]})
    return not free


def _request(order: OrderDTO, facts: Facts, work: Work) -> LandedRequest:
    values = Money(order.sale_minor - order.carriage_minor, order.currency).split(
        [line.value_minor for line in order.lines]
    )
    lines = tuple(_line(line, facts, value) for line, value in zip(order.lines, values, strict=True))
    return LandedRequest(
        reference=order.number,
        on=order.ordered_at.date(),
        origin=work.seller(order).country,
        destination=order.destination,
        incoterm="DDP",
        lines=lines,
        freight=freight_of(order),
        insurance=Money.zero(order.currency),
        b2c=False,
    )


def _line(line: OrderLineDTO, facts: Facts, value: Money) -> LandedLine:
    known = facts.of(line)
    return LandedLine(
        line_id=str(line.id),
        sku=line.sku,
        title=line.title,
        hs_code=known.hs_code,
        origin=known.origin,
        quantity=line.quantity,
        value=value,
        mass_g=(known.mass_g or 0) * line.quantity,
    )


def freight_of(order: OrderDTO) -> Money:
    """Freight in the customs value: what the buyer is charged, else what the carrier asks (ADR 0003)."""
    if order.carriage_minor:
        return order.carriage
    return Money(int(order.facts["freight_minor"]), str(order.facts["freight_currency"]))


def _undeclarable(order: OrderDTO, facts: Facts) -> dict[str, str] | None:
    """Why the goods could not be declared, though a destination with one rate for everything prices them.

    A declaration names the code and origin of each article (UCC D.E. 6/14 and 5/15): asked for before
    the buyer pays, not after.
    """
    for line in order.lines:
        known = facts.of(line)
        if len(known.hs_code or "") < HS_DIGITS:
            return {"code": "hs-missing", "sku": line.sku}
        if not known.origin:
            return {"code": "origin-missing", "sku": line.sku}
    return None


def _send(order: OrderDTO, quote: LandedQuote, outcome: Outcome, *, gap: dict[str, str] | None) -> None:
    if quote.charges is None:
        missing = quote.missing[0]
        why = {"code": missing.code, "detail": missing.detail, "remedy": missing.remedy}
        outcome.send(order.id, "refer", why=why)
        return
    if gap:
        outcome.send(order.id, "refer", why=gap)
        return
    charges = quote.charges
    outcome.send(
        order.id,
        "price",
        duty_minor=charges.duty.minor,
        tax_minor=charges.tax.minor,
        fees_minor=charges.fees.minor,
        landed_digest=quote.digest,
        scheme=quote.scheme,
    )
