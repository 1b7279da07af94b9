"""The door of the jobs: run a worker, see the kept heads of the audit chain."""

from __future__ import annotations

from procrastinate.contrib.django import app

from fondaco.delivery.jobs.heads import kept_heads

__all__ = ["kept_heads", "run_worker"]

GRACE_SECONDS = 30


def run_worker(*, wait: bool = True, concurrency: int = 2) -> None:
    """Work off jobs until SIGINT or SIGTERM; with `wait=False` only those that are there.

    On the signal it takes no more jobs and gives those at hand 30 seconds; what does not end in them
    is taken up by another worker. Jobs that succeeded leave no row behind.
    """
    with app.replace_connector(app.connector.get_worker_connector()) as worker:  # type: ignore[attr-defined]
        worker.run_worker(
            wait=wait,
            concurrency=concurrency,
            delete_jobs="successful",
            fetch_job_polling_interval=5,
            shutdown_graceful_timeout=GRACE_SECONDS,
        )
