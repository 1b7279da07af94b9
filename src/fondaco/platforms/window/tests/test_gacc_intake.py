"""GACC messages lodged with the house: papers first, then the signed list; nothing unsound is let in."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from fondaco.kernel.errors import FondacoError
from fondaco.platforms.window.adapters.gacc import gacc_book, gacc_codes, gacc_profile
from fondaco.platforms.window.domain.messages.gacc.build import build_message
from fondaco.platforms.window.domain.messages.gacc.papers import Papers
from fondaco.platforms.window.domain.messages.gacc.render import render_message
from fondaco.platforms.window.models import Declaration, IntakeBatch, TradeDocument
from fondaco.platforms.window.public import decide, declaration_detail, take_in_gacc, verdicts_for
from fondaco.platforms.window.tests.declaration_samples import AUTHORITY, NOW, OFFICER, TRADER, uid
from fondaco.platforms.window.tests.gacc_samples import small_filing
from fondaco.platforms.window.tests.gacc_signing import signer
from fondaco.platforms.window.tests.key_samples import approved

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("registered")]
SIDES = {"import": ("311", "411", "511", "621"), "export": ("303", "403", "505", "603")}


def filings(side, count=2):
    return [
        replace(small_filing(side, reference=f"W{n}"), id=uid(f"w{n}"), lrn=f"F{side[0].upper()}{n:020}",
                transport={"tracking": f"LX{n}", "carrier": "post", "mode": "5"})
        for n in range(count)
    ]  # fmt: skip


@pytest.fixture
def registered():
    approved(signer())


def papers_of(parts):
    return Papers(gacc_profile(), gacc_codes(), payments={one.id: f"sim_{one.lrn}" for one in parts})


def message(kind, parts, *, key=None, bare=False, **changes):
    book = gacc_book()
    made = replace(build_message(kind, parts, papers=papers_of(parts), book=book), **changes)
    signs = (key or signer()) if kind in {"603", "621", "623"} and not bare else None
    return render_message(made, book=book, signer=signs)


def lodge(raw, *, now=NOW):
    said = take_in_gacc(TRADER, raw, authorities={"CN": AUTHORITY}, now=now)
    return said, json.loads(said.text)["lists"]


def counted():
    return [table.objects.count() for table in (Declaration, TradeDocument, IntakeBatch)]


@pytest.mark.parametrize("side", SIDES)
def test_papers_then_the_list_are_matched_and_released_or_in_a_lane(side):
    *papers, last = SIDES[side]
    parts = filings(side)
    for kind in papers:
        assert lodge(message(kind, parts))[0].taken == 2
    said, lists = lodge(message(last, parts))
    assert (said.taken, said.refused) == (2, 0)
    assert [one.get("differences", []) for one in lists] == [[], []]
    assert counted() == [2, 6, 4]
    row = Declaration.objects.house().get(lrn=parts[0].lrn)
    assert (row.kind, row.country, row.regime, row.reference) == (side, "CN", "9610", "W0")
    assert row.invoice_total_minor == parts[0].invoice_total_minor
    assert [item.value_minor for item in declaration_detail(TRADER, row.id).items] == [
        item.value_minor for item in parts[0].items
    ]
    again, _ = lodge(message(last, parts))
    assert (again.again, counted()) == (True, [2, 6, 4])


def test_a_list_without_its_papers_waits_for_them():
    _, lists = lodge(message("621", filings("import", 1)))
    assert lists[0]["lane"] in {"yellow", "red"}
    assert lists[0]["differences"] == ["order-missing", "waybill-missing"]


@pytest.mark.parametrize("side", SIDES)
def test_papers_that_come_late_release_the_list_that_waited_for_them(side):
    *papers, last = SIDES[side]
    parts = filings(side)
    _, lists = lodge(message(last, parts))
    assert [one["state"] in {"docs_required", "inspection"} for one in lists] == [True, True]
    for kind in papers[:-1]:
        lodge(message(kind, parts))
    assert not Declaration.objects.house().filter(state="released").exists()
    lodge(message(papers[-1], parts[:1]))
    row, other = (Declaration.objects.house().get(lrn=one.lrn) for one in parts)
    assert (row.state, row.lane, other.state) == ("released", "green", "docs_required")
    codes = [event.code for event in row.events.order_by("id")]
    assert codes == ["lodged", "DMSACC", "DMSDOC", "DMSCLE"]
    lodge(message(papers[-1], parts))
    assert row.events.count() == 4


def test_late_papers_release_nothing_that_an_officer_has_spoken_about():
    parts = filings("import", 1)
    lodge(message("621", parts))
    row = Declaration.objects.house().get(lrn=parts[0].lrn)
    decide(OFFICER, row.id, "detain", reason="counterfeit?", now=NOW)
    for kind in ("311", "411", "511"):
        lodge(message(kind, parts))
    row.refresh_from_db()
    assert row.state == "detained"
    assert verdicts_for([row.order_id])[row.order_id]["verdict"] == "match"


def test_a_payment_of_another_amount_is_no_release():
    parts = filings("import", 1)
    for kind in ("311", "511"):
        lodge(message(kind, parts))
    lodge(message("411", [replace(parts[0], estimated_tax_minor=0)]))
    _, lists = lodge(message("621", parts))
    assert (lists[0]["state"] in {"docs_required", "inspection"}, lists[0]["differences"]) == (
        True, ["payment-amount"],
    )  # fmt: skip


def test_one_bad_entry_is_refused_by_its_path_and_the_other_is_taken():
    raw = message("311", filings("import"))
    head, _, tail = raw.partition(b"<ceb:orderNo>W1</ceb:orderNo>")
    said, lists = lodge(head + b"<ceb:orderNo></ceb:orderNo>" + tail)
    assert (said.taken, said.refused) == (1, 1)
    assert lists[1]["reasons"][0]["field"] == "/CEB311Message/Order[2]/OrderHead/orderNo"
    assert counted() == [0, 1, 1]


BOMB = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><CEB621Message>&b;</CEB621Message>'


@pytest.mark.parametrize(
    ("wreck", "code"),
    [
        (lambda raw: raw[: len(raw) // 2], "malformed-xml"),
        (lambda raw: BOMB, "xml-entities-refused"),
        (lambda raw: raw + b" " * (17 * 1024 * 1024), "oversized-xml"),
        (lambda raw: b"<hello/>", "not-a-gacc-message"),
        (lambda raw: raw.replace(b"ALARM CLOCK", b"ALARM CLOAK"), "signature-wrong"),
        (lambda raw: raw.split(b"<ds:Signature")[0] + b"</ceb:CEB621Message>", "gacc-message-refused"),
        (lambda raw: message("623", filings("import", 1)), "gacc-message-refused"),
    ],
)
def test_what_cannot_be_trusted_is_refused_and_nothing_is_kept(wreck, code):
    raw = message("621", filings("import", 1))
    with pytest.raises(FondacoError) as refusal:
        lodge(wreck(raw))
    assert refusal.value.code == code
    assert counted() == [0, 0, 0]


def test_a_list_in_no_known_currency_is_refused_alone():
    made = build_message(
        "603", filings("export"), papers=Papers(gacc_profile(), gacc_codes()), book=gacc_book()
    )
    first, second = made.entries
    odd = replace(first, lines=tuple({**line, "currency": "000"} for line in first.lines))
    raw = render_message(replace(made, entries=(odd, second)), book=gacc_book(), signer=signer())
    said, lists = lodge(raw)
    assert (said.taken, said.refused) == (1, 1)
    assert [one["field"] for one in lists[0]["reasons"]] == ["currency"]
    assert Declaration.objects.house().count() == 1
