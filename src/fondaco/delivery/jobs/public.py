"""The door of the jobs: run a worker, hand it an import, see whether one lives and what heads are kept."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateWorker

from fondaco.commerce.orders.public import ColumnMapping, UploadDTO
from fondaco.delivery.jobs.heads import kept_heads
from fondaco.flows.uploads import queue_import, run_upload
from fondaco.kernel.serving import end_beside
from fondaco.kernel.tenancy import Scope

__all__ = [
    "kept_heads",
    "run_worker",
    "start_card_pages",
    "start_import",
    "start_worker",
    "worker_lives",
]

GRACE_SECONDS = 30
SMALL = 128 * 1024  # a file of at most so many bytes is imported while the merchant waits: a second or so
_HEARTBEATS = timedelta(seconds=60)  # a worker tells every ten seconds that it lives


def run_worker(*, wait: bool = True, concurrency: int = 2, beside: int | None = None) -> None:
    """Work off jobs until SIGINT or SIGTERM; with `wait=False` only those that are there.

    On the signal it takes no more jobs and gives those at hand 30 seconds; what does not end in them
    is taken up by another worker. Jobs that succeeded leave no row behind. `beside` names the process that
    started this one: when that is gone, this one ends too.
    """
    end_beside(beside)
    with app.replace_connector(app.connector.get_worker_connector()) as worker:  # type: ignore[attr-defined]
        worker.run_worker(
            wait=wait,
            concurrency=concurrency,
            delete_jobs="successful",
            fetch_job_polling_interval=5,
            shutdown_graceful_timeout=GRACE_SECONDS,
        )


def start_worker() -> subprocess.Popen[bytes]:
    """Start a worker as a process of its own, that ends with this one."""
    fondaco = str(Path(sys.executable).with_name("fondaco"))
    return subprocess.Popen([fondaco, "worker", "--beside", str(os.getpid())])


def start_card_pages(api: str) -> subprocess.Popen[bytes]:
    """Start the simulated provider's card page as a process of its own, that ends with this one."""
    fondaco = str(Path(sys.executable).with_name("fondaco"))
    return subprocess.Popen([fondaco, "payments", "pages", "--api", api, "--beside", str(os.getpid())])


def worker_lives(*, now: datetime) -> bool:
    """Whether some worker has told within the last minute that it is at work."""
    return bool(ProcrastinateWorker.objects.filter(last_heartbeat__gt=now - _HEARTBEATS).exists())


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
