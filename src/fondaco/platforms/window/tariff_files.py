"""Reading the tariffs' published files: each reader gives lines and measures, and nothing else.

The files are described in ../shared/data/SOURCES.md; columns that are missing or moved are refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path

from fondaco.platforms.window.domain.tariff_book import Expiry, StackingRule, TariffMeasure
from fondaco.platforms.window.tariff_official import read_taric, read_uk_measures
from fondaco.platforms.window.tariff_rows import (
    BadTariffFile,
    LineRow,
    ReleaseRows,
    check_contents,
    fingerprint,
    first_lines,
    table_rows,
)
from fondaco.platforms.window.tariff_us import (
    US_SINCE,
    compact_lists,
    json_head,
    read_s232,
    read_s301,
    read_us_flags,
    read_us_hts,
)

__all__ = [
    "FULL",
    "BadTariffFile",
    "LineRow",
    "ReleaseRows",
    "fingerprint",
    "format_of",
    "read_compact",
    "read_expiries",
    "read_former",
    "read_hs",
    "read_own",
    "read_s232",
    "read_s301",
    "read_stacking",
    "read_uk_eu",
    "read_us_flags",
    "read_us_hts",
]

UK_EU_SINCE = date(2021, 1, 1)
# Codes that came with HS 2022: a file that has one is not of the nomenclature before it.
_HS_2022 = ("8524", "854911", "880610")
_WHOLE = 1000


def read_uk_eu(path: Path, jurisdiction: str) -> ReleaseRows:
    """The UK's (`uk`) or the EU's (`eu`) rates from the UK DIT's comparison file of 2021."""
    column = {"uk": "ukgt_duty_rate", "eu": "cet_duty_rate"}[jurisdiction]
    name = {"uk": "UK Global Tariff", "eu": "EU Common External Tariff"}[jurisdiction]
    release = ReleaseRows(
        jurisdiction, "mfn", f"{name} 2021", "uktrade/global-uk-tariff, global-uk-tariff.csv", "OGL v3",
        fingerprint(path), UK_EU_SINCE,
    )  # fmt: skip
    flags = {"trade_remedy_applies": "remedy", "suspension_applies": "suspension", "atq_applies": "quota"}
    for row in table_rows(path, "commodity", "description", column, *flags):
        told = tuple(flag for name, flag in flags.items() if row[name] == "True")
        remedy = "remedy" in told
        release.lines.append(LineRow(row["commodity"], row["description"], (), told))
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
    check_contents(release)
    return replace(release, year=_year_of(release, before=2021))


def _year_of(release: ReleaseRows, *, before: int) -> int:
    """2022 where a code of HS 2022 is in it, else the year `before` it; 0 for an extract that cannot tell."""
    if any(line.code.startswith(_HS_2022) for line in release.lines):
        return 2022
    return before if len(release.lines) >= _WHOLE else 0


def read_hs(path: Path) -> ReleaseRows:
    """The world's nomenclature: chapters, headings, subheadings."""
    release = ReleaseRows(
        "hs", "nomenclature", "Harmonized System 2022", "datasets/harmonized-system", "ODC-PDDL 1.0",
        fingerprint(path), date(2022, 1, 1),
    )  # fmt: skip
    for row in table_rows(path, "hscode", "description"):
        if row["hscode"].isdigit() and 2 <= len(row["hscode"]) <= 10:
            release.lines.append(LineRow(row["hscode"], row["description"]))
    check_contents(release)
    return replace(release, year=_year_of(release, before=2017))


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
    for row in table_rows(path, "origin", "kind", "reference", "expression", "from", "to", "source"):
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
    for row in table_rows(path, "hs6", "description", "eu", "uk", "us", "s301", "s232"):
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
            release.measures.extend(compact_lists(row["hs6"], row["s301"], row["s232"]))
    return release


def read_stacking(path: Path) -> tuple[StackingRule, ...]:
    """Which additional duties are not owed together (`data/window/us_stacking.csv`)."""
    return tuple(
        StackingRule(
            row["jurisdiction"], row["prevails"], row["yields"], date.fromisoformat(row["from"]),
            date.fromisoformat(row["to"]) if row["to"] else None, row["source"],
        )
        for row in table_rows(path, "jurisdiction", "prevails", "yields", "from", "to", "source")
    )  # fmt: skip


def read_former(path: Path) -> dict[str, tuple[str, ...]]:
    """The codes of HS 2017 that became a code of HS 2022 (WCO correlation, consumer goods only)."""
    return {row["hs2022"]: tuple(row["hs2017"].split()) for row in table_rows(path, "hs2022", "hs2017")}


def read_expiries(path: Path) -> dict[tuple[str, str], Expiry]:
    """The codes of HS 2017 that are none of HS 2022, with what came in their place (`data/window/hs2017_ended.csv`).

    A code that only gave some goods away to a new one goes on, and is not in the table.
    """
    source = "WCO correlation of HS 2017 and HS 2022"
    return {
        ("hs", row["hs2017"]): Expiry(date(2022, 1, 1), tuple(row["hs2022"].split()), source)
        for row in table_rows(path, "hs2017", "hs2022")
    }


Reader = Callable[[Path], ReleaseRows]


@dataclass(frozen=True, slots=True)
class Format:
    """A file that is known: what it is, the name it is published under, its reader, and the year it is of.

    Without a file that is not `needed` the jurisdiction can be priced all the same.
    """

    jurisdiction: str
    dataset: str
    name: str
    reader: Reader
    year: int
    head: tuple[str, ...]
    needed: bool = True

    def read(self, path: Path) -> ReleaseRows:
        return self.reader(path)


_UK_EU_HEAD = ("commodity", "description", "cet_duty_rate", "ukgt_duty_rate")
_UK_EU = "uk_eu_mfn_tariff_2021.csv.gz"
FULL: tuple[Format, ...] = (
    Format("uk", "mfn", _UK_EU, partial(read_uk_eu, jurisdiction="uk"), 2021, _UK_EU_HEAD),
    Format("eu", "mfn", _UK_EU, partial(read_uk_eu, jurisdiction="eu"), 2021, _UK_EU_HEAD),
    Format("us", "mfn", "us_hts_2026_rev4.csv.gz", read_us_hts, 2026, ("HTS Number", "Indent")),
    Format("us", "s301", "us_s301_product_lists.csv", read_s301, 2026, ("hts8", "list", "ch99_code")),
    Format("us", "s232", "us_s232_annex_products.csv", read_s232, 2026, ("hts_prefix", "annex")),
    Format(
        "us", "flags", "us_cbp_hts_pga_2026-02-21.csv.gz", read_us_flags, 2026, ("HTS Date:",), needed=False
    ),
    Format("hs", "nomenclature", "hs2022_nomenclature.csv", read_hs, 2022, ("section", "hscode")),
)


# What the authorities publish day by day: read when a person loads it, in place of the file of FULL.
OFFICIAL: tuple[Format, ...] = (
    Format(
        "uk", "mfn", "measures-as-defined.csv", read_uk_measures, 2026,
        ("commodity__code", "measure__type__id", "measure__duty_expression"), needed=False,
    ),
    Format(
        "eu", "mfn", "Duties Import.xlsx", read_taric, 2026, ("Goods code", "Duty", "Origin code"), needed=False,
    ),
    Format("us", "mfn", "htsdata.json", read_us_hts, 2026, ("htsno", "indent", "general"), needed=False),
)  # fmt: skip


def format_of(path: Path, *, only: str = "") -> tuple[Format, ...]:
    """Which known files `path` can be, by its first row; BadTariffFile where it is none of them.

    `only` is a jurisdiction, for a file that holds two.
    """
    lines = [json_head(path)] if path.suffix.lower() == ".json" else first_lines(path, 1)
    head = {name.strip() for name in lines[0]} if lines else set()
    found = tuple(
        known for known in (*FULL, *OFFICIAL) if set(known.head) <= head and only in ("", known.jurisdiction)
    )
    if not found:
        named = ", ".join(name[:40] for name in lines[0][:6]) if lines else "nothing"
        raise BadTariffFile(f"{path.name} begins with: {named}.", field="columns")
    return found
