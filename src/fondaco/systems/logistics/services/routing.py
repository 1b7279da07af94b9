"""Writing the network: the demonstration one, a person's own timetables, closures."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.db import connection, transaction
from django.utils.text import slugify

from fondaco.kernel import audit, outbox
from fondaco.kernel.errors import NotFound, Refused, RowError
from fondaco.kernel.ids import new_id
from fondaco.systems.logistics.adapters.bookfile import read_book_file
from fondaco.systems.logistics.domain.routing.demonstration import (
    DEFAULT_SEED,
    LABEL,
    REVISION,
    generate_demo_network,
)
from fondaco.systems.logistics.domain.routing.network import ClosureKind, Hub, Service
from fondaco.systems.logistics.domain.routing.rates import figures
from fondaco.systems.logistics.domain.routing.rows import PASSAGES, read_services
from fondaco.systems.logistics.models import RouteClosure, RouteHub, RouteService, RouteTimetable
from fondaco.systems.logistics.selectors.routing import known_hubs

DEMO_CODE = "demo"
_LOCK = 7_215_004
_MOST_ERRORS = 1000
_HUB_FIELDS = tuple(f.name for f in fields(Hub) if f.name != "code")


class BadClosure(Refused):
    code = "bad-closure"
    title = "This closure cannot be recorded."
    remedy = "Name a known hub, passage, service or provider, and an end after the start."


@dataclass(frozen=True, slots=True)
class StoredTimetable:
    """`created` is False where the same file was already in force."""

    id: UUID
    code: str
    version: int
    services: int
    created: bool


@dataclass(frozen=True, slots=True)
class TimetableImport:
    """What became of a file; with any error the last good version stays in force and `timetable` is None."""

    file: str
    sha256: str
    dry_run: bool
    services: int
    errors: tuple[RowError, ...]
    error_count: int
    timetable: StoredTimetable | None

    @property
    def ok(self) -> bool:
        return self.error_count == 0


def ensure_demo_network(*, now: datetime, seed: int = DEFAULT_SEED, actor: str = "system") -> StoredTimetable:
    """The demonstration network, made and stored the first time, found the next."""
    recipe = f"fondaco demonstration network, revision {REVISION}, seed {seed}"
    digest = hashlib.sha256(recipe.encode()).hexdigest()
    if known := _same(DEMO_CODE, digest):
        return known
    network = generate_demo_network(seed=seed)
    with transaction.atomic():
        _lock()
        if known := _same(DEMO_CODE, digest):
            return known
        _store_hubs(network.hubs)
        meta = {"source_file": f"generated:{recipe}", "sha256": digest, "synthetic": True, "label": LABEL}
        return _store(DEMO_CODE, network.services, meta=meta, actor=actor, now=now)


def import_timetable(
    path: Path, *, actor: str, now: datetime, code: str = "", dry_run: bool = False
) -> TimetableImport:
    """Publish the services of a CSV or XLSX file (first sheet) as the next version of its line of timetables.

    With a single error, or in a dry run, nothing is changed. BookUnreadable for what is no such file.
    """
    file = read_book_file(path)
    hubs = known_hubs()
    read = read_services(file.sheets["rates"], hubs=hubs, on=now.date())
    stored = None
    if not read.errors and read.services and not dry_run:
        name = (code or slugify(Path(file.name).stem) or "imported")[:40]
        with transaction.atomic():
            _lock()
            meta = {"source_file": file.name, "sha256": file.sha256}
            stored = _same(name, file.sha256) or _store(name, read.services, meta=meta, actor=actor, now=now)
    errors = read.errors or _emptiness(read.services)
    return TimetableImport(
        file.name, file.sha256, dry_run, len(read.services), errors[:_MOST_ERRORS], len(errors), stored
    )


def _emptiness(services: tuple[Service, ...]) -> tuple[RowError, ...]:
    if services:
        return ()
    return (RowError(1, "service", "", "no-services", "The file has no services.", "Add a row for each."),)


def record_closure(
    *,
    kind: str,
    target: str,
    starts_at: datetime,
    ends_at: datetime,
    note: str,
    source: str,
    actor: str,
    now: datetime,
) -> UUID:
    """Close a hub, a passage, a service or a provider for a time; routes asked for from now on avoid it."""
    if kind not in list(ClosureKind) or starts_at >= ends_at or not _known(kind, target):
        raise BadClosure(field="target", value=f"{kind} {target}")
    with transaction.atomic():
        row = RouteClosure.objects.create(
            id=new_id(), kind=kind, target=target, starts_at=starts_at, ends_at=ends_at, note=note[:200],
            source=source[:200], recorded_at=now, recorded_by=actor,
        )  # fmt: skip
        detail = {"kind": kind, "target": target, "from": starts_at.isoformat(), "until": ends_at.isoformat()}
        deed = audit.Deed("logistics.closure-recorded", "route_closure", str(row.pk), detail=detail)
        audit.record([deed], actor=actor, at=now)
        outbox.append([outbox.Event("logistics.closure-recorded", str(row.pk), detail)])
    return row.pk


def lift_closure(closure_id: UUID, *, actor: str, now: datetime) -> None:
    """End a closure before its time; NotFound where it is not in force."""
    with transaction.atomic():
        changed = RouteClosure.objects.filter(pk=closure_id, lifted_at=None).update(lifted_at=now)
        if not changed:
            raise NotFound(field="closure", value=str(closure_id))
        deed = audit.Deed("logistics.closure-lifted", "route_closure", str(closure_id))
        audit.record([deed], actor=actor, at=now)


def _known(kind: str, target: str) -> bool:
    if kind == ClosureKind.PASSAGE:
        return target in PASSAGES
    if kind == ClosureKind.HUB:
        return RouteHub.objects.filter(pk=target).exists()
    column = "code" if kind == ClosureKind.SERVICE else "provider"
    return RouteService.objects.filter(timetable__replaced_at=None, **{column: target}).exists()


def _lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _same(code: str, digest: str) -> StoredTimetable | None:
    row = RouteTimetable.objects.filter(code=code, sha256=digest, replaced_at=None).first()
    return StoredTimetable(row.pk, row.code, row.version, row.services, created=False) if row else None


def _store_hubs(hubs: Iterable[Hub]) -> None:
    RouteHub.objects.bulk_create(
        [RouteHub(code=hub.code, **{name: getattr(hub, name) for name in _HUB_FIELDS}) for hub in hubs],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=list(_HUB_FIELDS),
    )


def _store(
    code: str, services: tuple[Service, ...], *, meta: Mapping[str, object], actor: str, now: datetime
) -> StoredTimetable:
    last = RouteTimetable.objects.filter(code=code).order_by("-version").first()
    RouteTimetable.objects.filter(code=code, replaced_at=None).update(replaced_at=now)
    row = RouteTimetable.objects.create(
        id=new_id(), code=code, version=last.version + 1 if last else 1, currency=figures()["currency"],
        services=len(services), imported_at=now, imported_by=actor, **meta,
    )  # fmt: skip
    RouteService.objects.bulk_create([_row(service, row) for service in services], batch_size=1000)
    detail = {"code": code, "version": row.version, "services": len(services), "sha256": row.sha256}
    deed = audit.Deed("logistics.timetable-published", "route_timetable", str(row.pk), detail=detail)
    audit.record([deed], actor=actor, at=now)
    outbox.append([outbox.Event("logistics.timetable-published", str(row.pk), detail)])
    return StoredTimetable(row.pk, code, row.version, len(services), created=True)


def _row(service: Service, timetable: RouteTimetable) -> RouteService:
    facts = asdict(service)
    facts.update(
        origin_id=facts.pop("origin"),
        destination_id=facts.pop("destination"),
        breaks=[[b.from_kg, b.per_t] for b in service.breaks],
        surcharges=[[s.first.isoformat(), s.last.isoformat(), s.basis_points] for s in service.surcharges],
        passages=list(service.passages),
        not_on=list(service.not_on),
        mode=service.mode.value,
    )
    return RouteService(timetable=timetable, **facts)
