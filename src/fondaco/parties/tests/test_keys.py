from __future__ import annotations

from datetime import timedelta

import pytest

from fondaco.kernel.errors import Forbidden, NotFound
from fondaco.kernel.models import AuditEvent
from fondaco.kernel.tenancy import Kind, Role
from fondaco.parties.keys import BadKeyFacts
from fondaco.parties.models import ApiKey
from fondaco.parties.public import (
    BadApiKey,
    BadScope,
    KeyTooNarrow,
    authenticate_api_key,
    issue_api_key,
    list_api_keys,
    revoke_api_key,
)
from fondaco.parties.tests.conftest import NOW


def test_the_life_of_a_key(seat) -> None:
    owner = seat("ada", "s")
    plain, key = issue_api_key(owner, "warehouse", now=NOW, scopes=["read"])
    assert plain.startswith(f"fnd_{key.prefix}_")
    assert plain not in str(list(ApiKey.objects.house().values()))  # only its hash is kept
    assert list_api_keys(owner) == [key]

    scope = authenticate_api_key(plain, now=NOW)
    assert (scope.organisation_id, scope.kind, scope.role) == (owner.organisation_id, Kind.SELLER, Role.CLERK)
    assert (scope.user_id, scope.actor) == (None, f"key:{key.prefix}")
    with pytest.raises(KeyTooNarrow):
        authenticate_api_key(plain, now=NOW, needs="write")

    assert revoke_api_key(owner, key.id, now=NOW).revoked_at == NOW
    assert revoke_api_key(owner, key.id, now=NOW + timedelta(days=1)).revoked_at == NOW
    with pytest.raises(BadApiKey) as caught:
        authenticate_api_key(plain, now=NOW)
    assert caught.value.status == 401
    actions = list(AuditEvent.objects.filter(subject_type="api_key").values_list("action", flat=True))
    assert actions == ["parties.key_issued", "parties.key_revoked"]


def test_a_key_ends_when_it_expires(seat) -> None:
    plain, key = issue_api_key(seat("ada", "s"), "k", now=NOW, lifetime=timedelta(hours=1))
    assert authenticate_api_key(plain, now=NOW + timedelta(minutes=59))
    with pytest.raises(BadApiKey):
        authenticate_api_key(plain, now=key.expires_at)


def test_use_is_noted_at_most_once_a_minute(seat, django_assert_num_queries) -> None:
    plain, _ = issue_api_key(seat("ada", "s"), "k", now=NOW)
    for seconds in (0, 30, 59):
        authenticate_api_key(plain, now=NOW + timedelta(seconds=seconds))
    assert ApiKey.objects.house().get().last_used_at == NOW
    with django_assert_num_queries(2):
        authenticate_api_key(plain, now=NOW + timedelta(seconds=61))
    assert ApiKey.objects.house().get().last_used_at == NOW + timedelta(seconds=61)


def test_what_is_not_a_key_is_refused_alike(seat) -> None:
    plain, _ = issue_api_key(seat("ada", "s"), "k", now=NOW)
    wrong = [
        "",
        "fnd",
        "fnd__",
        plain[:-1],
        plain + "x",
        plain.replace("fnd", "abc"),
        "fnd_aaaaaaaa_" + "x" * 43,
        "é_é_é",
        "\x00",
    ]
    for text in wrong:
        with pytest.raises(BadApiKey) as caught:
            authenticate_api_key(text, now=NOW)
        assert str(caught.value) == "This API key is not accepted."


def test_only_a_manager_issues_and_never_above_the_own_role(seat) -> None:
    manager, clerk = seat("ada", "s", role=Role.MANAGER), seat("bob", "s", role=Role.CLERK)
    for scope, role in ((clerk, Role.VIEWER), (manager, Role.OWNER)):
        with pytest.raises(Forbidden):
            issue_api_key(scope, "k", now=NOW, role=role)
    with pytest.raises(Forbidden):
        list_api_keys(clerk)
    assert issue_api_key(manager, "k", now=NOW, role=Role.MANAGER)


@pytest.mark.parametrize(
    ("facts", "error"),
    [
        ({"name": " "}, BadKeyFacts),
        ({"name": "n" * 81}, BadKeyFacts),
        ({"lifetime": timedelta(0)}, BadKeyFacts),
        ({"lifetime": timedelta(days=400)}, BadKeyFacts),
        ({"scopes": []}, BadScope),
        ({"scopes": ["read", "admin"]}, BadScope),
    ],
)
def test_bad_facts_make_no_key(seat, facts: dict, error: type) -> None:
    scope = seat("ada", "s")
    with pytest.raises(error):
        issue_api_key(scope, facts.pop("name", "k"), now=NOW, **facts)
    assert not ApiKey.objects.house().exists()


def test_keys_of_other_tenants_are_neither_seen_nor_ended(seat) -> None:
    mine, other = seat("ada", "s"), seat("bob", "t")
    plain, key = issue_api_key(mine, "k", now=NOW)
    assert list_api_keys(other) == []
    with pytest.raises(NotFound):
        revoke_api_key(other, key.id, now=NOW)
    assert authenticate_api_key(plain, now=NOW)
