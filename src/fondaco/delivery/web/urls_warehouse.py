"""Addresses of the warehouse pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from fondaco.delivery.web.views import replenishment, warehouse

WAREHOUSE: list[URLPattern] = [
    path("warehouse/", warehouse.warehouse_day, name="warehouse"),
    path("warehouse/stock/", warehouse.stock_table, name="stock"),
    path("warehouse/stock/export.csv", warehouse.stock_csv, name="stock_csv"),
    path("warehouse/articles/<path:sku>/", warehouse.article_page, name="stock_article"),
    path("warehouse/places/<int:bin_id>/", warehouse.bin_deed, name="bin_deed"),
    path("warehouse/receive/", warehouse.receive_page, name="receive_goods"),
    path("warehouse/stores/<uuid:store_id>/pick/", warehouse.wave_make, name="wave_make"),
    path("warehouse/pick/<uuid:wave_id>/", warehouse.wave_page, name="wave"),
    path("warehouse/pick/<uuid:wave_id>/deed/", warehouse.wave_deed, name="wave_deed"),
    path("warehouse/pack/", warehouse.pack_find, name="pack_find"),
    path("warehouse/pack/<uuid:job_id>/", warehouse.pack_page, name="pack"),
    path("warehouse/pack/<uuid:job_id>/scan/", warehouse.pack_scan, name="pack_scan"),
    path("warehouse/pack/<uuid:job_id>/undo/", warehouse.pack_undo, name="pack_undo"),
    path("warehouse/manifest/", warehouse.manifest_page, name="manifest"),
    path("replenishment/", replenishment.proposal_table, name="proposals"),
    path("replenishment/export.csv", replenishment.proposal_csv, name="proposals_csv"),
    path("replenishment/<uuid:proposal_id>/", replenishment.proposal_page, name="proposal"),
    path("replenishment/<uuid:proposal_id>/why/", replenishment.proposal_why, name="proposal_why"),
    path("replenishment/<uuid:proposal_id>/decide/", replenishment.proposal_decide, name="proposal_decide"),
]
