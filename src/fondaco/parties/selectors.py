"""Reads of organisations, people and memberships."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import models

from fondaco.kernel.errors import NotFound
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.parties.dto import MembershipDTO, OrganisationDTO, UserDTO
from fondaco.parties.errors import NotAMember
from fondaco.parties.models import Membership, Organisation, User


def organisations(ids: Iterable[UUID]) -> dict[UUID, OrganisationDTO]:
    """The organisations with these ids, by id; unknown ids are left out."""
    return {row.id: organisation_dto(row) for row in Organisation.objects.filter(id__in=set(ids))}


def organisation(slug: str) -> OrganisationDTO:
    """The organisation with this short name. NotFound where there is none."""
    row = Organisation.objects.filter(slug=slug).first()
    if row is None:
        raise NotFound("organisation", field="slug", value=slug)
    return organisation_dto(row)


def ids_by_slug(slugs: Iterable[str], *, kind: Kind) -> dict[str, UUID]:
    """Short name to id, for those of `slugs` that are organisations of `kind`."""
    return dict(Organisation.objects.filter(slug__in=set(slugs), kind=kind).values_list("slug", "id"))


def organisations_of_kind(kind: Kind) -> list[OrganisationDTO]:
    """All organisations of a kind, by name: for house work and for choosing a partner."""
    return [organisation_dto(row) for row in Organisation.objects.filter(kind=kind).order_by("name")]


def memberships(user_id: UUID) -> list[MembershipDTO]:
    """What a person belongs to, by the organisations' names."""
    rows = Membership.objects.filter(user_id=user_id).select_related("organisation", "user")
    return [_membership(row) for row in rows.order_by("organisation__name")]


def members(scope: Scope) -> list[MembershipDTO]:
    """The people of the scope's own organisation."""
    rows = Membership.objects.filter(organisation_id=scope.organisation_id).select_related(
        "organisation", "user"
    )
    return [_membership(row) for row in rows.order_by("user__email")]


def scope_of(user_id: UUID, organisation_id: UUID) -> Scope:
    """The scope of a person acting for an organisation. NotAMember where they may not."""
    row = _acting(user_id).filter(organisation_id=organisation_id).first()
    if row is None:
        raise NotAMember(field="organisation", value=str(organisation_id))
    return _scope(row)


def scope_or_first(user_id: UUID, organisation_id: str | None) -> Scope | None:
    """The scope for the organisation chosen, else for the first by name; None for a member of nothing."""
    rows = list(_acting(user_id).order_by("organisation__name"))
    chosen = next(
        (row for row in rows if str(row.organisation_id) == organisation_id), rows[0] if rows else None
    )
    return _scope(chosen) if chosen else None


def people(ids: Iterable[UUID]) -> dict[UUID, UserDTO]:
    """The people with these ids, by id."""
    return {row.id: user_dto(row) for row in User.objects.filter(id__in=set(ids))}


def person(email: str) -> UserDTO | None:
    """The person with this e-mail address, if there is one."""
    row = User.objects.filter(email__iexact=email).first()
    return user_dto(row) if row else None


def organisation_dto(row: Organisation) -> OrganisationDTO:
    """A row as others see it."""
    return OrganisationDTO(
        row.id, Kind(row.kind), row.name, row.country, row.currency, row.slug, row.is_demo,
        row.legal_name, row.address, row.identifiers,
    )  # fmt: skip


def user_dto(row: User) -> UserDTO:
    """A person as others see them."""
    return UserDTO(row.id, row.email, row.name, row.language)


def _acting(user_id: UUID) -> models.QuerySet[Membership]:
    return Membership.objects.filter(user_id=user_id, user__is_active=True).select_related("organisation")


def _membership(row: Membership) -> MembershipDTO:
    return MembershipDTO(user_dto(row.user), organisation_dto(row.organisation), Role(row.role))


def _scope(row: Membership) -> Scope:
    return Scope(
        organisation_id=row.organisation_id,
        kind=Kind(row.organisation.kind),
        user_id=row.user_id,
        role=Role(row.role),
        actor=f"user:{row.user_id}",
    )
