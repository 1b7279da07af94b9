from __future__ import annotations

import random
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, connections

from fondaco.kernel.errors import Conflict, Forbidden, NotFound
from fondaco.platforms.window.adapters.gateway import read_anyhow
from fondaco.platforms.window.domain.declaration_codes import find_code
from fondaco.platforms.window.domain.declaration_states import Fact, replay
from fondaco.platforms.window.domain.gateway import Acknowledgement
from fondaco.platforms.window.models import Declaration, DeclarationEvent, ParkedReceipt
from fondaco.platforms.window.public import (
    Receipt,
    draft_declarations,
    lodge_declarations,
    match_documents,
    parked_receipts,
    receive_receipts,
    resolve_parked_receipt,
    save_verdicts,
)
from fondaco.platforms.window.tests.declaration_samples import NOW, OPERATOR, TRADER, draft, triple

CODES = ["DMSRCV", "DMSACC", "DMSTAX", "DMSCTL", "DMSDOC", "DMSDET", "DMSCLE", "DMSROG", "DMSRES", "DMSEOG"]


class Takes:
    """A gateway that takes everything in and answers nothing."""

    name = "takes"

    def send(self, messages):
        return [Acknowledgement(one.key, taken=True) for one in messages]

    def poll(self, *, after, limit):
        raise AssertionError("nobody polls here")


def lodged(*names):
    rows = draft_declarations([draft(name) for name in names], actor="t", now=NOW)
    lodge_declarations([row.id for row in rows], Takes(), actor="t", now=NOW)
    return rows


def receipt(row, code, second=1, **more):
    return Receipt(row.lrn, code, NOW + timedelta(seconds=second), raw={"NameCode": code}, **more)


def state(row):
    return Declaration.objects.house().get(id=row.id).state


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_shuffled_and_doubled_receipts_end_as_the_domain_says(seed):
    """120 declarations, their receipts in one heap, told twice in disorder; the match comes in between."""
    dice = random.Random(seed)
    names = [f"n{n}" for n in range(120)]
    rows = lodged(*names)
    stories = [[(dice.choice(CODES), dice.randint(1, 6)) for _ in range(dice.randint(0, 7))] for _ in rows]
    heap = [receipt(row, *what) for row, story in zip(rows, stories, strict=True) for what in story] * 2
    dice.shuffle(heap)
    cut = len(heap) // 2
    receive_receipts(heap[:cut], now=NOW)
    save_verdicts(match_documents([triple(name) for name in names]), actor="t", now=NOW)
    for start in range(cut, len(heap), 97):
        receive_receipts(heap[start : start + 97], now=NOW)
    ends = Declaration.objects.house().in_bulk([row.id for row in rows])
    for row, story in zip(rows, stories, strict=True):
        facts = [Fact(find_code(code).state, NOW + timedelta(seconds=second)) for code, second in story]
        assert ends[row.id].state == replay(facts, clear=True).state
        assert (ends[row.id].held_state, ends[row.id].disputed) == ("", False)
    logged = DeclarationEvent.objects.filter(source="agency").count()
    assert logged == sum(len(set(story)) for story in stories)


@pytest.mark.django_db
def test_the_same_receipts_again_change_nothing():
    row = lodged("a")[0]
    receipts = [receipt(row, "DMSACC"), receipt(row, "DMSCTL", 2), receipt(row, "NOSUCH", 3)]
    receipts.append(Receipt("UNKNOWN", "DMSACC", NOW))
    first = receive_receipts(receipts, now=NOW)
    assert (first.applied, first.parked, first.repeated) == (2, 2, 0)
    before = (list(Declaration.objects.house().values()), DeclarationEvent.objects.count())
    again = receive_receipts(receipts * 3, now=NOW + timedelta(days=1))
    assert (again.applied, again.parked, again.repeated) == (0, 0, 12)
    assert before == (list(Declaration.objects.house().values()), DeclarationEvent.objects.count())
    assert ParkedReceipt.objects.count() == 2


@pytest.mark.django_db
def test_what_cannot_be_taken_in_is_parked_with_a_reason_and_seen_to():
    row = lodged("a")[0]
    unlodged = draft_declarations([draft("b")], actor="t", now=NOW)[0]
    receive_receipts([receipt(row, "DMSREJ", 5)], now=NOW)
    report = receive_receipts(
        [
            receipt(row, "DMSCLE", 6),
            receipt(unlodged, "DMSACC"),
            Receipt("NOBODY", "DMSACC", NOW, raw={"x": 1}),
            receipt(row, "99999", 7),
        ],
        now=NOW,
    )
    assert report.parked == 4
    shown = parked_receipts(OPERATOR)
    assert [one["why"] for one in shown] == [
        "unknown-code",
        "contradiction",
        "not-lodged",
        "unknown-reference",
    ]
    assert shown[1]["detail"] == "the declaration is rejected"
    assert Declaration.objects.house().get(id=row.id).disputed
    assert state(unlodged) == "validated"

    resolve_parked_receipt(OPERATOR, shown[0]["id"], now=NOW)
    assert len(parked_receipts(OPERATOR)) == 3
    with pytest.raises(Conflict):
        resolve_parked_receipt(OPERATOR, shown[0]["id"], now=NOW)
    with pytest.raises(NotFound):
        resolve_parked_receipt(OPERATOR, 0, now=NOW)
    with pytest.raises(Forbidden):
        parked_receipts(TRADER)


@pytest.mark.django_db
def test_other_vocabularies_and_assessed_amounts():
    row = lodged("a")[0]
    receive_receipts(
        [
            replace(receipt(row, "120", 1), vocabulary="gacc"),
            replace(receipt(row, "399", 2), vocabulary="gacc", duty_minor=11, tax_minor=22, lane="yellow"),
            replace(receipt(row, "300", 3), vocabulary="gacc", mrn="MRN1"),
        ],
        now=NOW,
    )
    kept = Declaration.objects.house().get(id=row.id)
    assert (kept.state, kept.lane, kept.mrn) == ("under_review", "yellow", "MRN1")
    assert (kept.assessed_duty_minor, kept.assessed_tax_minor) == (11, 22)
    receive_receipts([replace(receipt(row, "DMSTAX", 1), duty_minor=1, tax_minor=1)], now=NOW)
    assert Declaration.objects.house().get(id=row.id).assessed_duty_minor == 11


@pytest.mark.parametrize(
    "raw",
    [
        {"FunctionalReferenceID": "F1", "NameCode": "DMSACC", "IssueDateTime": "yesterday"},
        {"FunctionalReferenceID": "F1", "NameCode": "DMSACC", "IssueDateTime": "2026-11-22T10:00:00"},
        {"IssueDateTime": None},
        {"IssueDateTime": "2026-11-22T10:00:00Z", "DutyTaxFee": [{"TypeCode": "A00"}]},
        {
            "IssueDateTime": "2026-11-22T10:00:00Z",
            "DutyTaxFee": [
                {"TypeCode": "A00", "Payment": {"TaxAssessedAmount": {"value": "x", "currencyID": "GBP"}}}
            ],
        },
        ["not", "an", "object"],
        None,
        7,
    ],
)
@pytest.mark.django_db
def test_unreadable_receipts_are_parked_as_they_came(raw):
    (read,) = read_anyhow(raw)
    assert read.vocabulary == "unreadable"
    assert read.issued_at == datetime(1970, 1, 1, tzinfo=UTC)
    assert receive_receipts([read], now=NOW).parked == 1
    assert ParkedReceipt.objects.get().raw == (raw if isinstance(raw, dict) else {"text": str(raw)})


@pytest.mark.django_db
def test_a_batch_costs_the_same_number_of_queries(django_assert_max_num_queries):
    rows = lodged(*(f"q{n}" for n in range(80)))
    receipts = [
        receipt(row, code, place) for row in rows for place, code in enumerate(("DMSACC", "DMSTAX", "DMSCLE"))
    ]
    with django_assert_max_num_queries(12):
        report = receive_receipts(receipts, now=NOW)
    assert (report.applied, report.held) == (160, 80)


@pytest.mark.django_db(transaction=True)
def test_eight_writers_with_the_same_receipts_log_each_once():
    rows = lodged(*(f"r{n}" for n in range(12)))
    receipts = [
        receipt(row, code, place) for row in rows for place, code in enumerate(("DMSACC", "DMSTAX", "DMSCTL"))
    ]
    faults = []

    def write(turn):
        try:
            receive_receipts(receipts[turn:] + receipts[:turn], now=NOW)
        except Exception as fault:
            faults.append(fault)
        finally:
            connections.close_all()

    writers = [threading.Thread(target=write, args=(turn * 5,)) for turn in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert faults == []
    assert DeclarationEvent.objects.filter(source="agency").count() == 36
    assert set(Declaration.objects.house().values_list("state", flat=True)) == {"inspection"}
    assert connection.vendor == "postgresql"


@pytest.mark.django_db(transaction=True)
def test_six_writers_draft_the_same_orders_once():
    made, faults = [], []

    def write():
        try:
            made.append(
                [r.id for r in draft_declarations([draft(f"d{n}") for n in range(20)], actor="t", now=NOW)]
            )
        except Exception as fault:
            faults.append(fault)
        finally:
            connections.close_all()

    writers = [threading.Thread(target=write) for _ in range(6)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert faults == []
    assert all(ids == made[0] for ids in made)
    assert Declaration.objects.house().count() == 20
    assert DeclarationEvent.objects.count() == 20
    assert sum(d.items.count() for d in Declaration.objects.house()) == 40
