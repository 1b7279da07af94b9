"""Papers of a return: the label for the parcel, the certificate of destruction."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fondaco.kernel.errors import NotFound
from fondaco.kernel.tenancy import Scope
from fondaco.parties import public as parties
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import ReturnSheet
from fondaco.systems.sharing import public as sharing
from fondaco.systems.sharing.public import Report, ReportPart

LABEL, CERTIFICATE = "label", "certificate"


def return_paper(scope: Scope, case_id: UUID, kind: str, *, now: datetime) -> tuple[str, bytes]:
    """A paper of a return that `scope` may see as its name and PDF. NotFound for one there is not (yet)."""
    sheet = window.return_sheet(scope, case_id, now=now)
    if kind == LABEL and sheet.row.state in ("authorised", "in_transit"):
        return f"return-label-{sheet.row.number}.pdf", sharing.render_report(_label(sheet), dated=now.date())
    if kind == CERTIFICATE and any(v.witnessed_at for line in sheet.lines for v in line.verdicts):
        return f"destruction-{sheet.row.number}.pdf", sharing.render_report(
            _certificate(sheet), dated=now.date()
        )
    raise NotFound(field="paper", value=kind)


def _label(sheet: ReturnSheet) -> Report:
    seller = parties.organisations([sheet.seller_id])[sheet.seller_id]
    address = seller.address
    place = " ".join(str(address.get(name, "")) for name in ("street", "postcode", "city"))
    return Report(
        title="Return label", number=sheet.tracking, author=seller.name,
        facts=(
            ("To", sheet.centre_name or f"{seller.name}, {place}".strip(", ")),
            ("Country", sheet.centre_country),
            ("Return", sheet.row.number),
            ("Order", sheet.row.order_number),
        ),
        parts=(
            ReportPart(
                "Contents", columns=("SKU", "Description", "Pieces"),
                rows=tuple((line.sku, line.title, str(line.quantity)) for line in sheet.lines), numbers=frozenset({2}),
            ),
        ),
        foot="Put this page on the parcel. The number in the head is the parcel's.",
    )  # fmt: skip


def _certificate(sheet: ReturnSheet) -> Report:
    seen = [
        (
            line.sku,
            line.title,
            str(v.quantity),
            v.grade,
            v.witnessed_by,
            v.witnessed_at.date().isoformat(),
            v.witness_note,
        )
        for line in sheet.lines
        for v in line.verdicts
        if v.witnessed_at
    ]
    who = parties.organisations([sheet.authority_id]) if sheet.authority_id else {}
    authority = who[sheet.authority_id].name if sheet.authority_id in who else ""
    return Report(
        title="Certificate of destruction", number=sheet.row.number, author=sheet.centre_name or "Return centre",
        facts=(("Return", sheet.row.number), ("Order", sheet.row.order_number), ("Authority", authority)),
        parts=(
            ReportPart(
                "Destroyed before an officer",
                columns=("SKU", "Description", "Pieces", "Grade", "Officer", "Day", "Note"),
                rows=tuple(seen), numbers=frozenset({2}),
            ),
        ),
        foot="The officer named saw the goods destroyed so that nothing of them can be used.",
    )  # fmt: skip
