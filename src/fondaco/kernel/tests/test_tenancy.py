from __future__ import annotations

from uuid import uuid4

import pytest

from fondaco.kernel.errors import Forbidden
from fondaco.kernel.tenancy import Kind, Role, Scope


def _scope(kind: Kind, role: Role = Role.OWNER) -> Scope:
    return Scope(organisation_id=uuid4(), kind=kind, role=role)


@pytest.mark.parametrize("held", list(Role))
@pytest.mark.parametrize("needed", list(Role))
def test_a_role_includes_those_below_it(held: Role, needed: Role) -> None:
    order = [Role.VIEWER, Role.CLERK, Role.MANAGER, Role.OWNER]
    scope = _scope(Kind.SELLER, held)
    if order.index(held) >= order.index(needed):
        scope.require(role=needed)
    else:
        with pytest.raises(Forbidden):
            scope.require(role=needed)


@pytest.mark.parametrize("kind", list(Kind))
def test_a_place_for_some_kinds_is_closed_to_the_others_and_open_to_the_operator(kind: Kind) -> None:
    scope = _scope(kind)
    if kind in (Kind.CUSTOMS, Kind.PLATFORM):
        scope.require(kinds=(Kind.CUSTOMS,))
    else:
        with pytest.raises(Forbidden):
            scope.require(kinds=(Kind.CUSTOMS,))
