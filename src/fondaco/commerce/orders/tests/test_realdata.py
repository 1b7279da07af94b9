"""The real file: 46,431 lines of a UK gift wholesaler's trade abroad."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings

from fondaco.commerce.orders.domain.mapping import ONLINE_RETAIL
from fondaco.commerce.orders.importing import import_orders, read_orders
from fondaco.commerce.orders.models import Order, Return
from fondaco.commerce.orders.tests.conftest import NOW, organisation, product_ids

FOLDER = settings.SHARED_DATA / "orders"


@pytest.mark.realdata
def test_all_invoices_abroad_are_accounted_for() -> None:
    book = read_orders(FOLDER / "online_retail_crossborder.csv.gz", mapping=ONLINE_RETAIL, now=NOW)
    assert (len(book.orders), len(book.returns), sum(book.rejected_orders.values())) == (1857, 457, 92)
    assert len(book.orders) + len(book.returns) + 92 == 2406
    assert book.rejected_orders == {"no-goods": 68, "unknown-country": 18, "not-trade": 6}
    lines = sum(len(o.lines) for o in book.orders) + sum(len(r.lines) for r in book.returns)
    assert lines + len(book.rejects) == book.rows == 46_431
    assert (book.shift_weeks, max(o.ordered_at for o in book.orders).date().isoformat()) == (
        780,
        "2026-11-20",
    )
    assert sum(o.goods_minor for o in book.orders) == 151_796_236
    assert {o.currency for o in book.orders} == {"GBP"}


@pytest.mark.realdata
@pytest.mark.django_db
def test_the_real_file_is_stored_whole_and_once(tmp_path: Any) -> None:
    seller, buyer = organisation("seller", "wholesaler"), organisation("buyer", "abroad", "DE")

    def go() -> Any:
        return import_orders(
            FOLDER / "online_retail_crossborder.csv.gz", seller_id=seller.pk, mapping=ONLINE_RETAIL, actor="t",
            now=NOW, products=product_ids, buyers=lambda rows: {b.reference: buyer.pk for b in rows},
            rejects_folder=tmp_path,
        )  # fmt: skip

    first, again = go(), go()
    assert (first.documents_in, first.orders_created, first.returns_created) == (2406, 1857, 457)
    assert (again.orders_created, again.orders_unchanged, again.returns_unchanged) == (0, 1857, 457)
    assert (Order.objects.house().count(), Return.objects.house().count()) == (1857, 457)
    assert first.returns_linked > 300


@pytest.mark.realdata
@pytest.mark.slow(25)
def test_all_541909_lines_are_accounted_for() -> None:
    book = read_orders(FOLDER / "online_retail.csv.xz", mapping=ONLINE_RETAIL, now=NOW)
    refused = sum(book.rejected_orders.values())
    assert book.rows == 541_909
    assert len(book.orders) + len(book.returns) + refused == 25_900
    assert (len(book.orders), len(book.returns), refused) == (19_766, 3692, 2442)
