# ruff: noqa: S608 - built from our own constants
"""Sealing the books: each committed journal gets a link of a hash chain."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
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


def _links(rows: Sequence[tuple[int, Any]], *, seq: int, prev: bytes) -> Iterator[ChainLink]:
    for number, (journal_id, content) in enumerate(rows, start=seq + 1):
        sealed = hashlib.sha256(prev + bytes(content)).digest()
        yield ChainLink(seq=number, journal_id=journal_id, prev=prev, hash=sealed)
        prev = sealed


def broken_link() -> int | None:
    """The first link that is wrong, else None: numbers without a gap, each link built on the one before, each content as it was sealed."""
    prev, expected = GENESIS, 1
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(_SEALED)
        for seq, before, sealed, _journal, content in cursor:
            right = hashlib.sha256(prev + bytes(content or b"")).digest()
            if seq != expected or bytes(before) != prev or bytes(sealed) != right:
                return int(seq)
            prev, expected = right, expected + 1
    return None
