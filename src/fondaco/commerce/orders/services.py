"""Small writes of the orders room: saved mappings and saved views."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from fondaco.commerce.orders.domain.errors import ViewNotFound
from fondaco.commerce.orders.domain.mapping import ColumnMapping
from fondaco.commerce.orders.models import SavedMapping, SavedView
from fondaco.commerce.orders.selectors import OrderFilter, ViewDTO
from fondaco.kernel.tenancy import Kind, Role, Scope


def save_mapping(scope: Scope, mapping: ColumnMapping, *, now: datetime) -> UUID:
    """Keep `mapping` for the scope's seller under its name, in place of an earlier one. BadMapping."""
    scope.require(role=Role.CLERK, kinds=(Kind.SELLER,))
    kept, _ = SavedMapping.objects.of(scope).update_or_create(
        seller_id=scope.organisation_id,
        name=mapping.checked().name[:80],
        defaults={"mapping": mapping.as_dict(), "updated_at": now},
    )
    key: UUID = kept.pk
    return key


def mappings_of(scope: Scope) -> dict[str, ColumnMapping]:
    """The mappings that the scope's seller has kept, by name."""
    rows = SavedMapping.objects.of(scope).order_by("name").values_list("name", "mapping")
    return {name: ColumnMapping.from_dict(mapping) for name, mapping in rows}


def save_view(
    scope: Scope, name: str, *, query: Mapping[str, Any], now: datetime, shared: bool = False
) -> ViewDTO:
    """Keep a filter of the order list for the person, or for the whole organisation when `shared`."""
    kept, _ = SavedView.objects.of(scope).update_or_create(
        organisation_id=scope.organisation_id,
        user_id=None if shared else scope.user_id,
        name=name.strip()[:80],
        defaults={"query": OrderFilter.from_dict(query).as_dict(), "updated_at": now},
    )
    return ViewDTO(kept.pk, kept.name, kept.query, kept.user_id is None)


def delete_view(scope: Scope, view_id: UUID) -> None:
    """Forget a saved view of the scope's. ViewNotFound."""
    mine = SavedView.objects.of(scope).filter(pk=view_id, user_id__in=[scope.user_id])
    shared = SavedView.objects.of(scope).filter(pk=view_id, user_id__isnull=True)
    if not (mine | shared).delete()[0]:
        raise ViewNotFound(field="view", value=view_id)
