"""Addresses of the flash sales: the crowd's pages and the seller's."""

from __future__ import annotations

from django.urls import URLPattern, path

from fondaco.delivery.web.routes import listed
from fondaco.delivery.web.views import sales

SALES: list[URLPattern] = [
    path("sales/", sales.sale_list, name="sales"),
    path("sales/<uuid:sale_id>/", sales.sale_page, name="sale"),
    path("sales/<uuid:sale_id>/join/", sales.sale_join, name="sale_join"),
    path("sales/<uuid:sale_id>/buy/", sales.sale_buy, name="sale_buy"),
    *listed("flash-sales", sales.sale_table, sales.sale_csv, name="flash_sales"),
    path("flash-sales/new/", sales.sale_new, name="flash_sale_new"),
    path("flash-sales/<uuid:sale_id>/", sales.sale_watch, name="flash_sale"),
]
