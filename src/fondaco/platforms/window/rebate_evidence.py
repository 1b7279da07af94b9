"""The exports that a rebate may be claimed on, read from released declarations; what each way says to one of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef

from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Scope
from fondaco.platforms.window.adapters.modes import mode_book
from fondaco.platforms.window.adapters.rebate_tables import rate_book, ways
from fondaco.platforms.window.declaration_members import SUMMARY_REGIME
from fondaco.platforms.window.domain.rebate import Ground, NotExported, RateRow, Way, grounds_of
from fondaco.platforms.window.models import Declaration, DeclarationEvent, RebateCase, RebateState

_FREE = ("released", "closed")
_FIELDS = (
    "id", "order_id", "seller_id", "country", "destination", "regime", "reference", "lrn", "mrn", "currency",
    "items_count", "released_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ExportItem:
    """A goods item as declared, with the rebate rate of its code on the day it left; `rate` None: not known."""

    number: int
    hs_code: str
    description: str
    quantity: int
    value_minor: int
    rate: RateRow | None = None


@dataclass(frozen=True, slots=True)
class ExportEvidence:
    """A released export: what was declared, under which modes it may have left, when it left (None: not known)."""

    declaration_id: UUID
    order_id: UUID
    seller_id: UUID
    country: str
    destination: str
    regime: str
    modes: tuple[str, ...]
    reference: str
    lrn: str
    mrn: str
    currency: str
    value_minor: int
    released_on: date
    departed_on: date | None
    departure_reference: str
    items: tuple[ExportItem, ...]

    @property
    def value(self) -> Money:
        """The price of the goods as declared."""
        return Money(self.value_minor, self.currency)

    @property
    def rate_on(self) -> date:
        """The day whose rates hold: of the export, else of the release."""
        return self.departed_on or self.released_on

    @property
    def is_known(self) -> bool:
        """Whether every code has a rate on that day."""
        return all(item.rate is not None and item.rate.rate is not None for item in self.items)


@dataclass(frozen=True, slots=True)
class WayOffer:
    """A way with its conditions against one export; those that the exporter states are not asked yet."""

    way: Way
    grounds: tuple[Ground, ...]

    @property
    def is_open(self) -> bool:
        """Whether nothing but what the exporter states stands against it."""
        return all(one.held for one in self.grounds)


def export_evidence(
    scope: Scope, *, unclaimed: bool = False, before: UUID | None = None, size: int = 50
) -> list[ExportEvidence]:
    """The released exports that `scope` may see, newest first; `unclaimed`: those without a case. Four queries."""
    rows = _exports(scope)
    if before is not None:
        rows = rows.filter(id__lt=before)
    if unclaimed:
        rows = rows.filter(~Exists(_cases().filter(declaration_id=OuterRef("id"))))
    return evidence_of(rows.order_by("-id")[:size])


def _exports(scope: Scope) -> Any:
    """Exports that are free; a month's summary declares once more what each of its lists is for itself."""
    return Declaration.objects.of(scope).filter(kind="export", state__in=_FREE).exclude(regime=SUMMARY_REGIME)


def evidence_on(scope: Scope, declaration_id: UUID) -> ExportEvidence:
    """The evidence of one export that `scope` may see. NotExported."""
    found = evidence_of(_exports(scope).filter(id=declaration_id))
    if not found:
        raise NotExported(field="declaration", value=declaration_id)
    return found[0]


def evidence_of(queryset: Any) -> list[ExportEvidence]:
    """The evidence of the declarations of `queryset`, in its order."""
    rows = list(queryset.prefetch_related("items").only(*_FIELDS))
    ids = [row.id for row in rows]
    modes, departures = _modes_of(ids), _departures_of(ids)
    return [_evidence(row, modes.get(row.id, ""), departures.get(row.id)) for row in rows]


def offers_for(export: ExportEvidence, *, stated: Iterable[str] | None = None) -> list[WayOffer]:
    """Every way of the export's country, those first that are open; `stated` None: nothing was asked yet."""
    offers = []
    for way in ways().values():
        if export.country in way.countries:
            told = way.asks if stated is None else stated
            grounds = grounds_of(
                way, country=export.country, modes=export.modes, stated=told, on=export.rate_on
            )
            offers.append(WayOffer(way, grounds))
    return sorted(offers, key=lambda one: not one.is_open)


def _cases() -> Any:
    return RebateCase.objects.house().exclude(state=RebateState.WITHDRAWN)


def _modes_of(ids: Sequence[UUID]) -> dict[UUID, str]:
    """The supervision mode that was kept in the log with each draft."""
    rows = DeclarationEvent.objects.filter(declaration_id__in=ids, code="drafted").order_by("id")
    return {
        key: str((raw.get("mode") or {}).get("mode", ""))
        for key, raw in rows.values_list("declaration_id", "raw")
    }


def _departures_of(ids: Sequence[UUID]) -> dict[UUID, tuple[date, str]]:
    """Customs closes an export when the goods have left: the day it says so, and its message."""
    rows = DeclarationEvent.objects.filter(declaration_id__in=ids, after="closed").order_by("-id")
    return {
        key: (at.date(), f"customs {code}")
        for key, at, code in rows.values_list("declaration_id", "issued_at", "code")
    }


def _evidence(row: Declaration, mode: str, departure: tuple[date, str] | None) -> ExportEvidence:
    released = row.released_at.date() if row.released_at else None
    if released is None:
        raise NotExported(field="declaration", value=row.id)
    left, by = departure or (None, "")
    book, on = rate_book(), left or released
    items = tuple(
        ExportItem(i.number, i.hs_code, i.description, i.quantity, i.value_minor, book.on(i.hs_code, on))
        for i in sorted(row.items.all(), key=lambda one: one.number)
    )
    return ExportEvidence(
        row.id, row.order_id, row.seller_id, row.country, row.destination, row.regime,
        _possible_modes(row, mode, released), row.reference, row.lrn, row.mrn, row.currency,
        sum(item.value_minor for item in items), released, left, by, items,
    )  # fmt: skip


def _possible_modes(row: Declaration, mode: str, on: date) -> tuple[str, ...]:
    """The mode kept with the draft; else every mode of the office that goes by the declaration's regime."""
    known = mode_book().of(row.country, "export", on)
    if any(one.code == mode for one in known):
        return (mode,)
    return tuple(one.code for one in known if one.regime in {row.regime, mode})
