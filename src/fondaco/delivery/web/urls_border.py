"""Addresses of the customs, screening and logistics pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from fondaco.delivery.web.views import customs, screening

BORDER: list[URLPattern] = [
    path("declarations/", customs.declaration_table, name="declarations"),
    path("declarations/export.csv", customs.declaration_csv, name="declarations_csv"),
    path("declarations/<uuid:declaration_id>/", customs.declaration_page, name="declaration"),
    path("declarations/<uuid:declaration_id>/decide/", customs.decide, name="decide"),
    path("declarations/<uuid:declaration_id>/answer/", customs.answer, name="answer_query"),
    path("desk/", customs.desk, name="desk"),
    path("desk/export.csv", customs.desk_csv, name="desk_csv"),
    path("matches/", customs.match_table, name="matches"),
    path("matches/export.csv", customs.match_csv, name="matches_csv"),
    path("matches/<uuid:order_id>/accept/", customs.match_accept, name="match_accept"),
    path("cases/", screening.case_table, name="cases"),
    path("cases/export.csv", screening.case_csv, name="cases_csv"),
    path("cases/<uuid:case_id>/", screening.case_page, name="case"),
    path("cases/<uuid:case_id>/decide/", screening.case_decide, name="case_decide"),
    path("screenings/", screening.screening_table, name="screenings"),
    path("screenings/export.csv", screening.screening_csv, name="screenings_csv"),
    path("lists/", screening.list_table, name="lists"),
    path("lists/export.csv", screening.list_csv, name="lists_csv"),
]
