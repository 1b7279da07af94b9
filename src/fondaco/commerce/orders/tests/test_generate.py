"""The synthetic order book."""

from __future__ import annotations

from datetime import timedelta

from fondaco.commerce.orders.domain.generate import generate_book
from fondaco.commerce.orders.tests.conftest import NOW


def test_the_same_seed_makes_the_same_book_in_any_chunks() -> None:
    small = [o for b in generate_book(300, now=NOW, chunk_orders=50) for o in b.orders]
    large = [o for b in generate_book(300, now=NOW, chunk_orders=1000) for o in b.orders]
    assert small == large
    assert [o.content_hash for b in generate_book(5, now=NOW, seed=8) for o in b.orders] != [
        o.content_hash for o in small[:5]
    ]


def test_it_says_that_it_is_synthetic_and_hangs_together() -> None:
    books = list(generate_book(500, now=NOW, chunk_orders=100))
    orders = [o for b in books for o in b.orders]
    assert all(b.synthetic for b in books)
    assert len({o.source_ref for o in orders}) == 500
    assert all(o.source_ref.startswith("SYN-") for o in orders)
    for book in books:
        assert {o.buyer for o in book.orders} == {b.reference for b in book.buyers}
        assert {x.sku for o in book.orders for x in o.lines if x.kind == "goods"} <= {
            p.sku for p in book.products
        }
    assert all(
        o.goods_minor == sum(x.quantity * x.unit_minor for x in o.lines if x.kind == "goods") for o in orders
    )
    assert all(timedelta(0) < NOW - o.ordered_at < timedelta(days=361) for o in orders)
    assert 4 <= sum(len(o.lines) - 1 for o in orders) / 500 <= 6
    assert sum(len(b.returns) for b in books) > 5


def test_a_book_made_tomorrow_tells_of_the_same_orders() -> None:
    today = [o.content_hash for b in generate_book(20, now=NOW) for o in b.orders]
    assert [o.content_hash for b in generate_book(20, now=NOW + timedelta(days=1)) for o in b.orders] == today
