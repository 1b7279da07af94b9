"""A new edition of a tariff: read, held against the one in use, shown as a difference, then put in its place.

A duty that changes is closed on the day the new one begins, so that a code keeps its history and a quote of an
earlier day its price. A code that is gone ends on that day, with the codes that may have come in its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from fondaco.kernel import audit
from fondaco.kernel.audit import Deed
from fondaco.platforms.window.domain.tariff_book import TariffMeasure
from fondaco.platforms.window.models import CodeExpiry, Measure, TariffLine, TariffRelease
from fondaco.platforms.window.tariff_files import FULL, Format, ReleaseRows, format_of
from fondaco.platforms.window.tariff_load import analyse, store_release
from fondaco.platforms.window.tariff_rows import BadTariffFile, LineRow, check_year

_SHOWN = 12
_MANY = 100
_LOSS = 0.2
Key = tuple[str, str, str, str]


class Shrunk(BadTariffFile):
    code = "tariff-has-shrunk"
    title = "This edition lacks a large part of the codes in use."
    remedy = "Check that the file is whole; if the codes have really gone, say so (--allow-loss)."


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a difference: `was` and `now` are texts or duties, empty where there was or is none."""

    code: str
    what: str
    was: str
    now: str


@dataclass(frozen=True, slots=True)
class EditionReport:
    """What a file holds beside what is in use, and whether it was put in its place.

    `lacks` names files without which this jurisdiction's prices would be too low.
    """

    jurisdiction: str
    dataset: str
    label: str
    source: str
    licence: str
    sha256: str
    year: int
    valid_from: date
    lines: int
    measures: int
    unread: int
    replaces: str
    codes_added: int
    codes_ended: int
    texts_changed: int
    duties_added: int
    duties_ended: int
    duties_changed: int
    loaded: bool
    held_already: bool = False
    lacks: tuple[str, ...] = ()
    samples: tuple[Change, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class _Held:
    """One measure in use."""

    pk: int
    expression: str
    since: date


def load_edition(
    path: Path,
    *,
    year: int,
    now: datetime,
    actor: str,
    jurisdiction: str = "",
    since: date | None = None,
    dry_run: bool = False,
    allow_loss: bool = False,
) -> list[EditionReport]:
    """Read a tariff file and, unless `dry_run`, put it in the place of the edition in use from `since` on.

    A file of two jurisdictions (the UK's with the EU's) gives a report each; `jurisdiction` takes one. All or
    nothing is stored. BadTariffFile, WrongYear and Shrunk name what is wrong, and then nothing has changed.
    """
    known = format_of(path, only=jurisdiction)
    read = [_checked(one, path, year=year) for one in known]
    with transaction.atomic():
        reports = [
            _take(rows, since=since or now.date(), now=now, dry_run=dry_run, allow_loss=allow_loss)
            for rows in read
        ]
        if not dry_run:
            audit.record((_deed(report) for report in reports if report.loaded), actor=actor, at=now)
    if any(report.loaded for report in reports):
        analyse()
    return reports


def _checked(known: Format, path: Path, *, year: int) -> ReleaseRows:
    rows = known.read(path)
    check_year(rows, year=year)
    return rows


def _take(rows: ReleaseRows, *, since: date, now: datetime, dry_run: bool, allow_loss: bool) -> EditionReport:
    held = list(
        TariffRelease.objects.filter(jurisdiction=rows.jurisdiction, dataset=rows.dataset).order_by("pk")
    )
    latest = held[-1] if held else None
    if latest is None or rows.dataset != "mfn":
        since = rows.valid_from  # nothing to continue: the file's own dates stand
    else:
        rows = replace(rows, measures=[m for m in rows.measures if m.until is None or m.until > since])
    texts = _texts(rows)
    in_use = _in_use(rows, since)
    diff = _difference(rows, texts, in_use)
    report = _report(rows, diff, since=since, replaces=latest.label if latest else "")
    if any(release.sha256 == rows.sha256 for release in held):
        return replace(report, held_already=True)
    if diff.lost > max(_MANY, len(texts) * _LOSS) and not allow_loss:
        raise Shrunk(f"{diff.lost} of {len(texts)} codes would end.", field="rows", value=diff.lost)
    if not dry_run:
        _store(rows, held, in_use, diff, since=since, now=now)
    return replace(report, loaded=not dry_run)


def _texts(rows: ReleaseRows) -> dict[str, str]:
    lines = TariffLine.objects.filter(jurisdiction=rows.jurisdiction, release__dataset=rows.dataset)
    return dict(lines.values_list("code", "description"))


def _in_use(rows: ReleaseRows, since: date) -> dict[Key, _Held]:
    """The measures of the edition in use that run on into the new one's time."""
    held = Measure.objects.filter(jurisdiction=rows.jurisdiction, release__dataset=rows.dataset)
    found = held.filter(validity__endswith__isnull=True) | held.filter(validity__endswith__gt=since)
    return {
        (code, kind, origin, reference): _Held(pk, expression, span.lower)
        for pk, code, kind, origin, reference, expression, span in found.values_list(
            "pk", "code", "kind", "origin", "reference", "expression", "validity"
        )
    }


@dataclass(frozen=True, slots=True)
class _Diff:
    """Codes and duties of a new edition beside those in use."""

    added: tuple[LineRow, ...]
    ended: tuple[str, ...]
    renamed: tuple[LineRow, ...]
    fresh: tuple[TariffMeasure, ...]
    changed: tuple[TariffMeasure, ...]
    gone: tuple[Key, ...]
    texts: Mapping[str, str]
    duties: Mapping[Key, str]

    @property
    def lost(self) -> int:
        return len(self.ended)


def _key(measure: TariffMeasure) -> Key:
    return measure.code, measure.kind, measure.origin, measure.reference


def _difference(rows: ReleaseRows, texts: Mapping[str, str], in_use: Mapping[Key, _Held]) -> _Diff:
    codes = {line.code for line in rows.lines}
    keys = {_key(measure) for measure in rows.measures}
    return _Diff(
        added=tuple(line for line in rows.lines if line.code not in texts),
        ended=tuple(sorted(texts.keys() - codes)) if rows.lines else (),
        renamed=tuple(x for x in rows.lines if x.code in texts and texts[x.code] != x.description),
        fresh=tuple(m for m in rows.measures if _key(m) not in in_use),
        changed=tuple(
            m for m in rows.measures if _key(m) in in_use and in_use[_key(m)].expression != m.expression
        ),
        gone=tuple(sorted(in_use.keys() - keys)),
        texts=texts,
        duties={key: held.expression for key, held in in_use.items()},
    )


def _report(rows: ReleaseRows, diff: _Diff, *, since: date, replaces: str) -> EditionReport:
    return EditionReport(
        jurisdiction=rows.jurisdiction,
        dataset=rows.dataset,
        label=rows.label,
        source=rows.source,
        licence=rows.licence,
        sha256=rows.sha256,
        year=rows.year,
        valid_from=since,
        lines=len(rows.lines),
        measures=len(rows.measures),
        unread=sum(m.kind == "mfn" and m.duty is None for m in rows.measures),
        replaces=replaces,
        codes_added=len(diff.added),
        codes_ended=len(diff.ended),
        texts_changed=len(diff.renamed),
        duties_added=len(diff.fresh),
        duties_ended=len(diff.gone),
        duties_changed=len(diff.changed),
        loaded=False,
        samples=tuple(_samples(diff)) if replaces else (),
        lacks=_lacking(rows),
    )


def _lacking(rows: ReleaseRows) -> tuple[str, ...]:
    held = set(
        TariffRelease.objects.filter(jurisdiction=rows.jurisdiction).values_list("dataset", flat=True)
    ) | {rows.dataset}
    needed = {known.dataset for known in FULL if known.jurisdiction == rows.jurisdiction and known.needed}
    return tuple(sorted(needed - held))


def _samples(diff: _Diff) -> Iterable[Change]:
    for measure in diff.changed[:_SHOWN]:
        yield Change(measure.code, measure.kind, diff.duties[_key(measure)], measure.expression)
    for code in diff.ended[:_SHOWN]:
        yield Change(code, "code", diff.texts[code][-80:], "")
    for line in diff.added[:_SHOWN]:
        yield Change(line.code, "code", "", line.description[-80:])
    for key in diff.gone[:_SHOWN]:
        yield Change(key[0], key[1], diff.duties[key], "")
    for measure in diff.fresh[:_SHOWN]:
        yield Change(measure.code, measure.kind, "", measure.expression)


def _store(
    rows: ReleaseRows,
    held: Sequence[TariffRelease],
    in_use: Mapping[Key, _Held],
    diff: _Diff,
    *,
    since: date,
    now: datetime,
) -> None:
    """Lines in place of the old ones; of the duties those that go on stay, the others end on `since`."""
    if not held or rows.dataset != "mfn" or since <= held[-1].valid_from:
        store_release(rows, now)
        return
    closing = [in_use[_key(m)] for m in diff.changed] + [in_use[key] for key in diff.gone]
    _close(closing, since)
    TariffLine.objects.filter(release__in=held).delete()
    dated = [replace(m, since=max(since, m.since)) for m in (*diff.fresh, *diff.changed)]
    release = store_release(replace(rows, measures=dated, valid_from=since), now, following=True)
    kept = in_use.keys() - {_key(m) for m in diff.changed} - set(diff.gone)
    _adopt([in_use[key].pk for key in kept], release)
    _end_codes(rows, diff, release, since)


def _close(measures: Sequence[_Held], since: date) -> None:
    """End these duties on `since`; one that would only have begun then never does."""
    Measure.objects.filter(pk__in=[held.pk for held in measures if held.since >= since]).delete()
    running = [held for held in measures if held.since < since]
    for day in {held.since for held in running}:
        pks = [held.pk for held in running if held.since == day]
        Measure.objects.filter(pk__in=pks).update(validity=DateRange(day, since))


def _adopt(pks: Sequence[int], release: TariffRelease) -> None:
    """The unchanged duties are the new edition's as well."""
    for start in range(0, len(pks), 20_000):
        Measure.objects.filter(pk__in=pks[start : start + 20_000]).update(release=release)


def _end_codes(rows: ReleaseRows, diff: _Diff, release: TariffRelease, since: date) -> None:
    CodeExpiry.objects.bulk_create(
        [
            CodeExpiry(
                release=release,
                jurisdiction=rows.jurisdiction,
                code=code,
                expired_on=since,
                successors=successors_of(code, diff.texts[code], diff.added),
                source=rows.label,
            )
            for code in diff.ended
            if len(code) > 6
        ],
        ignore_conflicts=True,
    )


def successors_of(code: str, text: str, added: Sequence[LineRow]) -> list[str]:
    """The new codes that may stand for an ended one: of the same subheading, with the same words if any has them."""
    near = [line for line in added if line.code[:6] == code[:6] and len(line.code) == len(code)]
    same = [line for line in near if _leaf(line.description) == _leaf(text)]
    return sorted(line.code for line in same or near)[:20]


def _leaf(text: str) -> str:
    return text.rsplit(" > ", 1)[-1].strip().casefold()


def _deed(report: EditionReport) -> Deed:
    return Deed(
        "window.tariff_loaded",
        "tariff",
        f"{report.jurisdiction}/{report.dataset}",
        detail={
            "label": report.label, "sha256": report.sha256, "replaces": report.replaces,
            "valid_from": report.valid_from.isoformat(), "changed": report.duties_changed, "ended": report.codes_ended,
        },
    )  # fmt: skip
