"""Addresses of the tariff browser, the guide of destinations and the calculator: open to everybody."""

from __future__ import annotations

from django.urls import URLPattern, path

from fondaco.delivery.web.views import calculator, tariffs

TARIFF: list[URLPattern] = [
    path("landed-cost/", calculator.calculator, name="calculator"),
    path("landed-cost/why/<slug:figure>/", calculator.calculator_why, name="calculator_why"),
    path("tariff/", tariffs.tariff_home, name="tariff"),
    path("tariff/<slug:tariff>/<slug:code>/", tariffs.tariff_code, name="tariff_code"),
    path("tariff/quotas/", tariffs.quota_table, name="tariff_quotas"),
    path("guide/", tariffs.guide_home, name="guide"),
    path("guide/<slug:destination>/", tariffs.guide_page, name="guide_page"),
]
