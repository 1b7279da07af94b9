"""Reading what the authorities themselves publish day by day: the UK's measures, the EU's TARIC export, UK quotas.

- `measures-as-defined` and `measures-on-declarable-commodities` of data.api.trade.gov.uk (CSV, one row a measure);
- `Duties Import` of the Commission's CIRCABC library (XLSX, also saved as CSV), one row a measure;
- `quotas-including-current-volumes` of data.api.trade.gov.uk (CSV, one row a quota and period).

Both tariffs code their measures alike (`data/window/taric_measure_types.csv`); areas whose members are not in
`data/window/taric_areas.csv` give no preference, and make a duty on top something for a person.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import cache
from itertools import pairwise
from pathlib import Path

from fondaco.platforms.window.domain.tariff_book import TariffMeasure
from fondaco.platforms.window.tariff_rows import (
    BadTariffFile,
    LineRow,
    ReleaseRows,
    check_contents,
    fingerprint,
    sheet_rows,
    table_rows,
)

_OWN = Path(__file__).resolve().parents[4] / "data" / "window"
_ORIGIN = re.compile(r"[A-Z]{2}")
_LONGEST = 200  # characters of a reference
_RAISES = ("remedy", "additional", "manual")
# Units as TARIC codes them after a currency, and as the duty grammar spells them.
_UNITS = {
    "ASV HLT": "% vol / hl", "ASV": "% vol / hl", "DTN G": "100 kg / gross", "DTN E": "100 kg / net drained wt",
    "DTN M": "100 kg / net dry", "DTN R": "100 kg std qual", "DTN Z": "100 kg / % sacchar.", "DTN": "100 kg",
    "TNE": "tonne", "KGM": "kg", "HLT": "hl", "MTK": "m2", "MTR": "m", "CEN": "100 items", "MIL": "1000 items",
    "NAR": "item",
}  # fmt: skip
_CODED = re.compile(r"(\d[\d.]*)\s+(EUR|GBP)\s*/?\s*(" + "|".join(map(re.escape, _UNITS)) + r")(?![A-Z])")


def spelled(duty: str) -> str:
    """A duty as the grammar reads it: "9.400 % + 5.000 EUR DTN" is "9.400 % + 5.000 EUR / 100 kg"."""
    text = re.sub(r"\(\d+\)", "", duty).replace("\xa0", " ").strip()
    return _CODED.sub(lambda found: f"{found[1]} {found[2]} / {_UNITS[found[3]]}", text)


@dataclass(frozen=True, slots=True)
class _Told:
    """One row of either publication."""

    code: str
    text: str
    type: str
    additional: str
    duty: str
    since: date
    until: date | None
    area: str
    excluded: tuple[str, ...]
    order_number: str
    law: str


@dataclass(frozen=True, slots=True)
class _Edition:
    """Whose tariff a publication is."""

    jurisdiction: str
    label: str
    source: str
    licence: str


_UK_TARIFF = _Edition("uk", "UK Trade Tariff", "data.api.trade.gov.uk, uk-tariff-2021-01-01", "OGL v3")
_TARIC = _Edition(
    "eu", "TARIC, duties on import", "European Commission, CIRCABC", "reuse: Decision 2011/833/EU"
)
_UK = (
    "commodity__code", "commodity__description", "measure__type__id", "measure__additional_code__code",
    "measure__duty_expression", "measure__effective_start_date", "measure__effective_end_date",
    "measure__geographical_area__id", "measure__excluded_geographical_areas__ids", "measure__quota__order_number",
)  # fmt: skip


def read_uk_measures(path: Path) -> ReleaseRows:
    """The UK's tariff from its measures, as defined or on declarable commodities. BadTariffFile."""
    return _release(path, _UK_TARIFF, _uk_rows(path))


def _uk_rows(path: Path) -> Iterator[_Told]:
    for row in table_rows(path, *_UK):
        yield _Told(
            code=row["commodity__code"], text=_given(row["commodity__description"]), type=row["measure__type__id"],
            additional=_given(row["measure__additional_code__code"]), duty=_given(row["measure__duty_expression"]),
            since=_day(row["measure__effective_start_date"], "measure__effective_start_date"),
            until=_after(row["measure__effective_end_date"], "measure__effective_end_date"),
            area=row["measure__geographical_area__id"],
            excluded=tuple(filter(None, re.split(r"[|,\s]+", _given(row["measure__excluded_geographical_areas__ids"])))),
            order_number=_given(row["measure__quota__order_number"]), law=_given(row.get("measure__regulation__id", "")),
        )  # fmt: skip


_EU = (
    "Goods code", "Add code", "Order No.", "Start date", "End date", "Origin", "Measure type", "Legal base", "Duty",
    "Origin code", "Meas. type code",
)  # fmt: skip


def read_taric(path: Path) -> ReleaseRows:
    """The EU's tariff from the `Duties Import` sheet of TARIC. BadTariffFile."""
    return _release(path, _TARIC, _eu_rows(path))


def _eu_rows(path: Path) -> Iterator[_Told]:
    for row in sheet_rows(path, *_EU):
        yield _Told(
            code=re.sub(r"\D", "", row["Goods code"])[:10], text="", type=row["Meas. type code"].strip(),
            additional=row["Add code"].strip(), duty=row["Duty"].strip(), since=_day(row["Start date"], "Start date"),
            until=_after(row["End date"], "End date"), area=row["Origin code"].strip(), excluded=(),
            order_number=row["Order No."].strip().replace(".", ""), law=row["Legal base"].strip(),
        )  # fmt: skip


def _release(path: Path, edition: _Edition, rows: Iterable[_Told]) -> ReleaseRows:
    """The lines and measures of `rows`. A file that lists a measure as in force is no later than that measure's end."""
    told = [row for row in rows if row.type in _types()]
    if not told:
        raise BadTariffFile(f"{path.name} has no measure of a known type.", field="measure type")
    wrong = next((row.code for row in told if not re.fullmatch(r"\d{10}", row.code)), None)
    if wrong is not None:
        raise BadTariffFile(f"{wrong!r} is not a ten-digit code.", field="code")
    shorten = _shortener({row.code for row in told})
    named = {shorten(row.code): row.text for row in told}
    ends = [row.until for row in told if row.until]
    found = ReleaseRows(
        edition.jurisdiction, "mfn", f"{edition.label} {min(ends, default=max(row.since for row in told)).year}",
        edition.source, edition.licence, fingerprint(path), min(row.since for row in told), year=(min(ends) - timedelta(days=1)).year if ends else 0,
        lines=[LineRow(code, text) for code, text in sorted(named.items())],
        measures=_apart([m for row in told for m in _measures(row, shorten(row.code), edition)]),
    )  # fmt: skip
    check_contents(found)
    return found


def _apart(measures: Iterable[TariffMeasure]) -> list[TariffMeasure]:
    """Each measure once: of two that overlap under one key the later begun ends the earlier."""
    by_key: dict[tuple[str, ...], list[TariffMeasure]] = {}
    for one in measures:
        by_key.setdefault((one.code, one.kind, one.origin, one.reference), []).append(one)
    kept: list[TariffMeasure] = []
    for rows in by_key.values():
        rows.sort(key=lambda one: one.since)
        for n, one in enumerate(rows):
            later = next((x.since for x in rows[n + 1 :]), None)
            until = min(filter(None, (one.until, later)), default=None)
            if until is None or until > one.since:
                kept.append(replace(one, until=until))
    return kept


def _shortener(codes: set[str]) -> Callable[[str], str]:
    """Ten digits as the tariff says them: eight where the rest is nought, fewer where others stand below."""
    ordered = sorted(codes)
    above: set[str] = set()
    for code, following in pairwise(ordered):
        stem = _stem(code)
        if len(stem) < 8 and following.startswith(stem):
            above.add(code)

    def shorten(code: str) -> str:
        return _stem(code) if code in above else code[:8] if code.endswith("00") else code

    return shorten


def _stem(code: str) -> str:
    while len(code) > 4 and code.endswith("00"):
        code = code[:-2]
    return code


def _measures(row: _Told, code: str, edition: _Edition) -> Iterator[TariffMeasure]:
    does, duty = _types()[row.type], spelled(row.duty)
    source = f"{edition.label}, {row.law}" if row.law else edition.label
    countries = _areas().get(row.area, (row.area,) if _ORIGIN.fullmatch(row.area) else ())
    reference = {"mfn": "", "quota": row.order_number.zfill(6)}.get(
        does, f"{row.type} {row.additional}".strip()
    )

    def measure(kind: str, text: str, origin: str, name: str) -> TariffMeasure:
        return TariffMeasure(
            edition.jurisdiction,
            code,
            kind,
            text,
            source[:300],
            row.since,
            row.until,
            origin,
            name[:_LONGEST],
        )

    if does == "preference":
        if countries and "" not in countries and duty:
            yield measure(does, duty, "", " ".join(countries))
    elif does in _RAISES and (not countries or row.excluded or does == "manual"):
        whom = row.area if _ORIGIN.fullmatch(row.area) else ""
        yield measure(
            "manual", f"measure {row.type}: {row.duty or 'no rate'}", whom, f"{reference} {row.area}"
        )
    elif does != "mfn" or countries == ("",):
        for origin in countries if duty else ():
            yield measure(does, duty, origin, reference)


@cache
def _types() -> Mapping[str, str]:
    return {
        row["type"]: row["does"]
        for row in table_rows(_OWN / "taric_measure_types.csv", "type", "does", "meaning")
    }


@cache
def _areas() -> Mapping[str, tuple[str, ...]]:
    """The countries of an area; one empty text is every country."""
    rows = table_rows(_OWN / "taric_areas.csv", "area", "countries", "meaning", "source")
    return {
        row["area"]: ("",) if row["countries"] == "*" else tuple(row["countries"].split()) for row in rows
    }


@dataclass(frozen=True, slots=True)
class QuotaRow:
    """A quota and what is left of it on a day; `codes` are shortened, `origins` empty where it is open to all."""

    jurisdiction: str
    order_number: str
    codes: tuple[str, ...]
    origins: tuple[str, ...]
    unit: str
    volume: Decimal
    balance: Decimal
    critical: bool
    since: date
    until: date | None


_QUOTA = (
    "quota__order_number", "quota__geographical_areas", "quota__commodities", "quota__measurement_unit",
    "quota_definition__validity_start_date", "quota_definition__validity_end_date", "quota_definition__status",
    "quota_definition__initial_volume", "quota_definition__balance",
)  # fmt: skip
_QUOTA_UNITS = {
    "kilogram": "kg",
    "hectolitre": "l:100",
    "litre": "l",
    "tonne": "kg:1000",
    "number of items": "item",
}


def read_uk_quotas(path: Path) -> list[QuotaRow]:
    """The UK's tariff quotas with their balances. BadTariffFile names the field."""
    found = []
    for row in table_rows(path, *_QUOTA):
        unit = row["quota__measurement_unit"].split("(")[0].strip().lower()
        name, _, times = _QUOTA_UNITS.get(unit, unit).partition(":")
        scale = Decimal(times or 1)
        volume = _amount(row["quota_definition__initial_volume"], "quota_definition__initial_volume") * scale
        status = row["quota_definition__status"].strip().casefold()
        left = _amount(row["quota_definition__balance"], "quota_definition__balance") * scale
        found.append(
            QuotaRow(
                "uk", row["quota__order_number"].replace(".", "").zfill(6),
                tuple(_stem(code) for code in filter(None, row["quota__commodities"].split("|"))),
                _quota_origins(row["quota__geographical_areas"]), name[:16], volume,
                Decimal(0) if status in ("exhausted", "closed") else min(left, volume), status == "critical",
                _day(row["quota_definition__validity_start_date"], "quota_definition__validity_start_date"),
                _after(row["quota_definition__validity_end_date"], "quota_definition__validity_end_date"),
            )
        )  # fmt: skip
    if not found:
        raise BadTariffFile(f"{path.name} has no quota.", field="quota__order_number")
    return found


def _quota_origins(text: str) -> tuple[str, ...]:
    """Names or codes as published; ERGA OMNES is open to all."""
    names = [part.strip() for part in text.split("|") if part.strip()]
    return () if any(name.upper() == "ERGA OMNES" for name in names) else tuple(names)


def _given(text: str) -> str:
    return "" if text.strip() in ("#NA", "NULL") else text.strip()


def _amount(text: str, field: str) -> Decimal:
    try:
        found = Decimal(text)
    except InvalidOperation as exc:
        raise BadTariffFile(f"{text!r} is not an amount.", field=field) from exc
    if not found.is_finite() or found < 0:
        raise BadTariffFile(f"{text!r} is not an amount.", field=field)
    return found


def _day(text: str, field: str) -> date:
    """A day as either publication writes it: 2026-01-31, 31-01-2026 or 31/01/2026."""
    for form in ("%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y"):
        try:
            return datetime.strptime(text.strip()[:10], form).date()  # noqa: DTZ007 - a day without a time
        except ValueError:
            continue
    raise BadTariffFile(f"{text!r} is not a day.", field=field)


def _after(text: str, field: str) -> date | None:
    """The day after a last day; None where none is given."""
    return _day(text, field) + timedelta(days=1) if _given(text) else None
