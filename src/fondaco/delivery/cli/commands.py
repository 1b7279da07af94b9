"""All commands of `fondaco`, in the order that its help shows them."""

from __future__ import annotations

import typer

from fondaco.delivery.cli import (
    books,
    checking,
    clearing,
    declaring,
    demo,
    exchange,
    exports,
    house,
    ledger,
    logistics,
    modes,
    packing,
    papers,
    payments,
    prices,
    rebates,
    returns,
    routing,
    sale,
    stock,
    tariffs,
    window,
)
from fondaco.delivery.cli.boot import Exit

app = typer.Typer(
    name="fondaco",
    help="The open-source cross-border e-commerce service platform for small merchants.",
    epilog="Exit codes: " + ", ".join(f"{code.value} {code.name.lower()}" for code in Exit) + ".",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)
for part in (demo.app, house.app, books.app):
    app.registered_commands.extend(part.registered_commands)
app.add_typer(books.import_app, name="import")
app.add_typer(exports.app, name="export")
app.add_typer(books.audit_app, name="audit")
app.add_typer(ledger.ledger_app, name="ledger")
app.add_typer(ledger.reconcile_app, name="reconcile")
app.add_typer(payments.app, name="payments")
app.add_typer(exchange.app, name="exchange")
app.add_typer(sale.app, name="sale")
logistics.logistics_app.registered_commands.extend(packing.app.registered_commands)
logistics.logistics_app.registered_commands.extend(clearing.app.registered_commands)
logistics.logistics_app.registered_commands.extend(stock.app.registered_commands)
logistics.logistics_app.registered_commands.extend(routing.app.registered_commands)
logistics.logistics_app.add_typer(packing.edi_app, name="edi")
app.add_typer(logistics.logistics_app, name="logistics")
app.add_typer(prices.app, name="prices")
window.window_app.add_typer(papers.papers_app, name="paper")
window.window_app.add_typer(declaring.keys_app, name="keys")
window.window_app.registered_commands.extend(declaring.app.registered_commands)
window.window_app.add_typer(modes.modes_app, name="modes")
window.window_app.add_typer(returns.returns_app, name="returns")
window.window_app.add_typer(rebates.rebate_app, name="rebate")
window.window_app.registered_commands.extend(checking.window.registered_commands)
window.window_app.add_typer(tariffs.tariffs_app, name="tariff")
window.window_app.command("goldens")(tariffs.goldens)
app.add_typer(window.window_app, name="window")
app.add_typer(checking.risk_app, name="risk")
