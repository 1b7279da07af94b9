"""Rules of the room that are data: the chart of accounts, the method matrix; and its limits."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from django.conf import settings

from fondaco.kernel.money import Money
from fondaco.systems.finance.domain.escrow_hold import HoldRule
from fondaco.systems.finance.domain.ledger import BadJournal
from fondaco.systems.finance.domain.methods import Basket, MatrixRow, Menu, Method, offer
from fondaco.systems.finance.domain.service_fees import ServiceRate
from fondaco.systems.finance.domain.taxes import AT_THE_BORDER, Scheme

# The ECB's file comes with a package that is renewed monthly; older than this, a rate is not a rate.
RATE_MAX_AGE_DAYS = 45
# Two providers fix their rates some hours apart on one day: further from each other than this, one of them is wrong.
RATE_TOLERANCE = Decimal("0.02")
# House policy: a buyer's transfer is to be there within a week; the bank's own days may make it later.
TRANSFER_DAYS, TRANSFER_GRACE_DAYS = 7, 3
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


@cache
def chart() -> dict[str, ChartLine]:
    """The chart of accounts by code, from data/finance/chart_of_accounts.csv."""
    return {row["code"]: _chart_line(row) for row in read_table("chart_of_accounts")}


@cache
def boe_series() -> dict[str, str]:
    """The currency of each of the Bank of England's daily series into sterling, from data/finance/boe_series.csv."""
    return {row["series"]: row["currency"] for row in read_table("boe_series")}


def chart_line(code: str) -> ChartLine:
    """The chart's line for an account code ("escrow:<id>" is an "escrow"); BadJournal if there is none."""
    found = chart().get(code.partition(":")[0])
    if found is None:
        raise BadJournal("No such code in the chart of accounts.", field="account.code", value=code)
    return found


def methods_for(basket: Basket) -> Menu:
    """The ways to pay offered for `basket`, the preferred first, with the reasons against the others."""
    return offer(_matrix().get(basket.country, _matrix()["*"]), basket)


@cache
def payment_methods() -> dict[str, Method]:
    """Every known way to pay by code, from data/finance/payment_method_types.csv."""
    return {row["method"]: _method(row) for row in read_table("payment_method_types")}


@cache
def _matrix() -> dict[str, tuple[MatrixRow, ...]]:
    """The rows of data/finance/payment_methods.csv by country, those of all countries added to each."""
    rows = [_matrix_row(row) for row in read_table("payment_methods")]
    countries = {code for row in rows for code in row.countries} | {"*"}
    return {code: tuple(r for r in rows if r.countries & {code, "*"}) for code in countries}


@cache
def tax_scheme(code: str) -> Scheme:
    """How taxes under a scheme are declared, from data/finance/tax_schemes.csv; an unknown one as at the border."""
    known = {row["scheme"]: row for row in read_table("tax_schemes")}
    row = known.get(code) or known[AT_THE_BORDER]
    return Scheme(
        row["scheme"], row["name"], 1 if row["period"] == "month" else 3, int(row["due_months"]),
        int(row["due_day"]), row["source"],
    )  # fmt: skip


@cache
def hold_rules() -> tuple[HoldRule, ...]:
    """How long money stays in escrow after delivery, from data/finance/hold_days.csv; the first that fits counts."""
    return tuple(
        HoldRule(
            row["rule"], frozenset(row["methods"].split()), frozenset(row["risks"].split()),
            date.fromisoformat(row["valid_from"]),
            date.fromisoformat(row["valid_to"]) if row["valid_to"] else None, int(row["days"]), row["source"],
        )
        for row in read_table("hold_days")
    )  # fmt: skip


@cache
def service_rates() -> tuple[ServiceRate, ...]:
    """What a warehouse charges for an order, from data/finance/service_rates.csv; the first that fits counts."""
    return tuple(
        ServiceRate(
            row["code"], row["service"], row["country"],
            Money(int(row["per_order_minor"]), row["currency"]), Money(int(row["per_unit_minor"]), row["currency"]),
            date.fromisoformat(row["valid_from"]),
            date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
        )
        for row in read_table("service_rates")
    )  # fmt: skip


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
    return Method(
        row["method"], row["label"], row["kind"], row["authentication"], int(row["settlement_days"]),
        row["refundable"] == "yes", row["source"],
    )  # fmt: skip


def _matrix_row(row: dict[str, str]) -> MatrixRow:
    return MatrixRow(
        method=payment_methods()[row["method"]],
        countries=frozenset(row["countries"].split()),
        currencies=frozenset(row["currencies"].split()),
        priority=int(row["priority"]),
        valid_from=date.fromisoformat(row["valid_from"]),
        valid_to=date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
        min_eur=Decimal(row["min_eur"]) if row["min_eur"] else None,
        max_eur=Decimal(row["max_eur"]) if row["max_eur"] else None,
        max_risk=row["max_risk"],
        fee_rate=Decimal(row["fee_rate"]),
        fee_fixed_eur=Decimal(row["fee_fixed_eur"]),
        source=row["source"],
    )
