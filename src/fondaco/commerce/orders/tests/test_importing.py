"""Imports into the database: repeatable, all or nothing per order, nothing changed by a bad file."""

from __future__ import annotations

import csv
import io
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, connections

from fondaco.commerce.orders import storing
from fondaco.commerce.orders.advancing import advance
from fondaco.commerce.orders.domain.errors import BadFile, UnknownBuyer
from fondaco.commerce.orders.domain.generate import generate_book
from fondaco.commerce.orders.domain.rejects import safe_cell
from fondaco.commerce.orders.importing import import_orders, read_orders
from fondaco.commerce.orders.models import ImportBatch, ImportReject, Order, OrderLine, Return, ReturnLine
from fondaco.commerce.orders.storing import link_returns, store_orders
from fondaco.commerce.orders.tests.conftest import (
    HEADINGS,
    MAPPING,
    NOW,
    csv_bytes,
    organisation,
    product_ids,
    row,
)

TABLES = (Order, OrderLine, Return, ReturnLine, ImportBatch, ImportReject)


def counts() -> dict[str, int]:
    return {model.__name__: model.objects.house().count() for model in TABLES}


def test_an_import_stores_what_the_file_says(run: Any, seller: Any) -> None:
    report = run(
        [row(), row(SKU="POST", Title="Postage", Qty="1", Price="6"), row(Order="A2", Country="nowhere")]
    )
    assert (report.orders_in, report.orders_created, report.rejected_orders, report.lines_in) == (2, 1, 1, 3)
    assert report.reasons == {"unknown-country": 1}
    order = Order.objects.house().get()
    assert (order.seller_id, order.goods_minor, order.carriage_minor, order.state) == (
        seller.pk,
        500,
        600,
        "placed",
    )
    assert (order.line_count, order.units, order.destination, order.ship_to) == (
        2,
        2,
        "DE",
        {"country": "DE"},
    )
    assert order.number.startswith("FO")
    assert list(order.lines.order_by("line_no").values_list("line_no", "kind", "sku", "quantity", "unit_minor")) == [
        (1, "goods", "MUG", 2, 250), (2, "carriage", "POST", 1, 600),
    ]  # fmt: skip
    batch = ImportBatch.objects.house().get()
    assert (batch.state, batch.counts["orders_created"], batch.reasons) == ("done", 1, {"unknown-country": 1})


def test_the_same_file_again_changes_nothing(run: Any) -> None:
    rows = [row(), row(Order="A2"), row(Order="C3", Qty="-1")]
    run(rows)
    before = (
        list(Order.objects.house().order_by("id").values()),
        list(OrderLine.objects.house().order_by("id").values()),
    )
    again = run(rows)
    assert (again.orders_created, again.orders_unchanged, again.returns_created, again.returns_unchanged) == (
        0,
        2,
        0,
        1,
    )
    assert before == (
        list(Order.objects.house().order_by("id").values()),
        list(OrderLine.objects.house().order_by("id").values()),
    )


def test_the_same_file_again_is_answered_from_the_import_before(run: Any) -> None:
    rows = [row(), row(Order="A2"), row(Order="C3", Qty="-1"), row(Order="A4", Qty="x")]
    first, again = run(rows), run(rows)
    assert again == replace(
        first, orders_created=0, orders_unchanged=2, returns_created=0, returns_unchanged=1
    )
    assert ImportBatch.objects.house().count() == 1
    first.rejects_path.unlink()
    assert run(rows).rejects_path.exists()


def test_a_file_is_read_again_after_another_or_by_another_mapping(run: Any) -> None:
    run([row()])
    assert run([row(Qty="5")]).orders_updated == 1
    assert run([row()]).orders_updated == 1
    assert run([row()], mapping=replace(MAPPING, currency="EUR")).orders_updated == 1
    assert ImportBatch.objects.house().count() == 4


def test_a_changed_order_is_replaced_while_it_is_only_placed(run: Any) -> None:
    run([row()])
    number = Order.objects.house().get().number
    report = run([row(Qty="5"), row(SKU="CUP", Title="Cup")])
    order = Order.objects.house().get()
    assert (report.orders_updated, report.orders_created) == (1, 0)
    assert (order.goods_minor, order.line_count, order.number) == (1750, 2, number)
    assert list(order.lines.order_by("line_no").values_list("sku", "quantity")) == [("MUG", 5), ("CUP", 2)]


def test_a_changed_order_that_has_moved_on_stays_and_is_named(run: Any) -> None:
    run([row()])
    order = Order.objects.house().get()
    advance([order.pk], "pack", actor="t", now=NOW)
    report = run([row(Qty="5"), row(Order="A2")])
    assert report.reasons == {"order-in-progress": 1}
    assert (report.orders_created, report.orders_updated, report.orders_unchanged) == (1, 0, 0)
    order.refresh_from_db()
    assert (order.goods_minor, order.state) == (500, "packed")
    assert ImportReject.objects.house().get().errors[0]["code"] == "order-in-progress"


def test_a_changed_credit_note_stays_and_is_named(run: Any) -> None:
    run([row(Order="C1", Qty="-1")])
    report = run([row(Order="C1", Qty="-2")])
    assert (report.reasons, report.returns_created, report.returns_unchanged) == (
        {"order-in-progress": 1},
        0,
        0,
    )
    assert Return.objects.house().get().value_minor == 250


def test_the_rejects_file_can_be_mended_and_imported(run: Any) -> None:
    report = run(
        [row(Qty="x"), row(SKU="CUP", Title="Cup", Qty="-0"), row(Order="A2"), row(Order="A3", Title="=1+1")]
    )
    assert report.rejects_path is not None
    with report.rejects_path.open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert [r["fondaco: row"] for r in rows] == ["2", "3", "5"]
    assert rows[2]["Title"] == "'=1+1"
    assert "bad-quantity" in rows[0]["fondaco: error"]
    for mended in rows:
        mended["Qty"], mended["Title"] = "1", "Mended"
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    again = run(out.getvalue().encode("utf-8-sig"))
    assert (again.orders_created, again.rejected_orders) == (2, 0)
    assert set(Order.objects.house().values_list("source_ref", flat=True)) == {"A1", "A2", "A3"}


@pytest.mark.parametrize(
    ("cell", "shown"),
    [("=1", "'=1"), ("+1+1", "'+1+1"), ("@a", "'@a"), ("\t=1", "'\t=1"), ("-x", "'-x"), ("-5", "-5"), ("+1.5", "+1.5"), ("a=1", "a=1")],
)  # fmt: skip
def test_a_rejects_file_is_safe_to_open(cell: str, shown: str) -> None:
    assert safe_cell(cell) == shown


@pytest.mark.parametrize(
    "data", [b"", b"\x00\x01\x02", b"A,B\n1,2\n", b'Order,SKU\n"open\n', b"PK\x03\x04zz"]
)
def test_a_bad_file_changes_nothing(run: Any, data: bytes) -> None:
    before = counts()
    with pytest.raises(Exception, match=r".") as caught:
        run(data)
    assert caught.value.code in {"bad-file", "missing-columns", "bad-encoding"}  # type: ignore[attr-defined]
    assert counts() == before


def test_text_survives_the_copy(run: Any) -> None:
    odd = "back\\slash \\N \\t 'quote' \"double\" 茶杯 ✓"
    run([row(SKU="a\\b", Title=odd)])
    assert OrderLine.objects.house().values_list("sku", "title").get() == ("a\\b", odd)


def test_broken_quotes_at_the_end_of_a_long_file_store_nothing(run: Any) -> None:
    data = csv_bytes([row(Order=f"A{i}") for i in range(3000)]) + b'A9999,"open\n'
    with pytest.raises(BadFile):
        run(data)
    assert counts()["Order"] == 0


def test_a_run_that_dies_is_marked_and_completed_by_the_next(run: Any, monkeypatch: Any) -> None:
    """Chunk two dies; the first is kept, nothing of the second; the next run brings the rest."""
    from fondaco.commerce.orders.domain import reading

    rows = [row(Order=f"A{i}") for i in range(30)]
    chunks = reading.Reading.chunks
    monkeypatch.setattr(reading.Reading, "chunks", lambda self, **more: chunks(self, chunk_rows=10, **more))
    copied = storing._copy_text

    def dying(table: str, columns: Any, data: Any) -> None:
        if table == "orders_orderline" and Order.objects.house().count() > 10:
            raise KeyboardInterrupt
        copied(table, columns, data)

    monkeypatch.setattr(storing, "_copy_text", dying)
    with pytest.raises(KeyboardInterrupt):
        run(rows)
    assert (Order.objects.house().count(), OrderLine.objects.house().count()) == (10, 10)
    assert ImportBatch.objects.house().get().state == "failed"
    monkeypatch.setattr(storing, "_copy_text", copied)
    report = run(rows)
    assert (report.orders_created, report.orders_unchanged, Order.objects.house().count()) == (20, 10, 30)


def test_returns_find_the_latest_earlier_order_of_the_buyer(run: Any) -> None:
    report = run(
        [
            row(Order="C8", Date="2026-11-04 10:00", Qty="-1"),
            row(Order="A1", Date="2026-11-01 10:00"),
            row(Order="A2", Date="2026-11-03 10:00"),
            row(Order="A3", Date="2026-11-05 10:00"),
            row(Order="A4", Date="2026-11-03 11:00", Buyer="B2"),
            row(Order="A5", Date="2026-11-03 12:00", SKU="CUP"),
            row(Order="C9", Date="2026-11-04 10:00", SKU="VASE", Qty="-1"),
        ]
    )
    linked = dict(Return.objects.house().values_list("source_ref", "order__source_ref"))
    assert linked == {"C8": "A2", "C9": None}
    assert report.returns_linked == 1
    line = ReturnLine.objects.house().get(return_note__source_ref="C8")
    assert line.order_line.order.source_ref == "A2"


def test_a_return_never_finds_another_sellers_order(run: Any, buyers: Any) -> None:
    run([row()])
    other = organisation("seller", "seller-two")
    book = read_orders(
        io.BytesIO(csv_bytes([row(Order="C1", Qty="-1", Date="2026-11-02")])), mapping=MAPPING, now=NOW
    )
    store_orders(book, seller_id=other.pk, product_ids={}, buyer_ids=buyers(book.buyers), actor="t", now=NOW)
    assert Return.objects.house().get().order_id is None
    assert link_returns(other.pk) == 0


def test_an_automatic_shift_once_chosen_stays(run: Any) -> None:
    auto = replace(MAPPING, shift="auto")
    first = run([row(Date="2011-12-09 12:50"), row(Order="A2", Date="2011-01-05", Qty="x")], mapping=auto)
    mended = run([row(Order="A2", Date="2011-01-05")], mapping=auto)
    assert first.shift_weeks == mended.shift_weeks == 780
    assert Order.objects.house().get(source_ref="A2").ordered_at.date().isoformat() == "2025-12-17"


def test_a_buyer_without_an_organisation_stops_the_book(seller: Any) -> None:
    book = read_orders(io.BytesIO(csv_bytes([row()])), mapping=MAPPING, now=NOW)
    before = counts()
    with pytest.raises(UnknownBuyer, match="B1"):
        store_orders(book, seller_id=seller.pk, product_ids={}, buyer_ids={}, actor="t", now=NOW)
    assert counts() == before


def test_the_synthetic_book_is_stored_marked(seller: Any, buyers: Any) -> None:
    (book,) = generate_book(60, now=NOW, returns_per_thousand=300)
    ids = {
        "seller_id": seller.pk,
        "product_ids": product_ids(book.products),
        "buyer_ids": buyers(book.buyers),
    }
    first = store_orders(book, **ids, actor="t", now=NOW)
    again = store_orders(book, **ids, actor="t", now=NOW)
    assert (first.orders_created, again.orders_created, again.orders_unchanged) == (60, 0, 60)
    assert Order.objects.house().filter(synthetic=True).count() == 60
    assert Return.objects.house().filter(order__isnull=False).count() == len(book.returns) > 0
    assert not OrderLine.objects.house().filter(kind="goods", product_id__isnull=True).exists()


def test_storing_takes_the_same_number_of_queries_for_any_book(
    seller: Any, buyers: Any, django_assert_max_num_queries: Any
) -> None:
    for orders in (2, 200):
        (book,) = generate_book(orders, now=NOW, seed=orders)
        ids = buyers(book.buyers)
        with django_assert_max_num_queries(20):
            store_orders(book, seller_id=seller.pk, product_ids={}, buyer_ids=ids, actor="t", now=NOW)


def test_each_new_order_is_audited_and_told_once(run: Any) -> None:
    run([row(), row(Order="C2", Qty="-1")])
    run([row(), row(Order="C2", Qty="-1")])
    with connection.cursor() as cursor:
        cursor.execute("SELECT action, count(*) FROM kernel_auditevent GROUP BY action ORDER BY action")
        assert cursor.fetchall() == [("orders.imported", 1), ("orders.placed", 1), ("returns.opened", 1)]
        cursor.execute("SELECT topic, count(*) FROM kernel_outboxevent GROUP BY topic ORDER BY topic")
        assert cursor.fetchall() == [("orders.placed", 1), ("returns.opened", 1)]


@pytest.mark.django_db(transaction=True)
def test_two_importers_at_once_store_each_order_once(tmp_path: Path) -> None:
    seller, buyer = organisation("seller", "seller-race"), organisation("buyer", "buyer-race", "DE")
    data = csv_bytes([row(Order=f"A{i}") for i in range(50)])
    reports: list[Any] = []

    def work() -> None:
        try:
            reports.append(
                import_orders(
                    io.BytesIO(data), seller_id=seller.pk, mapping=MAPPING, actor="t", now=NOW,
                    products=product_ids, buyers=lambda rows: {b.reference: buyer.pk for b in rows},
                    rejects_folder=tmp_path,
                )
            )  # fmt: skip
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(r.orders_created for r in reports) == [0, 0, 0, 50]
    assert (Order.objects.house().count(), OrderLine.objects.house().count()) == (50, 50)


def test_headings_of_another_case_or_order_are_no_matter_of_ours(run: Any) -> None:
    """Columns are found by heading, not by place."""
    moved = [list(reversed(row()))]
    assert run(csv_bytes(moved, headings=list(reversed(HEADINGS)))).orders_created == 1


def test_order_table_refuses_what_the_reader_should_have(run: Any) -> None:
    run([row()])
    from django.db import IntegrityError, transaction

    for change in ({"goods_minor": -1}, {"discount_minor": 10_000}, {"destination": "de"}, {"state": "lost"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Order.objects.house().update(**change)
    assert apps.get_model("orders.Order").objects.house().get().goods_minor == 500
