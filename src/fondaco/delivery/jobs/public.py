"""The door of the jobs: run a worker, hand it an import, see whether one lives and what heads are kept."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.db.models import Max
from procrastinate import App
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob, ProcrastinateWorker

from fondaco.commerce.orders.public import ColumnMapping, UploadDTO
from fondaco.delivery.jobs.heads import kept_heads
from fondaco.flows.uploads import queue_import, run_upload
from fondaco.kernel.serving import end_beside
from fondaco.kernel.tenancy import Scope

__all__ = [
    "JobTrouble",
    "kept_heads",
    "run_worker",
    "start_card_pages",
    "start_import",
    "start_worker",
    "troubled_jobs",
    "worker_lives",
]

GRACE_SECONDS = 10
SMALL = 128 * 1024  # a file of at most so many bytes is imported while the merchant waits: a second or so
_LONG = timedelta(minutes=30)  # no job of ours takes so long: it hangs, or its worker died
_LATELY = timedelta(days=1)
_ENDS = (signal.SIGINT, signal.SIGTERM)
_HEARTBEATS = timedelta(seconds=60)  # a worker tells every ten seconds that it lives


def run_worker(*, wait: bool = True, concurrency: int = 2, beside: int | None = None) -> None:
    """Work off jobs until SIGINT or SIGTERM; with `wait=False` only those that are there.

    On the signal it takes no more jobs and gives those at hand ten seconds; what does not end in them is
    broken off (its transaction goes back) and taken up by another worker, as after a kill; a second signal
    does so at once. Jobs that succeeded leave no row behind. `beside` names the process that started this
    one: when that is gone, this one ends too.
    """
    end_beside(beside)
    with app.replace_connector(app.connector.get_worker_connector()) as worker:  # type: ignore[attr-defined]
        asyncio.run(_work(worker, wait=wait, concurrency=concurrency))


def start_worker() -> subprocess.Popen[bytes]:
    """Start a worker as a process of its own, that ends with this one."""
    fondaco = str(Path(sys.executable).with_name("fondaco"))
    return subprocess.Popen([fondaco, "worker", "--beside", str(os.getpid())])


def start_card_pages(api: str) -> subprocess.Popen[bytes]:
    """Start the simulated provider's card page as a process of its own, that ends with this one."""
    fondaco = str(Path(sys.executable).with_name("fondaco"))
    return subprocess.Popen([fondaco, "payments", "pages", "--api", api, "--beside", str(os.getpid())])


async def _work(worker: App, *, wait: bool, concurrency: int) -> None:
    async with worker.open_async():
        working = asyncio.ensure_future(
            worker.run_worker_async(
                wait=wait,
                concurrency=concurrency,
                delete_jobs="successful",
                fetch_job_polling_interval=5,
                install_signal_handlers=False,
            )
        )
        for sign in _ENDS:
            asyncio.get_running_loop().add_signal_handler(sign, _end, working)
        with suppress(asyncio.CancelledError):
            await working


def _end(working: asyncio.Future[None]) -> None:
    """Take no more jobs; leave in ten seconds at the latest: a job is a thread, which nothing else could end."""
    loop = asyncio.get_running_loop()
    for sign in _ENDS:
        loop.remove_signal_handler(sign)
    loop.call_later(GRACE_SECONDS, os._exit, 0)
    working.cancel()


def worker_lives(*, now: datetime) -> bool:
    """Whether some worker has told within the last minute that it is at work."""
    return bool(ProcrastinateWorker.objects.filter(last_heartbeat__gt=now - _HEARTBEATS).exists())


@dataclass(frozen=True, slots=True)
class JobTrouble:
    """A job that failed within the last day, or that is at hand for longer than any should be."""

    id: int
    task: str
    state: str
    since: datetime


def troubled_jobs(*, now: datetime) -> list[JobTrouble]:
    """The jobs that failed within the last day or hang (at hand for over 30 minutes), oldest first."""
    rows = ProcrastinateJob.objects.filter(status__in=("failed", "doing")).annotate(
        since=Max("procrastinateevent__at")
    )
    return [
        JobTrouble(job.id, job.task_name.rpartition(".")[2], job.status, job.since)
        for job in rows.order_by("id")
        if job.since and (now - job.since < _LATELY if job.status == "failed" else now - job.since > _LONG)
    ]


def start_import(
    scope: Scope, *, place: str, file_name: str, mapping: ColumnMapping, now: datetime
) -> UploadDTO:
    """Queue the import of a kept file; a small one is imported at once. Raises as `queue_import`."""
    from fondaco.delivery.jobs.tasks import import_upload  # tasks need the consumers, which need the API

    upload = queue_import(scope, place=place, file_name=file_name, mapping=mapping, now=now)
    if upload.size_bytes <= SMALL:
        run_upload(upload.id, now=now)
    else:
        import_upload.defer(upload_id=str(upload.id))
    return upload
