"""The picture of a packed box: what lies behind is drawn first, and every article has its letter."""

from __future__ import annotations

import re

from django.test import Client
from lxml import etree

from fondaco.delivery.web.boxes import Solid, draw_box, painted
from fondaco.systems.logistics.public import PackedParcel, PackItem, PackRequest, pack_many


def piece(letter: str, low: tuple[int, int, int], high: tuple[int, int, int]) -> Solid:
    return Solid(low, high, "map-1", letter)


def test_what_lies_behind_or_below_is_drawn_first() -> None:
    below, above = piece("below", (0, 0, 0), (10, 10, 10)), piece("above", (0, 0, 10), (10, 10, 20))
    front = piece("front", (10, 0, 0), (20, 10, 10))
    for given in ([front, above, below], [above, below, front], [below, front, above]):
        order = [solid.letter for solid in painted(given)]
        assert order.index("below") < order.index("above")
        assert order.index("below") < order.index("front")


def test_a_packed_order_is_drawn_with_its_legend() -> None:
    items = (PackItem("mug <blue>", 6, 350, 120, 90, 100), PackItem("card", 2, 20, 150, 105, 2))
    (parcel,) = pack_many([PackRequest("A", items)])[0].parcels
    drawing = draw_box(parcel, name="x")
    assert drawing is not None
    root = etree.fromstring(str(drawing.svg))
    assert (root.get("role"), root.get("aria-labelledby")) == ("img", "box-x-t box-x-d")
    assert {(key.sku, key.count) for key in drawing.keys} == {("mug <blue>", 6), ("card", 2)}
    assert [key.letter for key in drawing.keys] == ["A", "B"]
    numbers = [
        float(n) for points in re.findall(r'points="([^"]+)"', drawing.svg) for n in re.split("[ ,]", points)
    ]
    assert min(numbers) >= 0
    assert max(numbers) <= 320


def test_a_parcel_without_places_has_no_picture() -> None:
    assert draw_box(PackedParcel("box-s", 308, 228, 158, 100, (("mug", 6),), "volume"), name="x") is None


def test_more_than_twenty_six_articles_get_two_letters() -> None:
    items = tuple(PackItem(f"sku{n}", 1, 10, 20, 20, 20) for n in range(28))
    (parcel,) = pack_many([PackRequest("A", items)])[0].parcels
    drawing = draw_box(parcel, name="x")
    assert drawing is not None
    assert [key.letter for key in drawing.keys][-2:] == ["AA", "AB"]


def test_the_style_page_shows_a_box(client: Client) -> None:
    page = client.get("/style/")
    assert page.status_code == 200
    assert "box-sample-t" in page.content.decode()
