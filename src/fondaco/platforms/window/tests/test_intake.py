"""Batches that declarants lodge: recorded once, each list by its own merits, nothing bad let in."""

from __future__ import annotations

import json
import zlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from fondaco.kernel.errors import Forbidden
from fondaco.kernel.tenancy import Kind, Role
from fondaco.platforms.window.domain.intake import BadBatch, digest_of
from fondaco.platforms.window.models import (
    Declaration,
    DeclarationItem,
    IntakeBatch,
    IntakeList,
    MatchVerdict,
)
from fondaco.platforms.window.public import declaration_detail, read_batch, take_in_lists
from fondaco.platforms.window.tests.declaration_samples import (
    AUTHORITY,
    BUYER,
    NOW,
    OFFICER,
    OTHER,
    SELLER,
    TRADER,
    scope,
)
from fondaco.platforms.window.tests.intake_samples import batch, one_list

OFFICES = {"FR": AUTHORITY}


def lodge(*lists, who=TRADER, now=NOW):
    raw = batch(*lists)
    said = take_in_lists(who, read_batch(raw), raw, form="json", authorities=OFFICES, now=now)
    return said, json.loads(said.text)["lists"]


def held():
    tables = (Declaration, DeclarationItem, IntakeBatch, IntakeList, MatchVerdict)
    return [table.objects.count() for table in tables]


@pytest.mark.django_db
def test_sound_lists_are_recorded_matched_and_in_a_lane():
    said, lists = lodge(one_list("A1"), one_list("A2"))
    assert (said.taken, said.repeated, said.refused) == (2, 0, 0)
    assert held() == [2, 6, 1, 2, 2]
    assert [one["status"] for one in lists] == ["taken", "taken"]
    found = Declaration.objects.house().get(lrn="A1")
    assert (found.state, found.lane, found.mrn) == (lists[0]["state"], lists[0]["lane"], lists[0]["mrn"])
    assert (found.seller_id, found.authority_id, found.reference) == (SELLER, AUTHORITY, "OA1")
    log = declaration_detail(TRADER, found.id).log
    assert [entry.code for entry in log][:2] == ["lodged", "DMSACC"]
    assert log[-1].raw["Selectivity"]["lane"] == found.lane
    kept = IntakeBatch.objects.house().get()
    assert zlib.decompress(bytes(kept.raw)) == batch(one_list("A1"), one_list("A2"))


@pytest.mark.django_db
def test_the_same_batch_again_and_the_same_list_in_another_record_nothing():
    first, _ = lodge(one_list("B1"), one_list("B2"))
    before = held()
    again, _ = lodge(one_list("B1"), one_list("B2"))
    assert (again.text, again.again) == (first.text, True)
    assert held() == before
    said, lists = lodge(dict(reversed(one_list("B2").items())), one_list("B3"))
    assert [one["status"] for one in lists] == ["repeated", "taken"]
    assert (said.taken, said.repeated) == (1, 1)
    assert lists[0]["mrn"] == Declaration.objects.house().get(lrn="B2").mrn
    assert held() == [3, 9, 2, 3, 3]


@pytest.mark.django_db
def test_a_partly_bad_batch_refuses_only_the_bad_lists_and_says_why():
    good = one_list("C1")
    _, lists = lodge(
        good,
        one_list("C2", currency="ZZZ"),
        one_list("C3", country="DE"),
        one_list("C4", invoice_total_minor=1),
        one_list("C5", kind="transit"),
        {**one_list("C6"), "surprise": 1},
        one_list("C7", items=[]),
        one_list("C8", invoice_number="a\0b"),
        one_list("C1", freight_minor=1),
        "no list at all",
    )
    assert [one["status"] for one in lists] == ["taken", *["refused"] * 9]
    assert [(one["reasons"][0]["field"], one["reasons"][0]["code"]) for one in lists[1:]] == [
        ("currency", "unknown-currency"),
        ("country", "no-office"),
        ("invoice_total", "DE_4_11_TotalInvoiced"),
        ("kind", "literal_error"),
        ("surprise", "extra_forbidden"),
        ("items", "too_short"),
        ("lists", "bad-text"),
        ("lrn", "reference-taken"),
        ("", "dict_type"),
    ]
    assert all(reason["remedy"] for one in lists[1:] for reason in one["reasons"])
    assert held() == [1, 3, 1, 1, 1]


@pytest.mark.django_db
def test_another_declarant_neither_takes_a_number_nor_learns_of_it():
    lodge(one_list("D1"))
    _, lists = lodge(one_list("D1"), who=scope(OTHER, Kind.SELLER))
    assert lists[0]["status"] == "refused"
    assert "mrn" not in lists[0]
    _, lists = lodge(one_list("D2", order=one_list("D1")["order"]))
    assert lists[0]["reasons"][0]["code"] == "order-declared"


@pytest.mark.django_db
def test_documents_that_differ_are_never_released():
    bad = one_list("E1")
    bad["payment"] = {**bad["payment"], "amount_minor": 1}
    soft = one_list("E2")
    soft["waybill"] = {**soft["waybill"], "consignee": "Camile Rouxx"}
    _, lists = lodge(bad, soft)
    assert lists[0]["lane"] in {"yellow", "red"}
    assert lists[0]["differences"] == ["payment-amount"]
    rows = {row.lrn: row for row in Declaration.objects.house()}
    assert rows["E1"].state in {"docs_required", "inspection"}
    assert rows["E2"].state != "released"
    assert {row.released_at for row in rows.values()} == {None}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"[]", b'{"lists": 5}', b'{"lists": []}', b'{"lists": [1], "more": 1}', b"[" * 100_000,
     batch(*[{}] * 101)],
)  # fmt: skip
def test_what_is_no_batch_is_refused_whole(raw):
    with pytest.raises(BadBatch):
        read_batch(raw)
    assert held() == [0, 0, 0, 0, 0]


@pytest.mark.django_db
@pytest.mark.parametrize("who", [OFFICER, scope(BUYER, Kind.BUYER), scope(SELLER, Kind.SELLER, Role.VIEWER)])
def test_only_a_sellers_clerk_lodges(who):
    with pytest.raises(Forbidden):
        lodge(one_list("F1"), who=who)
    assert held() == [0, 0, 0, 0, 0]


@pytest.mark.django_db(transaction=True)
def test_four_at_once_record_a_batch_once():
    raw = batch(*(one_list(f"G{n}") for n in range(8)))
    other = batch(*(one_list(f"G{n}") for n in reversed(range(8))))

    def send(content):
        try:
            said = take_in_lists(
                TRADER, read_batch(content), content, form="json", authorities=OFFICES, now=NOW
            )
        finally:
            connection.close()
        return said.taken, said.text

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(send, [raw, other, raw, other]))
    assert held() == [8, 24, 2, 8, 8]
    assert len({text for _, text in done}) == 2
    assert sorted(taken for taken, _ in done) in ([0, 0, 8, 8], [0, 8, 8, 8])[:1]


def test_the_digest_knows_a_list_whatever_the_order_of_its_fields():
    one, other = (
        read_batch(batch(body))[0] for body in (one_list("H"), dict(reversed(one_list("H").items())))
    )
    assert one.digest == other.digest == digest_of(one.body)
    assert one.digest != read_batch(batch(one_list("H", packages=2)))[0].digest
