"""Rules of the room that are data: the chart of accounts, the method matrix; and its limits."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings

from fondaco.systems.finance.domain.ledger import BadJournal

# The ECB's file comes with a package that is renewed monthly; older than this, a rate is not a rate.
RATE_MAX_AGE_DAYS = 45
# How often a posting that lost a deadlock or a serialisation race is repeated, with the same key.
RETRIES = 5


@dataclass(frozen=True, slots=True)
class ChartLine:
    """What kind of account a code of the chart stands for."""

    code: str
    account_class: str
    kind: str
    rank: int
    min_balance: int | None
    label: str


@dataclass(frozen=True, slots=True)
class Method:
    """A way to pay that is offered in a country."""

    code: str
    label: str
    settlement_days: int
    refundable: bool


@cache
def chart() -> dict[str, ChartLine]:
    """The chart of accounts by code, from data/finance/chart_of_accounts.csv."""
    return {row["code"]: _chart_line(row) for row in read_table("chart_of_accounts")}


def chart_line(code: str) -> ChartLine:
    """The chart's line for an account code ("escrow:<id>" is an "escrow"); BadJournal if there is none."""
    found = chart().get(code.partition(":")[0])
    if found is None:
        raise BadJournal("No such code in the chart of accounts.", field="account.code", value=code)
    return found


@cache
def methods_for(country: str) -> tuple[Method, ...]:
    """Ways to pay offered in `country` (ISO 3166 alpha-2), the preferred one first."""
    rows = [row for row in read_table("payment_methods") if row["country"] in (country, "*")]
    return tuple(_method(row) for row in sorted(rows, key=lambda row: int(row["priority"])))


def read_table(name: str) -> list[dict[str, str]]:
    """The rows of data/finance/<name>.csv."""
    path = settings.ROOT / "data" / "finance" / f"{name}.csv"
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _chart_line(row: dict[str, str]) -> ChartLine:
    floor: Any = row["min_balance"]
    return ChartLine(
        code=row["code"],
        account_class=row["class"],
        kind=row["kind"],
        rank=int(row["rank"]),
        min_balance=int(floor) if floor else None,
        label=row["label"],
    )


def _method(row: dict[str, str]) -> Method:
    return Method(row["method"], row["label"], int(row["settlement_days"]), row["refundable"] == "yes")
