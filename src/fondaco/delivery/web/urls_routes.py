"""Addresses of the route pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from fondaco.delivery.web.views import routes

ROUTES: list[URLPattern] = [
    path("routes/", routes.route_page, name="routes"),
    path("routes/why/<slug:figure>/", routes.itinerary_why, name="itinerary_why"),
    path("routes/export.csv", routes.route_csv, name="routes_csv"),
    path(
        "consignments/<uuid:consignment_id>/routes/", routes.routes_for_consignment, name="consignment_routes"
    ),
]
