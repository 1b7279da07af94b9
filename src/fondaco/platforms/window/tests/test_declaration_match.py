from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest

from fondaco.kernel.errors import Forbidden, NotFound, Refused
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Role
from fondaco.platforms.window.adapters.tolerances import load_tolerances
from fondaco.platforms.window.domain.likeness import plain
from fondaco.platforms.window.domain.matching import Tolerances, Used, match_triples
from fondaco.platforms.window.models import MatchVerdict
from fondaco.platforms.window.public import (
    NotToAccept,
    PaymentDocument,
    ReasonMissing,
    accept_verdict,
    draft_declarations,
    match_documents,
    match_worklist,
    save_verdicts,
    verdicts_for,
)
from fondaco.platforms.window.tests.declaration_samples import (
    NOW,
    OFFICER,
    OTHER,
    SELLER,
    TRADER,
    draft,
    scope,
    triple,
    uid,
)
from fondaco.platforms.window.tests.match_corpus import DEFECTS, make_corpus

GBP = "GBP"


def verdict(base=None, **parts):
    """The verdict of the sample triple with fields of its documents changed: order_goods=..., pay_amount=..."""
    base = base or triple()
    groups = {"order": {}, "pay": {}, "way": {}, "": {}}
    for name, value in parts.items():
        group, _, field = name.partition("_")
        groups[group if group in groups else ""][field if group in groups else name] = value
    changed = replace(
        base,
        order=replace(base.order, **groups["order"]),
        payment=replace(base.payment, **groups["pay"]),
        logistics=replace(base.logistics, **groups["way"]),
    )
    return match_triples([replace(changed, **groups[""])])[0]


def said(found):
    return found.verdict, [reason.code for reason in found.reasons]


def test_honest_papers_match():
    assert said(verdict()) == ("match", [])


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"order_goods": Money(11552, GBP)}, ("hard", ["order-total"])),
        ({"order_goods": Money(11551, GBP)}, ("match", [])),
        ({"order_tax": Money(3030, "EUR")}, ("hard", ["order-currencies"])),
        ({"order_paid": Money(0, GBP), "pay_amount": Money(0, GBP)}, ("hard", ["order-amount-not-positive", "order-total"])),
        ({"pay_amount": Money(15878, GBP)}, ("hard", ["payment-amount"])),
        ({"pay_amount": Money(15881, GBP)}, ("match", [])),
        ({"pay_amount": Money(15880, "EUR")}, ("hard", ["payment-currency"])),
        ({"pay_transaction_id": " "}, ("hard", ["payment-transaction-missing"])),
        ({"pay_order_number": "1"}, ("hard", ["payment-order"])),
        ({"pay_payer_id": "somebody"}, ("hard", ["payer-not-buyer"])),
        ({"pay_payer_id": ""}, ("match", [])),
        ({"way_order_number": "1"}, ("hard", ["waybill-order"])),
        ({"way_tracking": " "}, ("hard", ["tracking-missing"])),
        ({"way_tracking": "RR123456785GB"}, ("match", [])),
        ({"way_tracking": "RR123456784GB"}, ("hard", ["tracking-check-digit"])),
        ({"way_consignee": "Pierre Roux"}, ("hard", ["consignee"])),
        ({"way_consignee": "C. Roux"}, ("soft", ["consignee"])),
        ({"way_consignee": ""}, ("soft", ["consignee-missing"])),
        ({"way_country": "BE"}, ("hard", ["country"])),
        ({"way_address": "5 rue du Port, 44000 Nantes"}, ("soft", ["address-numbers"])),
        ({"way_address": "18 quai Branly, 75007 Paris"}, ("hard", ["address-numbers", "address"])),
        ({"way_phone": "+33612345600"}, ("hard", ["phone"])),
        ({"way_phone": "+39912345678"}, ("soft", ["phone"])),
        ({"way_phone": ""}, ("soft", ["phone"])),
        ({"way_packages": 0}, ("hard", ["packages"])),
        ({"way_freight": Money(1900, GBP)}, ("soft", ["freight"])),
        ({"way_lines": ((1, "22728", 24),)}, ("hard", ["lines"])),
        ({"way_lines": ()}, ("match", [])),
        ({"payment": None}, ("hard", ["payment-missing"])),
        ({"logistics": None}, ("hard", ["waybill-missing"])),
        ({"other_payments": (PaymentDocument("536370", "pay-2", Money(1, GBP)),)}, ("hard", ["payment-not-single"])),
    ],
)  # fmt: skip
def test_each_rule(changes, expected):
    assert said(verdict(**changes)) == expected


def test_an_order_that_is_not_there():
    assert said(match_triples([replace(triple(), order=None)])[0]) == ("hard", ["order-missing"])


def test_one_waybill_and_one_payment_serve_one_order():
    first, second = triple("a"), triple("b")
    twice = replace(
        second,
        logistics=replace(second.logistics, tracking=first.logistics.tracking.lower()),
        payment=replace(second.payment, transaction_id=first.payment.transaction_id),
    )
    found = match_triples([first, twice])
    assert said(found[0]) == ("match", [])
    assert said(found[1]) == ("hard", ["tracking-reused", "transaction-reused"])
    assert found[1].reasons[0].facts["by"] == "a"
    together = replace(twice.payment, together=frozenset("ab"))
    assert said(match_triples([first, replace(twice, payment=together)])[1]) == ("hard", ["tracking-reused"])
    others = replace(twice.payment, together=frozenset("bc"))
    assert "transaction-reused" in said(match_triples([first, replace(twice, payment=others)])[1])[1]
    used = Used({("post", first.logistics.tracking.upper()): "z"}, {first.payment.transaction_id: "z"})
    assert said(match_triples([first], used=used)[0]) == ("hard", ["tracking-reused", "transaction-reused"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  Łódź,  ul. Piotrkowska 5 ", "lodz ul piotrkowska 5"),
        ("Ｆｕｌｌ　Ｗｉｄｔｈ", "full width"),
        ("Main St.", "main street"),
        ("Straße 1", "strasse 1"),
        ("上海市", "上海市"),
        ("", ""),
    ],
)
def test_plain_text(text, expected):
    assert plain(text) == expected


def test_tolerances_are_dated_data_by_regime():
    general, retail = load_tolerances("", on=date(2026, 1, 1)), load_tolerances("9610", on=date(2026, 1, 1))
    assert general == Tolerances()
    assert (general.packages, retail.packages) == (999, 1)
    assert load_tolerances("9610", on=date(2018, 1, 1)) == Tolerances()
    assert said(match_triples([triple(logistics=replace(triple().logistics, packages=2))], tolerances=retail)[0]) == (
        "soft", ["packages"],
    )  # fmt: skip


def test_twelve_seeded_defects_are_blocked_and_honest_noise_is_not():
    corpus = make_corpus(1500, seed=11)
    verdicts = match_triples([one.triple for one in corpus])
    tally = Counter((one.defect, found.verdict) for one, found in zip(corpus, verdicts, strict=True))
    assert {one.defect for one in corpus} == {"", *DEFECTS}
    bad = sum(count for (defect, _), count in tally.items() if defect)
    blocked = sum(count for (defect, word), count in tally.items() if defect and word == "hard")
    assert blocked / bad >= 0.995
    assert all(word != "match" for defect, word in tally if defect)
    assert tally["", "hard"] / (1500 - bad) <= 0.002


@pytest.mark.django_db
def test_earlier_orders_count_and_a_waybill_number_comes_back_after_six_months():
    save_verdicts(match_documents([triple("a")]), actor="t", now=NOW)
    again = replace(
        triple("b"), logistics=replace(triple("b").logistics, tracking=triple("a").logistics.tracking)
    )
    today, later = NOW.date(), NOW.date() + timedelta(days=200)
    assert said(match_documents([again], on=today)[0]) == ("hard", ["tracking-reused"])
    assert said(match_documents([again], on=later)[0]) == ("match", [])
    paid = replace(triple("b"), payment=replace(triple("b").payment, transaction_id="pay-a"))
    assert said(match_documents([paid], on=later)[0]) == ("hard", ["transaction-reused"])


@pytest.mark.django_db
def test_saving_again_keeps_one_verdict_and_a_changed_one_loses_its_acceptance():
    odd = replace(triple("a"), logistics=replace(triple("a").logistics, consignee="C. Roux"))
    save_verdicts(match_documents([odd]), actor="t", now=NOW)
    accept_verdict(TRADER, uid("a"), reason="The initial is mine.", now=NOW)
    save_verdicts(match_documents([odd]), actor="t", now=NOW)
    kept = verdicts_for([uid("a")])[uid("a")]
    assert (kept["verdict"], kept["accepted_by"]) == ("soft", "person@seller")
    other = replace(odd, logistics=replace(odd.logistics, freight=Money(1, GBP)))
    save_verdicts(match_documents([other]), actor="t", now=NOW)
    assert verdicts_for([uid("a")])[uid("a")]["accepted_at"] is None
    assert MatchVerdict.objects.house().count() == 1


@pytest.mark.django_db
def test_a_person_accepts_small_differences_only_with_a_reason_and_only_their_own():
    soft = replace(triple("a"), logistics=replace(triple("a").logistics, consignee="C. Roux"))
    hard = replace(triple("b"), payment=None)
    save_verdicts(match_documents([soft, hard, triple("c")]), actor="t", now=NOW)
    assert [(one["reference"], one["verdict"]) for one in match_worklist(TRADER)] in (
        [("a", "soft"), ("b", "hard")],
        [("b", "hard"), ("a", "soft")],
    )
    assert match_worklist(scope(OTHER, Kind.SELLER)) == []
    before = list(MatchVerdict.objects.house().order_by("id").values())
    with pytest.raises(ReasonMissing):
        accept_verdict(TRADER, uid("a"), reason="  ", now=NOW)
    with pytest.raises(NotToAccept):
        accept_verdict(TRADER, uid("b"), reason="why not", now=NOW)
    with pytest.raises(NotFound):
        accept_verdict(scope(OTHER, Kind.SELLER), uid("a"), reason="mine?", now=NOW)
    with pytest.raises(Forbidden):
        accept_verdict(scope(SELLER, Kind.SELLER, Role.CLERK), uid("a"), reason="please", now=NOW)
    with pytest.raises(Forbidden):
        accept_verdict(OFFICER, uid("a"), reason="please", now=NOW)
    assert list(MatchVerdict.objects.house().order_by("id").values()) == before
    accept_verdict(TRADER, uid("a"), reason="The initial is mine.", now=NOW)
    assert [one["reference"] for one in match_worklist(TRADER)] == ["b"]


@pytest.mark.django_db
def test_a_verdict_without_its_order_is_not_saved():
    with pytest.raises(Refused):
        save_verdicts(match_triples([replace(triple(), order_id=None)]), actor="t", now=NOW)


@pytest.mark.django_db
def test_saving_costs_the_same_number_of_queries(django_assert_max_num_queries):
    names = [f"s{n}" for n in range(120)]
    draft_declarations([draft(name) for name in names], actor="t", now=NOW)
    with django_assert_max_num_queries(9):
        save_verdicts(match_documents([triple(name) for name in names]), actor="t", now=NOW)
