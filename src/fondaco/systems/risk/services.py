"""Writes: lists into tables, screenings kept, cases opened."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from fondaco.kernel import audit, outbox
from fondaco.kernel.ids import new_id
from fondaco.systems.risk.adapters.countries import country_code
from fondaco.systems.risk.adapters.lists import read_demo_list, read_lists
from fondaco.systems.risk.domain.lists import Entry, ParsedList
from fondaco.systems.risk.domain.screening import Match, ScreenRequest, ScreenResult, screen
from fondaco.systems.risk.dto import (
    LoadedList,
    LoadReport,
    RecordedScreening,
    RescreenReport,
    ScreeningRecord,
)
from fondaco.systems.risk.engine import DATA, current_index, thresholds
from fondaco.systems.risk.models import (
    CASES,
    Case,
    CaseState,
    CaseStep,
    ListEntry,
    ListName,
    ListVersion,
    Outcome,
    ScreenedOrder,
    Screening,
    Waiver,
)

# --- lists ---------------------------------------------------------------------------------------


def load_lists(folder: Path | None, *, now: datetime, actor: str = "house") -> LoadReport:
    """Put the lists found in `folder` in force; without any, the demonstration list.

    The demonstration list goes out of force as soon as a real one is loaded, and never replaces one.
    A file already in force is not read again. BadList leaves what is in force as it is.
    """
    real = ListVersion.objects.filter(in_force=True, is_demo=False)
    known = set(real.values_list("sha256", flat=True))
    parsed = read_lists(folder, known=known) if folder is not None and folder.is_dir() else []
    if not parsed and not real.exists():
        parsed = [read_demo_list(DATA / "demo_list.csv")]
    with transaction.atomic():
        _one_at_a_time()
        states = {each.code: _put_in_force(each, now, actor) for each in parsed}
        if real.exists():
            ListVersion.objects.filter(is_demo=True, in_force=True).update(in_force=False)
    return _load_report(states)


def _one_at_a_time() -> None:
    """Loads wait for one another: at most one version of a list comes into force."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('risk.load_lists'))")


def _load_report(states: dict[str, str]) -> LoadReport:
    versions = ListVersion.objects.filter(in_force=True).order_by("code")
    return LoadReport(
        tuple(
            LoadedList(
                v.code, v.title, v.sha256, v.entries, v.names, states.get(v.code, "unchanged"), v.is_demo
            )
            for v in versions
        )
    )


def _put_in_force(parsed: ParsedList, now: datetime, actor: str) -> str:
    version = ListVersion.objects.filter(code=parsed.code, sha256=parsed.sha256).first()
    if version is not None and version.in_force:
        return "unchanged"
    ListVersion.objects.filter(code=parsed.code, in_force=True).update(in_force=False)
    if version is None:
        version = _store_version(parsed, now)
    else:
        version.in_force = True
        version.save(update_fields=["in_force"])
    detail = {"code": parsed.code, "sha256": parsed.sha256, "entries": version.entries}
    audit.record(
        [audit.Deed("risk.list-loaded", "list", str(version.id), detail=detail)], actor=actor, at=now
    )
    outbox.append([outbox.Event("risk.list-loaded", parsed.code, detail)])
    return "loaded"


def _store_version(parsed: ParsedList, now: datetime) -> ListVersion:
    version = ListVersion.objects.create(
        code=parsed.code,
        title=parsed.title,
        source=parsed.source,
        licence=parsed.licence,
        sha256=parsed.sha256,
        generated_on=parsed.generated_on,
        loaded_at=now,
        in_force=True,
        is_demo=parsed.is_demo,
        entries=len(parsed.entries),
        names=sum(len(e.names) for e in parsed.entries),
    )
    ids = [new_id() for _ in parsed.entries]
    _copy(
        ListEntry,
        _ENTRY_COLUMNS,
        (_entry_row(i, version.id, e) for i, e in zip(ids, parsed.entries, strict=True)),
    )
    rows = ((i, n.name, n.weak) for i, e in zip(ids, parsed.entries, strict=True) for n in e.names)
    _copy(ListName, "entry_id, name, weak", rows)
    return version


_ENTRY_COLUMNS = "id, version_id, reference, kind, name, programme, countries, listed_on, expires_on, remarks, content_hash"


def _entry_row(entry_id: UUID, version_id: UUID, entry: Entry) -> tuple[Any, ...]:
    countries = "|".join(dict.fromkeys(country_code(c) for c in entry.countries))
    return (
        entry_id, version_id, entry.reference, entry.kind, entry.names[0].name[:500], entry.programme[:200],
        countries, entry.listed_on, entry.expires_on, entry.remarks, entry.content_hash,
    )  # fmt: skip


def _copy(model: Any, columns: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """COPY `rows` into the table of `model`; NUL characters, which PostgreSQL refuses, are dropped."""
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {model._meta.db_table} ({columns}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row([c.replace("\0", "") if isinstance(c, str) else c for c in row])


# --- screening -----------------------------------------------------------------------------------


def screen_names(requests: Sequence[ScreenRequest], *, now: datetime | None = None) -> list[ScreenResult]:
    """Screen names against the lists in force; results in the order asked. Writes nothing.

    Entries that expired before the day of `now` are passed over; without `now` they count too.
    """
    return screen(requests, current_index(), thresholds=thresholds(), on=now.date() if now else None)


def record_screenings(
    records: Sequence[ScreeningRecord | tuple[UUID, Sequence[UUID], ScreenResult]],
    *,
    now: datetime,
    actor: str,
) -> list[RecordedScreening]:
    """Keep results and open a case for each hit that no person has decided; in the order given.

    The same result recorded again changes nothing (subject, name and list versions are the key). A
    cleared case is reopened when a match appears that was not part of it.
    """
    wanted = [r if isinstance(r, ScreeningRecord) else ScreeningRecord(*r) for r in records]
    with transaction.atomic():
        waivers = _waivers(wanted)
        kept = {_key(r): r for r in wanted}
        open_matches = {key: _unwaived(record, waivers.get(key, frozenset())) for key, record in kept.items()}
        hits = [r for key, r in kept.items() if open_matches[key] or r.result.reason]
        cases = _cases_for(hits, open_matches, now, actor)
        _store_screenings(kept, open_matches, cases, now)
        stored = _stored(kept)
        _store_orders(wanted, stored)
    return [_recorded(stored[_key(r)]) for r in wanted]


Key = tuple[UUID, str, str]


def _key(record: ScreeningRecord) -> Key:
    return record.subject_id, record.result.name_key, record.result.list_version


def _mark(match: Match) -> tuple[str, str, str]:
    return match.list, match.entry, match.entry_hash


def _waivers(records: Sequence[ScreeningRecord]) -> dict[Key, frozenset[tuple[str, str, str]]]:
    """Per record, the list entries that people have ruled out for that subject and name."""
    subjects = [r.subject_id for r in records if r.result.matches]
    found: dict[tuple[UUID, str], set[tuple[str, str, str]]] = {}
    for waiver in Waiver.objects.filter(subject_id__in=subjects, withdrawn_at__isnull=True):
        marks = found.setdefault((waiver.subject_id, waiver.name_key), set())
        marks.add((waiver.list_code, waiver.reference, waiver.entry_hash))
    return {_key(r): frozenset(found.get((r.subject_id, r.result.name_key), ())) for r in records}


def _unwaived(record: ScreeningRecord, waived: frozenset[tuple[str, str, str]]) -> list[Match]:
    return [m for m in record.result.matches if _mark(m) not in waived]


def match_data(match: Match) -> dict[str, Any]:
    """A match as JSON."""
    return {
        "list": match.list,
        "entry": match.entry,
        "name": match.name,
        "score": match.score,
        "entry_hash": match.entry_hash,
        "explanation": dict(match.explanation),
    }


def _cases_for(
    hits: Sequence[ScreeningRecord], matches: dict[Key, list[Match]], now: datetime, actor: str
) -> dict[tuple[UUID, str], Case]:
    """The case of each hit: the one there is, or a new one. A cleared one is reopened."""
    subjects = [r.subject_id for r in hits]
    locked = Case.objects.house().select_for_update().filter(subject_id__in=subjects).order_by("id")
    known = {(c.subject_id, c.name_key): c for c in locked}
    new = {
        (r.subject_id, r.result.name_key): r for r in hits if (r.subject_id, r.result.name_key) not in known
    }
    _open_cases(list(new.values()), matches, now, actor)
    for record in hits:
        case = known.get((record.subject_id, record.result.name_key))
        if case is not None and case.state == CaseState.CLEARED and matches[_key(record)]:
            _reopen(case, matches[_key(record)], now, actor)
    again = Case.objects.house().filter(subject_id__in=subjects)
    return {(c.subject_id, c.name_key): c for c in again}


def _open_cases(
    records: Sequence[ScreeningRecord], matches: dict[Key, list[Match]], now: datetime, actor: str
) -> None:
    cases = [
        Case(
            subject_id=r.subject_id,
            seller_id=r.seller_id,
            name=r.result.name.replace("\0", ""),
            name_key=r.result.name_key,
            country=r.result.country,
            matches=[match_data(m) for m in matches[_key(r)]],
            reason=r.result.reason,
            score=r.result.score,
            opened_at=now,
        )
        for r in sorted(records, key=_key)  # one order for all writers: none waits for another in a circle
    ]
    Case.objects.bulk_create(cases, ignore_conflicts=True)
    opened = list(Case.objects.house().filter(id__in=[c.id for c in cases]))
    reason = "A screening found a likeness to a listed name."
    CaseStep.objects.bulk_create([CaseStep(case=c, event="open", reason=reason, at=now) for c in opened])
    _tell("risk.case-opened", opened, now, actor)


def _reopen(case: Case, matches: Sequence[Match], now: datetime, actor: str) -> None:
    case.state = CASES.after(case.state, "reopen")
    case.matches, case.score = [match_data(m) for m in matches], max(m.score for m in matches)
    case.save(update_fields=["state", "matches", "score"])
    reason = "A list names a likeness that was not part of the decision."
    CaseStep.objects.create(case=case, event="reopen", reason=reason, at=now)
    _tell("risk.case-reopened", [case], now, actor)


def _tell(topic: str, cases: Sequence[Case], now: datetime, actor: str) -> None:
    """Audit and outbox of a change of `cases`, in the caller's transaction."""
    detail = {c.id: {"subject_id": str(c.subject_id), "state": c.state, "verdict": c.verdict} for c in cases}
    deeds = [audit.Deed(topic, "risk_case", str(c.id), c.seller_id, detail[c.id]) for c in cases]
    audit.record(deeds, actor=actor, at=now)
    outbox.append([outbox.Event(topic, str(c.id), detail[c.id]) for c in cases])


def _store_screenings(
    kept: dict[Key, ScreeningRecord],
    matches: dict[Key, list[Match]],
    cases: dict[tuple[UUID, str], Case],
    now: datetime,
) -> None:
    rows = []
    for key, record in sorted(kept.items(), key=lambda pair: pair[0]):
        result, live = record.result, matches[key]
        hit = bool(live or result.reason)
        rows.append(
            Screening(
                subject_id=record.subject_id,
                seller_id=record.seller_id,
                name=result.name.replace("\0", ""),
                name_key=result.name_key,
                country=result.country,
                outcome=Outcome.HIT if hit else Outcome.CLEAR,
                reason=result.reason,
                score=result.score,
                matches=[match_data(m) for m in result.matches],
                waived=[f"{m.list} {m.entry}" for m in result.matches if m not in live],
                list_version=result.list_version,
                case=cases[(record.subject_id, result.name_key)] if hit else None,
                screened_at=now,
            )
        )
    Screening.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)


def _stored(kept: dict[Key, ScreeningRecord]) -> dict[Key, Screening]:
    rows = Screening.objects.house().filter(
        subject_id__in={k[0] for k in kept}, list_version__in={k[2] for k in kept}
    )
    found = {(s.subject_id, s.name_key, s.list_version): s for s in rows.select_related("case")}
    return {key: found[key] for key in kept}


def _store_orders(wanted: Sequence[ScreeningRecord], stored: dict[Key, Screening]) -> None:
    rows = [ScreenedOrder(screening=stored[_key(r)], order_id=o) for r in wanted for o in r.order_ids]
    ScreenedOrder.objects.bulk_create(rows, ignore_conflicts=True, batch_size=2000)


def _recorded(screening: Screening) -> RecordedScreening:
    """A hit whose case people have cleared counts as clear."""
    case = screening.case
    cleared = case is not None and case.state == CaseState.CLEARED
    return RecordedScreening(
        screening_id=screening.id,
        subject_id=screening.subject_id,
        outcome=Outcome.CLEAR if cleared else Outcome(screening.outcome),
        case_id=case.id if case else None,
        case_state=case.state if case else "",
        waived=tuple(screening.waived),
    )


def rescreen(*, now: datetime, actor: str, batch: int = 1000) -> RescreenReport:
    """Screen again every known subject and name not yet screened against the lists now in force.

    Names that could not be read are left to the people who hold their case.
    """
    rows = Screening.objects.house().filter(reason="").order_by("subject_id", "name_key", "-screened_at")
    done_already = Screening.objects.house().filter(
        subject_id=OuterRef("subject_id"), name_key=OuterRef("name_key"), list_version=current_index().version
    )
    latest = list(rows.exclude(Exists(done_already)).distinct("subject_id", "name_key"))
    hits = opened = reopened = 0
    for start in range(0, len(latest), batch):
        part = latest[start : start + batch]
        before = dict(
            Case.objects.house()
            .filter(subject_id__in=[s.subject_id for s in part])
            .values_list("id", "state")
        )
        results = screen_names([ScreenRequest(str(s.id), s.name, s.country) for s in part], now=now)
        records = [
            ScreeningRecord(s.subject_id, (), r, s.seller_id) for s, r in zip(part, results, strict=True)
        ]
        done = record_screenings(records, now=now, actor=actor)
        hits += sum(d.outcome == Outcome.HIT for d in done)
        opened += sum(d.case_id is not None and d.case_id not in before for d in done)
        reopened += sum(
            d.case_state == CaseState.REOPENED and before.get(d.case_id) == CaseState.CLEARED
            for d in done
            if d.case_id
        )
    return RescreenReport(len(latest), hits, opened, reopened)
