"""`fondaco demo`: the main job, its one-screen summary, and where to look next."""

from __future__ import annotations

import typer
from babel.numbers import format_decimal
from django.conf import settings
from rich.table import Table

from fondaco.delivery.cli.boot import Exit, command, out, print_json, progress_bar
from fondaco.delivery.web.css import build
from fondaco.flows.board_demo import ensure_demo_board
from fondaco.flows.demo import Summary, run_demo
from fondaco.flows.stock import plan_demo_stock
from fondaco.flows.watching import watch_demo
from fondaco.kernel import clock
from fondaco.kernel.money import Money

app = typer.Typer()

_ROWS = (
    ("orders_in", "Invoices and credit notes in"),
    ("rejected", "refused, with their reasons"),
    ("orders", "Orders"),
    ("quoted", "packed and quoted"),
    ("priced", "priced to the landed cent"),
    ("needs_manual", "waiting for a person"),
    ("screened", "screened"),
    ("held", "held by screening"),
    ("paid", "paid into escrow"),
    ("declared", "declared"),
    ("with_officer", "with an officer now"),
    ("released", "released"),
    ("delivered", "delivered"),
    ("in_escrow", "delivered, their money kept until its days are over"),
    ("settled", "settled"),
    ("returns_refunded", "Returns refunded"),
    ("returns_open", "Returns waiting"),
    ("payouts", "Payouts sent"),
    ("lines_matched", "Lines of providers and bank matched with the books"),
    ("breaks", "breaks waiting at the desk"),
    ("route_services", "Services in the demonstration network"),
    ("sample_itineraries", "itineraries that nothing beats, Zhengzhou to Frankfurt"),
    ("lodged", "Declarations lodged, of all sellers"),
    ("straight_through", "of these released without a person"),
    ("china_orders", "Made-up orders of Chinese trade, not counted above"),
    ("china_released", "of these released on both sides of the border"),
    ("china_arrivals", "arrivals at the yard told to Chinese customs (507)"),
    ("china_bills_of_waybills", "bills with their waybills (607)"),
    ("china_departures", "departures (509)"),
    ("china_payment_data", "payments that Chinese customs asked for and got (Announcement 179)"),
    ("china_tax_bills", "tax bills of Chinese customs beside their quotes (816)"),
    ("shown", "Made-up cases to show, not counted above"),
)


@app.command()
@command()
def demo(
    *,
    as_json: bool = typer.Option(False, "--json", help="End with one line of JSON."),
    generated: int | None = typer.Option(
        None, min=1, max=1_000_000, help="Made-up orders instead of the file."
    ),
) -> None:
    """Take an order book from import to settlement, and show what became of it."""
    build()
    with progress_bar(shown=not as_json) as bar:
        summary = run_demo(now=clock.now(), generated=generated, on_progress=bar)
    if not settings.PRODUCTION:
        plan_demo_stock(now=clock.now())
        ensure_demo_board(now=clock.now())
        watch_demo(now=clock.now())
    if as_json:
        print_json(summary.as_json())
    else:
        _show(summary)
    if any(summary.trial_balance.values()):
        raise typer.Exit(Exit.REFUSED)


def _show(summary: Summary) -> None:
    source = "the real order file" if summary.real_data else "a generated, synthetic order book"
    out.print(f"\n[bold]Fondaco[/] ran the main job on {source}.\n")
    counts = Table.grid(padding=(0, 2))
    counts.add_column(justify="right")
    for key, label in _ROWS:
        if key in summary.counts:
            counts.add_row(_number(summary.counts[key]), label, _why(summary.reasons.get(key, {})))
    out.print(counts)
    out.print(_sums(summary))
    balance = ", ".join(f"{code} {minor}" for code, minor in summary.trial_balance.items())
    verdict = "[green]zero[/]" if not any(summary.trial_balance.values()) else "[red]not zero[/]"
    out.print(f"Trial balance {verdict} in every currency: [dim]{balance}[/]")
    stages = ", ".join(f"{name} {seconds:.1f}" for name, seconds in summary.stage_seconds.items())
    out.print(f"{summary.seconds:.1f} s in all: [dim]{stages}[/]")
    out.print("\nLook at it: [bold]make serve[/], then http://localhost:8000/\n")


def _sums(summary: Summary) -> Table:
    table = Table("Priced", "Goods", "Carriage", "Duty", "Tax", "Fees", box=None, header_style="dim")
    for column in table.columns[1:]:
        column.justify = "right"
    for currency, sums in summary.sums.items():
        amounts = [
            f"{Money(sums[key], currency).amount:,}" for key in ("goods", "carriage", "duty", "tax", "fees")
        ]
        table.add_row(currency, *amounts)
    return table


def _number(value: int) -> str:
    return f"[bold]{format_decimal(value, locale='en')}[/]"


def _why(reasons: dict[str, int]) -> str:
    listed = ", ".join(
        f"{code} {number}" for code, number in sorted(reasons.items(), key=lambda kv: -kv[1])[:6]
    )
    return f"[dim]{listed}[/]"
