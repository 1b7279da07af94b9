"""Addresses of declarants' signing keys and of monthly summaries."""

from __future__ import annotations

from django.urls import URLPattern, path

from fondaco.delivery.web.routes import listed
from fondaco.delivery.web.views import declaring, writing

DECLARING: list[URLPattern] = [
    path("declarations/write/", writing.write_declaration, name="write_declaration"),
    *listed("signing-keys", declaring.key_table, declaring.key_csv, name="signing_keys"),
    path("signing-keys/enter/", declaring.key_enter, name="signing_key_enter"),
    path("signing-keys/<uuid:key_id>/", declaring.key_deed, name="signing_key_deed"),
    *listed("monthly-summaries", declaring.month_table, declaring.month_csv, name="month_summaries"),
    path(
        "monthly-summaries/<uuid:seller_id>/<str:period>/", declaring.month_lodge, name="month_summary_lodge"
    ),
]
