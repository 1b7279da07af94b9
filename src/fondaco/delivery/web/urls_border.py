"""Addresses of the customs, screening and logistics pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from fondaco.delivery.web.views import customs, logistics, price_books, rating, screening

BORDER: list[URLPattern] = [
    path("declarations/", customs.declaration_table, name="declarations"),
    path("declarations/export.csv", customs.declaration_csv, name="declarations_csv"),
    path("declarations/release/", customs.release_chosen, name="release_declarations"),
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
    path("consignments/", logistics.consignment_table, name="consignments"),
    path("consignments/export.csv", logistics.consignment_csv, name="consignments_csv"),
    path("consignments/<uuid:consignment_id>/", logistics.consignment_page, name="consignment"),
    path("rates/", rating.rate_page, name="rates"),
    path("rates/export.csv", rating.rate_csv, name="rates_csv"),
    path("price-books/", rating.book_table, name="price_books"),
    path("price-books/export.csv", rating.book_csv, name="price_books_csv"),
    path("price-books/import/", price_books.import_page, name="price_book_import"),
    path("price-books/import/drop/", price_books.drop, name="price_book_drop"),
    path("price-books/import/preview/", price_books.preview, name="price_book_preview"),
    path("price-books/import/publish/", price_books.publish, name="price_book_publish"),
    path("price-books/<uuid:book_id>/rollback/", price_books.rollback, name="price_book_rollback"),
    path("price-books/<uuid:book_id>/withdraw/", price_books.withdraw, name="price_book_withdraw"),
    path("price-books/<uuid:book_id>/", rating.book_page, name="price_book"),
    path("price-books/<uuid:book_id>/changes/", rating.book_diff, name="price_book_diff"),
    path("price-books/<uuid:book_id>/<slug:service>/", rating.service_page, name="price_book_service"),
    path(
        "price-books/<uuid:book_id>/<slug:service>/export.csv",
        rating.service_csv,
        name="price_book_service_csv",
    ),
]
