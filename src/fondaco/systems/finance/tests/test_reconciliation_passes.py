"""The passes of reconciliation, on lines made by hand: what is proved is matched, what is only likely is not."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from fondaco.systems.finance.domain.reconciliation import Item, Limits, only_subset, reconcile

DAY = date(2026, 9, 1)


def ours(key: str, amount: int, *, days: int = 0, batch: str = "", text: str = "") -> Item:
    return Item(f"l:{key}:{amount}", "ledger", key, "EUR", amount, DAY + timedelta(days=days), text, batch)


def theirs(
    key: str, amount: int, *, days: int = 0, text: str = "", nr: int = 0, currency: str = "EUR"
) -> Item:
    return Item(f"o:{key}:{amount}:{nr}", "other", key, currency, amount, DAY + timedelta(days=days), text)


def rules(*items: Item, limits: Limits = Limits()) -> list[tuple[str, int]]:  # noqa: B008 - frozen
    return [(m.rule, m.residual) for m in reconcile(items, limits).matches]


def kinds(*items: Item) -> list[str]:
    return sorted(b.kind for b in reconcile(items).breaks)


def test_a_key_and_amount_match_however_the_key_is_written() -> None:
    assert rules(ours("pay-00012345", 100), theirs("pay-00012345", 100)) == [("exact", 0)]
    assert rules(ours("pay-00012345", 100), theirs("PAY00012345", 100, days=30)) == [("named", 0)]
    assert rules(ours("pay-00012345", 100), theirs("", 100, days=9, text="thanks PAY-00012345 !")) == [
        ("named", 0)
    ]
    assert rules(ours("invoice-2026-4711-b", 100), theirs("", 100, days=9, text="INVOICE-2026-47")) == [
        ("named", 0)
    ]


def test_an_amount_that_is_short_by_a_charge_is_matched_within_tolerance() -> None:
    assert rules(ours("a-1", 10_000), theirs("a-1", 9_950)) == [("tolerance", 50)]
    assert kinds(ours("a-1", 10_000), theirs("a-1", 9_800)) == ["amount", "amount"]
    assert kinds(ours("a-1", 100), theirs("a-1", 97)) == ["amount", "amount"]  # 2 % is the most


def test_without_a_key_only_the_one_amount_near_in_time_will_do() -> None:
    assert rules(ours("a-1", 777), theirs("", 777, days=3)) == [("windowed", 0)]
    assert kinds(ours("a-1", 777), theirs("", 777, days=5)) == ["missing_at_other", "missing_in_ledger"]
    assert len(kinds(ours("a-1", 777), ours("a-2", 777), theirs("", 777))) == 3  # which of the two?
    assert kinds(ours("a-1", 777), theirs("b-9", 777)) == ["missing_at_other", "missing_in_ledger"]


def test_a_damaged_key_is_known_by_a_piece_that_no_other_key_has() -> None:
    whole = "3f2a9c4477e1b0d85566aa10"
    assert rules(ours(whole, 500), theirs("3f2a9c4477e1b0d85566aX", 500)) == [("windowed", 0)]
    counting = [ours(f"invoice-2026-00012{n}", 500) for n in (3, 4)]
    assert rules(counting[0], theirs("invoice-2026-000129", 500), counting[1]) == []
    [match] = reconcile([*counting, theirs("invoice-2026-000124x", 500)]).matches
    assert match.ledger == (counting[1],)


def test_a_sum_is_matched_with_its_batch_and_with_the_only_few_lines_that_make_it() -> None:
    run = [ours(f"p-{n}", -100 * n, batch="run-2026-09-01") for n in (1, 2, 3)]
    assert rules(*run, theirs("run-2026-09-01", -600)) == [("batch", 0)]
    assert rules(*run, theirs("", -600, text="SAMMLER RUN-2026-09-01")) == [("batch", 0)]
    assert rules(*run, theirs("", -500, text="part of RUN-2026-09-01")) == [("many", 0)]
    assert (
        rules(*run, ours("p-5", -400, batch="run-2026-09-01"), theirs("", -500, text="RUN-2026-09-01")) == []
    )


def test_doubles_and_other_currencies_are_told_by_name() -> None:
    assert kinds(ours("a-1", 50), theirs("a-1", 50), theirs("a-1", 50, nr=2)) == ["duplicate"]
    assert kinds(ours("a-1", 50), theirs("a-1", 50, currency="USD")) == ["currency", "currency"]


def test_a_sum_with_several_answers_has_none() -> None:
    limits = Limits()
    assert only_subset([1, 2, 4, 9], 11, limits) == (1, 3)
    assert only_subset([1, 2, 3, 4], 5, limits) == ()
    assert only_subset(list(range(1, 60)), 170, Limits(tries=10)) == ()


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(1, 6), st.integers(0, 3)), max_size=12),
    st.lists(st.tuples(st.integers(0, 6), st.integers(1, 6), st.integers(0, 3)), max_size=12),
)
def test_every_line_ends_in_one_place_and_sums_agree(
    mine: list[tuple[int, int, int]], other: list[tuple[int, int, int]]
) -> None:
    items = [
        Item(f"l{n}", "ledger", f"key-{k}" if k else "", "EUR", a * 100, DAY + timedelta(days=d))
        for n, (k, a, d) in enumerate(mine)
    ]
    items += [
        Item(f"o{n}", "other", f"key-{k}" if k else "", "EUR", a * 100, DAY + timedelta(days=d))
        for n, (k, a, d) in enumerate(other)
    ]
    told = reconcile(items)
    placed = [i.id for m in told.matches for i in (*m.ledger, *m.other)] + [b.item.id for b in told.breaks]
    assert sorted(placed) == sorted(i.id for i in items)
    assert all(
        abs(m.residual) <= (2 if m.rule == "tolerance" else 0) * max(i.amount for i in m.ledger) // 100
        for m in told.matches
    )
    assert told == reconcile(list(reversed(items)))
