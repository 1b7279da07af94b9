"""IOSS returns: the months of a seller, one month as it stands or was filed, filing it, its document."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from ninja.responses import Status
from pydantic import Field

from fondaco.delivery.api.auth import scope_of
from fondaco.delivery.api.openapi import KEYED
from fondaco.delivery.api.schemas import Key, Page, Size, page_past
from fondaco.delivery.api.writes import write
from fondaco.flows.ioss import IossMonth, file_ioss, ioss_months, ioss_sheet
from fondaco.kernel import clock
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import CorrectionLine, Period

router = Router(tags=["IOSS"])


class SupplyOut(Schema):
    """What was sold into one member state at one rate; cents of euro."""

    country: str
    rate: str
    taxable_minor: int
    vat_minor: int


class CorrectionOut(Schema):
    """A change of an earlier month's VAT; cents of euro."""

    period: str
    country: str
    vat_minor: int


class MonthOut(Schema):
    """One month; `state` is running, due, overdue or filed. A balance below zero lessens no other's."""

    seller_id: UUID
    number: str
    period: str
    state: str
    due_on: date
    sales: int
    supplies: list[SupplyOut]
    corrections: list[CorrectionOut]
    balances: dict[str, int]
    payable_minor: int
    filed_at: datetime | None
    reference: str


class FileIn(Schema):
    """A filing; `corrections` are MONTH:STATE:EURO of what a person puts right besides what is known."""

    reference: str = Field("", max_length=60)
    corrections: list[Annotated[str, Field(max_length=40)]] = Field(default_factory=list, max_length=50)


@router.get("", response=Page[MonthOut])
def months(request: HttpRequest, cursor: Key = "", size: Size = 50) -> dict[str, Any]:
    """Every month in which the caller sold under the scheme or filed, and the present one; latest first."""
    found = [_month(one) for one in ioss_months(scope_of(request), today=clock.today())]
    return page_past(found, cursor, size, key=lambda one: f"{one['period']}.{one['seller_id']}")


@router.get("/{seller_id}/{period}", response=MonthOut)
def month(request: HttpRequest, seller_id: UUID, period: str) -> dict[str, Any]:
    """One month: as it was filed, else as it would be filed today."""
    return _month(_sheet(request, seller_id, period))


@router.get("/{seller_id}/{period}/document", response=None)
def document(
    request: HttpRequest, seller_id: UUID, period: str, form: Literal["xml", "csv"] = "xml"
) -> HttpResponse:
    """The return as a file."""
    content = _sheet(request, seller_id, period).content
    if form == "csv":
        return HttpResponse(window.render_ioss_csv(content), content_type="text/csv; charset=utf-8")
    return HttpResponse(window.render_ioss_xml(content), content_type="application/xml")


@router.post("/{seller_id}/{period}/file", response=MonthOut, openapi_extra=KEYED)
def file_month(request: HttpRequest, seller_id: UUID, period: str, body: FileIn) -> Status[Any]:
    """File a month that is over; again changes nothing, other figures are refused."""
    scope, asked = scope_of(request), Period.parse(period)
    fixes = [CorrectionLine.parse(text) for text in body.corrections]

    def act() -> dict[str, Any]:
        file_ioss(scope, seller_id, asked, reference=body.reference, corrections=fixes, now=clock.now())
        return _month(_sheet(request, seller_id, period))

    return write(request, act)


def _sheet(request: HttpRequest, seller_id: UUID, period: str) -> IossMonth:
    return ioss_sheet(scope_of(request), seller_id, Period.parse(period), today=clock.today()).month


def _month(one: IossMonth) -> dict[str, Any]:
    content, filed = one.content, one.filing
    return {
        "seller_id": one.seller.id, "number": content.number, "period": str(one.period), "state": one.state,
        "due_on": one.period.due_on, "sales": one.sales,
        "supplies": [
            {"country": x.country, "rate": f"{x.rate:f}", "taxable_minor": x.taxable_minor, "vat_minor": x.vat_minor}
            for x in content.supplies
        ],
        "corrections": [
            {"period": str(x.period), "country": x.country, "vat_minor": x.vat_minor} for x in content.corrections
        ],
        "balances": content.balances, "payable_minor": content.payable_minor,
        "filed_at": filed.filed_at if filed else None, "reference": filed.reference if filed else "",
    }  # fmt: skip
