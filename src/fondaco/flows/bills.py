"""The authority's bill of an order beside its quote and its declaration: shown line by line, and posted.

Whoever bears a difference is told by the window; the money moves through the ledger once for each kind of charge.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction

from fondaco.commerce.orders import public as orders
from fondaco.commerce.orders.public import OrderDTO, OrderState
from fondaco.kernel.countries import currency_of
from fondaco.kernel.errors import Conflict
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import BillLine, Difference, Reconciliation
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.public import (
    HOUSE,
    AccountKey,
    Entry,
    EntryFilter,
    EntryView,
    InsufficientFunds,
    JournalDraft,
    NoRate,
    Posted,
    RateTooOld,
    RefundRequest,
)

KIND = "bill.difference"
_OWED = {"duty": "duties_payable", "tax": "taxes_payable"}
_HARMLESS = ("same", "at-sale")


class BillNotReady(Conflict):
    code = "bill-not-ready"
    title = "This bill cannot be posted yet."
    remedy = "Wait until the order is settled and its bill has come."


@dataclass(frozen=True, slots=True)
class BillRow:
    """A line of the bill with the article that it is about."""

    line: BillLine
    sku: str
    title: str


@dataclass(frozen=True, slots=True)
class BillSheet:
    """An order's bill: lines, differences with reason and bearer, and what has been posted of them."""

    order: OrderDTO
    found: Reconciliation
    rows: tuple[BillRow, ...]
    posted: tuple[EntryView, ...]

    @property
    def open(self) -> tuple[Difference, ...]:
        """The differences whose money has not moved: all are posted together."""
        moved = bool(self.posted)
        return tuple(d for d in self.found.differences if d.reason not in _HARMLESS and not moved)

    @property
    def postable(self) -> bool:
        return bool(self.open) and self.order.state == OrderState.SETTLED


def bill_sheet(scope: Scope, order_id: UUID) -> BillSheet:
    """The bill of an order that `scope` may see. OrderNotFound; NotFound where it has no quote."""
    order = orders.order_detail(scope, order_id)
    found = window.reconcile_landed(scope, order_id)
    articles = {str(line.id): line for line in order.lines}
    rows = tuple(
        BillRow(line, known.sku if known else "", known.title if known else "")
        for line in found.lines
        for known in [articles.get(line.line_id)]
    )
    posted = finance.browse_entries(scope, filters=EntryFilter(kind=KIND, source=f"order:{order_id}")).lines
    return BillSheet(order, found, rows, tuple(posted))


def post_bill(scope: Scope, order_id: UUID, *, now: datetime) -> BillSheet:
    """Move the money of what differs, once: the platform's managers only.

    A bill above the quote is taken of the seller's balance, or advanced where that is too small; one below it goes
    back to the buyer as a refund, which the provider is asked for by the next round of the janitor (where all that
    was paid has gone back before, the seller bore the dues and keeps it); a rounding is the house's. The return of
    the order's taxes declares it. BillNotReady; InsufficientFunds where the authority has been paid already what it
    did not ask.
    """
    scope.require(role=Role.MANAGER, kinds=(Kind.PLATFORM,))
    sheet = bill_sheet(scope, order_id)
    if sheet.found.assessed_at is None or sheet.order.state != OrderState.SETTLED:
        raise BillNotReady(field="order", value=sheet.order.number)
    (authority,) = {
        one.authority_id for one in window.declarations_of_order(scope, order_id) if one.kind == "import"
    }
    for difference in sheet.open:
        with transaction.atomic():
            posted = _post(sheet.order, difference, authority, now=now)
            finance.keep_correction(
                order_id, what=difference.what, amount=_local(sheet.order, difference.difference),
                journal_id=posted.journal_id, now=now,
            )  # fmt: skip
            if difference.bearer == "buyer":
                finance.owe_refunds([_refund(sheet.order, difference, now=now)], now=now)
    return bill_sheet(scope, order_id)


def _post(order: OrderDTO, difference: Difference, authority: UUID, *, now: datetime) -> Posted:
    try:
        return finance.post_journals([_draft(order, difference, authority, advance=False, now=now)])[0]
    except InsufficientFunds:
        if difference.bearer != "seller":
            raise
        return finance.post_journals([_draft(order, difference, authority, advance=True, now=now)])[0]


def _draft(
    order: OrderDTO, difference: Difference, authority: UUID, *, advance: bool, now: datetime
) -> JournalDraft:
    gap = difference.difference
    local = _local(order, gap)
    entries = [
        Entry(_bearer(order, difference.bearer, advance=advance), -gap.minor),
        Entry(AccountKey(authority, _OWED[difference.what], local.currency), local.minor),
    ]
    if local.currency != gap.currency:
        entries += [
            Entry(AccountKey(HOUSE, "fx_position", gap.currency), gap.minor),
            Entry(AccountKey(HOUSE, "fx_position", local.currency), -local.minor),
        ]
    return JournalDraft(
        idem=f"bill:{order.id}:{difference.what}",
        kind=KIND,
        entries=tuple(entry for entry in entries if entry.amount_minor),
        effective_on=now.date(),
        source=f"order:{order.id}",
        meta={"what": difference.what, "reason": difference.reason, "bearer": difference.bearer},
    )


def _local(order: OrderDTO, gap: Money) -> Money:
    """The difference in the authority's currency, as the dues themselves were turned into it."""
    wanted = currency_of(order.destination) or gap.currency
    if wanted == gap.currency:
        return gap
    try:
        return finance.convert(gap, wanted, order.ordered_at.date())[0]
    except (NoRate, RateTooOld):
        return gap


def _refund(order: OrderDTO, difference: Difference, *, now: datetime) -> RefundRequest:
    """What the authority left of a charge that the buyer has paid."""
    left = -difference.difference.minor
    key = uuid5(order.id, f"bill:{difference.what}")
    return RefundRequest(key, order.id, goods=0, duty_tax=left, on=now.date())


def _bearer(order: OrderDTO, bearer: str, *, advance: bool) -> AccountKey:
    """Whose account pays what is more, or gets what is less; the buyer's passes through the seller's (`_refund`)."""
    if bearer == "house":
        return AccountKey(HOUSE, "rounding", order.currency)
    return AccountKey(order.seller_id, "recourse" if advance else "payable", order.currency)
