"""`fondaco export`: the books as CSV or JSON, for whoever wants to take them elsewhere."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import typer
from django.core.serializers.json import DjangoJSONEncoder

from fondaco.commerce.orders import public as orders
from fondaco.commerce.orders.public import OrderState
from fondaco.delivery.cli.boot import command, err
from fondaco.kernel.files import whole_file
from fondaco.kernel.tables import safe_cell
from fondaco.systems.finance import public as finance
from fondaco.systems.statistics import public as statistics

app = typer.Typer(help="Give files out.", no_args_is_help=True)

Row = dict[str, Any]
_OUT = typer.Option(None, "--out", help="Where to write; standard output without it.")
_JSON = typer.Option(False, "--json", help="One JSON object a line instead of CSV.")


def _orders() -> Iterator[Row]:
    """Every order with its landed total, by state and id."""
    for state in OrderState:
        after = None
        while batch := orders.orders_in_state(state, limit=500, after=after):
            after = batch[-1].id
            for order in batch:
                yield {
                    "number": order.number, "source_ref": order.source_ref, "state": order.state,
                    "ordered_at": order.ordered_at, "destination": order.destination, "currency": order.currency,
                    "goods_minor": order.goods_minor, "carriage_minor": order.carriage_minor,
                    "duty_minor": order.duty_minor, "tax_minor": order.tax_minor, "fees_minor": order.fees_minor,
                    "landed_total_minor": order.total_minor, "lines": order.line_count, "units": order.units,
                    "synthetic": order.synthetic,
                }  # fmt: skip


def _trade() -> Iterator[Row]:
    """Settled trade by destination, in minor GBP."""
    for cell in statistics.trade_by("destination", scope=None):
        yield {
            "destination": cell.key, "orders": cell.orders, "lines": cell.lines,
            "value_gbp_minor": cell.value_gbp_minor, "duty_gbp_minor": cell.duty_gbp_minor,
            "tax_gbp_minor": cell.tax_gbp_minor, "clearance_median_s": cell.clearance_median_s,
        }  # fmt: skip


def _ledger() -> Iterator[Row]:
    """The trial balance by account code and currency, in minor units."""
    for line in finance.trial_balance_table():
        yield {
            "class": line.account_class, "code": line.code, "currency": line.currency,
            "accounts": line.accounts, "debit_minor": line.debit_minor, "credit_minor": line.credit_minor,
        }  # fmt: skip


def _write(rows: Iterable[Row], out: Path | None, *, as_json: bool) -> int:
    """Write `rows` whole or not at all: a file appears only when it is complete. How many."""
    write = _as_json if as_json else _as_csv
    if out is None:
        with _standard_output() as file:
            return write(rows, file)
    with whole_file(out) as part, part.open("w", encoding="utf-8", newline="") as file:
        return write(rows, file)


def _standard_output() -> Any:
    return open(sys.stdout.fileno(), "w", encoding="utf-8", newline="", closefd=False)


def _as_json(rows: Iterable[Row], file: Any) -> int:
    return sum(bool(file.write(json.dumps(row, cls=DjangoJSONEncoder) + "\n")) for row in rows)


def _as_csv(rows: Iterable[Row], file: Any) -> int:
    writer, count = csv.writer(file), 0
    for count, row in enumerate(rows, 1):
        if count == 1:
            writer.writerow(row)
        writer.writerow([safe_cell(value) for value in row.values()])
    return count


def _export(name: str, rows: Callable[[], Iterator[Row]], help_text: str) -> None:
    @app.command(name, help=help_text)
    @command()
    def run(out: Path | None = _OUT, *, as_json: bool = _JSON) -> None:
        written = _write(rows(), out, as_json=as_json)
        err.print(f"{written} rows{f' in {out}' if out else ''}.")


_export("orders", _orders, "Every order with its landed total.")
_export("trade", _trade, "Settled trade by destination.")
_export("ledger", _ledger, "The trial balance by account code and currency.")
