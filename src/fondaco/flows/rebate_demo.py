"""Rebates in the demonstration: made-up invoices and receipts on the released exports, claimed, answered, transferred.

The exports are those of the made-up exporters; invoices, bank references and the tax office's answers are made
up here and say so. Nothing is made twice: a seller who has a case is left alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from fondaco.flows.rebates import Step, open_rebate, take_step
from fondaco.kernel.errors import FondacoError
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.parties import public as parties
from fondaco.parties.public import NewOrganisation
from fondaco.platforms.window.public import rebates
from fondaco.platforms.window.public.rebates import ExportEvidence, InvoiceIn, ItemDTO, Way

CASES = 14  # a seller
_READ = 400  # exports looked at for one seller
# How far each case in turn is taken: a desk with something in every state.
_ENDS = (
    "paid",
    "paid",
    "claimed",
    "no-receipt",
    "part",
    "paid",
    "paid",
    "no-invoice",
    "approved",
    "paid",
)
_MARGIN = 70  # per cent of the price that the made-up purchase cost


def demonstrate(sellers: Sequence[UUID], *, now: datetime, bank: Any) -> dict[str, int]:
    """Open and claim cases on released exports of `sellers`; how many cases there are, and how many unbalanced.

    What the tax office pays it transfers at `bank`: repaid is what a statement has shown (`reconcile_day`).
    """
    opened = sum(_demonstrate(seller, place, now=now, bank=bank) for place, seller in enumerate(sellers))
    house = Scope(UUID(int=0), Kind.PLATFORM, role=Role.OWNER, actor="demo")
    return {
        "rebates": sum(rebates.count_cases(house).values()),
        "rebates_opened": opened,
        "rebates_unbalanced": len(rebates.unbalanced_cases(house)),
    }


def take_some_back(sellers: Sequence[UUID], *, now: datetime) -> int:
    """Of each seller one repaid case is taken back in part, once; how many."""
    taken = 0
    for seller in sellers:
        scope = Scope(seller, Kind.SELLER, role=Role.OWNER, actor="demo")
        repaid = rebates.list_cases(scope, today=now.date(), state="repaid", size=CASES)
        if not repaid or any(one.clawed_back for one in repaid):
            continue
        one = repaid[0]
        office = Scope(one.authority_id, Kind.TAX, role=Role.OWNER, actor="tax office (made up)")
        reason = "A quarter of the goods came back (made up)"
        take_step(
            office, one.id, Step("claw_back", one.paid.minor // 4, f"R-{one.reference}", reason), now=now
        )
        taken += 1
    return taken


def ensure_tax_office(country: str) -> UUID:
    """The demonstration's tax office of a country, made where it is missing."""
    known = [one.id for one in parties.organisations_of_kind(Kind.TAX) if one.country == country]
    if known:
        return known[0]
    office = NewOrganisation(
        kind=Kind.TAX, name=f"Tax office {country} (demonstration)", country=country,
        slug=f"tax-{country.lower()}", currency="", is_demo=True,
    )  # fmt: skip
    return parties.ensure_organisations([office])[0].id


def _demonstrate(seller: UUID, place: int, *, now: datetime, bank: Any) -> int:
    scope = Scope(seller, Kind.SELLER, role=Role.OWNER, actor="demo")
    if rebates.count_cases(scope):
        return 0
    spread: dict[str, list[ExportEvidence]] = {}
    for export in rebates.export_evidence(scope, unclaimed=True, size=_READ):
        if (export.departed_on or export.released_on) <= now.date() and export.is_known:
            spread.setdefault(",".join(export.modes), []).append(export)
    chosen = _in_turn(list(spread.values()))[:CASES]
    for number, export in enumerate(chosen):
        _case(scope, export, _ENDS[number % len(_ENDS)], producer=place % 2 == 1, now=now, bank=bank)
    if any(way.way.calc == "output" for way in rebates.list_cases(scope, today=now.date(), size=CASES)):
        _file_month(scope, chosen, now=now, bank=bank)
    return len(chosen)


def _in_turn(groups: list[list[ExportEvidence]]) -> list[ExportEvidence]:
    """One of each mode after the other, so that a few cases show every mode."""
    longest = max(map(len, groups), default=0)
    return [group[i] for i in range(longest) for group in groups if i < len(group)]


def _case(
    scope: Scope, export: ExportEvidence, end: str, *, producer: bool, now: datetime, bank: Any
) -> None:
    way = _way(export, producer=producer)
    if way is None:
        return
    ensure_tax_office(export.country)
    case = open_rebate(scope, export.declaration_id, way=way.code, stated=way.asks, now=now, is_demo=True)
    left = export.departed_on
    if left is None:
        left = min(export.released_on + timedelta(days=1), now.date())
        reference = f"CEB509 {export.reference} (made up)"
        rebates.record_departure(scope, case, departed_on=left, reference=reference, now=now)
    if "invoices" in way.needs and end != "no-invoice":
        for item in rebates.case_detail(scope, case, today=now.date()).items:
            _invoice(scope, case, export, item, way, now=now)
    if "receipt" in way.needs and end != "no-receipt":
        amount, on = Money(export.value_minor, export.currency), min(left + timedelta(days=9), now.date())
        reference = f"BOC {export.reference} (made up)"
        rebates.note_receipt(scope, case, amount=amount, received_on=on, reference=reference, now=now)
    if way.calc != "output" and end not in {"no-invoice", "no-receipt"}:
        _settle(scope, case, end, claimed_on=left + timedelta(days=12), now=now, bank=bank)


def _way(export: ExportEvidence, *, producer: bool) -> Way | None:
    """A way that is open: of the producer's or not, the refund on departure before the ordinary one."""
    offers = [one.way for one in rebates.offers_for(export) if one.is_open]
    fitting = [way for way in offers if ("producer" in way.asks) == producer or way.calc == "none"]
    return max(fitting or offers, key=lambda way: (way.calc != "none", way.prepaid), default=None)


def _invoice(
    scope: Scope, case: UUID, export: ExportEvidence, item: ItemDTO, way: Way, *, now: datetime
) -> None:
    """A purchase made up for an item: a part of its price, with the VAT of its rate."""
    net = Money(max(1, item.local.minor * _MARGIN // 100), way.currency)
    made = InvoiceIn(
        number=f"DEMO-{export.reference}-{item.number}"[:40], supplier="Yiwu supplier (made up)",
        issued_on=export.released_on - timedelta(days=10), description=item.description, quantity=item.quantity,
        net=net, vat=net.times((item.vat_rate or Decimal(0)) / 100),
    )  # fmt: skip
    bill = rebates.add_invoice(scope, made, now=now, is_demo=True)
    rebates.use_invoice(scope, case, item=item.number, invoice_id=bill, quantity=item.quantity, now=now)


def _settle(scope: Scope, case: UUID, end: str, *, claimed_on: date, now: datetime, bank: Any) -> None:
    """Claim, and let the tax office answer a week later, pay a week after that; never after `now`."""
    days = [min(_at(claimed_on + timedelta(days=7 * week)), now) for week in range(3)]
    with suppress(FondacoError):  # a closed month, or evidence that a real export lacks: the case waits
        take_step(scope, case, Step("claim"), now=days[0])
        _answer(case, end, days[1:], seller=scope, bank=bank)


def _answer(case: UUID, end: str, days: Sequence[datetime], *, seller: Scope, bank: Any) -> None:
    """The made-up tax office's answer, as far as `end` goes."""
    one = rebates.case_detail(seller, case, today=days[0].date()).case
    if end == "claimed" or one.state != "claimed":
        return
    office = Scope(one.authority_id, Kind.TAX, role=Role.OWNER, actor="tax office (made up)")
    refused = one.claimed.minor // 10 if end == "part" else 0
    why = "One invoice names other goods (made up)" if refused else ""
    take_step(office, case, Step("approve", refused, f"T-{one.reference}", why), now=days[0])
    if end != "approved":
        take_step(office, case, Step("pay"), now=days[1], bank=bank)


def _file_month(scope: Scope, exports: Sequence[ExportEvidence], *, now: datetime, bank: Any) -> None:
    """File the last month that is over with taxes made up in proportion to what left."""
    month = (now.date().replace(day=1) - timedelta(days=1)).replace(day=1)
    ready = [
        one
        for one in rebates.list_cases(scope, today=now.date(), state="prepared", size=CASES)
        if not one.missing
    ]
    local = sum(one.declared.converted(one.fx_rate, one.way.currency).minor for one in ready)
    if not local or not exports:
        return
    with suppress(FondacoError):
        rebates.file_period(
            scope, month=month, input_tax=local * 9 // 100, output_tax=local * 2 // 100, brought=0, now=now
        )
        for one in ready[: len(ready) // 2]:
            _answer(one.id, "paid", [now] * 2, seller=scope, bank=bank)


def _at(day: date) -> datetime:
    return datetime.combine(day, time(9), tzinfo=UTC)
