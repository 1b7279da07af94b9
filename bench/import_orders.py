"""How fast an order file is imported, beside a row-by-row importer on the same tables.

    .venv/bin/python -m bench.import_orders [ROWS]

The whole file is imported once (catalogue, buyers, orders, returns, refused rows, audit and events
included), then its first ROWS lines (default 4,000) by us and by the peer. The peer is what shops
usually run: for each line a `get_or_create` of buyer, product, order and order line, totals at the
end; it checks nothing, writes no audit trail and no events. Reads the real cross-border file where it
is on this machine, else a made-up one of the same shape.
"""

from __future__ import annotations

import csv
import gzip
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from bench._runner import result, scratch_database, stopwatch


def main(rows: int) -> None:
    """Run both importers and print their rates."""
    with scratch_database("import"), tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path, real = _source(folder)
        whole = _ours(path, slug="whole", folder=folder)
        print(f"{path.name}: {whole['rows']:.0f} rows in {whole['seconds']:.1f} s, {whole['report']}")
        part = _first(path, rows, folder / "part.csv")
        ours, peer = _ours(part, slug="part", folder=folder), _peer(part)
        print(f"first {rows} rows: ours {ours['seconds']:.1f} s, row by row {peer['seconds']:.1f} s")
    result(
        {
            "rows_per_s": whole["rows"] / whole["seconds"],
            "rows": int(whole["rows"]),
            "subset_rows_per_s": ours["rows"] / ours["seconds"],
            "peer_rows_per_s": peer["rows"] / peer["seconds"],
            "ratio": (ours["rows"] / ours["seconds"]) / (peer["rows"] / peer["seconds"]),
            "real_data": real,
        }
    )


def _source(folder: Path) -> tuple[Path, bool]:
    from django.conf import settings

    real = settings.SHARED_DATA / "orders" / "online_retail_crossborder.csv.gz"
    return (real, True) if real.is_file() else (_made_up(folder / "made_up.csv"), False)


def _made_up(path: Path) -> Path:
    """A file with the columns of the real one, out of the synthetic book."""
    from fondaco.commerce.orders.public import ONLINE_RETAIL, generate_book

    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        names = ("order", "sku", "title", "quantity", "ordered_at", "unit_price", "buyer", "country")
        writer.writerow([ONLINE_RETAIL.columns[name] for name in names])
        for book in generate_book(8000, now=datetime(2026, 11, 22, tzinfo=UTC), returns_per_thousand=0):
            for o in book.orders:
                for x in o.lines:
                    price = Decimal(x.unit_minor) / 100
                    when = o.ordered_at.strftime("%Y-%m-%d %H:%M")
                    writer.writerow(
                        [o.source_ref, x.sku, x.title, x.quantity, when, price, o.buyer, o.destination]
                    )
    return path


def _lines(path: Path) -> Iterator[dict[str, str]]:
    opener: Any = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8", newline="") as opened:
        yield from csv.DictReader(opened)


def _first(path: Path, rows: int, target: Path) -> Path:
    lines = list(islice(_lines(path), rows))
    with target.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, lines[0])
        writer.writeheader()
        writer.writerows(lines)
    return target


def _organisation(kind: str, slug: str, country: str) -> UUID:
    from django.apps import apps

    model = apps.get_model("parties.Organisation")
    made, _ = model.objects.get_or_create(
        slug=slug, defaults={"kind": kind, "name": slug, "country": country}
    )
    key: UUID = made.pk
    return key


def _ours(path: Path, *, slug: str, folder: Path) -> dict[str, Any]:
    """Our import, with the catalogue and the buyers made the way the flow makes them: in bulk."""
    from django.apps import apps

    from fondaco.commerce.catalog.public import ProductRow, upsert_products
    from fondaco.commerce.orders.public import (
        ONLINE_RETAIL,
        BookProduct,
        BuyerRow,
        import_orders,
    )
    from fondaco.kernel.clock import now as clock
    from fondaco.kernel.money import Money

    seller, now = _organisation("seller", slug, "GB"), clock()
    organisations = apps.get_model("parties.Organisation")

    def products(rows: Sequence[BookProduct]) -> Mapping[str, UUID]:
        made = [ProductRow(p.sku, p.title, Money(p.unit_minor or 0, p.currency), p.stated) for p in rows]
        return upsert_products(seller, made, actor="bench", now=now).ids

    def buyers(rows: Sequence[BuyerRow]) -> Mapping[str, UUID]:
        made = [
            organisations(
                kind="buyer", name=b.reference, slug=f"{slug}-{b.reference}".lower(), country=b.country
            )
            for b in rows
        ]
        organisations.objects.bulk_create(made)
        return {b.reference: party.pk for b, party in zip(rows, made, strict=True)}

    with stopwatch() as taken:
        report = import_orders(
            path, seller_id=seller, mapping=ONLINE_RETAIL, actor="bench", now=now, products=products,
            buyers=buyers, rejects_folder=folder,
        )  # fmt: skip
    told = (
        f"{report.orders_created} orders, {report.returns_created} returns, {report.rejected_orders} refused"
    )
    return {"rows": report.lines_in, "seconds": taken["seconds"], "report": told}


def _peer(path: Path) -> dict[str, float]:
    """A plain ORM importer: one line, four `get_or_create`."""
    seller, rows, totals = _organisation("seller", "peer", "GB"), 0, dict[UUID, int]()
    with stopwatch() as taken:
        for rows, line in enumerate(_lines(path), start=1):  # noqa: B007 - the last number is the count
            _peer_line(seller, line, totals)
        _peer_totals(totals)
    return {"rows": float(rows), "seconds": taken["seconds"]}


def _peer_line(seller: UUID, line: Mapping[str, str], totals: dict[UUID, int]) -> None:
    from fondaco.commerce.catalog.models import Product
    from fondaco.commerce.orders.models import Order, OrderLine

    if int(line["Quantity"]) <= 0:
        return
    now = datetime.now(UTC)
    buyer = _organisation("buyer", f"peer-{line['CustomerID'] or line['InvoiceNo']}", "DE")
    product, _ = Product.objects.get_or_create(
        seller_id=seller, sku=line["StockCode"],
        defaults={"title": line["Description"], "created_at": now, "updated_at": now},
    )  # fmt: skip
    moment = datetime.fromisoformat(line["InvoiceDate"]).replace(tzinfo=UTC)
    order, _ = Order.objects.get_or_create(
        seller_id=seller, source_ref=line["InvoiceNo"],
        defaults={
            "number": f"P{line['InvoiceNo']}"[:20], "buyer_id": buyer, "content_hash": "", "ordered_at": moment,
            "original_ordered_at": moment, "destination": "DE", "currency": "GBP", "goods_minor": 0,
            "line_count": 0, "units": 0, "state_at": now,
        },
    )  # fmt: skip
    unit = round(Decimal(line["UnitPrice"]) * 100)
    number = totals.setdefault(order.pk, 0)
    OrderLine.objects.get_or_create(
        order=order, line_no=number + 1,
        defaults={
            "product_id": product.pk, "sku": line["StockCode"], "title": line["Description"],
            "quantity": int(line["Quantity"]), "unit_minor": unit,
        },
    )  # fmt: skip
    totals[order.pk] = number + 1


def _peer_totals(totals: Mapping[UUID, int]) -> None:
    from fondaco.commerce.orders.models import Order

    for key in totals:
        order = Order.objects.house().get(pk=key)
        lines = list(order.lines.all())
        order.goods_minor = sum(x.quantity * x.unit_minor for x in lines)
        order.line_count, order.units = len(lines), sum(x.quantity for x in lines)
        order.save()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 4000)
