from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection, connections
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from fondaco.delivery.jobs import public, tasks
from fondaco.delivery.jobs.consumers import consumers
from fondaco.delivery.jobs.public import kept_heads, run_worker, troubled_jobs
from fondaco.kernel import audit, clock
from fondaco.kernel.audit import Deed
from fondaco.kernel.models import AuditEvent, AuditSeal
from tests.forking import said_by, start

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.HOME = tmp_path


@pytest.fixture
def _own_queue(transactional_db: None) -> Iterator[None]:
    """No jobs before; neither jobs nor workers after: one that was broken off leaves both, as it should."""
    _empty("procrastinate_jobs")
    yield
    _empty("procrastinate_jobs", "procrastinate_workers")


def _empty(*tables: str) -> None:
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"DELETE FROM {table}")


def _deeds(count: int) -> None:
    audit.record([Deed("a.b", "thing", str(n)) for n in range(count)], actor="test", at=NOW)


@pytest.mark.django_db
def test_the_tasks_do_their_work_and_may_be_repeated() -> None:
    _deeds(3)
    assert tasks.seal_audit(timestamp=0) == 3
    assert tasks.seal_audit(timestamp=0) == 0
    assert tasks.relay_outbox(timestamp=0) == 0
    assert tasks.deliver_webhooks(timestamp=0) == 0
    assert tasks.purge(timestamp=0) == {"keys": 0, "events": 0, "uploads": 0}


@pytest.mark.django_db
def test_the_nightly_check_keeps_heads_and_notices_a_rewritten_chain(caplog) -> None:
    _deeds(3)
    assert tasks.verify_audit(timestamp=0)
    assert tasks.verify_audit(timestamp=0)  # a night without events keeps no second head
    assert kept_heads() == [audit.head()]
    with connection.cursor() as cursor:
        for table in ("kernel_auditevent", "kernel_auditseal"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute("UPDATE kernel_auditevent SET actor = 'forger'")
        cursor.execute("DELETE FROM kernel_auditseal")
    assert not tasks.verify_audit(timestamp=0)
    assert "audit chain is broken" in caplog.text
    assert len(kept_heads()) == 1


@pytest.mark.django_db
def test_an_end_cut_off_since_last_night_is_missed_too() -> None:
    _deeds(3)
    assert tasks.verify_audit(timestamp=0)
    _deeds(2)
    assert tasks.seal_audit(timestamp=0) == 2
    assert [head.seq for head in kept_heads()] == [3, 5]
    with connection.cursor() as cursor:
        for table in ("kernel_auditevent", "kernel_auditseal"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(
            "DELETE FROM kernel_auditevent WHERE id IN (SELECT event_id FROM kernel_auditseal WHERE seq > 3)"
        )
        cursor.execute("DELETE FROM kernel_auditseal WHERE seq > 3")
    assert audit.verify().ok  # what is left is whole in itself
    assert audit.verify(anchors=kept_heads()).bad_anchors == (5,)
    assert not tasks.verify_audit(timestamp=0)


def test_every_task_is_periodic_under_its_own_lock_and_consumers_have_names_of_their_own() -> None:
    periodic = {task.task.name: task for task in app.periodic_registry.periodic_tasks.values()}
    ours = {name for name in periodic if name.startswith("fondaco.delivery.jobs.")}
    assert ours == {
        f"fondaco.delivery.jobs.tasks.{name}"
        for name in (
            "relay_outbox",
            "seal_audit",
            "deliver_webhooks",
            "continue_orders",
            "poll_open_payments",
            "refund_returns",
            "resume_imports",
            "send_payouts",
            "ask_bank",
            "reconcile_day",
            "watch_shipments",
            "expire_reservations",
            "expire_disputes",
            "sweep_flash_sales",
            "tend_exchange",
            "deliver_due_forwards",
            "propose_cover",
            "watch_returns",
            "report_voyages",
            "send_payment_data",
            "summarise_month",
            "plan_stock",
            "purge",
            "verify_audit",
            "retry_stalled",
            "forget_failed",
        )
    }
    locks = [periodic[name].task.queueing_lock for name in ours]
    assert len(set(locks)) == len(ours)
    names = [consumer.name for consumer in consumers()]
    assert len(set(names)) == len(names)


@pytest.mark.django_db(transaction=True)
def test_a_worker_works_off_what_is_there_and_leaves_no_row(monkeypatch) -> None:
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)  # its threads outlive it here
    _deeds(5)
    tasks.seal_audit.defer(timestamp=0)
    run_worker(wait=False)
    assert AuditSeal.objects.count() == AuditEvent.objects.count() == 5
    assert not ProcrastinateJob.objects.filter(task_name__endswith="seal_audit", status="todo").exists()


@pytest.mark.usefixtures("_own_queue")
@pytest.mark.slow(18)
@pytest.mark.parametrize(
    ("work", "stop"), [("_work_as_ever", signal.SIGINT), ("_work_with_a_hanging_job", signal.SIGTERM)]
)
def test_a_running_worker_ends_well_on_a_signal_even_where_a_job_hangs(
    work: str, stop: signal.Signals, database_url: str, tmp_path: Path
) -> None:
    _deeds(4)
    job = tasks.watch_returns.defer(timestamp=0)  # raises in the first run, hangs in the second
    worker = start(globals()[work], database_url=database_url, home=tmp_path)
    end = time.monotonic() + 40
    while AuditSeal.objects.count() < 4 and time.monotonic() < end and worker.exitcode is None:
        time.sleep(0.2)
    os.kill(worker.pid, stop)
    worker.join(40)
    assert AuditSeal.objects.count() == 4, said_by(tmp_path)
    assert worker.exitcode == 0, said_by(tmp_path)
    state = "failed" if work == "_work_as_ever" else "doing"
    assert ProcrastinateJob.objects.get(id=job).status == state
    seen = troubled_jobs(now=clock.now() + timedelta(hours=1))
    assert ("watch_returns", state) in {(one.task, one.state) for one in seen}
    later = troubled_jobs(now=clock.now() + timedelta(days=2 if state == "failed" else 0))
    assert job not in {one.id for one in later}


def _work_as_ever() -> None:
    tasks.watch_returns.func = _raise
    run_worker()


def _work_with_a_hanging_job() -> None:
    tasks.watch_returns.func = lambda timestamp: time.sleep(60)
    public.GRACE_SECONDS = 1
    run_worker()


def _raise(timestamp: int) -> int:
    raise ValueError(timestamp)
