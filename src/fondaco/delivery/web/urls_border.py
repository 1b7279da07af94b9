"""Addresses of the customs, screening and logistics pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from fondaco.delivery.web.routes import listed
from fondaco.delivery.web.views import (
    assessing,
    carrying,
    complying,
    customs,
    logistics,
    matching,
    price_books,
    rating,
    screening,
    troubles,
)

BORDER: list[URLPattern] = [
    *listed("declarations", customs.declaration_table, customs.declaration_csv, name="declarations"),
    path("declarations/release/", customs.release_chosen, name="release_declarations"),
    path("declarations/<uuid:declaration_id>/", customs.declaration_page, name="declaration"),
    path("declarations/<uuid:declaration_id>/decide/", customs.decide, name="decide"),
    path("declarations/<uuid:declaration_id>/withdraw/", customs.withdraw, name="withdraw_list"),
    path("declarations/<uuid:declaration_id>/answer/", customs.answer, name="answer_query"),
    path(
        "declarations/<uuid:declaration_id>/assessment/",
        assessing.assessment_of,
        name="declaration_assessment",
    ),
    path(
        "declarations/<uuid:declaration_id>/why/<slug:figure>/",
        assessing.declaration_why,
        name="declaration_why",
    ),
    path("clearing/assess/", assessing.assessment_page, name="assessment"),
    path("clearing/assess/drop/", assessing.assessment_drop, name="assessment_drop"),
    *listed("desk", customs.desk, customs.desk_csv, name="desk"),
    *listed("matches", matching.match_table, matching.match_csv, name="matches"),
    path("matches/<uuid:order_id>/accept/", matching.match_accept, name="match_accept"),
    *listed("cases", screening.case_table, screening.case_csv, name="cases"),
    path("cases/<uuid:case_id>/", screening.case_page, name="case"),
    path("cases/<uuid:case_id>/decide/", screening.case_decide, name="case_decide"),
    *listed("screenings", screening.screening_table, screening.screening_csv, name="screenings"),
    *listed("lists", screening.list_table, screening.list_csv, name="lists"),
    *listed("compliance", complying.compliance_map, complying.compliance_csv, name="compliance"),
    path("compliance/licences/", complying.record_licence, name="record_licence"),
    path(
        "compliance/licences/<uuid:licence_id>/withdraw/", complying.withdraw_licence, name="withdraw_licence"
    ),
    *listed("consignments", logistics.consignment_table, logistics.consignment_csv, name="consignments"),
    path("consignments/<uuid:consignment_id>/", logistics.consignment_page, name="consignment"),
    path("consignments/<uuid:consignment_id>/book/", carrying.consignment_book, name="consignment_book"),
    path(
        "consignments/<uuid:consignment_id>/cancel/", carrying.consignment_cancel, name="consignment_cancel"
    ),
    path("consignments/<uuid:consignment_id>/hear/", carrying.consignment_hear, name="consignment_hear"),
    path("parcels/<slug:number>/label/", carrying.parcel_label, name="parcel_label"),
    path("carrier-channel/", carrying.carrier_channel, name="carrier_channel"),
    path(
        "consignments/<uuid:consignment_id>/iftmin", logistics.consignment_iftmin, name="consignment_iftmin"
    ),
    *listed("troubles", troubles.trouble_table, troubles.trouble_csv, name="troubles"),
    path("troubles/<uuid:trouble_id>/take/", troubles.take, name="take_trouble"),
    path("troubles/<uuid:trouble_id>/close/", troubles.close, name="close_trouble"),
    *listed("rates", rating.rate_page, rating.rate_csv, name="rates"),
    *listed("price-books", rating.book_table, rating.book_csv, name="price_books"),
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
