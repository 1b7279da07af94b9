"""EU H7: the data set reads back, and what customs would refuse is named by its data element."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from fondaco.platforms.window.domain.declaration import Party
from fondaco.platforms.window.domain.messages.h7 import H7, H7Refused, H7Unreadable, h7_of, read_h7, render_h7
from fondaco.platforms.window.tests.declared_samples import CLOCK, plain

EURO = Decimal(1)
SOUND = h7_of(plain(), additional=("F48",), ioss="IM2760000011")


def paths(one: H7, euro: Decimal = EURO) -> list[str]:
    with pytest.raises(H7Refused) as caught:
        render_h7(one, euro=euro)
    return [fault.path for fault in caught.value.faults]


def test_a_data_set_written_is_the_data_set_read() -> None:
    raw = render_h7(SOUND, euro=EURO)
    assert read_h7(raw) == SOUND
    body = json.loads(raw)
    assert body["additionalFiscalReference (3/40)"] == [{"role": "FR5", "number": "IM2760000011"}]
    assert body["goodsItems"][0]["intrinsicValue (4/18)"] == {"amount": "30.00", "currency": "EUR"}
    assert body["transportAndInsuranceCosts (4/19)"]["amount"] == "5.20"


@pytest.mark.parametrize(
    ("path", "changes"),
    [
        ("H7/LRN (2/5)", {"lrn": ""}),
        ("H7/LRN (2/5)", {"lrn": "x" * 23}),
        ("H7/exporter (3/1)", {"exporter": Party("", "CN")}),
        ("H7/importer (3/15)", {"importer": Party("A", "France")}),
        ("H7/declarant (3/18)", {"declarant": Party("House", "FR")}),
        ("H7/additionalFiscalReference (3/40)", {"ioss": ""}),
        ("H7/additionalFiscalReference (3/40)", {"additional": ("C07",)}),
        ("H7/additionalFiscalReference (3/40)", {"ioss": "IM12"}),
        ("H7/goodsItems (1/9)", {"items": ()}),
        ("H7/packages (6/10)", {"packages": 0}),
    ],
)
def test_a_wrong_element_is_named(path: str, changes: dict[str, Any]) -> None:
    assert paths(replace(SOUND, **changes)) == [path]


@pytest.mark.parametrize(
    ("path", "changes"),
    [
        ("H7/goodsItems[1]/commodityCode (6/14)", {"hs_code": "9105"}),
        ("H7/goodsItems[1]/commodityCode (6/14)", {"hs_code": "330300"}),
        ("H7/goodsItems[1]/description (6/8)", {"description": "x"}),
        ("H7/goodsItems[1]/grossMass (6/5)", {"gross_g": 0}),
        ("H7/goodsItems[1]/intrinsicValue (4/18)", {"value_minor": 0}),
        ("H7/intrinsicValue (4/18)", {"value_minor": 15_001}),
    ],
)
def test_a_wrong_item_is_named(path: str, changes: dict[str, Any]) -> None:
    one = plain(items=(replace(CLOCK, **changes),))
    assert paths(h7_of(one, additional=("C07",))) == [path]


def test_the_limit_is_in_euro_and_lower_for_gifts() -> None:
    dear = h7_of(plain(currency="USD", items=(replace(CLOCK, value_minor=16_000),)), additional=("C07",))
    assert render_h7(dear, euro=Decimal("0.92"))
    assert paths(dear, Decimal("0.95")) == ["H7/intrinsicValue (4/18)"]
    gift = h7_of(plain(items=(replace(CLOCK, value_minor=4_501),)), additional=("C08",))
    assert paths(gift) == ["H7/intrinsicValue (4/18)"]


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"{}", b'{"dataSet": "H1"}', b'{"dataSet": "H7"}', b"[" * 100_000]
)
def test_other_files_are_refused(raw: bytes) -> None:
    with pytest.raises(H7Unreadable):
        read_h7(raw)
