"""Reading the United States' files: the schedule, its preferences, the lists of 301 and 232, customs' flags."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from fondaco.platforms.window.domain.tariff_book import TariffMeasure
from fondaco.platforms.window.tariff_rows import (
    BadTariffFile,
    LineRow,
    ReleaseRows,
    check_contents,
    fingerprint,
    first_lines,
    table_rows,
)

# General rates of revision 4 of 2026, held to have stood since the 2025 basic edition.
US_SINCE = date(2025, 1, 1)
_OWN = Path(__file__).resolve().parents[4] / "data" / "window"
# A schedule does not say which year it is of; these provisions of chapter 99 first stood in the year named.
_YEAR_MARKS = {"99030301": 2026, "99030125": 2025, "99039101": 2024, "99038867": 2023}
_PREFERENCE = re.compile(r"([^()]+?)\s*\(([^()]*)\)")


@dataclass(frozen=True, slots=True)
class Programme:
    """A preference programme of the Special column: the origins it is open to, and when."""

    origins: tuple[str, ...]
    since: date
    until: date | None


@cache
def programmes() -> Mapping[str, Programme]:
    """The programmes by their symbol (`data/window/us_programmes.csv`); lapsed ones (GSP, AGOA) are not in it."""
    rows = table_rows(_OWN / "us_programmes.csv", "programme", "origins", "from", "to", "source")
    return {
        row["programme"]: Programme(
            tuple(row["origins"].split()), date.fromisoformat(row["from"]), _day_or_none(row["to"])
        )
        for row in rows
    }


_SCHEDULE = (
    "HTS Number", "Indent", "Description", "Unit of Quantity", "General Rate of Duty", "Special Rate of Duty",
)  # fmt: skip


def read_us_hts(path: Path) -> ReleaseRows:
    """The General and Special columns of the US schedule, chapters 1 to 97; texts carry their headings."""
    rows = list(_json_rows(path) if path.suffix.lower() == ".json" else table_rows(path, *_SCHEDULE))
    year = max((_YEAR_MARKS.get(row["HTS Number"].replace(".", ""), 0) for row in rows), default=0)
    source = _edition(path.name, year)
    release = ReleaseRows(
        "us", "mfn", source, f"USITC, hts.usitc.gov, {path.name}", "US public domain", fingerprint(path), US_SINCE,
        year=year,
    )  # fmt: skip
    above: list[str] = []
    seen: set[str] = set()
    for row in rows:
        above = [*above[: _indent(row["Indent"])], row["Description"].strip(" :")]
        code = row["HTS Number"].replace(".", "")
        if not code.isdigit() or code[:2] >= "98" or code in seen:
            continue
        seen.add(code)
        release.lines.append(LineRow(code, " > ".join(above)[:1000], _units(row["Unit of Quantity"])))
        duty = row["General Rate of Duty"].strip()
        if duty:
            release.measures.append(TariffMeasure("us", code, "mfn", duty, source, US_SINCE))
            release.measures.extend(_preferences(code, row["Special Rate of Duty"], source))
    check_contents(release)
    return release


_JSON = dict(zip(("htsno", "indent", "description", "units", "general", "special"), _SCHEDULE, strict=True))


def json_head(path: Path) -> list[str]:
    """The names that the first row of the schedule in JSON has; BadTariffFile where it is no list of rows."""
    rows = _json(path)
    return list(rows[0]) if rows else []


def _json(path: Path) -> list[dict[str, Any]]:
    """The schedule as hts.usitc.gov exports it in JSON: a list of rows."""
    try:
        rows = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as exc:
        raise BadTariffFile(f"{path.name} cannot be read: {exc}", field="file") from exc
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadTariffFile(f"{path.name} is no list of rows.", field="file")
    return rows


def _json_rows(path: Path) -> Iterator[dict[str, str]]:
    """Its rows under the headings of the CSV; each needs all of them, for one without a rate would cost nothing."""
    for number, row in enumerate(_json(path), 1):
        missing = [name for name in _JSON if name not in row]
        if missing:
            raise BadTariffFile(f"{path.name}, row {number} lacks: {', '.join(missing)}.", field=missing[0])
        yield {head: _cell(row[name]) for name, head in _JSON.items()}


def _cell(value: Any) -> str:
    """A cell as the CSV has it: units as a list in JSON, texts without markup."""
    return json.dumps(value) if isinstance(value, list) else re.sub(r"<[^>]+>", "", str(value or ""))


def _edition(name: str, year: int) -> str:
    """What the edition is called: its year from its contents, its revision from the file's name, if that says so."""
    revision = re.search(r"rev(?:ision)?_?(\d+)", name)
    return f"USITC, HTS {year}" + (f" revision {revision[1]}" if revision else "")


def _indent(text: str) -> int:
    if text.strip() and not text.strip().isdigit():
        raise BadTariffFile(f"{text!r} is not an indent.", field="Indent")
    return int(text or 0)


def _units(text: str) -> tuple[str, ...]:
    try:
        return tuple(unit for unit in json.loads(text) if unit) if text else ()
    except json.JSONDecodeError:
        return ()


def _preferences(code: str, special: str, source: str) -> Iterator[TariffMeasure]:
    """Of a cell like "Free (AU,KR) 2.3% (P)" a measure for each rate, and for each programme's own dates."""
    for rate, symbols in _PREFERENCE.findall(special.replace("\\xa0", " ")):
        dated: dict[tuple[date, date | None], set[str]] = {}
        for symbol in symbols.split(","):
            programme = programmes().get(symbol.strip())
            if programme is not None:
                span = (max(programme.since, US_SINCE), programme.until)
                dated.setdefault(span, set()).update(programme.origins)
        for (since, until), origins in dated.items():
            reference = " ".join(sorted(origins))
            yield TariffMeasure("us", code, "preference", rate.strip(), source, since, until, "", reference)


# The lists of section 301: rate and day of effect, by the provision of chapter 99 (HTS, subchapter III,
# U.S. notes 20 and 31). List 4B (9903.88.16) is suspended; cranes (9903.92.10) hit part of a line.
_S301: dict[str, tuple[str, date]] = {
    "9903.88.01": ("25%", date(2018, 7, 6)),
    "9903.88.02": ("25%", date(2018, 8, 23)),
    "9903.88.03": ("25%", date(2019, 5, 10)),
    "9903.88.04": ("25%", date(2019, 5, 10)),
    "9903.88.15": ("7.5%", date(2020, 2, 14)),
    "9903.91.01": ("25%", date(2024, 9, 27)),
    "9903.91.02": ("50%", date(2024, 9, 27)),
    "9903.91.03": ("100%", date(2024, 9, 27)),
    "9903.91.05": ("50%", date(2025, 1, 1)),
    "9903.91.06": ("25%", date(2026, 1, 1)),
    "9903.91.07": ("50%", date(2026, 1, 1)),
    "9903.91.08": ("100%", date(2026, 1, 1)),
    "9903.91.11": ("25%", date(2025, 1, 1)),
}


def read_s301(path: Path) -> ReleaseRows:
    """Additional duties on goods of China. A later four-year-review provision replaces the earlier
    list on the same code, so the two never stack.
    """
    release = ReleaseRows(
        "us", "s301", "Section 301 lists", "Budget-Lab-Yale/tariff-rate-tracker, s301_product_lists.csv", "MIT",
        fingerprint(path), US_SINCE,
    )  # fmt: skip
    by_code: dict[str, set[str]] = {}
    for row in table_rows(path, "hts8", "ch99_code"):
        if row["ch99_code"] in _S301:
            by_code.setdefault(row["hts8"], set()).add(row["ch99_code"])
    for code, references in sorted(by_code.items()):
        ordered = sorted(references, key=lambda ref: (_S301[ref][1], ref))
        for i, reference in enumerate(ordered):
            rate, since = _S301[reference]
            until = _S301[ordered[i + 1]][1] if i + 1 < len(ordered) else None
            if until is not None and until <= since:
                continue
            release.measures.append(
                TariffMeasure("us", code, "additional", rate, "HTS ch. 99", since, until, "CN", reference)
            )
    return release


# The annexes to the proclamation of 2026-04-02: one rate on the full value since 2026-04-06 (U.S. note 16(c)).
# Annex 2 left the scope; annex 3 is filled up to 15 % until the end of 2027 and then joins annex 1b.
_S232_ANNEXES: dict[str, tuple[tuple[str, str, date | None], ...]] = {
    "1a": (("s232-1a", "50%", None),),
    "1b": (("s232-1b", "25%", None),),
    "2": (),
    "3": (("s232-3", "to 15%", date(2028, 1, 1)), ("s232-1b", "25%", None)),
}
# Before the annexes the duty was on the metal's share of the value, which only a person knows.
_S232_SINCE = {"steel": date(2025, 3, 12), "aluminum": date(2025, 3, 12), "copper": date(2025, 8, 1)}


def read_s232(path: Path) -> ReleaseRows:
    """Metals and their derivatives under section 232, by annex; before the annexes they are for a person."""
    release = ReleaseRows(
        "us", "s232", "Section 232 annexes", "Budget-Lab-Yale/tariff-rate-tracker, s232_annex_products.csv", "MIT",
        fingerprint(path), US_SINCE,
    )  # fmt: skip
    found: dict[tuple[object, ...], TariffMeasure] = {}
    for row in table_rows(path, "hts_prefix", "annex", "metal_type", "effective_date"):
        code = row["hts_prefix"][:10]
        if not code.isdigit() or row["annex"] not in _S232_ANNEXES or row["metal_type"] not in _S232_SINCE:
            continue
        for measure in _s232_of(
            code, row["annex"], row["metal_type"], date.fromisoformat(row["effective_date"])
        ):
            found.setdefault((measure.code, measure.kind, measure.reference, measure.since), measure)
    release.measures.extend(found.values())
    return release


def _s232_of(code: str, annex: str, metal: str, since: date) -> Iterator[TariffMeasure]:
    source = "Proclamation of 2026-04-02, U.S. note 16(c)"
    for reference, rate, until in _S232_ANNEXES[annex]:
        yield TariffMeasure("us", code, "additional", rate, source, since, until, "", reference)
        since = until or since
    text = f"section 232, {metal}: before the annexes the duty is on the metal's share of the value"
    yield TariffMeasure(
        "us", code, "manual", text, "Proclamations 10895, 10896 and 10962", _S232_SINCE[metal], date(2026, 4, 6), "",
        f"s232-before-{metal}",
    )  # fmt: skip


def compact_lists(code: str, s301: str, s232: str) -> list[TariffMeasure]:
    """The duties of the lists that hit a six-digit code of our compact table."""
    return [*_compact_s301(code, s301), *_compact_s232(code, s232)]


def _compact_s301(code: str, text: str) -> list[TariffMeasure]:
    """The highest of the lists that hit some line below the code: the full file tells them apart."""
    references = [reference for reference in text.split(" | ") if reference in _S301]
    if not references:
        return []
    highest = max(references, key=lambda reference: Decimal(_S301[reference][0].rstrip("%")))
    rate, since = _S301[highest]
    return [TariffMeasure("us", code, "additional", rate, "HTS ch. 99", since, None, "CN", highest)]


def _compact_s232(code: str, text: str) -> list[TariffMeasure]:
    """Metals under section 232 at or below the code: for a person, as with the full file."""
    since = date(2026, 4, 6)
    return [
        TariffMeasure(
            "us", code, "manual", f"section 232, {metal}", "Proclamation", since, None, "", f"s232-{metal}"
        )
        for metal in filter(None, text.split(" | "))
    ]


def read_us_flags(path: Path) -> ReleaseRows:
    """Customs' own list of flags: which partner agency asks for papers, where a trade remedy is possible.

    Dated line by line. A record that ends within sixty days of the list is renewed with the next one
    (the cotton fee's are), so that its end is not taken as the end of the duty to show papers.
    """
    heading = first_lines(path, 1)
    listed_on = (
        _american(heading[0][1])
        if heading and heading[0][:1] == ["HTS Date:"] and len(heading[0]) > 1
        else None
    )
    if listed_on is None:
        raise BadTariffFile(f"{path.name} does not begin with its HTS date.", field="HTS Date:")
    source = f"CBP, ACE HTS and partner-agency report of {listed_on.isoformat()}"
    release = ReleaseRows(
        "us", "flags", source, "joyahacs/tariff-simulator, hts_pga_report.csv", "US public domain", fingerprint(path),
        listed_on, year=listed_on.year,
    )  # fmt: skip
    columns = (
        "Tariff Number",
        "Description",
        "Effective Date",
        "Expiration Date",
        "AD Duty",
        "CV Duty",
        "PGA 1",
    )
    seen: set[str] = set()
    for row in table_rows(path, *columns, skip=2):
        code = row["Tariff Number"]
        if code.isdigit() and len(code) == 10 and code < "98" and code not in seen:
            seen.add(code)
            release.measures.extend(_flags_of(code, row, source, listed_on))
    if not seen:
        raise BadTariffFile(f"{path.name} has no ten-digit line.", field="Tariff Number")
    return release


def _flags_of(code: str, row: Mapping[str, str], source: str, listed_on: date) -> Iterator[TariffMeasure]:
    since, last = _american(row["Effective Date"]), _american(row["Expiration Date"])
    until = last + timedelta(days=1) if last - listed_on > timedelta(days=60) else None
    for column, reference, text in (
        ("AD Duty", "AD", "anti-dumping duty is possible: ask for the case"),
        ("CV Duty", "CVD", "countervailing duty is possible: ask for the case"),
    ):
        if row[column] == "Y":
            yield TariffMeasure("us", code, "remedy", text, source, since, until, "", reference)
    flags = {row.get(f"PGA {n}", "").strip() for n in range(1, 11)} - {""}
    for flag in sorted(flags):
        yield TariffMeasure("us", code, "agency", agency_words(flag), source, since, until, "", flag)


def agency_words(flag: str) -> str:
    """What a flag such as FD2 asks: the agency, its papers, and whether they must be shown (even) or may be."""
    row = _agencies().get(flag[:2])
    if row is None:
        return f"partner agency flag {flag}"
    must = flag[2:].isdigit() and int(flag[2:]) % 2 == 0
    return f"{row['agency']}: {row['papers']} {'required' if must else 'may be required'}"


@cache
def _agencies() -> Mapping[str, Mapping[str, str]]:
    return {row["flag"]: row for row in table_rows(_OWN / "us_agencies.csv", "flag", "agency", "papers")}


def _american(text: str) -> date:
    try:
        return datetime.strptime(text.strip(), "%m/%d/%Y").date()  # noqa: DTZ007 - a day without a time
    except ValueError as exc:
        raise BadTariffFile(f"{text!r} is not a day.", field="date") from exc


def _day_or_none(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
