"""Writes of organisations, people and memberships: each may be repeated and changes nothing twice."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from fondaco.kernel import clock
from fondaco.kernel.audit import Deed, record
from fondaco.kernel.countries import is_country
from fondaco.kernel.errors import NotFound, Refused
from fondaco.kernel.money import exponent
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.parties.dto import MembershipDTO, NewOrganisation, OrganisationDTO, UserDTO
from fondaco.parties.errors import BadOrganisation, SlugTaken
from fondaco.parties.models import Membership, Organisation, User
from fondaco.parties.selectors import organisation_dto, user_dto

_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")
_HOUSE = "house"


class BadEmail(Refused):
    code = "bad-email"
    title = "This is not an e-mail address."
    remedy = "Give one like name@example.org."


class LastOwner(Refused):
    code = "last-owner"
    title = "An organisation cannot lose its last owner."
    remedy = "Make somebody else an owner first."


def ensure_organisations(rows: Sequence[NewOrganisation]) -> list[OrganisationDTO]:
    """Make the organisations that are missing (by slug); all of `rows`, in their order.

    What is there already is left as it is. BadOrganisation or SlugTaken change nothing.
    """
    for row in rows:
        _check(row)
    with transaction.atomic():
        known = _by_slug(rows)
        fresh = {row.slug: row for row in rows if row.slug not in known}
        if fresh:
            Organisation.objects.bulk_create(
                [_organisation(row) for row in fresh.values()], ignore_conflicts=True, batch_size=1000
            )
            known = _by_slug(rows)
        _check_kinds(rows, known)
    return [organisation_dto(known[row.slug]) for row in rows]


def ensure_organisation(
    *,
    kind: Kind,
    name: str,
    country: str,
    slug: str,
    currency: str = "",
    is_demo: bool = False,
    address: dict[str, Any] | None = None,
    identifiers: dict[str, str] | None = None,
) -> OrganisationDTO:
    """Make one organisation unless its slug is there; see `ensure_organisations`."""
    row = NewOrganisation(kind, name, country, slug, currency, is_demo, "", address, identifiers)
    return ensure_organisations([row])[0]


def ensure_user(*, email: str, name: str, password: str, language: str = "en") -> UserDTO:
    """Make a person with a confirmed e-mail address unless the address is known; that person.

    The password of somebody who is there already is not touched.
    """
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError:
        raise BadEmail(field="email", value=email) from None
    with transaction.atomic():
        user = User.objects.filter(email=address).first()
        if user is None:
            user = User.objects.create_user(address, password, name=name, language=language)
        EmailAddress.objects.get_or_create(
            email=address, defaults={"user_id": user.id, "verified": True, "primary": True}
        )
    return user_dto(user)


def ensure_member(*, user_id: UUID, organisation_id: UUID, role: Role, actor: str = _HOUSE) -> MembershipDTO:
    """Make a person a member in `role`, or change the role they have; audited where it changes.

    LastOwner where it would take the last owner away; NotFound for an unknown person or organisation.
    """
    user = User.objects.filter(id=user_id).first()
    organisation = Organisation.objects.filter(id=organisation_id).first()
    if user is None or organisation is None:
        raise NotFound(
            field="organisation" if user else "user", value=str(organisation_id if user else user_id)
        )
    with transaction.atomic():
        _lock(organisation_id)
        row = Membership.objects.filter(user=user, organisation=organisation).first()
        if row is None or row.role != role:
            if row is not None and role != Role.OWNER:
                _keep_an_owner(row)
            Membership.objects.update_or_create(user=user, organisation=organisation, defaults={"role": role})
            _audit_member("parties.member_set", user_id, organisation_id, role=role, actor=actor)
    return MembershipDTO(user_dto(user), organisation_dto(organisation), role)


def remove_member(scope: Scope, user_id: UUID) -> None:
    """Take a person out of the scope's organisation. Needs an owner; LastOwner keeps the last one."""
    scope.require(role=Role.OWNER)
    with transaction.atomic():
        _lock(scope.organisation_id)
        row = Membership.objects.filter(user_id=user_id, organisation_id=scope.organisation_id).first()
        if row is None:
            raise NotFound(field="user", value=str(user_id))
        _keep_an_owner(row)
        row.delete()
        _audit_member("parties.member_removed", user_id, scope.organisation_id, role=None, actor=scope.actor)


def _check(row: NewOrganisation) -> None:
    """BadOrganisation names the first field at fault."""
    if row.kind not in Kind.values:
        raise BadOrganisation(field="kind", value=row.kind)
    if not row.name.strip() or len(row.name) > 200:
        raise BadOrganisation(field="name", value=row.name)
    if not is_country(row.country):
        raise BadOrganisation(field="country", value=row.country)
    if not _SLUG.fullmatch(row.slug):
        raise BadOrganisation(field="slug", value=row.slug)
    if row.currency:
        exponent(row.currency)


def _check_kinds(rows: Sequence[NewOrganisation], known: dict[str, Organisation]) -> None:
    for row in rows:
        if known[row.slug].kind != row.kind:
            raise SlugTaken(field="slug", value=row.slug)


def _by_slug(rows: Sequence[NewOrganisation]) -> dict[str, Organisation]:
    return {found.slug: found for found in Organisation.objects.filter(slug__in={row.slug for row in rows})}


def _organisation(row: NewOrganisation) -> Organisation:
    return Organisation(
        kind=row.kind,
        name=row.name,
        legal_name=row.legal_name,
        slug=row.slug,
        country=row.country,
        currency=row.currency,
        is_demo=row.is_demo,
        address=row.address or {},
        identifiers=row.identifiers or {},
    )


def _lock(organisation_id: UUID) -> None:
    """One change of an organisation's people at a time."""
    Organisation.objects.select_for_update().only("id").get(id=organisation_id)


def _keep_an_owner(row: Membership) -> None:
    """LastOwner if `row` is the only owner."""
    others = Membership.objects.filter(organisation_id=row.organisation_id, role=Role.OWNER).exclude(
        pk=row.pk
    )
    if row.role == Role.OWNER and not others.exists():
        raise LastOwner(field="user", value=str(row.user_id))


def _audit_member(
    action: str, user_id: UUID, organisation_id: UUID, *, role: Role | None, actor: str
) -> None:
    deed = Deed(action, "user", str(user_id), organisation_id, {"role": role})
    record([deed], actor=actor, at=clock.now())
