from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection

from fondaco.kernel import idempotency
from fondaco.kernel.idempotency import Answer, BadIdempotencyKey, IdempotencyKeyReused, body_hash, once
from fondaco.kernel.models import IdempotencyKey, OutboxCursor

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SCOPE = UUID(int=1)


def _effect() -> Answer:
    OutboxCursor.objects.create(consumer=f"effect {OutboxCursor.objects.count()}")
    return Answer(201, {"id": UUID(int=5), "at": NOW})


def _effects() -> int:
    return OutboxCursor.objects.count()


@pytest.mark.django_db
def test_the_second_call_has_no_effect_and_the_same_answer() -> None:
    digest = body_hash({"a": 1})
    first = once(SCOPE, "k", digest, _effect, now=NOW)
    second = once(SCOPE, "k", digest, _effect, now=NOW + timedelta(hours=71))
    assert (first.status, first.replayed) == (201, False)
    expected = {"id": "00000000-0000-0000-0000-000000000005", "at": "2026-11-22T12:00:00Z"}
    assert second == Answer(201, expected, replayed=True)
    assert _effects() == 1


@pytest.mark.django_db
def test_the_same_key_with_another_body_is_refused_with_422() -> None:
    once(SCOPE, "k", body_hash(b"one"), _effect, now=NOW)
    with pytest.raises(IdempotencyKeyReused) as caught:
        once(SCOPE, "k", body_hash(b"two"), _effect, now=NOW)
    assert (caught.value.status, caught.value.code) == (422, "idempotency-key-reused")
    assert _effects() == 1


@pytest.mark.django_db
def test_keys_of_different_scopes_do_not_meet() -> None:
    once(SCOPE, "k", body_hash(b"one"), _effect, now=NOW)
    assert not once("flow:settle", "k", body_hash(b"two"), _effect, now=NOW).replayed
    assert _effects() == 2


@pytest.mark.django_db
def test_a_failure_keeps_neither_effect_nor_key() -> None:
    def fail() -> None:
        _effect()
        raise RuntimeError

    with pytest.raises(RuntimeError):
        once(SCOPE, "k", body_hash(b"x"), fail, now=NOW)
    assert (_effects(), IdempotencyKey.objects.count()) == (0, 0)
    assert once(SCOPE, "k", body_hash(b"mended"), lambda: {"ok": True}, now=NOW) == Answer(200, {"ok": True})


@pytest.mark.django_db
def test_after_72_hours_a_key_is_new_again() -> None:
    once(SCOPE, "k", body_hash(b"one"), _effect, now=NOW)
    later = NOW + timedelta(hours=72)
    assert not once(SCOPE, "k", body_hash(b"two"), _effect, now=later).replayed
    assert _effects() == 2
    assert idempotency.purge(now=later) == 0
    assert idempotency.purge(now=later + timedelta(hours=72)) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "k" * 201, "a\nb", "\x00"])
def test_a_malformed_key_is_refused(key: str) -> None:
    with pytest.raises(BadIdempotencyKey):
        once(SCOPE, key, body_hash(b""), _effect, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_concurrent_callers_cause_exactly_one_effect() -> None:
    count, answers, start = 12, [], threading.Barrier(12)

    def call() -> None:
        start.wait()
        try:
            answers.append(once(SCOPE, "race", body_hash(b"x"), _effect, now=NOW))
        finally:
            connection.close()

    threads = [threading.Thread(target=call) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert _effects() == 1
    assert sorted(answer.replayed for answer in answers) == [False] + [True] * (count - 1)


def test_the_hash_of_a_body_ignores_the_order_of_keys() -> None:
    assert body_hash({"a": 1, "b": [2]}) == body_hash({"b": [2], "a": 1})
    assert body_hash({"a": 1}) != body_hash({"a": "1"})
