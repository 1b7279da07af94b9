# ruff: noqa: S608 - built from our own constants
"""The 13 invariants of the books: checked over all that stands in them, on demand and every night.

I1 a journal sums to zero in each currency    I2 a kept balance is the sum of its entries, a snapshot and its tail too
I3 no guarded account below its floor         I4 held is the sum of the open holds
I5 a hold gives at most what it held          I6 reversed at most once, and exactly
I7 one key, one journal                       I8 a call that failed changed nothing
I9 what a provider settled is matched or has a break    I10 the seal is whole, closed periods are as they were
I11 escrow holds what was paid and not shared out       I12 customers' money pays nobody's fees or differences
I13 a journal stands in the books exactly if the outbox tells of it
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import connection, transaction

from fondaco.kernel import outbox
from fondaco.systems.finance.models import Journal, LedgerCheck
from fondaco.systems.finance.services.periods import altered_periods
from fondaco.systems.finance.services.seal import broken_link, seal_chain

ALARM = "finance.invariant_broken"
# A file that was taken in is worked through at once; this long it may lie with lines nobody looked at.
_FILE_PATIENCE = "1 day"


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken invariant (I1 ... I13), what shows it, and how often."""

    invariant: str
    what: str
    count: int
    example: str


_TOLD = (
    "SELECT (jsonb_array_elements_text(payload->'journals'))::bigint AS id, count(*) AS times"
    " FROM kernel_outboxevent WHERE topic = 'finance.posted' GROUP BY 1"
)
# Each query returns the rows that break its invariant; no row, no finding.
_INVARIANTS = {
    ("I1", "a journal that does not sum to zero in a currency"): (
        "SELECT journal_id, currency, sum(amount) FROM finance_entry GROUP BY 1, 2 HAVING sum(amount) <> 0"
    ),
    ("I1", "a journal of fewer than two lines"): (
        "SELECT j.id FROM finance_journal j WHERE"
        " (SELECT count(*) FROM finance_entry e WHERE e.journal_id = j.id) < 2"
    ),
    ("I1", "a line whose currency is not its account's, or that has no account or journal"): (
        "SELECT e.journal_id, e.line FROM finance_entry e LEFT JOIN finance_account a ON a.id = e.account_id"
        " LEFT JOIN finance_journal j ON j.id = e.journal_id"
        " WHERE a.id IS NULL OR j.id IS NULL OR a.currency <> e.currency"
    ),
    ("I2", "a kept balance that is not the sum of its entries"): (
        "SELECT a.id, a.balance, s.total FROM finance_account a LEFT JOIN"
        " (SELECT account_id, sum(amount) AS total FROM finance_entry GROUP BY 1) s ON s.account_id = a.id"
        " WHERE a.kind = 'guarded' AND a.balance <> coalesce(s.total, 0)"
    ),
    ("I3", "an account below its floor"): (
        "SELECT id, balance, held FROM finance_account WHERE balance - held < min_balance"
    ),
    ("I4", "held money that is not the sum of the open holds"): (
        "SELECT a.id, a.held FROM finance_account a LEFT JOIN (SELECT account_id, sum(amount) AS total"
        " FROM finance_hold WHERE state = 'open' GROUP BY 1) h ON h.account_id = a.id"
        " WHERE a.held <> coalesce(h.total, 0)"
    ),
    ("I5", "a hold captured for more than was held, or for other than its journal took"): (
        "SELECT h.id FROM finance_hold h WHERE h.captured > h.amount OR (h.state = 'captured' AND h.captured <>"
        " (SELECT coalesce(-sum(e.amount), 0) FROM finance_entry e"
        "   WHERE e.journal_id = h.journal_id AND e.account_id = h.account_id))"
    ),
    ("I6", "a reversal that is not the exact negative of its journal"): (
        "SELECT j.id FROM finance_journal j WHERE j.reversal_of_id IS NOT NULL AND EXISTS ("
        " SELECT account_id, sum(amount) FROM finance_entry e"
        "  WHERE e.journal_id IN (j.id, j.reversal_of_id) GROUP BY 1 HAVING sum(amount) <> 0)"
    ),
    ("I7", "a key that stands for two journals"): (
        "SELECT idem FROM finance_journal GROUP BY 1 HAVING count(*) > 1"
    ),
    ("I8", "a captured payment without its journal, or a journal of one that is not captured"): (
        "SELECT p.id FROM finance_paymentintent p FULL JOIN"
        " (SELECT meta->>'payment' AS id FROM finance_journal WHERE kind = 'payment.captured') j"
        " ON j.id = p.id::text"
        " WHERE (p.state IN ('captured', 'settled')) IS DISTINCT FROM (j.id IS NOT NULL)"
        " AND (j.id IS NOT NULL OR p.state IN ('captured', 'settled'))"
    ),
    ("I2", "a snapshot that is not the sum of its entries"): (
        "SELECT s.account_id, s.balance, x.total FROM finance_balancesnapshot s CROSS JOIN LATERAL"
        " (SELECT coalesce(sum(e.amount), 0) AS total, count(*) AS entries FROM finance_entry e"
        "   WHERE e.account_id = s.account_id AND e.journal_id <= s.journal_id) x"
        " WHERE x.total <> s.balance OR x.entries <> s.entries"
    ),
    ("I9", "a line of a settlement file or statement that is neither matched nor a break"): (
        "SELECT l.id FROM finance_reconline l JOIN finance_reconfile f ON f.id = l.file_id"
        " LEFT JOIN finance_reconbreak b ON b.line_id = l.id"
        f" WHERE l.group_id IS NULL AND b.id IS NULL AND f.received_at < now() - interval '{_FILE_PATIENCE}'"
    ),
    ("I9", "a match whose two sides differ by other than was booked"): (
        "SELECT g.id FROM finance_recongroup g JOIN finance_reconline l ON l.group_id = g.id GROUP BY g.id"
        " HAVING sum(CASE l.side WHEN 'ledger' THEN l.amount_minor ELSE -l.amount_minor END) <> g.residual_minor"
    ),
    ("I11", "an escrow that holds other than was paid, less what went back and was shared out"): (
        "SELECT a.code, a.balance, x.due FROM finance_account a JOIN (SELECT 'escrow:' || p.order_id AS code,"
        "   p.escrow_currency AS currency, CASE WHEN s.id IS NOT NULL THEN 0 ELSE p.escrow_minor -"
        "   (SELECT coalesce(sum(r.goods_minor + r.duty_tax_minor), 0) FROM finance_refund r"
        "     WHERE r.payment_id = p.id AND r.from_escrow AND r.state <> 'failed') -"
        "   (SELECT coalesce(sum(d.order_minor), 0) FROM finance_dispute d"
        "     WHERE d.payment_id = p.id AND d.state NOT IN ('won', 'cancelled')) END AS due"
        "   FROM finance_paymentintent p LEFT JOIN finance_settlement s ON s.order_id = p.order_id"
        "  WHERE p.state IN ('captured', 'settled')) x ON x.code = a.code AND x.currency = a.currency"
        " WHERE a.balance <> x.due"
    ),
    ("I12", "a journal in which customers' money pays income, a fee or a difference of the house"): (
        "SELECT j.id, j.kind FROM finance_journal j JOIN (SELECT e.journal_id AS id FROM finance_entry e"
        "   JOIN finance_account a ON a.id = e.account_id GROUP BY 1"
        "  HAVING bool_or(e.amount < 0 AND split_part(a.code, ':', 1) IN ('escrow', 'refund_payable'))"
        "     AND bool_or(e.amount > 0 AND a.class IN ('income', 'expense'))) x ON x.id = j.id"
        " WHERE j.kind NOT LIKE 'order.settled%' AND j.kind <> 'reversal'"
    ),
    ("I13", "an event of a journal that does not stand in the books, or two events of one"): (
        f"SELECT t.id FROM ({_TOLD}) t WHERE t.times > 1 OR NOT EXISTS"
        " (SELECT 1 FROM finance_journal j WHERE j.id = t.id)"
    ),
    ("I13", "a journal that the outbox does not tell of"): (
        f"SELECT j.id FROM finance_journal j WHERE j.id > (SELECT min(t.id) FROM ({_TOLD}) t)"
        f" AND NOT EXISTS (SELECT 1 FROM ({_TOLD}) t WHERE t.id = j.id)"
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class CheckDTO:
    """One run of the verification: when, over how many journals, and what it found (nothing: all hold)."""

    at: datetime
    journals: int
    findings: tuple[Finding, ...]


def verify() -> list[Finding]:
    """Check every invariant over the whole ledger; an empty list means that all hold."""
    with _whole_tables():
        findings = [
            found for (code, what), query in _INVARIANTS.items() if (found := _check(code, what, query))
        ]
    if link := broken_link():
        findings.append(Finding("I10", "a broken seal", 1, f"link {link}"))
    if altered := altered_periods():
        findings.append(
            Finding("I10", "a closed period that was altered", len(altered), str(altered[0].first_on))
        )
    return findings


@contextmanager
def _whole_tables() -> Iterator[None]:
    """Tables read whole are joined by hashing: statistics of when they were empty would have them walked row by row."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off; SET LOCAL jit = off")
        yield
        cursor.execute("SET LOCAL enable_nestloop = on; SET LOCAL jit = on")


def check_books(*, now: datetime) -> CheckDTO:
    """The nightly run: seal what was left, verify, keep the result; an event raises the alarm if one is broken."""
    seal_chain(thorough=True, limit=10_000_000)
    findings = verify()
    with transaction.atomic():
        row = LedgerCheck.objects.create(
            at=now, journals=Journal.objects.count(), findings=[asdict(found) for found in findings]
        )
        if findings:
            outbox.append([outbox.Event(ALARM, str(row.id), {"findings": row.findings})])
    return _dto(row)


def last_check() -> CheckDTO | None:
    """What the latest run found; None before the first."""
    row = LedgerCheck.objects.order_by("-at").first()
    return _dto(row) if row else None


def _dto(row: LedgerCheck) -> CheckDTO:
    return CheckDTO(row.at, row.journals, tuple(Finding(**found) for found in row.findings))


def _check(code: str, what: str, query: str) -> Finding | None:
    with connection.cursor() as cursor:
        cursor.execute(query)
        rows = cursor.fetchall()
    return Finding(code, what, len(rows), str(rows[0])) if rows else None
