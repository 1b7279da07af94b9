"""A made-up order to print."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pypdfium2
import zxingcpp

from fondaco.kernel.money import Money
from fondaco.systems.sharing.public import DocumentData, DocumentLine, DocumentParcel, DocumentTotals, Party


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def order(count: int = 3, /, **changes: Any) -> DocumentData:
    """An order of `count` lines, 1,234.50 EUR of goods on the first."""
    goods = tuple(
        DocumentLine(
            f"SKU-{n}",
            f"Glass lantern no. {n}",
            n + 1,
            eur(123450 if n == 0 else 990 + n),
            420,
            "940550",
            "CN",
            eur(99),
        )
        for n in range(count)
    )
    value = sum(line.value.minor for line in goods)
    data = DocumentData(
        number="INV-2026-0001",
        issued_on=date(2026, 11, 20),
        order_number="536365",
        seller=Party(
            "Thames Gift House Ltd", ("12 Wharf Road", "London E14 9XX"), "GB", (("eori", "GB123456789000"),)
        ),
        buyer=Party("Käthe Müßig", ("Lindenstraße 7", "10115 Berlin"), "DE"),
        lines=goods,
        totals=DocumentTotals(
            eur(value), eur(value + 99_990), eur(9_990), None, eur(-500), eur(12_345), eur(78_155)
        ),
        parcels=(
            DocumentParcel("RR123456785GB", 300, 200, 150, 2410, (("SKU-0", 1), ("SKU-1", 2))),
            DocumentParcel("RR987654321GB", 310, 200, 150, 1410, (("SKU-2", 3),)),
        ),
        incoterm="DDP",
        incoterm_place="Berlin",
        carrier="Example Post",
        service="Tracked",
        declaration_ref="26GB0000000012345",
    )
    return replace(data, **changes)


def pages(pdf: bytes) -> list[str]:
    """The text of each page, spaces and line ends made one space."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        texts = []
        for page in document:
            text_page = page.get_textpage()
            texts.append(" ".join(text_page.get_text_range().split()))
            text_page.close()
            page.close()
        return texts
    finally:
        document.close()


def barcodes(pdf: bytes, page: int = 0) -> dict[str, str]:
    """What a scanner reads on a page printed at 200 dots per inch: text by symbology."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        sheet = document[page]
        picture = sheet.render(scale=200 / 72).to_pil()
        sheet.close()
        return {str(code.format).replace(" ", ""): code.text for code in zxingcpp.read_barcodes(picture)}
    finally:
        document.close()


def size_mm(pdf: bytes) -> tuple[int, int]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        width, height = document.get_page_size(0)
        return round(width / 72 * 25.4), round(height / 72 * 25.4)
    finally:
        document.close()
