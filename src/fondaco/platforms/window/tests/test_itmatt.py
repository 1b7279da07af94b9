"""ITMATT and the choice between CN 22 and CN 23."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from fondaco.kernel.errors import NotFound
from fondaco.kernel.money import Money
from fondaco.platforms.window.adapters.postal import form_limits
from fondaco.platforms.window.domain.messages.edifact import book, itmatt
from fondaco.platforms.window.domain.messages.edifact.engine import EdifactRefused, Envelope
from fondaco.platforms.window.domain.messages.edifact.itmatt import PostalItem, choose_form, item_of
from fondaco.platforms.window.tests.declared_samples import AT, plain

ENVELOPE = Envelope("CNA", "FRA", "77", AT)
ITEM = item_of(plain(), form="CN23", ioss="IM2760000011")
ON = date(2026, 11, 22)


def written(*items: PostalItem) -> bytes:
    return book.render("ITMATT", [itmatt.facts_of(items, number="77", at=AT)], envelope=ENVELOPE)


def test_items_written_are_the_items_read() -> None:
    small = replace(ITEM, item_id="RR123456785GB", form="CN22", nature="31", ioss="", postage_minor=0)
    (reading,) = book.read(written(ITEM, small))
    assert reading.faults == ()
    assert itmatt.read_facts(reading.facts) == [ITEM, small]


@pytest.mark.parametrize(
    ("path", "item"),
    [
        ("ITMATT/item[1]/CNI/1004", replace(ITEM, item_id="RR123456784GB")),
        ("ITMATT/item[1]/GIS/7365", replace(ITEM, nature="12")),
        ("ITMATT/item[1]/piece", replace(ITEM, pieces=())),
        ("ITMATT/item[1]/piece[1]/CST/7361", replace(ITEM, pieces=(replace(ITEM.pieces[0], hs_code=""),))),
        ("ITMATT/item[1]/piece[1]/LOC+27/3225", replace(ITEM, pieces=(replace(ITEM.pieces[0], origin=""),))),
        ("ITMATT/item[1]/NAD+CN/3036", replace(ITEM, addressee=replace(ITEM.addressee, name=""))),
    ],
)
def test_what_a_post_would_refuse_is_named(path: str, item: PostalItem) -> None:
    with pytest.raises(EdifactRefused) as caught:
        written(item)
    assert [fault.path for fault in caught.value.faults] == [path]


def test_a_total_that_the_pieces_do_not_make_is_named_when_read() -> None:
    (reading,) = book.read(written(ITEM).replace(b"134:42.50", b"134:40.00"))
    assert [fault.path for fault in reading.faults] == ["ITMATT/item[1]/MOA+134/5004"]


@pytest.mark.parametrize(
    ("form", "value", "mass_g", "dispatch", "on"),
    [
        ("CN22", Money(27_000, "GBP"), 2_000, "GB", ON),
        ("CN23", Money(27_001, "GBP"), 2_000, "GB", ON),
        ("CN23", Money(100, "GBP"), 2_001, "GB", ON),
        ("CN22", Money(30_000, "XDR"), 500, "CN", ON),
        ("CN23", Money(30_001, "XDR"), 500, "CN", ON),
        ("CN22", Money(39_000, "EUR"), 500, "CN", ON),
        ("CN23", Money(100, "JPY"), 500, "CN", ON),
        ("CN23", Money(100, "GBP"), 500, "GB", date(2013, 12, 31)),
        ("CN22", Money(40_000, "USD"), 1_814, "US", ON),
    ],
)
def test_the_form_goes_by_value_mass_country_and_day(
    form: str, value: Money, mass_g: int, dispatch: str, on: date
) -> None:
    def rates(base: str, quote: str, _on: date) -> Decimal:
        if (base, quote) != ("EUR", "XDR"):
            raise NotFound(field="currency", value=base)
        return Decimal("0.75")

    choice = choose_form(value, mass_g, dispatch=dispatch, on=on, limits=form_limits(), rates=rates)
    assert choice.form == form
    assert choice.why
