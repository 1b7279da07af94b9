"""Declarations as their formats see them: one plain sample, and any that hypothesis can think of."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from hypothesis import strategies as st

from fondaco.platforms.window.domain.declaration import DeclarationItemDTO, Party
from fondaco.platforms.window.domain.declared import Declared

AT = datetime(2026, 11, 22, 9, 0, 5, tzinfo=UTC)
SELLER = Party(
    "Harbour Gifts Ltd", "CN", "91330100MA27XYZ123", "1 Quay St", "Hangzhou", "310000", "+86571", "a@b.cn"
)
BUYER = Party(
    "Camille Roux", "FR", "", "3 rue du Port", "Nantes", "44000", "+33612345678", "camille@example.fr"
)
HOUSE = Party("Fondaco House", "FR", "FR12345678900012", "5 quai", "Le Havre", "76600")
CLOCK = DeclarationItemDTO(1, "910511", "Alarm clock, bakelike pink", "CN", 2, 600, 700, 3000)
BLOCKS = DeclarationItemDTO(2, "950300", "Wooden blocks", "CN", 1, 250, 300, 1250)


def plain(**changes: Any) -> Declared:
    """A sound import of two goods."""
    one = Declared(
        kind="import",
        lrn="FI0000000000000000001A",
        version=1,
        country="FR",
        regime="H7",
        reference="C26-0000001",
        issued_at=AT,
        currency="EUR",
        invoice_total_minor=4250,
        freight_minor=500,
        insurance_minor=20,
        discount_minor=0,
        estimated_duty_minor=600,
        estimated_tax_minor=1070,
        incoterm="DDP",
        invoice_number="INV-1",
        invoiced_on=date(2026, 11, 20),
        packages=1,
        package_kind="CT",
        procedure="4000",
        gross_g=1000,
        declarant=HOUSE,
        exporter=SELLER,
        importer=BUYER,
        tracking="RR123456785CN",
        carrier="China Post",
        mode="5",
        items=(CLOCK, BLOCKS),
        mrn="26FR00000000000001",
    )
    return replace(one, **changes)


# Latin, Chinese, Arabic and everything that EDIFACT, CSV and XML give a meaning of its own.
_letters = st.sampled_from("AZaz09 ?:+'\"&<>;,=-@\t\u00e9\u9001\u8fbe\u0645\U0001f4e6")
_printed = _letters.filter(lambda letter: letter != "\t")


def _text(most: int, *, least: int = 0) -> st.SearchStrategy[str]:
    return st.text(_printed, min_size=least, max_size=most).filter(lambda text: text == text.strip())


_country = st.sampled_from(["CN", "FR", "DE", "GB", "US"])
_minor = st.integers(0, 10**9)
_parties = st.builds(
    Party, _text(60, least=1), _country, _text(20), _text(80), _text(30), _text(9), _text(20), _text(40)
)


@st.composite
def any_declared(draw: st.DrawFn) -> Declared:
    """Any declaration that the rules of declarations allow."""
    items = tuple(
        DeclarationItemDTO(
            number,
            draw(st.sampled_from(["910511", "95030070", "8471300000"])),
            draw(_text(200, least=1)),
            draw(_country),
            draw(st.integers(1, 10**6)),
            draw(st.integers(1, 10**6)),
            draw(st.integers(1, 10**6)),
            draw(_minor),
        )
        for number in range(1, draw(st.integers(1, 4)) + 1)
    )
    invoice = draw(_text(30))
    return plain(
        kind=draw(st.sampled_from(["import", "export"])),
        version=draw(st.integers(1, 9)),
        reference=draw(_text(35)),
        currency=draw(st.sampled_from(["EUR", "JPY", "KWD"])),
        invoice_total_minor=draw(_minor),
        freight_minor=draw(_minor),
        insurance_minor=draw(_minor),
        discount_minor=draw(_minor),
        estimated_duty_minor=draw(_minor),
        estimated_tax_minor=draw(_minor),
        invoice_number=invoice,
        invoiced_on=draw(st.none() | st.dates(date(2000, 1, 1), date(2099, 12, 31))),
        packages=draw(st.integers(1, 999)),
        procedure=draw(st.sampled_from(["", "4000", "1000"])),
        gross_g=sum(item.gross_g for item in items),
        declarant=draw(_parties),
        exporter=draw(_parties),
        importer=draw(_parties),
        tracking=draw(_text(30, least=1)),
        carrier=draw(_text(35)),
        items=items,
        mrn=draw(st.sampled_from(["", "26FR00000000000001"])),
    )
