"""Tenancy: every row has its organisations, every query names on whose behalf it asks.

A model that belongs to organisations declares which column names whom:

    class Order(Owned):
        owners = {Kind.SELLER: "seller_id", Kind.BUYER: "buyer_id"}

and is read through `Order.objects.of(scope)` or, by house work that is nobody's request (a flow, a
job), through `Order.objects.house()`. The AST lint forbids every other way in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self, TypeVar
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from fondaco.kernel.errors import Forbidden


class Kind(models.TextChoices):
    """What an organisation is in the trade."""

    SELLER = "seller", _("Seller")
    BUYER = "buyer", _("Buyer")
    CARRIER = "carrier", _("Carrier")
    CUSTOMS = "customs", _("Customs authority")
    TAX = "tax", _("Tax authority")
    BANK = "bank", _("Bank")
    PSP = "psp", _("Payment provider")
    PARK = "park", _("Park operator")
    PLATFORM = "platform", _("Platform")


class Role(models.TextChoices):
    """What a person may do in an organisation; each includes the ones after it."""

    OWNER = "owner", _("Owner")
    MANAGER = "manager", _("Manager")
    CLERK = "clerk", _("Clerk")
    VIEWER = "viewer", _("Viewer")


_RANK = {Role.OWNER: 3, Role.MANAGER: 2, Role.CLERK: 1, Role.VIEWER: 0}


@dataclass(frozen=True, slots=True)
class Scope:
    """On whose behalf something is asked: an organisation, a person in it, and the person's role."""

    organisation_id: UUID
    kind: Kind
    user_id: UUID | None = None
    role: Role = Role.VIEWER
    actor: str = field(default="")

    @property
    def is_operator(self) -> bool:
        return self.kind == Kind.PLATFORM

    def require(self, *, role: Role = Role.VIEWER, kinds: tuple[Kind, ...] = ()) -> None:
        """Forbidden unless the person holds at least `role` in an organisation of one of `kinds`."""
        if kinds and self.kind not in kinds and not self.is_operator:
            raise Forbidden(field="organisation", value=self.kind.value)
        if _RANK[self.role] < _RANK[role]:
            raise Forbidden(field="role", value=self.role.value)


_M = TypeVar("_M", bound=models.Model)


class OwnedQuerySet(models.QuerySet[_M]):
    def of(self, scope: Scope) -> Self:
        """The rows that `scope`'s organisation may see; the platform's operator sees all."""
        if scope.is_operator:
            return self.all()
        column = self.model.owners.get(scope.kind)  # type: ignore[attr-defined]
        return self.filter(**{column: scope.organisation_id}) if column else self.none()

    def house(self) -> Self:
        """All rows, for house work that answers nobody's request."""
        return self.all()


class Owned(models.Model):
    """A table whose rows belong to organisations."""

    owners: ClassVar[Mapping[Kind, str]] = {}
    objects: Any = OwnedQuerySet.as_manager()

    class Meta:
        abstract = True
