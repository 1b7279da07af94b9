"""Reports of the books: postings behind any figure, what is owed to parties, and how old open sums are. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from uuid import UUID

from django.db import connection
from django.db.models import CharField, Count, Q, QuerySet, Sum, Value
from django.db.models.functions import Cast, Concat

from fondaco.kernel.money import Money, exponent
from fondaco.kernel.tenancy import Scope
from fondaco.systems.finance.domain.ledger import EntryView
from fondaco.systems.finance.models import Entry, FeeInvoice, PaymentIntent, Settlement, TaxItem
from fondaco.systems.finance.selectors import entry_views
from fondaco.systems.finance.services.rates import rates_for

MOST = 200
# Days of age, each bucket's last: the usual columns of an ageing list.
BUCKETS = (7, 30, 60, 90)
AGED = (
    "payable",
    "refund_payable",
    "taxes_payable",
    "duties_payable",
    "fees_payable",
    "suspense",
    "recourse",
    "provider_clearing",
)

_OWED = """
SELECT owner, currency, sum(payable), sum(dues), sum(transit), sum(escrow), sum(claim) FROM (
  SELECT a.owner_id AS owner, a.currency, CASE a.code WHEN 'payable' THEN a.balance ELSE 0 END AS payable,
         CASE WHEN a.code IN ('payable', 'payout_in_transit') THEN 0 ELSE a.balance END AS dues,
         CASE a.code WHEN 'payout_in_transit' THEN a.balance ELSE 0 END AS transit, 0 AS escrow, 0 AS claim
    FROM finance_account a WHERE a.balance <> 0 AND a.code IN ('payable', 'payout_in_transit', 'duties_payable',
         'taxes_payable', 'fees_payable', 'refund_payable')
  UNION ALL
  SELECT p.seller_id, a.currency, 0, 0, 0, a.balance, 0 FROM finance_account a
    JOIN finance_paymentintent p ON a.code = 'escrow:' || p.order_id AND p.state IN ('captured', 'settled')
   WHERE a.code LIKE 'escrow:%%' AND a.balance <> 0
  UNION ALL
  SELECT a.owner_id, a.currency, 0, 0, 0, 0, coalesce(s.balance, 0) + coalesce((SELECT sum(e.amount) FROM finance_entry e
           WHERE e.account_id = a.id AND e.journal_id > coalesce(s.journal_id, 0)), 0)
    FROM finance_account a LEFT JOIN finance_balancesnapshot s ON s.account_id = a.id WHERE a.code = 'recourse'
) x GROUP BY 1, 2 HAVING sum(payable) <> 0 OR sum(dues) <> 0 OR sum(transit) <> 0 OR sum(escrow) <> 0 OR sum(claim) <> 0
ORDER BY 1, 2
"""
# An open sum is made of the latest lines of its own sign; older ones were paid first (first in, first out).
_AGED = """
WITH b AS (
  SELECT a.id, split_part(a.code, ':', 1) AS code, a.currency, sum(e.amount) AS open
    FROM finance_account a JOIN finance_entry e ON e.account_id = a.id
    JOIN finance_journal j ON j.id = e.journal_id AND j.effective_on <= %(on)s
   WHERE a.code = ANY (%(codes)s) GROUP BY a.id HAVING sum(e.amount) <> 0
), l AS (
  SELECT b.id, b.code, b.currency, b.open, j.effective_on, abs(e.amount) AS amount,
         sum(abs(e.amount)) OVER (PARTITION BY b.id ORDER BY j.effective_on DESC, e.journal_id DESC, e.line DESC) AS upto
    FROM b JOIN finance_entry e ON e.account_id = b.id AND sign(e.amount) = sign(b.open)
    JOIN finance_journal j ON j.id = e.journal_id AND j.effective_on <= %(on)s
)
SELECT code, currency, width_bucket(%(on)s - effective_on, %(ends)s::int[]) AS bucket,
       sum(sign(open) * least(amount, abs(open) - (upto - amount)))::bigint
  FROM l WHERE upto - amount < abs(open) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """Which postings: empty means all. `code` "escrow" means the escrows of all orders; days are effective days.

    `seller_id` leaves the escrows of that seller's orders; `return_id` what the settled orders of a tax return
    posted, and the corrections that it declares; `invoice_id` what the settled orders behind a fee invoice posted.
    """

    code: str = ""
    currency: str = ""
    owner_id: UUID | None = None
    kind: str = ""
    source: str = ""
    since: date | None = None
    until: date | None = None
    side: str = ""
    seller_id: UUID | None = None
    return_id: UUID | None = None
    invoice_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class EntryPage:
    """A page of postings, newest first, and what all that match sum to, by currency."""

    lines: tuple[EntryView, ...]
    sums: tuple[tuple[str, Money, int], ...]
    next_cursor: str


@dataclass(frozen=True, slots=True)
class Owed:
    """What the house owes one party in one currency; `claim` is what the party owes the house (negative).

    `dues` are duty, tax and fees collected for an authority, and refunds that a buyer has not got yet.
    """

    owner_id: UUID
    payable: Money
    dues: Money
    in_transit: Money
    escrow: Money
    claim: Money

    @property
    def total(self) -> Money:
        return self.payable + self.dues + self.in_transit + self.escrow + self.claim


@dataclass(frozen=True, slots=True)
class AgedLine:
    """The open sums of one code and currency by age: up to 7, 30, 60, 90 days, and older. Positive is owed by the house."""

    code: str
    currency: str
    buckets: tuple[Money, ...]

    @property
    def total(self) -> Money:
        return Money.sum(self.buckets, self.currency)


def browse_entries(scope: Scope, *, filters: EntryFilter, cursor: str = "", size: int = 50) -> EntryPage:
    """The postings behind a figure, as far as `scope` may see them, in two queries whatever their number."""
    rows, size = _chosen(Entry.objects.of(scope), filters), max(1, min(size, MOST))
    grouped = (
        rows.order_by("currency").values("currency").annotate(total=Sum("amount"), number=Count("amount"))
    )
    journal, _, line = cursor.partition(".")
    page = rows
    if journal.isdecimal() and line.isdecimal() and len(journal) < 19 and len(line) < 5:
        page = rows.filter(Q(journal_id__lt=int(journal)) | Q(journal_id=int(journal), line__gt=int(line)))
    found = entry_views(page.order_by("-journal_id", "line")[: size + 1])
    shown = found[:size]
    return EntryPage(
        tuple(shown),
        tuple((g["currency"], Money(int(g["total"]), g["currency"]), g["number"]) for g in grouped),
        f"{shown[-1].journal_id}.{shown[-1].line}" if len(found) > size else "",
    )


def _chosen(rows: QuerySet[Entry], chosen: EntryFilter) -> QuerySet[Entry]:
    wanted = {
        "currency": chosen.currency, "account__owner_id": chosen.owner_id, "journal__kind": chosen.kind,
        "journal__source": chosen.source, "journal__effective_on__gte": chosen.since,
        "journal__effective_on__lte": chosen.until,
    }  # fmt: skip
    rows = rows.filter(**{name: value for name, value in wanted.items() if value})
    if chosen.side:
        rows = rows.filter(amount__lt=0) if chosen.side == "debit" else rows.filter(amount__gt=0)
    if chosen.code:
        rows = rows.filter(Q(account__code=chosen.code) | Q(account__code__startswith=f"{chosen.code}:"))
    if chosen.seller_id:
        sold = PaymentIntent.objects.house().filter(seller_id=chosen.seller_id)
        named = Concat(Value("escrow:"), Cast("order_id", CharField()))
        rows = rows.filter(account__code__in=sold.annotate(named=named).values("named"))
    settled = _settled(chosen)
    if settled is None:
        return rows
    wanted_journals = Q(journal_id__in=settled.values("journal_id"))
    if chosen.return_id:
        later = TaxItem.objects.house().filter(tax_return=chosen.return_id, journal_id__gt=0)
        wanted_journals |= Q(journal_id__in=later.values("journal_id"))
    return rows.filter(wanted_journals)


def _settled(chosen: EntryFilter) -> QuerySet[Settlement] | None:
    """The settlements that the filter names; None where it names none."""
    rows: QuerySet[Settlement] = Settlement.objects.house()
    if chosen.return_id:
        return rows.filter(
            order_id__in=TaxItem.objects.house()
            .filter(tax_return=chosen.return_id, journal_id=0)
            .values("order_id")
        )
    if chosen.invoice_id:
        bill = FeeInvoice.objects.house().filter(id=chosen.invoice_id).first()
        return rows.none() if bill is None else rows.filter(
            seller_id=bill.seller_id, currency=bill.currency, effective_on__range=(bill.period_start, bill.period_end)
        )  # fmt: skip
    return None


def liabilities() -> list[Owed]:
    """What is owed to every party by currency: payable, dues, on its way, and kept in escrow for their orders."""
    with connection.cursor() as cursor:
        cursor.execute(_OWED)
        rows = cursor.fetchall()
    return [Owed(owner, *(Money(int(minor), currency) for minor in sums)) for owner, currency, *sums in rows]


def ageing(*, on: date, codes: Sequence[str] = AGED) -> list[AgedLine]:
    """How old the open sums of each code are on a day, first in, first out."""
    with connection.cursor() as cursor:
        cursor.execute(_AGED, {"on": on, "codes": list(codes), "ends": [end + 1 for end in BUCKETS]})
        rows = cursor.fetchall()
    found: dict[tuple[str, str], list[int]] = {}
    for code, currency, bucket, minor in rows:
        found.setdefault((code, currency), [0] * (len(BUCKETS) + 1))[bucket] += int(minor)
    return [
        AgedLine(code, currency, tuple(Money(minor, currency) for minor in sums))
        for (code, currency), sums in found.items()
    ]


def in_currency(sums: Sequence[Money], *, currency: str, on: date) -> Money | None:
    """`sums` added up in one currency at the rates of a day, rounded half-even once; None where a rate is missing."""
    worths = _worths(sums, currency, on)
    return (
        None if None in worths else _rounded(sum((w for w in worths if w is not None), Decimal(0)), currency)
    )


def each_in(sums: Sequence[Money], *, currency: str, on: date) -> list[Money | None]:
    """Each of `sums` in one currency at the rates of a day, rounded half-even; None where its rate is missing."""
    return [None if worth is None else _rounded(worth, currency) for worth in _worths(sums, currency, on)]


def _worths(sums: Sequence[Money], currency: str, on: date) -> list[Decimal | None]:
    """What each sum is worth, unrounded; one query for all rates."""
    rates = rates_for([(one.currency, currency) for one in sums if one.currency != currency], on)
    return [
        one.amount if one.currency == currency
        else one.amount * found.rate if (found := rates.get((one.currency, currency))) else None
        for one in sums
    ]  # fmt: skip


def _rounded(worth: Decimal, currency: str) -> Money:
    scaled = worth.scaleb(exponent(currency)).quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
    return Money(int(scaled), currency)
