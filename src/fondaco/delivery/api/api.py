"""The HTTP API: `/api/v1`, one router per room, problems as RFC 9457, cursor pages, idempotent writes."""

from __future__ import annotations

from typing import Any

from ninja import NinjaAPI

from fondaco.delivery.api import openapi, problems
from fondaco.delivery.api.auth import ApiKeyAuth, SessionAuth
from fondaco.delivery.api.parsing import ApiParser
from fondaco.delivery.api.rates import PerCaller
from fondaco.delivery.api.routers import (
    baskets,
    board,
    carriers,
    catalog,
    clearance,
    compliance,
    customs,
    declaring,
    exchange,
    finance,
    intake,
    ioss,
    landed,
    ledger,
    logistics,
    modes,
    officer,
    orders,
    packing,
    parties,
    payments,
    prices,
    rebates,
    returns,
    risk,
    routing,
    shop,
    splitting,
    statistics,
    stock,
    webhooks,
)


class Api(NinjaAPI):
    """Ninja's API, whose OpenAPI document also tells the errors and the idempotency of each operation."""

    _documents: dict[str, dict[str, Any]] = {}

    def get_openapi_schema(self, **options: Any) -> dict[str, Any]:  # type: ignore[override]
        """The document; `options` are ninja's. Made once (it takes seconds) and not to be changed by who gets it."""
        asked = repr(sorted(options.items()))
        if asked not in self._documents:
            self._documents[asked] = openapi.document(super().get_openapi_schema(**options))
        return self._documents[asked]


api = Api(
    title="Fondaco",
    version="1",
    description=(
        "Cross-border orders from sale to settlement. Authenticate with an API key as a bearer token. "
        "Every error is application/problem+json. Lists page by cursor. Writes take an Idempotency-Key; those without "
        "one only work something out, or may be repeated as they are."
    ),
    auth=[ApiKeyAuth(), SessionAuth(csrf=True)],
    throttle=[PerCaller()],
    parser=ApiParser(),
    urls_namespace="api",
)
problems.install(api)
for prefix, part in {
    "": parties.router,
    "/board": board.router,
    "/orders": orders.router,
    "/products": catalog.router,
    "/landed-costs": landed.router,
    "/landed-costs/orders": landed.orders,
    "/logistics": logistics.router,
    "/logistics/": packing.router,
    "/logistics/price-books": prices.router,
    "/logistics/routes": routing.router,
    "/declarations/batches": intake.router,  # before the declarations, whose addresses it resembles
    "/declarations/": officer.declarations,
    "/declarations": customs.router,
    "/inspections": officer.inspections,
    "/stray-receipts": officer.strays,
    "/clearance": clearance.router,
    "/modes": modes.router,
    "/compliance": compliance.router,
    "/baskets": baskets.router,
    "/exchange": exchange.router,
    "/finance": finance.router,
    "/ioss": ioss.router,
    "/rebates": rebates.router,
    "/screening": risk.router,
    "/shop": shop.router,
    "/statistics": statistics.router,
    "/stock": stock.router,
    "/webhooks": webhooks.router,
}.items():
    api.add_router(prefix, part)
api.add_router("/finance", payments.router)
api.add_router("/window", returns.router)
api.add_router("/window", declaring.router)
api.add_router("/window", landed.quotas)
api.add_router("/finance", ledger.router)
api.add_router("/logistics", splitting.router)
api.add_router("", carriers.router)
