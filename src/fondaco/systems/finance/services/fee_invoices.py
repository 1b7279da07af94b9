"""The house's invoices to sellers: what commission was charged in a month, by the European standard."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, Sum

from fondaco.kernel.errors import NotFound
from fondaco.kernel.ids import new_id
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Scope
from fondaco.systems.finance.adapters.ubl import render_ubl
from fondaco.systems.finance.domain.einvoice import Invoice, InvoiceLine, InvoiceParty, category_of, groups_of
from fondaco.systems.finance.domain.en16931 import InvoiceBreaksRule, check_invoice
from fondaco.systems.finance.domain.taxes import AT_THE_BORDER, Period, period_of
from fondaco.systems.finance.models import FeeInvoice, Settlement
from fondaco.systems.finance.rules import tax_scheme
from fondaco.systems.finance.services.ledger import retried
from fondaco.systems.finance.services.support import tell

_NUMBERS = 0xFD00_0005  # the lock that numbers are given out under


@dataclass(frozen=True, slots=True)
class FeeInvoiceDTO:
    """An invoice as others see it; `xml` is only filled for one that was asked for by its id."""

    id: UUID
    number: str
    seller_id: UUID
    first_on: date
    last_on: date
    net: Money
    vat: Money
    issued_on: date
    sha256: str
    xml: str = ""

    @property
    def gross(self) -> Money:
        return self.net + self.vat


@dataclass(frozen=True, slots=True)
class IssueReport:
    """How many invoices a run issued, and which sellers' were refused for which rule."""

    issued: int
    refused: tuple[tuple[UUID, str], ...] = ()


def months_to_invoice(*, before: date) -> list[tuple[UUID, str, date]]:
    """(seller, currency, first day) of every month before that of `before` with commission not invoiced yet."""
    rows = Settlement.objects.house().filter(effective_on__lt=before.replace(day=1), commission_minor__gt=0)
    charged = {
        (seller, currency, day.replace(day=1))
        for seller, currency, day in rows.order_by()
        .values_list("seller_id", "currency", "effective_on")
        .distinct()
    }
    done = invoiced_months({seller for seller, _, _ in charged})
    return sorted(charged - done, key=lambda each: (each[2], str(each[0]), each[1]))


def invoiced_months(sellers: Collection[UUID]) -> set[tuple[UUID, str, date]]:
    """(seller, currency, first day) of every month of `sellers` whose commission has been invoiced."""
    rows = FeeInvoice.objects.house().filter(seller_id__in=sellers)
    return set(rows.values_list("seller_id", "currency", "period_start"))


def issue_fee_invoices(
    wanted: Sequence[tuple[UUID, str, date]],
    *,
    house: InvoiceParty,
    sellers: Mapping[UUID, InvoiceParty],
    now: datetime,
) -> IssueReport:
    """Issue an invoice for each (seller, currency, month): numbered without gaps, once, frozen with its XML.

    What the commission account took is what is invoiced; it was withheld, so nothing is due. An invoice
    that breaks a rule of EN 16931 is not issued; its rule is reported.
    """
    issued, refused = 0, []
    for seller_id, currency, start in wanted:
        period = period_of(tax_scheme(AT_THE_BORDER), start)
        try:
            issued += retried(
                partial(_issue, seller_id, currency, period, house, sellers[seller_id], now=now)
            )
        except InvoiceBreaksRule as exc:
            refused.append((seller_id, str(exc.value)))
    return IssueReport(issued, tuple(refused))


def list_fee_invoices(scope: Scope, *, before: UUID | None = None, size: int = 50) -> list[FeeInvoiceDTO]:
    """The invoices that `scope` may see, newest first, without their XML."""
    rows = FeeInvoice.objects.of(scope).defer("xml").order_by("-id")
    rows = rows.filter(id__lt=before) if before else rows
    return [_dto(row, xml="") for row in rows[:size]]


def fee_invoice_of(scope: Scope, invoice_id: UUID) -> FeeInvoiceDTO:
    """One invoice with its XML. NotFound."""
    row = FeeInvoice.objects.of(scope).filter(id=invoice_id).first()
    if row is None:
        raise NotFound(field="invoice", value=invoice_id)
    return _dto(row, xml=row.xml)


def _issue(
    seller_id: UUID,
    currency: str,
    period: Period,
    house: InvoiceParty,
    seller: InvoiceParty,
    *,
    now: datetime,
) -> int:
    """1 where an invoice was made, 0 where there was one already."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_NUMBERS])
    same = FeeInvoice.objects.house().filter(
        seller_id=seller_id, currency=currency, period_start=period.start
    )
    if same.exists():
        return 0
    given = FeeInvoice.objects.house().filter(issued_on__year=now.year).count()
    number = f"FF-{now.year}-{given + 1:06d}"
    invoice = _compose(seller_id, currency, period, house, seller, number=number, on=now.date())
    check_invoice(invoice)
    xml = render_ubl(invoice).decode()
    row = FeeInvoice.objects.house().create(
        id=new_id(), number=number, seller_id=seller_id, period_start=period.start, period_end=period.end,
        currency=currency, net_minor=invoice.net.minor, vat_minor=invoice.vat.minor, issued_on=now.date(), xml=xml,
        sha256=hashlib.sha256(xml.encode()).hexdigest(),
    )  # fmt: skip
    facts = [(row.id, seller_id, {"number": number, "seller_id": str(seller_id)})]
    tell("finance.fee_invoice_issued", subject_type="fee_invoice", facts=facts, at=now)
    return 1


def _compose(
    seller_id: UUID,
    currency: str,
    period: Period,
    house: InvoiceParty,
    seller: InvoiceParty,
    *,
    number: str,
    on: date,
) -> Invoice:
    sums = (
        Settlement.objects.house()
        .filter(seller_id=seller_id, currency=currency, effective_on__range=(period.start, period.end))
        .order_by()
        .values("commission_vat_rate")
        .annotate(n=Count("id"), net=Sum("commission_minor"), vat=Sum("commission_vat_minor"))
        .order_by("commission_vat_rate")
    )
    rows = list(sums)
    lines = tuple(_line(at, row, currency, seller) for at, row in enumerate(rows, 1))
    groups = groups_of(lines, currency)
    net = Money.sum([line.net for line in lines], currency)
    vat = Money.sum([group.tax for group in groups], currency)
    withheld = net + Money(sum(row["vat"] for row in rows), currency)
    return Invoice(
        number=number, issued_on=on, due_on=on, currency=currency, seller=house, buyer=seller,
        period=(period.start, period.end), lines=lines, groups=groups, net=net, vat=vat, gross=net + vat,
        paid=withheld, rounding=withheld - net - vat, due=Money.zero(currency),
        note="Withheld from the sales that it is charged on.",
    )  # fmt: skip


def _line(at: int, row: Mapping[str, Any], currency: str, seller: InvoiceParty) -> InvoiceLine:
    net, rate = Money(int(row["net"]), currency), Decimal(row["commission_vat_rate"]) * 100
    return InvoiceLine(
        number=str(at), name=f"Commission on {row['n']} settled orders", quantity=Decimal(1), price=net.amount,
        net=net, category=category_of(rate, buyer_vat_id=seller.vat_id), rate=rate,
    )  # fmt: skip


def _dto(row: FeeInvoice, *, xml: str) -> FeeInvoiceDTO:
    return FeeInvoiceDTO(
        row.id, row.number, row.seller_id, row.period_start, row.period_end, Money(row.net_minor, row.currency),
        Money(row.vat_minor, row.currency), row.issued_on, row.sha256, xml,
    )  # fmt: skip
