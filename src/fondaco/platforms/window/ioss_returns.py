"""IOSS returns: drawn up with the member states that the table of modes knows, and kept as they were filed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from fondaco.kernel import audit
from fondaco.kernel.audit import Deed
from fondaco.kernel.errors import Conflict, NotFound, Refused
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.platforms.window.adapters.modes import mode_book
from fondaco.platforms.window.domain.ioss import (
    CorrectionLine,
    IossReturn,
    Period,
    Sale,
    draw_up_return,
    read_return,
    render_xml,
)
from fondaco.platforms.window.domain.modes import Rates
from fondaco.platforms.window.models import IossFiling

SCHEME = "IOSS"


class IossNotDue(Refused):
    code = "ioss-month-not-over"
    title = "This month is not over yet: sales are still added."
    remedy = "File the return after the last day of the month."


class IossFiled(Conflict):
    code = "ioss-return-filed"
    title = "The return of this month has been filed with other figures."
    remedy = "What is wrong in it is corrected in the next month's return."


@dataclass(frozen=True, slots=True)
class FilingDTO:
    """A return as it was filed."""

    id: UUID
    seller_id: UUID
    number: str
    period: Period
    payable: Money
    reference: str
    sha256: str
    filed_by: str
    filed_at: datetime
    content: IossReturn


def member_states() -> frozenset[str]:
    """The countries into which the scheme is used."""
    modes = [mode for mode in mode_book().modes if mode.when.scheme == SCHEME]
    return frozenset(country for mode in modes for country in mode.countries)


def draw_up_ioss_return(
    number: str,
    period: Period,
    sales: Sequence[Sale],
    *,
    corrections: Sequence[CorrectionLine] = (),
    rates: Rates,
) -> IossReturn:
    """The return of a month; see `draw_up_return`."""
    return draw_up_return(
        number, period, sales, corrections=corrections, members=member_states(), rates=rates
    )


def file_ioss_return(
    scope: Scope, seller_id: UUID, one: IossReturn, *, reference: str = "", now: datetime
) -> FilingDTO:
    """Keep the return as it is filed; the same again changes nothing.

    Forbidden to others than the seller's clerks; NotFound for another seller's; IossNotDue; IossFiled.
    """
    scope.require(role=Role.CLERK, kinds=(Kind.SELLER,))
    if not (scope.is_operator or scope.organisation_id == seller_id):
        raise NotFound(field="seller", value=seller_id)
    if one.period.last_day >= now.date():
        raise IossNotDue(field="period", value=str(one.period))
    document = render_xml(one)
    digest = hashlib.sha256(document).hexdigest()
    with transaction.atomic():
        row = IossFiling(
            seller_id=seller_id, number=one.number, period=str(one.period), document=document.decode(),
            sha256=digest, payable_minor=one.payable_minor, reference=reference.strip()[:60],
            filed_by=scope.actor or str(scope.user_id or scope.organisation_id), filed_at=now,
        )  # fmt: skip
        IossFiling.objects.bulk_create([row], ignore_conflicts=True)
        kept = IossFiling.objects.house().get(seller_id=seller_id, number=one.number, period=str(one.period))
        if kept.sha256 != digest:
            raise IossFiled(field="period", value=str(one.period))
        if kept.pk == row.pk:
            detail = {"number": one.number, "period": str(one.period), "payable_minor": one.payable_minor}
            deed = Deed("window.ioss_filed", "ioss_return", str(row.pk), seller_id, detail)
            audit.record([deed], actor=row.filed_by, at=now)
    return _dto(kept)


def ioss_filings(scope: Scope, *, seller_ids: Sequence[UUID]) -> list[FilingDTO]:
    """What these sellers have filed, as far as `scope` may see it, latest month first."""
    rows = IossFiling.objects.of(scope).filter(seller_id__in=seller_ids).order_by("-period", "number")
    return [_dto(row) for row in rows[:1_000]]


def _dto(row: IossFiling) -> FilingDTO:
    return FilingDTO(
        row.pk, row.seller_id, row.number, Period.parse(row.period), Money(row.payable_minor, "EUR"), row.reference,
        row.sha256, row.filed_by, row.filed_at, read_return(row.document.encode()),
    )  # fmt: skip
