"""Loading tariffs: from an authority's file into the tables once, and from the tables into memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from fondaco.kernel import clock
from fondaco.platforms.window.domain.tariff_book import Expiry, TariffBook, TariffMeasure
from fondaco.platforms.window.models import CodeExpiry, Measure, TariffLine, TariffRelease
from fondaco.platforms.window.tariff_files import (
    FULL,
    Format,
    ReleaseRows,
    fingerprint,
    read_compact,
    read_expiries,
    read_former,
    read_own,
    read_stacking,
)
from fondaco.platforms.window.tariff_rows import check_year

OWN: Path = settings.ROOT / "data" / "window"
STACKING = OWN / "us_stacking.csv"
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class TariffsLoaded:
    """What `ensure_tariffs` did: releases held, those newly loaded, and duties no grammar reads."""

    held: int
    loaded: tuple[str, ...]
    lines: int
    measures: int
    unread: int
    full: bool


def ensure_tariffs(
    folder: Path | None = None, *, now: datetime | None = None, progress: Progress | None = None
) -> TariffsLoaded:
    """Hold the tariffs of `folder` (settings.SHARED_DATA/tariff by default) and our own tables.

    A file already held (same sha256) is not read again. Where the full file of a jurisdiction is not
    there, our compact table of six-digit codes stands in; the full file replaces it when it comes.
    """
    folder = folder or settings.SHARED_DATA / "tariff"
    at = now or clock.now()
    wanted = _wanted(folder)
    loaded: list[str] = []
    for n, (jurisdiction, dataset, path, reader) in enumerate(wanted):
        if progress:
            progress(f"{jurisdiction}/{dataset}", n, len(wanted))
        if _held(jurisdiction, dataset, path):
            continue
        store_release(reader(path), at)
        loaded.append(f"{jurisdiction}/{dataset}")
    if loaded:
        analyse()
    return TariffsLoaded(
        held=TariffRelease.objects.count(),
        loaded=tuple(loaded),
        lines=TariffLine.objects.count() if loaded else 0,
        measures=Measure.objects.count() if loaded else 0,
        unread=sum(TariffRelease.objects.values_list("unread", flat=True)),
        full=(folder / FULL[0].name).exists(),
    )


Wanted = tuple[str, str, Path, Callable[[Path], ReleaseRows]]


def _wanted(folder: Path) -> list[Wanted]:
    lacking = {known.jurisdiction for known in FULL if known.needed and not (folder / known.name).exists()}
    # Base rates without the additional duties would be a price too low.
    found: list[Wanted] = [
        (known.jurisdiction, known.dataset, folder / known.name, partial(_read_known, known))
        for known in FULL
        if known.jurisdiction not in lacking and (folder / known.name).exists()
    ]
    held = {jurisdiction for jurisdiction, dataset, *_ in found if dataset == "mfn"}
    held |= set(TariffRelease.objects.filter(dataset="mfn").values_list("jurisdiction", flat=True))
    compact, country = OWN / "duties_hs6.csv", OWN / "us_country.csv"
    found += [
        (code, "compact", compact, partial(read_compact, jurisdiction=code))
        for code in ("uk", "eu", "us")
        if code not in held and compact.exists()
    ]
    found.append(("us", "country", country, partial(read_own, jurisdiction="us")))
    return found


def _read_known(known: Format, path: Path) -> ReleaseRows:
    """A known file, read and held against the year it is known to be of."""
    rows = known.read(path)
    check_year(rows, year=known.year)
    return rows


def _held(jurisdiction: str, dataset: str, path: Path) -> bool:
    return TariffRelease.objects.filter(
        jurisdiction=jurisdiction, dataset=dataset, sha256=fingerprint(path)
    ).exists()


@transaction.atomic
def store_release(rows: ReleaseRows, at: datetime, *, following: bool = False) -> TariffRelease:
    """Put one file into the tables; all of it or nothing.

    In place of the release it follows, unless that keeps its ended duties (`following`).
    """
    if not following:
        replaced = {"mfn": ("mfn", "compact")}.get(rows.dataset, (rows.dataset,))
        TariffRelease.objects.filter(jurisdiction=rows.jurisdiction, dataset__in=replaced).delete()
    release = TariffRelease.objects.create(
        jurisdiction=rows.jurisdiction,
        dataset=rows.dataset,
        label=rows.label,
        source=rows.source,
        licence=rows.licence,
        sha256=rows.sha256,
        valid_from=rows.valid_from,
        rows=len(rows.lines) + len(rows.measures),
        unread=sum(m.kind == "mfn" and m.duty is None for m in rows.measures),
        loaded_at=at,
    )
    _copy_lines(release, rows)
    _copy_measures(release, rows.measures)
    return release


def _copy_lines(release: TariffRelease, rows: ReleaseRows) -> None:
    import json

    table = (
        (
            release.pk,
            release.jurisdiction,
            line.code,
            line.description,
            json.dumps(line.units),
            json.dumps(line.flags),
        )
        for line in rows.lines
    )
    _copy("window_tariffline", "release_id, jurisdiction, code, description, units, flags", table)


def _copy_measures(release: TariffRelease, measures: Iterable[TariffMeasure]) -> None:
    table = (
        (release.pk, m.jurisdiction, m.code, m.kind, m.origin, m.reference, m.expression, m.source, _range(m))
        for m in measures
    )
    columns = "release_id, jurisdiction, code, kind, origin, reference, expression, source, validity"
    _copy("window_measure", columns, table)


def _range(measure: TariffMeasure) -> str:
    return f"[{measure.since.isoformat()},{measure.until.isoformat() if measure.until else ''})"


def _copy(table: str, columns: str, rows: Iterable[tuple[Any, ...]]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def analyse() -> None:
    """Tell the planner of tables that have just been filled."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE window_tariffline, window_measure")


def tariff_book() -> TariffBook:
    """The measures of the tables, in memory."""
    remedies = set(TariffLine.objects.filter(flags__contains=["remedy"]).values_list("jurisdiction", "code"))
    rows = Measure.objects.exclude(kind="agency").values_list(
        "jurisdiction", "code", "kind", "expression", "source", "validity", "origin", "reference"
    )
    measures = [
        TariffMeasure(
            where,
            code,
            kind,
            text,
            source,
            span.lower,
            span.upper,
            origin,
            ref,
            (where, code) in remedies,
        )
        for where, code, kind, text, source, span, origin, ref in rows.iterator(chunk_size=20_000)
    ]
    return TariffBook.of(
        measures,
        versions=tariff_versions(),
        former=read_former(OWN / "hs2022_hs2017.csv"),
        stacking=read_stacking(STACKING),
        expired=held_expiries(),
    )


def held_expiries() -> dict[tuple[str, str], Expiry]:
    """The codes that have ended: those of the nomenclature before, and those that an edition dropped."""
    found = read_expiries(OWN / "hs2017_ended.csv")
    for row in CodeExpiry.objects.order_by("expired_on"):
        found[row.jurisdiction, row.code] = Expiry(row.expired_on, tuple(row.successors), row.source)
    return found


def tariff_versions() -> dict[str, str]:
    """For each jurisdiction the releases its answers come from, by their first twelve hex digits."""
    found: dict[str, list[str]] = {}
    for where, dataset, sha in TariffRelease.objects.order_by("jurisdiction", "dataset").values_list(
        "jurisdiction", "dataset", "sha256"
    ):
        found.setdefault(where, []).append(f"{dataset}@{sha[:12]}")
    for rule in {rule.jurisdiction for rule in read_stacking(STACKING)}:
        found.setdefault(rule, []).append(f"stacking@{fingerprint(STACKING)[:12]}")
    return {where: " ".join(parts) for where, parts in found.items()}
