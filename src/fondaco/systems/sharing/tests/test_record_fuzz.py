"""Ten thousand pairs of random viewers and records: what is seen is what somebody permitted, and each look is kept."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

import pytest

from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.sharing.models import RecordGrant, RecordReceipt
from fondaco.systems.sharing.public import (
    NewRecordGrant,
    RecordLevel,
    grant_records,
    look_at_records,
    revoke_records,
)

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=10)
KINDS = (Kind.SELLER, Kind.CARRIER, Kind.BUYER, Kind.BANK)
LEVELS = tuple(RecordLevel.values)


@dataclass(frozen=True)
class Given:
    """A permission as the test remembers it: told apart from the tables that are tried."""

    record: UUID
    level: str
    by: UUID
    to: UUID | None
    kind: str
    until: datetime


@pytest.mark.django_db
def test_ten_thousand_random_looks_see_what_was_permitted_and_nothing_else() -> None:
    chance = Random(23)
    people = [Scope(_id(chance), chance.choice(KINDS), role=Role.CLERK, actor=f"p{n}") for n in range(40)]
    records = {_id(chance): chance.choice(people) for _ in range(130)}
    given = _give(chance, people, records)
    revoked = _take_back(chance, people, records, given)
    in_force = [one for one in given if one not in revoked]
    looked, seen = 0, Counter[tuple[UUID, UUID, str]]()
    for who in people:
        for level in LEVELS:
            found = look_at_records(who, "board-post", list(records), level=level, now=LATER)
            allowed = {one.record for one in in_force if _lets_in(one, who, level)}
            assert found == allowed
            looked += len(records)
            seen.update((who.organisation_id, record, level) for record in found)
        assert look_at_records(who, "trade-report", list(records), level=LEVELS[0], now=LATER) == set()
    assert looked > 10_000
    assert 300 < len(seen) < looked / 2
    receipts = RecordReceipt.objects.values_list(
        "organisation_id", "subject_id", "level", "purpose", "grant_id"
    )
    assert Counter((org, record, level) for org, record, level, _, _ in receipts) == seen
    purposes = dict(RecordGrant.objects.house().values_list("id", "purpose"))
    assert all(purpose and purposes[grant] == purpose for *_, purpose, grant in receipts)


def _id(chance: Random) -> UUID:
    return UUID(int=chance.getrandbits(128), version=4)


def _give(chance: Random, people: list[Scope], records: dict[UUID, Scope]) -> list[Given]:
    """Random permissions of owners, half to one organisation and half to a kind; a third of them run out in between."""
    given: dict[tuple[object, ...], Given] = {}
    for _ in range(500):
        record = chance.choice(list(records))
        owner, to = records[record], chance.choice(people)
        if to is owner:
            continue
        single = chance.random() < 0.8
        until = NOW + timedelta(days=chance.choice((5, 10, 11, 30)))
        one = Given(
            record, chance.choice(LEVELS), owner.organisation_id, to.organisation_id if single else None,
            "" if single else to.kind.value, until,
        )  # fmt: skip
        given.setdefault((one.record, one.level, one.to, one.kind), one)  # the same again changes nothing
    made = grant_records(
        [
            NewRecordGrant(
                "board-post", one.record, one.level, one.by, f"purpose {n}", one.until, one.to, one.kind
            )
            for n, one in enumerate(given.values())
        ],
        now=NOW, actor="test",
    )  # fmt: skip
    assert made == len(given)
    return list(given.values())


def _take_back(
    chance: Random, people: list[Scope], records: dict[UUID, Scope], given: list[Given]
) -> set[Given]:
    """Some are revoked by whoever gave them; a stranger who tries ends none."""
    revoked: set[Given] = set()
    for one in chance.sample(given, 60):
        ended = [
            other for other in given
            if (other.record, other.by, other.to, other.level) == (one.record, one.by, one.to, one.level)
        ]  # fmt: skip
        stranger = next(who for who in people if who is not records[one.record])
        args = {"grantee_id": one.to, "level": one.level, "now": NOW}
        assert revoke_records(stranger, "board-post", [one.record], **args) == 0  # type: ignore[arg-type]
        fresh = [other for other in ended if other not in revoked]
        assert revoke_records(records[one.record], "board-post", [one.record], **args) == len(fresh)  # type: ignore[arg-type]
        revoked.update(ended)
    return revoked


def _lets_in(one: Given, who: Scope, level: str) -> bool:
    named = one.to == who.organisation_id or (one.to is None and one.kind == who.kind.value)
    return named and one.level == level and one.until > LATER and one.by != who.organisation_id
