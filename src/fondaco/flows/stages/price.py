"""Price: the landed cost of each order, to the minor unit, or what is missing for it."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from fondaco.commerce.orders.public import LineKind, OrderDTO
from fondaco.flows.complying import refer_unlawful
from fondaco.flows.landing import freight_of, hs6_policy, landed_request, parts_of
from fondaco.flows.work import Batch, Facts, Outcome, Work
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import LandedQuote
from fondaco.systems.finance import public as finance

HS_DIGITS = 6  # what every customs administration shares of a commodity code


def price(batch: Batch, work: Work) -> Outcome:
    """Orders whose duty, tax and fees are all known are priced; the others wait for a person.

    Goods that may not go where they are sent, or not without a licence, wait first of all.

    An order that goes in parts is priced as it travels: what is asked by consignment is asked of each part.
    """
    outcome = Outcome()
    facts = Facts.about(batch)
    lawful = refer_unlawful(batch, facts, work, outcome)
    ready = [order for order in lawful if _valued(order, outcome)]
    parts = parts_of(ready)
    quotes = window.quote_orders_in_parts(
        [(landed_request(o, facts, work, freight=freight_of(o)), parts.get(o.id, ())) for o in ready],
        rates=finance.rate_source(),
        hs6_policy=hs6_policy(work.policy),
    )
    rows: list[tuple[UUID, UUID, UUID, LandedQuote]] = []
    for order, quote in zip(ready, quotes, strict=True):
        rows.append((order.id, order.seller_id, order.buyer_id, quote))
        _send(order, quote, outcome, gap=_undeclarable(order, facts))
    anew = {order.id for order in ready if _ran_out(order)}
    outcome.writes.append(partial(window.save_landed_quotes, rows, work.now, asked_anew=anew))
    asks = window.quota_asks([(order_id, buyer_id, quote) for order_id, _seller, buyer_id, quote in rows])
    if asks:
        outcome.writes.append(partial(window.reserve_quotas, asks, now=work.now, actor=work.actor))
    return outcome


def _ran_out(order: OrderDTO) -> bool:
    """Whether a quota that the order's price stood on ran out before it was paid."""
    why = order.facts.get("why") or {}
    return why.get("code") in (window.QuotaUsedUp.code, window.QuotaExhausted.code)


def _claims(order: OrderDTO, quote: LandedQuote) -> dict[str, list[str]]:
    """What the price claims of the tariff, such as a place in a quota; nothing where nothing is or was claimed."""
    claims = sorted({step.inputs["claim"] for step in quote.trace if step.code == "duty-claim"})
    return {"claims": claims} if claims or order.facts.get("claims") else {}


def _valued(order: OrderDTO, outcome: Outcome) -> bool:
    """A free sample has no price to declare: somebody must state its ordinary one (UCC D.E. 4/14)."""
    free = [line.sku for line in order.lines if line.kind == LineKind.SAMPLE]
    if free:
        outcome.send(order.id, "refer", why={"code": "sample-without-value", "sku": free[0]})
    return not free


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
        **_claims(order, quote),
    )
