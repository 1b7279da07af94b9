"""Addresses of the pages."""

from __future__ import annotations

from django.templatetags.static import static
from django.urls import URLPattern, URLResolver, path
from django.utils.functional import lazy
from django.views.generic import RedirectView

from fondaco.delivery.web.routes import listed
from fondaco.delivery.web.urls_board import BOARD
from fondaco.delivery.web.urls_border import BORDER
from fondaco.delivery.web.urls_clearing import CLEARING
from fondaco.delivery.web.urls_declaring import DECLARING
from fondaco.delivery.web.urls_exchange import EXCHANGE
from fondaco.delivery.web.urls_filings import FILINGS
from fondaco.delivery.web.urls_ledger import LEDGER
from fondaco.delivery.web.urls_modes import MODES
from fondaco.delivery.web.urls_money import MONEY
from fondaco.delivery.web.urls_officer import OFFICER
from fondaco.delivery.web.urls_rebates import REBATES
from fondaco.delivery.web.urls_returns import RETURNS
from fondaco.delivery.web.urls_routes import ROUTES
from fondaco.delivery.web.urls_sales import SALES
from fondaco.delivery.web.urls_systems import SYSTEMS
from fondaco.delivery.web.urls_tariff import TARIFF
from fondaco.delivery.web.urls_warehouse import WAREHOUSE
from fondaco.delivery.web.views import (
    home,
    imports,
    orders,
    products,
    returns,
    search,
    site,
    tracking,
)

_PUBLIC = [
    path("", site.landing, name="landing"),
    path("favicon.ico", RedirectView.as_view(url=lazy(static, str)("fondaco/mark.svg"))),
    path("track/", tracking.track, name="track"),
    path("help/", site.help_page, name="help"),
    path("style/", site.style, name="style"),
    path("style/why/", site.style_why, name="style_why"),
    path("mode/", site.choose_mode, name="choose_mode"),
    path("language/", site.choose_language, name="choose_language"),
    path("columns/", site.choose_columns, name="keep_columns"),
]
_COMMERCE = [
    *listed("orders", orders.order_table, orders.order_csv, name="orders"),
    path("orders/papers.zip", orders.order_papers, name="orders_papers"),
    path("orders/views/", orders.keep_view, name="keep_view"),
    path("orders/views/<uuid:view_id>/drop/", orders.drop_view, name="drop_view"),
    path("orders/<uuid:order_id>/", orders.order_page, name="order"),
    path("orders/<uuid:order_id>/why/<slug:figure>/", orders.order_why, name="order_why"),
    *listed("returns", returns.return_table, returns.return_csv, name="returns"),
    *listed("products", products.product_table, products.product_csv, name="products"),
    path("products/<uuid:product_id>/", products.product_page, name="product"),
    path("products/<uuid:product_id>/<slug:field>/", products.confirm_fact, name="confirm_fact"),
    path("imports/", imports.import_page, name="imports"),
    path("imports/drop/", imports.preview, name="import_drop"),
    path("imports/preview/", imports.show_preview, name="import_preview"),
    path("imports/columns/", imports.choose_columns, name="import_columns"),
    path("imports/run/", imports.run, name="import_run"),
    path("imports/uploads/<uuid:upload_id>/", imports.upload_page, name="import_upload"),
    path("imports/uploads/<uuid:upload_id>/progress/", imports.upload_progress, name="import_progress"),
    path("imports/<uuid:batch_id>/", imports.batch_page, name="import_batch"),
    path("imports/<uuid:batch_id>/rejects.csv", imports.rejects_file, name="import_rejects"),
]
_HOUSE = [
    path("home/", home.home, name="home"),
    path("home/why/<slug:figure>/", home.home_why, name="home_why"),
    path("search/", search.search, name="search"),
    path("act-for/", site.switch_organisation, name="switch_organisation"),
]
urlpatterns: list[URLPattern | URLResolver] = [
    *BOARD,
    *BORDER,
    *CLEARING,
    *OFFICER,
    *DECLARING,
    *MODES,
    *REBATES,
    *EXCHANGE,
    *SALES,
    *FILINGS,
    *SYSTEMS,
    *MONEY,
    *RETURNS,
    *LEDGER,
    *WAREHOUSE,
    *ROUTES,
    *TARIFF,
    *_PUBLIC,
    *_COMMERCE,
    *_HOUSE,
]
