"""Addresses of supervision modes and of declarations as files."""

from __future__ import annotations

from django.urls import URLPattern, path

from fondaco.delivery.web.views import modes

MODES: list[URLPattern] = [
    path("modes/", modes.mode_table, name="modes"),
    path(
        "declarations/<uuid:declaration_id>/as/<slug:form>/",
        modes.declaration_paper,
        name="declaration_paper",
    ),
]
