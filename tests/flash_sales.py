"""A flash sale of one article to test pages with."""

from __future__ import annotations

from datetime import datetime, timedelta

from fondaco.commerce.catalog import public as catalog
from fondaco.commerce.catalog.public import ProductRow
from fondaco.flows import flash_sale
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Scope
from fondaco.systems.logistics import public as logistics
from fondaco.systems.logistics.public import NewReceipt, NewStore, Sale, SaleTerms


def make_demo_sale(scope: Scope, *, opens_at: datetime, units: int, name: str = "Cup sale") -> Sale:
    """An hour's sale of `units` cups at 7.90 out of a store that has 60, two a buyer."""
    seller = scope.organisation_id
    catalog.upsert_products(seller, [_cup()], actor="test", now=opens_at)
    store = logistics.ensure_stores(
        [NewStore(seller, seller, "home", "Home", "own", "GB")], aisles=1, bays=1
    )[0]
    logistics.put_away(store, [NewReceipt("CUP", 60, "L1", "CN", "cups")], now=opens_at, actor="test")
    terms = SaleTerms(
        seller, store.pk, name, "GBP", opens_at, opens_at + timedelta(hours=1), (), admit_per_s=1_000.0
    )
    return flash_sale.set_up_sale(
        scope, terms, {"CUP": Money(790, "GBP")}, units={"CUP": units}, now=opens_at
    )


def _cup() -> ProductRow:
    return ProductRow(sku="CUP", title="Cup", stated={"hs_code": "691200", "origin": "CN", "mass_g": "350"})
