"""The packing bench: each scan is one write; a wrong piece is refused and kept as a scan; the last one ships."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from fondaco.kernel import audit, outbox
from fondaco.kernel.errors import NotFound
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.logistics.domain.stock.dto import BadScan
from fondaco.systems.logistics.models import PACKS, PackJob, PackLine, PackScan
from fondaco.systems.logistics.services.reservations import ship_reservations

_OPERATES = (Kind.SELLER, Kind.PARK)


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a scan did: the SKU, how many of it are in the parcel of how many, and whether all is in."""

    sku: str
    packed: int
    expected: int
    complete: bool


def plain_code(raw: str) -> str:
    """A scanned code as an SKU is written: no AIM identifier (]C1, ]E0), no control characters, capitals."""
    code = "".join(ch for ch in raw if ch.isprintable()).strip()
    if code.startswith("]") and len(code) > 3:
        code = code[3:]
    return code.upper()[:80]


def scan_piece(scope: Scope, job_id: UUID, raw: str, *, now: datetime, actor: str) -> Scanned:
    """Count one piece into the parcel. BadScan where it is not wanted there, or no more of it; nothing counted.

    The last piece completes the job: its reservations ship from the bins on the pick list.
    """
    code = plain_code(raw)
    with transaction.atomic():
        job = _open_job(scope, job_id)
        line = _count(job, code)
        if line:
            _log(job, line[0], "packed", now=now, actor=actor)
            complete = _all_in(job)
            if complete:
                _complete(job, now=now, actor=actor)
            return Scanned(*line, complete)
        verdict = _log(job, code, _fault(job, code), now=now, actor=actor)
    raise BadScan(_FAULTS[verdict], field="code", value=code)


_FAULTS = {
    "wrong-item": "This article is not in the order.",
    "too-many": "All pieces of this article are in already.",
}


def undo_scan(scope: Scope, job_id: UUID, *, now: datetime, actor: str) -> str:
    """Take the piece counted last out again; its SKU, empty where none was counted."""
    with transaction.atomic():
        job = _open_job(scope, job_id)
        last = _last_counted(job)
        if last:
            with connection.cursor() as cursor:
                cursor.execute(
                    "UPDATE logistics_packline SET packed = packed - 1"
                    " WHERE job_id = %s AND sku = %s AND packed > 0",
                    [job.pk, last],
                )
            _log(job, last, "undone", now=now, actor=actor)
    return last


def _open_job(scope: Scope, job_id: UUID) -> PackJob:
    """The job, locked; IllegalTransition where it is no longer open."""
    scope.require(role=Role.CLERK, kinds=_OPERATES)
    rows = PackJob.objects.of(scope).select_related("wave__store").select_for_update(of=("self",))
    job: PackJob | None = rows.filter(pk=job_id).first()
    if job is None:
        raise NotFound(field="job", value=str(job_id))
    PACKS.after(job.state, "complete")
    return job


def _count(job: PackJob, code: str) -> tuple[str, int, int] | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE logistics_packline SET packed = packed + 1"
            " WHERE job_id = %s AND upper(sku) = %s AND packed < expected RETURNING sku, packed, expected",
            [job.pk, code],
        )
        row: tuple[str, int, int] | None = cursor.fetchone()
    return row


def _fault(job: PackJob, code: str) -> str:
    known = PackLine.objects.house().filter(job=job, sku__iexact=code).exists()
    return "too-many" if known else "wrong-item"


def _last_counted(job: PackJob) -> str:
    """The article counted last and not taken out since: scans and undos pair like brackets."""
    undone = 0
    rows = PackScan.objects.house().filter(job=job, verdict__in=("packed", "undone")).order_by("-id")
    for code, verdict in rows.values_list("code", "verdict"):
        if verdict == "undone":
            undone += 1
        elif undone:
            undone -= 1
        else:
            return str(code)
    return ""


def _all_in(job: PackJob) -> bool:
    return all(
        packed == expected
        for packed, expected in PackLine.objects.house().filter(job=job).values_list("packed", "expected")
    )


def _complete(job: PackJob, *, now: datetime, actor: str) -> None:
    job.state, job.ended_at = PACKS.after(job.state, "complete"), now
    job.save(update_fields=["state", "ended_at"])
    lines = PackLine.objects.house().filter(job=job)
    ship_reservations(list(lines.values_list("reservation_id", flat=True)), now=now, actor=actor)
    store = job.wave.store
    facts = {"order_id": str(job.order_id), "number": job.number, "wave": job.wave.number}
    audit.record(
        [audit.Deed("stock.packed", "packing", str(job.pk), store.seller_id, facts)], actor=actor, at=now
    )
    parties = {"seller_id": str(store.seller_id), "organisation_id": str(store.operator_id)}
    outbox.append([outbox.Event("stock.packed", str(job.pk), {**parties, **facts})])


def _log(job: PackJob, code: str, verdict: str, *, now: datetime, actor: str) -> str:
    PackScan.objects.house().create(job=job, code=code, verdict=verdict, at=now, actor=actor[:120])
    return verdict
