"""Reading the tariffs' published files: each reader gives lines and measures, and nothing else.

The files are described in ../shared/data/SOURCES.md; columns that are missing or moved are refused.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from fondaco.kernel.errors import Refused
from fondaco.platforms.window.domain.tariff_book import StackingRule, TariffMeasure

UK_EU_SINCE = date(2021, 1, 1)
# General rates of revision 4 of 2026, held to have stood since the 2025 basic edition.
US_SINCE = date(2025, 1, 1)


class BadTariffFile(Refused):
    code = "bad-tariff-file"
    title = "This is not the tariff file it should be."
    remedy = "Fetch the file again, or name the columns it has now."


@dataclass(frozen=True, slots=True)
class LineRow:
    """A code and its text."""

    code: str
    description: str
    units: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReleaseRows:
    """What one file holds."""

    jurisdiction: str
    dataset: str
    label: str
    source: str
    licence: str
    sha256: str
    valid_from: date
    lines: list[LineRow] = field(default_factory=list)
    measures: list[TariffMeasure] = field(default_factory=list)


def fingerprint(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _rows(path: Path, *needed: str) -> Iterator[dict[str, str]]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8-sig", newline="") as file:  # type: ignore[operator]
        reader = csv.DictReader(file)
        missing = [name for name in needed if name not in (reader.fieldnames or ())]
        if missing:
            raise BadTariffFile(f"{path.name} lacks: {', '.join(missing)}.", field=missing[0])
        yield from reader


def read_uk_eu(path: Path, jurisdiction: str) -> ReleaseRows:
    """The UK's (`uk`) or the EU's (`eu`) rates from the UK DIT's comparison file of 2021."""
    column = {"uk": "ukgt_duty_rate", "eu": "cet_duty_rate"}[jurisdiction]
    name = {"uk": "UK Global Tariff", "eu": "EU Common External Tariff"}[jurisdiction]
    release = ReleaseRows(
        jurisdiction, "mfn", f"{name} 2021", "uktrade/global-uk-tariff, global-uk-tariff.csv", "OGL v3",
        fingerprint(path), UK_EU_SINCE,
    )  # fmt: skip
    for row in _rows(path, "commodity", "description", column, "trade_remedy_applies"):
        remedy = row["trade_remedy_applies"] == "True"
        release.lines.append(LineRow(row["commodity"], row["description"], (), ("remedy",) if remedy else ()))
        if row[column].strip():
            release.measures.append(
                TariffMeasure(
                    jurisdiction,
                    row["commodity"],
                    "mfn",
                    row[column].strip(),
                    name,
                    UK_EU_SINCE,
                    remedy=remedy,
                )
            )
    return release


def read_us_hts(path: Path) -> ReleaseRows:
    """The General column of the US schedule, chapters 1 to 97; texts carry their headings."""
    source = "USITC, HTS 2026 revision 4"
    release = ReleaseRows(
        "us", "mfn", source, "DavidRod1865/HTS-Classifier, hts_2026_revision_4_csv.csv", "US public domain",
        fingerprint(path), US_SINCE,
    )  # fmt: skip
    above: list[str] = []
    seen: set[str] = set()
    for row in _rows(path, "HTS Number", "Indent", "Description", "Unit of Quantity", "General Rate of Duty"):
        above = [*above[: int(row["Indent"] or 0)], row["Description"].strip(" :")]
        code = row["HTS Number"].replace(".", "")
        if not code.isdigit() or code[:2] >= "98" or code in seen:
            continue
        seen.add(code)
        release.lines.append(LineRow(code, " > ".join(above)[:1000], _units(row["Unit of Quantity"])))
        duty = row["General Rate of Duty"].strip()
        if duty:
            release.measures.append(TariffMeasure("us", code, "mfn", duty, source, US_SINCE))
    return release


def _units(text: str) -> tuple[str, ...]:
    try:
        return tuple(unit for unit in json.loads(text) if unit) if text else ()
    except json.JSONDecodeError:
        return ()


def read_hs(path: Path) -> ReleaseRows:
    """The world's nomenclature: chapters, headings, subheadings."""
    release = ReleaseRows(
        "hs", "nomenclature", "Harmonized System 2022", "datasets/harmonized-system", "ODC-PDDL 1.0",
        fingerprint(path), date(2022, 1, 1),
    )  # fmt: skip
    for row in _rows(path, "hscode", "description"):
        if row["hscode"].isdigit() and 2 <= len(row["hscode"]) <= 10:
            release.lines.append(LineRow(row["hscode"], row["description"]))
    return release


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
    for row in _rows(path, "hts8", "ch99_code"):
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
    for row in _rows(path, "hts_prefix", "annex", "metal_type", "effective_date"):
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


def read_own(path: Path, jurisdiction: str) -> ReleaseRows:
    """Our own dated measures that are on no code: the US country duties (`data/window/us_country.csv`).

    Rates by country are stated here as the law states them; what is excepted from them is not read.
    """
    release = ReleaseRows(
        jurisdiction,
        "country",
        "Country duties",
        "data/window, see data/SOURCES.md",
        "facts",
        fingerprint(path),
        US_SINCE,
    )
    for row in _rows(path, "origin", "kind", "reference", "expression", "from", "to", "source"):
        release.measures.append(
            TariffMeasure(
                jurisdiction,
                "",
                row["kind"],
                row["expression"],
                row["source"],
                date.fromisoformat(row["from"]),
                date.fromisoformat(row["to"]) if row["to"] else None,
                row["origin"],
                row["reference"],
            )
        )
    return release


def read_compact(path: Path, jurisdiction: str) -> ReleaseRows:
    """Our own small table of six-digit codes (`data/window/duties_hs6.csv`), for use where the full
    files are not at hand. A code with several duties has them all, parted by a bar.
    """
    release = ReleaseRows(
        jurisdiction, "compact", f"Compact duties ({jurisdiction})", "data/window/duties_hs6.csv, see data/SOURCES.md",
        "OGL v3 (uk, eu); US public domain", fingerprint(path), US_SINCE if jurisdiction == "us" else UK_EU_SINCE,
    )  # fmt: skip
    for row in _rows(path, "hs6", "description", "eu", "uk", "us", "s301", "s232"):
        release.lines.append(LineRow(row["hs6"], row["description"]))
        for n, text in enumerate(filter(None, row[jurisdiction].split(" | "))):
            release.measures.append(
                TariffMeasure(
                    jurisdiction,
                    row["hs6"],
                    "mfn",
                    text,
                    release.label,
                    release.valid_from,
                    reference=f"#{n}",
                )
            )
        if jurisdiction == "us":
            release.measures.extend(_compact_s301(row["hs6"], row["s301"]))
            release.measures.extend(_compact_s232(row["hs6"], row["s232"]))
    return release


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


def read_stacking(path: Path) -> tuple[StackingRule, ...]:
    """Which additional duties are not owed together (`data/window/us_stacking.csv`)."""
    return tuple(
        StackingRule(
            row["jurisdiction"], row["prevails"], row["yields"], date.fromisoformat(row["from"]),
            date.fromisoformat(row["to"]) if row["to"] else None, row["source"],
        )
        for row in _rows(path, "jurisdiction", "prevails", "yields", "from", "to", "source")
    )  # fmt: skip


def read_former(path: Path) -> dict[str, tuple[str, ...]]:
    """The codes of HS 2017 that became a code of HS 2022 (WCO correlation, consumer goods only)."""
    return {row["hs2022"]: tuple(row["hs2017"].split()) for row in _rows(path, "hs2022", "hs2017")}


Reader = Any
FULL: tuple[tuple[str, str, str, Reader], ...] = (
    ("uk", "mfn", "uk_eu_mfn_tariff_2021.csv.gz", partial(read_uk_eu, jurisdiction="uk")),
    ("eu", "mfn", "uk_eu_mfn_tariff_2021.csv.gz", partial(read_uk_eu, jurisdiction="eu")),
    ("us", "mfn", "us_hts_2026_rev4.csv.gz", read_us_hts),
    ("us", "s301", "us_s301_product_lists.csv", read_s301),
    ("us", "s232", "us_s232_annex_products.csv", read_s232),
    ("hs", "nomenclature", "hs2022_nomenclature.csv", read_hs),
)
