"""Documents as printed: figures, languages, barcodes, long and strange names."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fondaco.kernel.money import Money
from fondaco.systems.sharing.adapters.typesetter import font_report
from fondaco.systems.sharing.public import (
    KINDS,
    BadDocument,
    DocumentData,
    DocumentLine,
    DocumentTotals,
    Party,
    UnknownKind,
    languages_for,
    render_document,
)
from fondaco.systems.sharing.rendering import known_languages, labels, printed_languages
from fondaco.systems.sharing.tests.helpers import barcodes, eur, order, pages, size_mm

TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=60)


def test_the_invoice_shows_the_frozen_figures() -> None:
    text = pages(render_document("commercial_invoice", order(), languages=("de",)))[0]
    for figure in (
        "1,234.50",
        "9.91",
        "9.92",
        "1,254.33 EUR",
        "99.90 EUR",
        "-5.00 EUR",
        "123.45 EUR",
        "781.55 EUR",
    ):
        assert figure in text
    assert "2,254.23 EUR" in text
    for words in (
        "Commercial invoice",
        "Handelsrechnung",
        "Käthe Müßig",
        "GERMANY (DE)",
        "940550",
        "DDP Berlin",
    ):
        assert words in text


def test_the_packing_list_shows_each_parcel() -> None:
    text = pages(render_document("packing_list", order(), languages=("fr",)))[0]
    for words in (
        "Liste de colisage",
        "1 / 2",
        "2 / 2",
        "30.0 × 20.0 × 15.0",
        "2.410",
        "1.410",
        "3.820",
        "SKU-2",
    ):
        assert words in text


def test_the_cn23_has_the_fields_of_the_form_in_english_and_french() -> None:
    text = pages(render_document("cn23", order(), languages=("de",)))[0]
    for words in (
        "CN 23",
        "Déclaration en douane",
        "Zollinhaltserklärung",
        "May be opened officially",
        "RR123456785GB",
    ):
        assert words in text
    for number in range(1, 16):
        assert number in {12, 13} or f"({number})" in text
    assert "1,254.33 EUR" in text
    assert "3.820" in text
    assert "99.90 EUR" in text
    assert text.count("×") == 1  # one category crossed


def test_the_label_has_a_page_for_each_parcel_and_its_size() -> None:
    pdf = render_document("label", order(), languages=("de",))
    assert size_mm(pdf) == (100, 150)
    assert [("RR123456785GB" in p, "RR987654321GB" in p) for p in pages(pdf)] == [
        (True, False),
        (False, True),
    ]


@pytest.mark.parametrize("page", [0, 1])
def test_barcodes_of_the_label_can_be_scanned(page: int) -> None:
    number = order().parcels[page].tracking
    read = barcodes(render_document("label", order()), page)
    assert read["Code128"] == number
    assert read["QRCode"] == f"{number}|536365|{page + 1}/2"


def test_barcodes_of_the_other_documents_can_be_scanned() -> None:
    data = order()
    assert barcodes(render_document("cn23", data))["Code128"] == "RR123456785GB"
    code = barcodes(render_document("commercial_invoice", data))["QRCode"]
    assert code == f"INV-2026-0001|536365|2,254.23 EUR|{data.snapshot_hash[:16]}"


@pytest.mark.parametrize("kind", KINDS)
def test_equal_content_gives_equal_bytes(kind: str) -> None:
    assert render_document(kind, order(), languages=("de",)) == render_document(
        kind, order(), languages=("de",)
    )


@pytest.mark.parametrize("language", sorted(labels()["page"]))
def test_every_language_prints_its_title(language: str) -> None:
    text = pages(render_document("packing_list", order(), languages=(language,)))[0]
    title = labels()["packing_list"][language]
    if language == "ar":  # joined letters are stored in their joined shapes: look for the script
        assert any("\u0600" <= c <= "\u06ff" or "\ufb50" <= c <= "\ufeff" for c in text)
    else:
        assert title in text


def test_every_label_is_there_in_every_language() -> None:
    assert [
        (key, code) for key, texts in labels().items() for code, text in texts.items() if not text.strip()
    ] == []
    assert {"en", "fr", "de", "es", "it", "nl", "pt", "zh", "ja", "ar"} <= known_languages()
    assert all(report.font for report in font_report())


def test_languages_follow_the_country_and_the_form() -> None:
    assert languages_for("DE", "FR", "DE") == ("de", "fr")
    assert languages_for("CN", "AE") == ("zh", "ar")
    assert languages_for("GB", "XX", "") == ("en",)
    assert printed_languages("cn23", ("ja", "de")) == ("en", "fr", "ja")
    assert printed_languages("label", ("xx", "en", "de")) == ("en", "de")


def test_right_to_left_text_leaves_figures_in_order() -> None:
    data = order(buyer=Party("شركة الاختبار للتجارة", ("شارع 7", "دبي"), "AE"))
    text = pages(render_document("cn23", data, languages=("ar",)))[0]
    for figure in ("26GB0000000012345", "2026-11-20", "1,254.33 EUR"):
        assert figure in text


def test_many_lines_go_on_to_further_pages_and_the_sum_stands_at_the_end() -> None:
    found = pages(render_document("cn23", order(80), languages=("de",)))
    assert len(found) > 2
    for page in found[:-1]:
        assert "Désignation détaillée" in page
    assert all("RR123456785GB" in page for page in found)
    assert "(6)" in found[-1]
    assert len(pages(render_document("commercial_invoice", order(200)))) > 3


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "name",
    ["W" * 10_000, "長い名前" * 500, "شركة " * 500, "A\x00\x07\u202e\ud800B", "#let x = 1 *b* $y$", ""],
)
def test_strange_and_long_names_do_no_harm(kind: str, name: str) -> None:
    party = Party(name, (name,) * 9, "DE", ((name, name),) * 9, name, name)
    lines = (DocumentLine(name, name, 1, eur(100)),)
    data = order(
        buyer=party,
        seller=party,
        lines=lines,
        comments=name,
        carrier=name,
        incoterm_place=name,
        number=name or "1",
    )
    text = pages(render_document(kind, data, languages=("ar", "zh")))
    assert len(text) <= 4
    if name.startswith("#"):
        assert "#let x = 1 *b* $y$" in " ".join(text)


def test_long_names_leave_the_label_scannable() -> None:
    data = order(
        buyer=Party("W" * 400, ("Donaudampfschifffahrtsgesellschaft" * 4,) * 5, "DE"), carrier="C" * 90
    )
    pdf = render_document("label", data, languages=("de", "fr", "ar"))
    assert len(pages(pdf)) == 2
    assert barcodes(pdf)["Code128"] == "RR123456785GB"


@pytest.mark.parametrize("currency", ["JPY", "KWD"])
def test_decimals_are_the_currencys(currency: str) -> None:
    line = DocumentLine("S", "Lantern", 1, Money(1234567, currency))
    data = order(lines=(line,), totals=DocumentTotals(Money(1234567, currency), Money(1234567, currency)))
    text = pages(render_document("commercial_invoice", data))[0]
    assert {"JPY": "1,234,567 JPY", "KWD": "1,234.567 KWD"}[currency] in text


def test_what_cannot_be_printed_is_refused() -> None:
    with pytest.raises(UnknownKind):
        render_document("ransom_note", order())
    with pytest.raises(BadDocument):
        order(lines=())
    with pytest.raises(BadDocument):
        order(category="contraband")
    with pytest.raises(BadDocument):
        order(totals=DocumentTotals(Money(1, "USD"), Money(1, "USD")))


def test_an_order_without_parcels_prints_everything_but_labels_for_them() -> None:
    bare = replace(order(), parcels=())
    for kind in KINDS:
        assert pages(render_document(kind, bare))


@given(TEXT, st.integers(-(10**12), 10**12), TEXT)
@settings(max_examples=60)
def test_content_survives_being_kept(name: str, minor: int, sku: str) -> None:
    party = Party(name, (name, sku), "FR", ((sku, name),))
    data = order(buyer=party, lines=(DocumentLine(sku, name, 2, eur(minor), unit_value=None),))
    again = DocumentData.from_json(data.as_json())
    assert again == data
    assert again.snapshot_hash == data.snapshot_hash
