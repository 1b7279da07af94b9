"""Goods, the parties that move them, and the law of where they go: for a page, and for every order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from fondaco.commerce.catalog import public as catalog
from fondaco.commerce.catalog.public import ProductDTO, ProductFacts
from fondaco.commerce.orders.public import OrderDTO
from fondaco.flows.work import Batch, Facts, Outcome, Work
from fondaco.kernel.tenancy import Kind, Scope
from fondaco.parties import public as parties
from fondaco.systems.risk import public as risk
from fondaco.systems.risk.public import Finding, GoodsItem, GoodsVerdict, LicenceDTO


@dataclass(frozen=True, slots=True)
class GoodsSheet:
    """Where goods may go: a verdict for every country, and the licences that count."""

    item: GoodsItem
    verdicts: tuple[GoodsVerdict, ...]
    licences: tuple[LicenceDTO, ...]
    product: ProductDTO | None = None


def product_sheet(scope: Scope, product_id: UUID, *, on: date) -> GoodsSheet:
    """Where a product may go on a day; NotFound outside `scope`. A constant number of queries."""
    product = catalog.product_detail(scope, product_id)
    seller = parties.organisations([product.seller_id])[product.seller_id]
    item = GoodsItem(
        title=product.title, hs_code=_value(product, "hs_code"), origin=_value(product, "origin"),
        exporter=seller.country, reference=product.sku,
    )  # fmt: skip
    verdicts = risk.goods_map(item, on=on, seller_id=product.seller_id)
    return GoodsSheet(item, tuple(verdicts), tuple(risk.licences_of(scope)), product)


def goods_sheet(scope: Scope, item: GoodsItem, *, on: date) -> GoodsSheet:
    """Where goods that a person describes may go on a day. BadGoods."""
    own = scope.organisation_id if scope.kind == Kind.SELLER else None
    verdicts = risk.goods_map(item, on=on, seller_id=own)
    return GoodsSheet(item, tuple(verdicts), tuple(risk.licences_of(scope)))


def _value(product: ProductDTO, field: str) -> str:
    fact = product.fact(field)
    return fact.value if fact else ""


def refer_unlawful(batch: Batch, facts: Facts, work: Work, outcome: Outcome) -> list[OrderDTO]:
    """Refer orders with goods that may not go where they are sent; the orders that may go on.

    The law is that of the day the goods are to travel (`work.now`), not of the day of the order.
    """
    sellers: dict[UUID, list[OrderDTO]] = {}
    for order in batch:
        sellers.setdefault(order.seller_id, []).append(order)
    stopped = {
        order_id: why
        for seller_id, part in sellers.items()
        for order_id, why in _stopped(seller_id, part, facts, work).items()
    }
    for order_id, why in stopped.items():
        outcome.send(order_id, "refer", why=why)
    return [order for order in batch if order.id not in stopped]


def _stopped(
    seller_id: UUID, part: Sequence[OrderDTO], facts: Facts, work: Work
) -> Mapping[UUID, Mapping[str, str]]:
    """Order id to why it stops; each product and destination is looked up once."""
    country = work.parties[seller_id].country
    wanted: dict[tuple[UUID, str], tuple[GoodsItem, str]] = {}
    for order in part:
        for line in order.lines:
            if known := facts.get(line):
                key = (known.product_id, order.destination)
                wanted.setdefault(key, (_item(known, country), order.destination))
    verdicts = risk.assess_goods(list(wanted.values()), on=work.now.date(), seller_id=seller_id)
    found = {
        key: next(f for f in verdict.findings if f.stops)
        for key, verdict in zip(wanted, verdicts, strict=True)
        if verdict.stops
    }
    return {
        order.id: _why(line.sku, found[(line.product_id, order.destination)])
        for order in part
        for line in reversed(order.lines)
        if line.product_id and (line.product_id, order.destination) in found
    }


def _item(known: ProductFacts, exporter: str) -> GoodsItem:
    return GoodsItem(known.title, known.hs_code or "", known.origin or "", exporter, known.sku)


def _why(sku: str, finding: Finding) -> dict[str, str]:
    rule = finding.rule
    return {
        "code": f"goods-{rule.effect}", "sku": sku, "rule": rule.id, "detail": f"{rule.reason} ({rule.source})",
        "remedy": rule.needs, "authority": rule.authority,
    }  # fmt: skip
