"""Addresses of the return centre and of duty claims."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from fondaco.delivery.web.routes import listed
from fondaco.delivery.web.views import return_centre as views

RETURNS: list[URLPattern | URLResolver] = [
    *listed("return-centre", views.return_desk, views.return_desk_csv, name="return_centre"),
    path("return-centre/<uuid:case_id>/", views.return_case, name="return_case"),
    path("return-centre/<uuid:case_id>/step/", views.return_step, name="return_step"),
    path("return-centre/<uuid:case_id>/paper/<slug:kind>/", views.return_paper, name="return_paper"),
    path("return-centre/<uuid:case_id>/why/<uuid:part_id>/", views.route_why, name="route_why"),
    path("return-centre/messages/<uuid:application_id>/", views.return_message, name="return_message"),
    path("return-centre/photos/<uuid:photo_id>/", views.return_photo, name="return_photo"),
    path("orders/<uuid:order_id>/return/", views.return_new, name="return_new"),
    *listed("duty-claims", views.claim_table, views.claim_csv, name="duty_claims"),
    path("duty-claims/<uuid:claim_id>/why/", views.claim_why, name="claim_why"),
    path("duty-claims/<uuid:claim_id>/step/", views.claim_step, name="claim_step"),
]
