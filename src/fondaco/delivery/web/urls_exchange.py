"""Addresses of the exposure page and its deeds."""

from __future__ import annotations

from django.urls import URLPattern, path

from fondaco.delivery.web.routes import listed
from fondaco.delivery.web.views import exchange

EXCHANGE: list[URLPattern] = [
    *listed("exposure", exchange.exposure, exchange.exposure_csv, name="exposure"),
    path("exposure/risk/why/", exchange.risk_why, name="risk_why"),
    path("exposure/why/<str:currency>/<int:bucket>/", exchange.exposure_why, name="exposure_why"),
    path("exposure/quotes/", exchange.quote_make, name="quote_make"),
    path("exposure/quotes/<uuid:quote_id>/take/", exchange.quote_take, name="quote_take"),
    path("exposure/commitments/", exchange.commitment_deed, name="commitment_deed"),
    path("exposure/cover/", exchange.cover_propose, name="cover_propose"),
    path("exposure/cover/<uuid:cover_id>/", exchange.cover_deed, name="cover_deed"),
    path("exposure/cover/<uuid:cover_id>/why/", exchange.cover_why, name="cover_why"),
    path("exposure/policy/", exchange.policy_keep, name="exchange_policy"),
    path("exposure/rates/", exchange.rates_take, name="rates_take"),
    path("exposure/settlement-file/check/", exchange.settlement_check, name="settlement_check"),
    path("exposure/settlement-file.csv", exchange.settlement_file, name="settlement_file"),
]
