"""A journal's digest: the same text whichever way it is written, for repeats must match what was stored years ago."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from fondaco.systems.finance.domain.ledger import MAX_MINOR, AccountKey, Entry, JournalDraft, digest_of

_WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_AMOUNTS = st.integers(-MAX_MINOR, MAX_MINOR)
_ENTRIES = st.builds(Entry, st.builds(AccountKey, st.uuids(), _WORDS, _WORDS), _AMOUNTS)
_METAS = st.dictionaries(_WORDS, st.one_of(_WORDS, st.integers(), st.floats(), st.dates(), st.uuids()))


@given(
    entries=st.lists(_ENTRIES, max_size=4).map(tuple),
    words=st.tuples(_WORDS, _WORDS),
    day=st.dates(),
    reversal=st.none() | st.integers(1, 2**62),
    hold=st.none() | st.uuids(),
    meta=_METAS,
)
@settings(deadline=None)
def test_a_digest_is_that_of_the_canonical_form(
    entries: tuple[Entry, ...],
    words: tuple[str, str],
    day: date,
    reversal: int | None,
    hold: UUID | None,
    meta: dict[str, Any],
) -> None:
    kind, source = words
    canonical = {
        "kind": kind,
        "source": source,
        "on": day.isoformat(),
        "reversal_of": reversal,
        "hold": str(hold) if hold else None,
        "meta": meta,
        "entries": [
            [str(e.account.owner_id), e.account.code, e.account.currency, e.amount_minor] for e in entries
        ],
    }
    for said in (meta, {}):
        draft = JournalDraft("k", kind, entries, day, source, said, reversal, hold)
        assert draft.digest() == digest_of({**canonical, "meta": said})


def test_a_known_digest_stays_what_it_was() -> None:
    to = AccountKey(UUID(int=7), "escrow:ä\n\x7f", "EUR")
    draft = JournalDraft("k", "sale", (Entry(to, -5), Entry(to, 5)), date(2026, 10, 1), source="order:1")
    assert draft.digest().hex() == "1c67310776b3557315586c5aaeb60d888883b0b33f4cf511be73ef8f164e0470"
