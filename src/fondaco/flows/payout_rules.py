"""The page of payout policies: what is in force, what is proposed, with the names of parties and people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from fondaco.kernel.tenancy import Kind, Scope
from fondaco.parties import public as parties
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.public import PolicyChangeDTO, PolicyDTO

_PAID = (Kind.SELLER, Kind.CARRIER)


@dataclass(frozen=True, slots=True)
class PolicySheet:
    """Policies in force, proposals newest first, names of owners, people by id, and who may have a policy."""

    policies: tuple[PolicyDTO, ...]
    changes: tuple[PolicyChangeDTO, ...]
    names: Mapping[UUID, str]
    people: Mapping[str, str]
    owners: tuple[tuple[UUID, str], ...]


def policy_sheet(scope: Scope) -> PolicySheet:
    """What `scope` may see; the operator also the parties that a policy can be proposed for."""
    policies, changes = tuple(finance.payout_policies(scope)), tuple(finance.policy_changes(scope))
    names = {
        key: one.name
        for key, one in parties.organisations(
            {one.owner_id for one in policies} | {one.owner_id for one in changes}
        ).items()
    }
    owners = tuple(
        (one.id, one.name)
        for kind in _PAID
        for one in parties.organisations_of_kind(kind)
        if scope.is_operator
    )
    asked = [one.proposed_by for one in changes] + [one.decided_by for one in changes if one.decided_by]
    return PolicySheet(policies, changes, names, people_named(asked), owners)


def people_named(asked: list[str]) -> dict[str, str]:
    """Who these are: the person behind an id, else the name as it was given."""
    known = parties.people(UUID(one) for one in set(asked) if len(one) == 36 and one.count("-") == 4)
    return {one: one for one in asked} | {str(key): one.name or one.email for key, one in known.items()}
