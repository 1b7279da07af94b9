"""Collective clearance: many lists in one declaration, answered once for all of them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest

from fondaco.kernel.money import Money
from fondaco.platforms.window.models import Declaration, DeclarationItem
from fondaco.platforms.window.public import (
    NothingToSummarise,
    Party,
    Receipt,
    SummaryOf,
    SummaryUnfit,
    carry_answers,
    draft_declarations,
    draw_up_summary,
    lists_in_summaries,
    lists_to_summarise,
    lodge_declarations,
    lodge_summary,
    match_documents,
    match_summary,
    receive_receipts,
    save_verdicts,
    summary_of,
)
from fondaco.platforms.window.tests.declaration_samples import NOW, OTHER, draft, triple, uid
from fondaco.platforms.window.tests.test_declaration_receipts import Takes

pytestmark = pytest.mark.django_db
BATCH = uid("batch")
ABOUT = SummaryOf(BATCH, "B261122-00001", "GB", "FR", OTHER, Party("House", "FR", "FR123456789"))


def rates(base: str, quote: str, on: object) -> Decimal:
    return {("GBP", "EUR"): Decimal("1.2"), ("USD", "EUR"): Decimal("0.9")}[base, quote]


def listed(*names: str) -> list:
    rows = draft_declarations([draft(name) for name in names], actor="t", now=NOW)
    save_verdicts(match_documents([triple(name) for name in names]), actor="t", now=NOW)
    return inside(*[row.order_id for row in rows])


def inside(*order_ids: UUID) -> list[UUID]:
    found = lists_to_summarise(order_ids, batch_id=BATCH)
    assert set(found.values()) <= set(order_ids)
    return list(found)


def summary(ids: list):
    return draw_up_summary(ABOUT, ids, rates=rates, actor="t", now=NOW)


def answer(one, code: str, **facts: object) -> None:
    receive_receipts([Receipt(one.lrn, code, NOW, **facts)], now=NOW)  # type: ignore[arg-type]


def test_the_summary_adds_goods_of_one_code_and_origin_up() -> None:
    ids = listed("a", "b", "c")
    made = summary(ids)
    assert (made.regime, made.state, made.reference) == ("summary", "validated", "B261122-00001")
    items = DeclarationItem.objects.filter(declaration_id=made.id).order_by("number")
    assert [(i.hs_code, i.quantity, i.value_minor, i.gross_g) for i in items] == [
        ("910511", 72, 27_000, 23_700), ("950300", 72, 7_650, 23_700),
    ]  # fmt: skip
    assert made.invoice_total_minor == 34_650
    assert made.estimated_tax_minor == 3 * 2730
    assert summary(ids).id == made.id
    assert summary_of(BATCH).id == made.id


def test_lists_in_other_currencies_are_converted_one_by_one() -> None:
    dollars = draft("d")
    money = {
        name: Money(getattr(dollars, name).minor, "USD")
        for name in ("invoice_total", "freight", "estimated_duty", "estimated_tax")
    }
    items = tuple(replace(item, value=Money(item.value.minor, "USD")) for item in dollars.items)
    draft_declarations([replace(dollars, currency="USD", items=items, **money)], actor="t", now=NOW)
    made = summary([*listed("a"), *inside(uid("d"))])
    assert made.currency == "EUR"
    assert made.estimated_duty_minor == 300 * 12 // 10 + 300 * 9 // 10


def test_its_answers_are_carried_to_every_list_once() -> None:
    ids = listed("a", "b")
    made = summary(ids)
    assert match_summary(made, ids, now=NOW)
    assert lodge_summary(made, ids, Takes(), actor="t", now=NOW) == ""
    assert set(Declaration.objects.house().filter(id__in=ids).values_list("state", flat=True)) == {
        "submitted"
    }
    answer(made, "DMSTAX", mrn="26FRSUM", duty_minor=601, tax_minor=5460, raw={"DutyTaxFee": [1]})
    answer(made, "DMSCLE", lane="green")
    carried = carry_answers(made.id, ids, actor="t", now=NOW)
    assert (carried.applied, carried.parked) == (4, 0)
    rows = Declaration.objects.house().filter(id__in=ids).order_by("id")
    assert {row.state for row in rows} == {"released"}
    assert {row.mrn for row in rows} == {"26FRSUM"}
    assert sorted(row.assessed_duty_minor or 0 for row in rows) == [300, 301]
    assert [row.assessed_tax_minor for row in rows] == [2730, 2730]
    again = carry_answers(made.id, ids, actor="t", now=NOW)
    assert (again.applied, again.repeated) == (0, 4)


def test_a_summary_is_held_until_every_list_matches() -> None:
    ids = listed("a")
    draft_declarations([draft("b")], actor="t", now=NOW)
    ids += inside(uid("b"))
    made = summary(ids)
    assert not match_summary(made, ids, now=NOW)
    lodge_summary(made, ids, Takes(), actor="t", now=NOW)
    answer(made, "DMSCLE")
    assert summary_of(BATCH).held_state == "released"
    save_verdicts(match_documents([triple("b")]), actor="t", now=NOW)
    assert match_summary(made, ids, now=NOW)


def test_what_was_lodged_alone_stays_out_and_what_was_lodged_inside_stays_in() -> None:
    ids = listed("a", "b")
    lodge_declarations(ids[:1], Takes(), actor="t", now=NOW)
    assert inside(uid("a"), uid("b")) == ids[1:]
    made = summary(ids[1:])
    lodge_summary(made, ids[1:], Takes(), actor="t", now=NOW)
    assert inside(uid("a"), uid("b")) == ids[1:]
    assert lists_in_summaries([BATCH]) == {Declaration.objects.house().get(id=ids[1]).lrn}
    assert lists_in_summaries([]) == set()


def test_a_rejected_summary_rejects_its_lists() -> None:
    ids = listed("a", "b")
    made = summary(ids)
    lodge_summary(made, ids, Takes(), actor="t", now=NOW)
    answer(made, "DMSREJ", reason="CDS12056")
    carry_answers(made.id, ids, actor="t", now=NOW)
    assert set(Declaration.objects.house().filter(id__in=ids).values_list("state", flat=True)) == {"rejected"}
    assert inside(uid("a"), uid("b")) == []


def test_nothing_and_too_much_are_refused() -> None:
    with pytest.raises(NothingToSummarise):
        summary([])
    ids = listed("a")
    with pytest.raises(SummaryUnfit):
        draw_up_summary(replace(ABOUT, declarant=Party("House", "FR")), ids, rates=rates, actor="t", now=NOW)
