"""The house's invoices to its sellers: issued for each month that is over, as XML and as PDF."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fondaco.flows.house import House
from fondaco.kernel.tenancy import Scope
from fondaco.parties import public as parties
from fondaco.parties.public import OrganisationDTO
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.public import FeeInvoiceDTO, InvoiceParty, IssueReport
from fondaco.systems.sharing import public as sharing
from fondaco.systems.sharing.public import Report, ReportPart


def invoice_months(house: House, *, now: datetime) -> IssueReport:
    """Invoice the commission of every month that is over and not invoiced yet. Safe to repeat."""
    wanted = finance.months_to_invoice(before=now.date())
    known = parties.organisations({house.platform, *(seller for seller, _, _ in wanted)})
    named = {key: _party(who) for key, who in known.items()}
    return finance.issue_fee_invoices(wanted, house=named[house.platform], sellers=named, now=now)


def invoice_list(scope: Scope, *, before: UUID | None, size: int) -> list[tuple[FeeInvoiceDTO, str]]:
    """The invoices that `scope` may see, each with the seller's name."""
    rows = finance.list_fee_invoices(scope, before=before, size=size)
    names = parties.organisations({row.seller_id for row in rows})
    return [(row, names[row.seller_id].name if row.seller_id in names else "") for row in rows]


def invoice_pdf(scope: Scope, invoice_id: UUID) -> tuple[str, bytes]:
    """The number and the printed form of one invoice. NotFound."""
    row = finance.fee_invoice_of(scope, invoice_id)
    who = parties.organisations({row.seller_id}).get(row.seller_id)
    report = Report(
        title="Invoice",
        number=row.number,
        author="Fondaco",
        facts=(
            ("To", who.legal_name or who.name if who else ""),
            ("Issued on", row.issued_on.isoformat()),
            ("From", row.first_on.isoformat()),
            ("To and including", row.last_on.isoformat()),
        ),
        parts=(
            ReportPart(
                "Commission",
                columns=("What", "Amount"),
                rows=(
                    ("Net", str(row.net)),
                    ("VAT", str(row.vat)),
                    ("Total, withheld from sales", str(row.gross)),
                ),
                numbers=frozenset({1}),
            ),
        ),
        foot=f"The XML (EN 16931, UBL 2.1) is the invoice; its SHA-256 is {row.sha256}.",
    )
    return row.number, sharing.render_report(report, dated=row.issued_on)


def _party(who: OrganisationDTO) -> InvoiceParty:
    where = {key: str(value) for key, value in who.address.items()}
    return InvoiceParty(
        name=who.legal_name or who.name,
        country=who.country,
        city=where.get("city", ""),
        street=where.get("street", ""),
        postcode=where.get("postcode", ""),
        vat_id=who.identifiers.get("vat", ""),
        legal_id=who.identifiers.get("eori", ""),
    )
