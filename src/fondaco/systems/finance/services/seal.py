# ruff: noqa: S608 - built from our own constants
"""Sealing the books: each committed journal gets a link of a hash chain; and checking all of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from fondaco.systems.finance.models import ChainLink

GENESIS = b"\0" * 32
_LOOKBACK, _EVERY = 200_000, 2**62
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('finance_chainlink'))"
# All that a journal says, in one canonical text; hashed by PostgreSQL, chained here.
_CONTENT = """
SELECT j.id, sha256(convert_to(concat_ws('|', j.id, j.idem, encode(j.req_hash, 'hex'), j.kind, j.source,
         coalesce(j.reversal_of_id, 0), j.effective_on, extract(epoch FROM j.created_at), j.meta::text, l.text), 'UTF8'))
  FROM {rows} j CROSS JOIN LATERAL (
    SELECT string_agg(concat_ws(':', e.line, e.account_id, e.currency, e.amount, e.balance_after), ','
                      ORDER BY e.line) AS text FROM finance_entry e WHERE e.journal_id = j.id) l
"""
_UNSEALED = (
    _CONTENT.format(
        rows="""(SELECT * FROM finance_journal u WHERE NOT EXISTS
             (SELECT 1 FROM finance_chainlink c WHERE c.journal_id = u.id)
             AND u.id > (SELECT coalesce(max(journal_id), 0) FROM finance_chainlink) - %s
             ORDER BY u.id LIMIT %s)"""
    )
    + " ORDER BY j.id"
)
_SEALED = (
    "SELECT c.seq, c.prev, c.hash, s.id, s.sha256 FROM finance_chainlink c LEFT JOIN ("
    + _CONTENT.format(rows="finance_journal")
    + ") s ON s.id = c.journal_id ORDER BY c.seq"
)


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken invariant (I1 ... I11 of the ledger's design), what shows it, and how often."""

    invariant: str
    what: str
    count: int
    example: str


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
    ("I11", "an escrow that holds other than was paid, less what went back and was shared out"): (
        "SELECT a.code, a.balance, x.due FROM finance_account a JOIN (SELECT 'escrow:' || p.order_id AS code,"
        "   p.escrow_currency AS currency, CASE WHEN s.id IS NOT NULL THEN 0 ELSE p.escrow_minor -"
        "   (SELECT coalesce(sum(r.goods_minor + r.duty_tax_minor), 0) FROM finance_refund r"
        "     WHERE r.payment_id = p.id AND r.from_escrow AND r.state <> 'failed') END AS due"
        "   FROM finance_paymentintent p LEFT JOIN finance_settlement s ON s.order_id = p.order_id"
        "  WHERE p.state IN ('captured', 'settled')) x ON x.code = a.code AND x.currency = a.currency"
        " WHERE a.balance <> x.due"
    ),
}  # fmt: skip


def seal_chain(*, limit: int = 20_000, thorough: bool = False) -> int:
    """Add links for up to `limit` committed journals that have none, oldest first; returns how many.

    One sealer at a time. Runs after the fact, so posting never waits for it. The quick pass looks back
    over the last 200,000 numbers for journals that committed late; `thorough` (nightly) over all.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_LOCK)
        cursor.execute("SELECT seq, hash FROM finance_chainlink ORDER BY seq DESC LIMIT 1")
        seq, prev = cursor.fetchone() or (0, GENESIS)
        cursor.execute(_UNSEALED, [_EVERY if thorough else _LOOKBACK, limit])
        links = list(_links(cursor.fetchall(), seq=seq, prev=bytes(prev)))
        ChainLink.objects.bulk_create(links, batch_size=5000)
    return len(links)


def verify() -> list[Finding]:
    """Check the invariants I1 to I8, I10 and I11 over the whole ledger; an empty list means all hold."""
    findings = [found for (code, what), query in _INVARIANTS.items() if (found := _check(code, what, query))]
    return findings + ([broken] if (broken := _verify_chain()) else [])


def _links(rows: Sequence[tuple[int, Any]], *, seq: int, prev: bytes) -> Iterator[ChainLink]:
    for number, (journal_id, content) in enumerate(rows, start=seq + 1):
        sealed = hashlib.sha256(prev + bytes(content)).digest()
        yield ChainLink(seq=number, journal_id=journal_id, prev=prev, hash=sealed)
        prev = sealed


def _check(code: str, what: str, query: str) -> Finding | None:
    with connection.cursor() as cursor:
        cursor.execute(query)
        rows = cursor.fetchall()
    return Finding(code, what, len(rows), str(rows[0])) if rows else None


def _verify_chain() -> Finding | None:
    """I10: numbers without a gap, each link built on the one before, each content as it was sealed."""
    prev, expected = GENESIS, 1
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(_SEALED)
        for seq, before, sealed, _journal, content in cursor:
            right = hashlib.sha256(prev + bytes(content or b"")).digest()
            if seq != expected or bytes(before) != prev or bytes(sealed) != right:
                return Finding("I10", "a broken seal", 1, f"link {seq}")
            prev, expected = right, expected + 1
    return None
