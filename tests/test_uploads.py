"""Imports in the background: progress that survives a reload, kills, files that are wrong, files left behind."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from procrastinate.contrib.django.models import ProcrastinateJob

from fondaco.commerce.orders import public as orders
from fondaco.commerce.orders.domain.reading import Reading
from fondaco.commerce.orders.models import ImportBatch, ImportUpload, Order
from fondaco.commerce.orders.public import UPLOAD_MACHINE, ColumnMapping, UploadState
from fondaco.delivery.jobs import public as jobs
from fondaco.delivery.jobs import tasks
from fondaco.delivery.jobs.public import start_import
from fondaco.flows import uploads
from fondaco.flows.uploads import (
    KEPT_FOR,
    clean_uploads,
    keep_file,
    place_of,
    run_upload,
    run_waiting_uploads,
)
from fondaco.kernel import clock
from fondaco.kernel.errors import Forbidden
from fondaco.kernel.ids import new_id
from fondaco.kernel.statemachine import installed_transitions
from fondaco.kernel.tenancy import Kind, Scope
from tests.forking import said_by, start
from tests.tenants import Tenant, make_tenants
from tests.traded import NOW

_COLUMNS = ("order", "sku", "title", "quantity", "unit_price", "ordered_at", "country", "buyer")
MAPPING = ColumnMapping(name="ours", columns={name: name for name in _COLUMNS}, currency="EUR")


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.HOME = tmp_path


@pytest.fixture
def seller(db: None) -> Tenant:
    return make_tenants()[Kind.SELLER]


def _file(count: int, *, wrong: int = 0) -> bytes:
    rows = [f"W-{n},A{n % 7},Wooden spoon,2,2.50,2026-11-02,DE,B{n % 5}" for n in range(count)]
    rows += [f"X-{n},A1,Wooden spoon,none,2.50,2026-11-02,DE,B7" for n in range(wrong)]
    return "\n".join([",".join(_COLUMNS), *rows, ""]).encode()


def _handed_in(scope: Scope, content: bytes, *, name: str = "orders.csv") -> orders.UploadDTO:
    place = keep_file(scope, [content])
    return uploads.queue_import(scope, place=place.name, file_name=name, mapping=MAPPING, now=NOW)


def _orders_of(scope: Scope) -> int:
    return int(Order.objects.of(scope).count())


@pytest.mark.django_db
def test_the_database_guards_the_states() -> None:
    assert installed_transitions("orders_importupload") == UPLOAD_MACHINE.edges


@pytest.mark.django_db
def test_an_upload_is_imported_once_and_its_file_goes(seller: Tenant) -> None:
    upload = _handed_in(seller.scope, _file(30, wrong=2))
    assert (upload.state, _orders_of(seller.scope)) == ("queued", 0)
    assert run_upload(upload.id, now=NOW)
    done = orders.upload_detail(seller.scope, upload.id)
    assert (done.state, done.rows_done, done.rows_total, done.attempts) == ("done", 32, 32, 1)
    assert done.batch_id is not None
    batch, rejects = orders.batch_detail(seller.scope, done.batch_id)
    assert (batch.state, batch.counts["orders_created"], len(rejects)) == ("done", 30, 2)
    assert not place_of(seller.scope.organisation_id, done.place).exists()
    assert not run_upload(upload.id, now=NOW)
    assert _orders_of(seller.scope) == 30


@pytest.mark.django_db
def test_progress_is_written_while_the_rows_go_in(seller: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, int]] = []
    monkeypatch.setattr(orders, "note_rows", lambda _, done, total: seen.append((done, total)))
    assert Reading.chunks.__kwdefaults__
    monkeypatch.setitem(Reading.chunks.__kwdefaults__, "chunk_rows", 10)
    run_upload(_handed_in(seller.scope, _file(40)).id, now=NOW)
    assert len(seen) >= 4
    assert [total for _, total in seen] == [40] * len(seen)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[-1] == (40, 40)


@pytest.mark.django_db
def test_a_wrong_file_fails_with_the_problem_and_stores_nothing(seller: Tenant) -> None:
    upload = _handed_in(seller.scope, b"order,sku\n1,2\n")
    assert run_upload(upload.id, now=NOW)
    failed = orders.upload_detail(seller.scope, upload.id)
    assert (failed.state, failed.batch_id, _orders_of(seller.scope)) == ("failed", None, 0)
    assert failed.failure["title"]
    page = seller.client.get(f"/imports/uploads/{upload.id}/").content.decode()
    assert str(failed.failure["title"]) in page
    assert "orders.csv" in seller.client.get("/imports/").content.decode()


@pytest.mark.django_db
def test_a_file_that_is_gone_fails_and_says_so(seller: Tenant) -> None:
    upload = _handed_in(seller.scope, _file(1))
    place_of(seller.scope.organisation_id, upload.place).unlink()
    run_upload(upload.id, now=NOW)
    assert orders.upload_detail(seller.scope, upload.id).failure["code"] == "upload-gone"


@pytest.mark.django_db
def test_only_a_seller_hands_in_for_itself_and_sees_its_own(seller: Tenant) -> None:
    upload = _handed_in(seller.scope, _file(1))
    operator = make_tenants()[Kind.PLATFORM].scope
    with pytest.raises(Forbidden):
        orders.queue_upload(operator, place="x", file_name="x", size_bytes=1, mapping=MAPPING, now=NOW)
    stranger = Scope(new_id(), Kind.SELLER)
    with pytest.raises(orders.UploadNotFound):
        orders.upload_detail(stranger, upload.id)
    assert orders.unfinished_uploads(stranger) == []
    assert ImportUpload.objects.house().count() == 1


@pytest.mark.django_db
def test_a_large_file_is_deferred_and_the_page_tells_that_nobody_works(
    seller: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "SMALL", 100)
    text = _file(30)
    client = seller.client
    client.post("/imports/drop/", {"file": SimpleUploadedFile("orders.csv", text), "mapping": ""})
    columns = {f"column-{name}": name for name in _COLUMNS}
    client.post("/imports/columns/", {**columns, "currency": "EUR"})
    page = client.post("/imports/run/")["Location"]
    shown = client.get(page).content.decode()
    assert ("No background worker is running." in shown, _orders_of(seller.scope)) == (True, 0)
    (job,) = ProcrastinateJob.objects.filter(task_name__endswith="import_upload", status="todo")
    moving = client.get(f"{page}progress/")
    assert b"Waiting for its turn." in moving.content
    assert "HX-Redirect" not in moving.headers

    assert tasks.import_upload(job.args["upload_id"])
    assert client.get(f"{page}progress/")["HX-Redirect"] == page
    batch = client.get(page)["Location"]
    assert "/imports/uploads/" not in batch
    assert b"orders.csv" in client.get(batch).content
    assert _orders_of(seller.scope) == 30


@pytest.mark.django_db
def test_columns_kept_under_a_name_read_the_next_file(seller: Tenant) -> None:
    client = seller.client
    columns = {f"column-{name}": name for name in _COLUMNS}
    client.post("/imports/drop/", {"file": SimpleUploadedFile("orders.csv", _file(2)), "mapping": ""})
    client.post("/imports/columns/", {**columns, "currency": "XXQ", "keep_as": "Wrong"})
    client.post("/imports/columns/", {**columns, "currency": "EUR", "keep_as": "Web shop"})
    offered = client.get("/imports/").content.decode()
    assert ("Web shop</option>" in offered, "Wrong</option>" in offered) == (True, False)
    client.post("/imports/drop/", {"file": SimpleUploadedFile("more.csv", _file(2)), "mapping": "Web shop"})
    assert "Which column is what" not in client.get("/imports/preview/").content.decode()
    assert orders.mappings_of(seller.scope)["Web shop"].currency == "EUR"


@pytest.mark.django_db
def test_old_files_go_but_not_those_that_still_wait(seller: Tenant) -> None:
    waiting = _handed_in(seller.scope, _file(1))
    looked_at, fresh = keep_file(seller.scope, [b"x"]), keep_file(seller.scope, [b"y"])
    kept = place_of(seller.scope.organisation_id, waiting.place)
    long_ago = (NOW - KEPT_FOR - timedelta(minutes=1)).timestamp()
    for path in (kept, looked_at):
        os.utime(path, (long_ago, long_ago))
    os.utime(fresh, (NOW.timestamp(), NOW.timestamp()))
    assert clean_uploads(now=NOW) == 1
    assert [path.exists() for path in (kept, looked_at, fresh)] == [True, False, True]
    assert clean_uploads(now=NOW) == 0
    assert place_of(seller.scope.organisation_id, "../../../etc/passwd").name == "passwd"
    assert place_of(seller.scope.organisation_id, "../../../etc/passwd").parent == kept.parent


@pytest.mark.django_db
def test_a_file_that_ends_its_process_each_time_is_given_up(seller: Tenant) -> None:
    upload = _handed_in(seller.scope, _file(1))
    ImportUpload.objects.house().update(state=UploadState.RUNNING, attempts=5)
    assert not run_upload(upload.id, now=NOW)
    failed = orders.upload_detail(seller.scope, upload.id)
    assert (failed.state, failed.failure["code"]) == ("failed", "import-interrupted")


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow(35)
def test_killed_in_the_middle_the_import_is_begun_anew_and_nothing_is_doubled(
    tmp_path: Path, database_url: str
) -> None:
    scope = make_tenants()[Kind.SELLER].scope
    upload = _handed_in(scope, _file(15_000))
    worker = start(partial(run_upload, now=clock.now()), upload.id, database_url=database_url, home=tmp_path)
    end = time.monotonic() + 60
    while not 0 < _orders_of(scope) < 15_000 and time.monotonic() < end and worker.exitcode is None:
        time.sleep(0.05)
    worker.kill()
    worker.join(20)
    half = _orders_of(scope)
    assert 0 < half < 15_000
    cut = orders.upload_detail(scope, upload.id)
    assert (cut.state, cut.attempts) == ("running", 1)
    _wait_until(lambda: run_waiting_uploads(now=clock.now()) == 1)
    done = orders.upload_detail(scope, upload.id)
    assert (done.state, done.attempts, done.rows_done) == ("done", 2, 15_000)
    assert _orders_of(scope) == 15_000
    states = dict(ImportBatch.objects.house().values_list("id", "state"))
    assert states == {cut.batch_id: "failed", done.batch_id: "done"}
    assert run_waiting_uploads(now=clock.now()) == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow(35)
def test_the_worker_of_a_server_imports_and_ends_with_it(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "SMALL", 0)
    scope = make_tenants()[Kind.SELLER].scope
    place = keep_file(scope, [_file(50)])
    upload = start_import(scope, place=place.name, file_name="o.csv", mapping=MAPPING, now=clock.now())
    assert not jobs.worker_lives(now=clock.now())
    server = start(_serve, database_url=database_url, home=tmp_path)
    _wait_until(lambda: said_by(tmp_path).strip().isdigit())
    worker = int(said_by(tmp_path))
    _wait_until(lambda: orders.upload_detail(scope, upload.id).is_over)
    assert orders.upload_detail(scope, upload.id).state == "done"
    assert jobs.worker_lives(now=clock.now())
    server.kill()
    server.join(10)
    _wait_until(lambda: not Path(f"/proc/{worker}").exists())
    assert _orders_of(scope) == 50


def _wait_until(true: Any, *, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.2)


def _serve() -> None:
    """As the server does: start a worker, tell its process, and stay."""
    print(jobs.start_worker().pid, flush=True)
    time.sleep(120)
