"""Who sits at the desk: the person signed in and the organisation they act for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase

from fondaco.kernel.errors import Forbidden
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.parties.public import MembershipDTO, memberships

_P = ParamSpec("_P")
SESSION_KEY = "organisation"


@dataclass(frozen=True, slots=True)
class Seat:
    """One membership: the organisation and the person's role in it."""

    organisation_id: UUID
    name: str
    kind: Kind
    country: str
    role: Role
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Desk:
    """All seats of a person and the one taken now (None: member of nothing)."""

    seat: Seat | None
    seats: tuple[Seat, ...]


NOBODY = Desk(seat=None, seats=())


def desk_of(request: HttpRequest) -> Desk:
    """The desk of the person behind `request`; asked once per request."""
    kept: Desk | None = getattr(request, "_desk", None)
    if kept is None:
        kept = _desk(request)
        request._desk = kept  # type: ignore[attr-defined]
    return kept


def scope_of_request(request: HttpRequest) -> Scope:
    """The scope in which this request asks; Forbidden for a member of nothing."""
    scope: Scope | None = getattr(request, "scope", None)
    if scope is None:
        raise Forbidden("You belong to no organisation yet.", field="organisation")
    return scope


def member(
    *kinds: Kind, role: Role = Role.VIEWER
) -> Callable[
    [Callable[Concatenate[HttpRequest, Scope, _P], HttpResponseBase]],
    Callable[Concatenate[HttpRequest, _P], HttpResponseBase],
]:
    """Pass the scope to a page that only members (of organisations of `kinds`) may open."""

    def decorate(
        view: Callable[Concatenate[HttpRequest, Scope, _P], HttpResponseBase],
    ) -> Callable[Concatenate[HttpRequest, _P], HttpResponseBase]:
        @wraps(view)
        def page(request: HttpRequest, /, *args: _P.args, **kwargs: _P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            scope = scope_of_request(request)
            scope.require(role=role, kinds=kinds)
            return view(request, scope, *args, **kwargs)

        return page

    return decorate


def _desk(request: HttpRequest) -> Desk:
    scope: Scope | None = getattr(request, "scope", None)
    if scope is None or scope.user_id is None:
        return NOBODY
    seats = tuple(_seat(row) for row in memberships(scope.user_id))
    chosen = next((seat for seat in seats if seat.organisation_id == scope.organisation_id), None)
    return Desk(seat=chosen, seats=seats)


def _seat(row: MembershipDTO) -> Seat:
    org = row.organisation
    return Seat(org.id, org.name, org.kind, org.country, row.role, org.currency)
