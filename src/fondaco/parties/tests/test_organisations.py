from __future__ import annotations

import threading
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from fondaco.kernel.errors import NotFound
from fondaco.kernel.models import AuditEvent
from fondaco.kernel.money import UnknownCurrency
from fondaco.kernel.tenancy import Kind, Role
from fondaco.parties.models import Membership, Organisation, User
from fondaco.parties.public import (
    BadEmail,
    BadOrganisation,
    LastOwner,
    NewOrganisation,
    NotAMember,
    SlugTaken,
    ensure_member,
    ensure_organisation,
    ensure_organisations,
    ensure_user,
    members,
    memberships,
    organisation,
    organisations,
    remove_member,
    scope_of,
    scope_or_first,
)
from fondaco.parties.tests.conftest import PASSWORD


def _new(slug: str, **changes) -> NewOrganisation:
    facts = {"kind": Kind.BUYER, "name": slug.title(), "country": "DE", "slug": slug}
    return NewOrganisation(**(facts | changes))


@pytest.mark.django_db
def test_organisations_come_back_in_the_order_asked_and_are_made_once() -> None:
    first = ensure_organisations([_new("b"), _new("a"), _new("b")])
    again = ensure_organisations([_new("a", name="Another name"), _new("c"), _new("b")])
    assert [o.slug for o in first] == ["b", "a", "b"]
    assert [o.id for o in again[::2]] == [first[1].id, first[0].id]
    assert again[0].name == "A"
    assert Organisation.objects.count() == 3


@pytest.mark.django_db
def test_a_thousand_organisations_cost_a_constant_number_of_queries(django_assert_max_num_queries) -> None:
    rows = [_new(f"buyer-{n}") for n in range(1000)]
    with django_assert_max_num_queries(6):
        made = ensure_organisations(rows)
    with django_assert_max_num_queries(3):
        assert ensure_organisations(rows) == made
    assert organisations([made[0].id, uuid4()]) == {made[0].id: made[0]}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "error", "field"),
    [
        ({"country": "de"}, BadOrganisation, "country"),
        ({"country": "EU"}, BadOrganisation, "country"),
        ({"name": " "}, BadOrganisation, "name"),
        ({"name": "x" * 201}, BadOrganisation, "name"),
        ({"slug": "Ä b"}, BadOrganisation, "slug"),
        ({"kind": "pirate"}, BadOrganisation, "kind"),
        ({"currency": "EURO"}, UnknownCurrency, None),
    ],
)
def test_a_bad_organisation_changes_nothing(change: dict, error: type, field: str | None) -> None:
    with pytest.raises(error) as caught:
        ensure_organisations([_new("good"), _new(**({"slug": "bad"} | change))])
    assert field is None or caught.value.field == field
    assert not Organisation.objects.exists()


@pytest.mark.django_db
def test_a_slug_of_another_kind_is_refused_and_nothing_is_made() -> None:
    ensure_organisation(kind=Kind.SELLER, name="S", country="GB", slug="s", currency="GBP")
    with pytest.raises(SlugTaken):
        ensure_organisations([_new("new"), _new("s")])
    assert organisation("s").kind == Kind.SELLER
    with pytest.raises(NotFound):
        organisation("new")


@pytest.mark.django_db(transaction=True)
def test_concurrent_makers_of_the_same_organisations_agree() -> None:
    ids: list[tuple] = []
    start = threading.Barrier(6)

    def make(turn: int) -> None:
        start.wait()
        rows = [_new(f"o{n}") for n in range(30)]
        made = ensure_organisations(rows)
        ids.append(tuple(o.id for o in made))
        connection.close()

    threads = [threading.Thread(target=make, args=(turn,)) for turn in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 6
    assert len(set(ids)) == 1


@pytest.mark.django_db
def test_the_database_itself_refuses_an_unknown_kind_or_country() -> None:
    for change in ({"kind": "pirate"}, {"country": "Germany"}, {"country": "d1"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Organisation.objects.create(
                **({"kind": "buyer", "name": "n", "country": "DE", "slug": "s"} | change)
            )


def test_a_person_is_made_once_and_keeps_the_password(person) -> None:
    first = person("ada", language="zh-hans")
    again = ensure_user(email=" ADA@example.org ", name="Other", password="other password 99")
    assert again == first
    assert User.objects.get().check_password(PASSWORD)
    with pytest.raises(BadEmail):
        ensure_user(email="ada", name="", password="x")


def test_membership_sets_and_changes_a_role_and_is_audited(person) -> None:
    org = ensure_organisation(kind=Kind.SELLER, name="S", country="GB", slug="s")
    ada, bob = person("ada"), person("bob")
    for role in (Role.OWNER, Role.OWNER):
        ensure_member(user_id=ada.id, organisation_id=org.id, role=role)
    ensure_member(user_id=bob.id, organisation_id=org.id, role=Role.CLERK)
    assert [(m.user.email, m.role) for m in members(scope_of(ada.id, org.id))] == [
        ("ada@example.org", Role.OWNER),
        ("bob@example.org", Role.CLERK),
    ]
    assert [m.organisation.slug for m in memberships(bob.id)] == ["s"]
    assert AuditEvent.objects.filter(action="parties.member_set").count() == 2
    with pytest.raises(LastOwner):
        ensure_member(user_id=ada.id, organisation_id=org.id, role=Role.VIEWER)
    with pytest.raises(NotFound):
        ensure_member(user_id=uuid4(), organisation_id=org.id, role=Role.VIEWER)


def test_the_last_owner_stays_and_only_an_owner_removes(seat) -> None:
    owner, clerk = seat("ada", "s"), seat("bob", "s", role=Role.CLERK)
    with pytest.raises(Exception, match="role"):
        remove_member(clerk, owner.user_id)
    with pytest.raises(LastOwner):
        remove_member(owner, owner.user_id)
    remove_member(owner, clerk.user_id)
    with pytest.raises(NotAMember):
        scope_of(clerk.user_id, owner.organisation_id)


def test_the_scope_is_the_one_chosen_else_the_first(seat, person) -> None:
    a, b = seat("ada", "alpha"), seat("ada", "beta", role=Role.CLERK, kind=Kind.BUYER)
    assert scope_or_first(a.user_id, str(b.organisation_id)) == b
    assert scope_or_first(a.user_id, None) == a
    assert scope_or_first(a.user_id, "nonsense") == a
    assert scope_or_first(person("eve").id, str(a.organisation_id)) is None
    User.objects.filter(id=a.user_id).update(is_active=False)
    assert scope_or_first(a.user_id, None) is None


def test_one_membership_per_person_and_organisation(seat) -> None:
    scope = seat("ada", "s")
    with pytest.raises(IntegrityError):
        Membership.objects.create(user_id=scope.user_id, organisation_id=scope.organisation_id)
