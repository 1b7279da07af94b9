from __future__ import annotations

import random
import threading
from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction

from fondaco.kernel import audit
from fondaco.kernel.audit import Deed, Head
from fondaco.kernel.models import AuditEvent, AuditSeal
from fondaco.kernel.sql import is_append_only

NOW = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)
ORG = UUID(int=7)


def _record(count: int) -> list[int]:
    audit.record(
        [Deed("orders.priced", "order", str(n), ORG, {"minor": n, "é": "ü中"}) for n in range(count)],
        actor="test", at=NOW,
    )  # fmt: skip
    return list(AuditEvent.objects.order_by("id").values_list("id", flat=True))


def _as_superuser(sql: str, *params: object) -> None:
    """What somebody does who can switch the guards off."""
    with connection.cursor() as cursor:
        for table in ("kernel_auditevent", "kernel_auditseal"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(sql, params)


@pytest.mark.django_db
def test_the_tables_refuse_change() -> None:
    _record(1)
    audit.seal()
    assert is_append_only("kernel_auditevent")
    assert is_append_only("kernel_auditseal")
    for change in (
        lambda: AuditEvent.objects.update(actor="nobody"),
        lambda: AuditEvent.objects.all()._raw_delete("default"),
        lambda: AuditSeal.objects.update(seq=9),
    ):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            change()


@pytest.mark.django_db
def test_an_untouched_chain_holds_and_has_no_gap() -> None:
    ids = _record(25)
    assert audit.seal(limit=10) == 10
    assert audit.seal(limit=10) == 10
    report = audit.verify()
    assert (report.ok, report.sealed, report.unsealed, report.first_bad_seq) == (True, 20, 5, None)
    assert audit.seal() == 5
    assert audit.seal() == 0
    assert list(AuditSeal.objects.order_by("seq").values_list("seq", "event_id")) == list(enumerate(ids, 1))
    assert audit.head() == audit.verify().head


@pytest.mark.django_db
def test_an_empty_chain_holds() -> None:
    assert audit.verify().ok
    assert audit.head() is None


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(5))
def test_twenty_random_alterations_are_all_located_exactly(seed: int) -> None:
    ids = _record(400)
    audit.seal()
    rng = random.Random(seed)
    changes = [
        "actor = actor || '.'", "at = at + interval '1 microsecond'", "organisation_id = NULL",
        "action = 'orders.lost'", "subject_type = 'Order'", "subject_id = subject_id || ' '",
        "detail = detail || '{\"minor\": -1}'", "detail = '{}'", "detail = detail - 'é'",
    ]  # fmt: skip
    victims = sorted(rng.sample(ids, 20))
    for victim in victims:
        _as_superuser(f"UPDATE kernel_auditevent SET {rng.choice(changes)} WHERE id = %s", victim)
    report = audit.verify()
    assert list(report.altered) == victims
    assert report.first_bad_seq == ids.index(victims[0]) + 1
    assert (report.missing, report.broken_links) == ((), ())
    assert not report.ok


@pytest.mark.django_db
def test_deleted_events_and_events_slipped_in_are_seen() -> None:
    ids = _record(30)
    audit.seal()
    _as_superuser("DELETE FROM kernel_auditevent WHERE id = ANY(%s)", [ids[3], ids[20]])
    _record(1)
    report = audit.verify()
    assert report.missing == (ids[3], ids[20])
    assert report.unsealed == 1
    assert report.first_bad_seq == 4


@pytest.mark.django_db
def test_a_removed_or_forged_link_is_seen() -> None:
    _record(30)
    audit.seal()
    _as_superuser("DELETE FROM kernel_auditseal WHERE seq = 10")
    assert audit.verify().broken_links == (11,)
    _as_superuser("UPDATE kernel_auditseal SET hash = decode(repeat('00', 32), 'hex') WHERE seq = 20")
    report = audit.verify()
    assert 21 in report.broken_links
    assert len(report.altered) == 1


@pytest.mark.django_db
def test_a_chain_rewritten_or_cut_is_contradicted_by_a_head_kept_elsewhere() -> None:
    _record(10)
    audit.seal()
    kept = audit.head()
    assert kept is not None
    assert audit.verify(anchors=[kept]).ok

    _as_superuser("UPDATE kernel_auditevent SET actor = 'forger'")
    _as_superuser("DELETE FROM kernel_auditseal")
    audit.seal()
    assert audit.verify().ok  # consistent in itself
    assert audit.verify(anchors=[kept]).bad_anchors == (10,)

    _as_superuser("DELETE FROM kernel_auditseal WHERE seq > 5")
    assert audit.verify().ok
    report = audit.verify(anchors=[kept, Head(3, "00")])
    assert set(report.bad_anchors) == {10, 3}
    assert report.first_bad_seq == 3


@pytest.mark.django_db(transaction=True)
def test_an_event_that_commits_late_is_sealed_late_and_sealers_do_not_collide() -> None:
    ids = _record(200)
    low = min(ids) - 1
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO kernel_auditevent (id, at, actor, action, subject_type, subject_id, detail)"
            " VALUES (%s, now(), 'slow', 'x', 'y', 'z', '{}')",
            [low - 1000],
        )
    results: list[int] = []

    def work() -> None:
        for _ in range(10):
            results.append(audit.seal(limit=20))
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    audit.seal(thorough=True)
    report = audit.verify()
    assert (report.ok, report.sealed, report.unsealed) == (True, 201, 0)
    assert sum(results) <= 201


@pytest.mark.django_db
def test_sealing_is_fast() -> None:
    """The figure itself is bench/audit_seal.py's; this only notices a lost order of magnitude."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO kernel_auditevent (at, actor, action, subject_type, subject_id, detail)"
            " SELECT now(), 'a', 'orders.priced', 'order', n::text, '{\"minor\": 12}'"
            " FROM generate_series(1, 20000) n"
        )
    began = datetime.now(tz=UTC)
    assert audit.seal() == 20000
    assert (datetime.now(tz=UTC) - began).total_seconds() < 4
