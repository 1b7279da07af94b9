"""A returned line that travelled in two consignments: pieces, money, clocks, applications and claims by declaration."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind
from fondaco.platforms.window import public as window
from fondaco.platforms.window.adapters.gacc import gacc_book
from fondaco.platforms.window.declaration_messages import read_gacc, receive_gacc
from fondaco.platforms.window.domain.messages.gacc.render import render_message
from fondaco.platforms.window.domain.messages.gacc.spec import Entry, Message
from fondaco.platforms.window.domain.returned_parts import allot, fit_carried
from fondaco.platforms.window.models import (
    Declaration,
    MatchVerdict,
    RebateCase,
    RebateItem,
    ReturnApplication,
    ReturnCase,
    ReturnPart,
)
from fondaco.platforms.window.public import Carried
from fondaco.platforms.window.tests.declaration_samples import BUYER, NOW, SELLER, TRADER, item
from fondaco.platforms.window.tests.return_samples import OFFICER, ask, line, opened
from fondaco.platforms.window.tests.test_gacc_service import key, lodged

__all__ = ["key"]
db = pytest.mark.django_db
FIRST, SECOND = date(2026, 11, 2), date(2026, 11, 12)
NUMBERS = {1: "299120261I12345671", 2: "299120261I12345672"}


def carried(part: int, pieces: int, *, item: int = 1, side: str = "import", **money: int) -> Carried:
    return Carried(uuid4(), side, part, item, pieces, FIRST if part == 1 else SECOND, **money)


@given(data=st.data(), sizes=st.lists(st.integers(1, 9), min_size=1, max_size=4), total=st.integers(0, 10**7))
@settings(max_examples=60, deadline=None)
def test_all_returns_together_take_every_declaration_whole_and_none_above(data, sizes, total):
    sold, duties = sum(sizes), [data.draw(st.integers(0, 10**5)) for _ in sizes]
    raw = [carried(n, size, duty_minor=duties[n - 1]) for n, size in enumerate(sizes, 1)]
    own = fit_carried(raw, sold=sold, duty_minor=total, tax_minor=total // 3)
    before, back, duty, tax = Counter(), 0, 0, 0
    while back < sold:
        units = data.draw(st.integers(1, sold - back))
        found = allot(own, before=before, units=units)
        assert sum(one.quantity for one in found) == units
        for one in found:
            before[one.carried.place] += one.quantity
        back, duty, tax = (
            back + units,
            duty + sum(f.duty_minor for f in found),
            tax + sum(f.tax_minor for f in found),
        )
        assert all(before[one.place] <= one.quantity for one in own)
        assert duty <= total
    assert (duty, tax) == (total, total // 3)


def test_the_first_out_is_the_first_back_and_a_side_that_lacks_pieces_is_not_guessed():
    own = (carried(2, 5), carried(1, 4), carried(1, 9, side="export"))
    found = allot(own, before={("import", 1): 1}, units=6)
    assert [(one.carried.side, one.carried.part, one.before, one.quantity) for one in found] == [
        ("export", 1, 0, 6), ("import", 1, 1, 3), ("import", 2, 0, 3),
    ]  # fmt: skip
    kept = fit_carried([carried(1, 4), carried(1, 9, side="export")], sold=9, duty_minor=5, tax_minor=0)
    assert [one.side for one in kept] == ["export"]


LINE_A, LINE_B = uuid4(), uuid4()


def declared(side: str) -> dict[int, Declaration]:
    """An order of two lines: all of A and 24 of B in the first consignment, 12 of B in the second."""
    away = {} if side == "import" else {"kind": "export", "country": "CN"}
    money = {"value": Money(1200, "CNY"), "hs_code": "9503000000"}
    other = (item(1, quantity=12, net_g=3600, gross_g=3900, **money),)
    rows = {
        1: lodged("r", **away),
        2: lodged("r", part=2, items=other, invoice_total=Money(1200, "CNY"), **away),
    }
    for part, row in rows.items():
        MatchVerdict.objects.create(
            order_id=row.order_id, part=part, seller_id=SELLER, reference="r", verdict="match", matched_at=NOW
        )
        Declaration.objects.house().filter(pk=row.id).update(state="accepted", mrn=NUMBERS[part])
        Declaration.objects.house().filter(pk=row.id).update(state="released", released_at=NOW)
    return rows


def coming(rows: dict[int, Declaration], side: str, *, a: int = 0, b: int = 0) -> UUID:
    def of(part: int, number: int, pieces: int, duty: int) -> Carried:
        on = FIRST if part == 1 else SECOND
        return Carried(rows[part].id, side, part, number, pieces, on, duty, 2 * duty)

    told = [
        replace(line(a, sold=24, key=LINE_A), carried=(of(1, 1, 24, 888),)) if a else None,
        replace(line(b, sold=36, key=LINE_B, no=2), carried=(of(1, 2, 24, 1_000), of(2, 1, 12, 332)))
        if b
        else None,
    ]
    into, home = ("CN", "GB") if side == "import" else ("US", "CN")
    asked = ask(
        *[one for one in told if one], into=into, sent_from=home, order_id=rows[1].order_id, order_number="r",
        seller_id=SELLER, buyer_id=BUYER, regimes={"sold_into": "9610", "sent_from": "9610"},
        authorities={"CN": OFFICER.organisation_id, "US": OFFICER.organisation_id},
    )  # fmt: skip
    return window.open_returns([asked], now=NOW, actor="t", authorised=True)[0]


def drawn(case: UUID, message: str):
    keys = window.draw_applications(TRADER, case, message, now=NOW)
    return [read_gacc(window.application_text(TRADER, one)[1].encode()).entries[0] for one in keys]


@db
@pytest.mark.usefixtures("key")
@pytest.mark.parametrize(("message", "side"), [("213", "export"), ("215", "export"), ("625", "import")])
def test_each_declaration_has_an_application_of_its_own_with_its_own_items_and_pieces(message, side):
    made = coming(declared(side), side, a=4, b=30)
    entries = drawn(made, message)
    assert drawn(made, message) == entries
    assert [one["fields"]["invtNo"] for one in entries] == [NUMBERS[1], NUMBERS[2]]
    assert len({one["fields"]["guid"] for one in entries}) == 2
    lines = [[(str(row["gnum"]), str(row["qty"])) for row in one["lines"]] for one in entries]
    assert lines == ([[], []] if message == "215" else [[("1", "4"), ("2", "24")], [("1", "6")]])
    sheet = window.return_sheet(TRADER, made, now=NOW)
    assert [(one.part, one.message) for one in sheet.applications] == [(1, message), (2, message)]
    assert len({one.reference for one in sheet.applications}) == 2


@db
@pytest.mark.usefixtures("key")
def test_a_second_return_takes_what_the_first_has_left_and_what_never_came_is_free_again():
    rows = declared("export")
    first = coming(rows, "export", b=30)
    second = coming(rows, "export", b=6)
    assert [one["fields"]["invtNo"] for one in drawn(second, "213")] == [NUMBERS[2]]
    sheet = window.return_sheet(TRADER, first, now=NOW)
    window.receive_return(TRADER, first, {sheet.lines[0].id: 26}, now=NOW)
    assert [str(row["qty"]) for one in drawn(first, "213") for row in one["lines"]] == ["24", "2"]
    third = coming(rows, "export", b=4)
    exports = [one for one in window.return_sheet(TRADER, third, now=NOW).parts if one.side == "export"]
    assert [(one.part, one.pieces) for one in exports] == [(2, 4)]
    with pytest.raises(window.OverReturned):
        coming(rows, "export", b=1)


@db
@pytest.mark.usefixtures("key")
def test_of_exports_gathered_abroad_only_what_is_sent_home_is_applied_for():
    made = coming(declared("export"), "export", b=30)
    key_ = window.return_sheet(TRADER, made, now=NOW).lines[0].id
    window.receive_return(TRADER, made, {key_: 30}, now=NOW)
    window.grade_return(TRADER, made, [window.Found(key_, "A", 26), window.Found(key_, "C", 4)], now=NOW)
    routes = {"A": "reexport", "C": "destroy"}
    (line_,) = window.return_sheet(TRADER, made, now=NOW).lines
    chosen = {v.id: window.Overruled(routes[v.grade], "to try") for v in line_.verdicts}
    window.decide_routes(TRADER, made, stores_in=frozenset(), overruled=chosen, now=NOW)
    assert [str(row["qty"]) for one in drawn(made, "213") for row in one["lines"]] == ["24", "2"]
    assert [one.pieces for one in window.return_sheet(TRADER, made, now=NOW).applications] == [24, 2]
    assert window.wanted_messages(sold_into="US", sent_from="CN") == ("213", "215")
    assert window.wanted_messages(sold_into="CN", sent_from="GB") == ("625",)
    assert window.wanted_messages(sold_into="DE", sent_from="GB") == ()


def answer(reference: str, status: str, *, number: str = "626") -> bytes:
    told = {"guid": str(uuid4()).upper(), "preNo": "B20160512000001882", "returnStatus": status}
    said = {"returnTime": "20261122201112013", "returnInfo": "words"}
    whose = {"626": {"customsCode": "2991", "copNo": reference},
             "216": {"operatorCode": "1", "logisticsCode": "1", "logisticsNo": "1", "coElNo": reference}}  # fmt: skip
    return render_message(Message(number, "G", (Entry(told | said | whose[number]),)), book=gacc_book())


class Taking:
    """A gateway that takes in everything."""

    def send(self, messages):
        return [type("Ack", (), {"taken": True})() for _ in messages]


@db(transaction=True)
@pytest.mark.usefixtures("key")
def test_state_answers_and_clock_of_one_application_are_not_those_of_the_other():
    made = coming(declared("import"), "import", b=30)
    one, two = window.draw_applications(TRADER, made, "625", now=NOW)
    assert window.send_application(TRADER, one, Taking(), now=NOW)
    receive_gacc(answer(ReturnApplication.objects.house().get(pk=one).reference, "399"), now=NOW)
    states = dict(ReturnApplication.objects.house().values_list("part", "state"))
    assert states == {1: "approved", 2: "drawn"}

    def clocks() -> dict[tuple[str, int], tuple[date, date | None]]:
        found = window.return_sheet(TRADER, made, now=NOW).clocks
        return {(c.code, c.part): (c.ends_on, c.met_on) for c in found if c.code.startswith("CN-CBEC")}

    today = NOW.date()
    assert clocks() == {
        ("CN-CBEC-30", 1): (date(2026, 12, 2), today), ("CN-CBEC-30", 2): (date(2026, 12, 12), None),
        ("CN-CBEC-45", 1): (date(2026, 12, 17), None), ("CN-CBEC-45", 2): (date(2026, 12, 27), None),
    }  # fmt: skip
    assert window.send_application(TRADER, two, Taking(), now=NOW)
    assert clocks()["CN-CBEC-30", 2][1] == today


@db(transaction=True)
@pytest.mark.usefixtures("key")
def test_the_goods_of_a_list_are_home_when_its_tally_is_approved():
    made = coming(declared("export"), "export", b=30)
    for one in window.draw_applications(TRADER, made, "215", now=NOW):
        window.send_application(TRADER, one, Taking(), now=NOW)
    for row in ReturnApplication.objects.house().order_by("part"):
        receive_gacc(answer(row.reference, "399", number="216"), now=NOW)
    sheet = window.return_sheet(TRADER, made, now=NOW)
    home = {(c.code, c.part): c.met_on for c in sheet.clocks if c.stops == "home"}
    assert home == {(f"CN-EXPORT-{limit}", part): NOW.date() for limit in ("1Y", "6M") for part in (1, 2)}
    assert {"home/1", "home/2"} <= {*ReturnCase.objects.house().get().days}


@db
def test_duty_and_tax_are_claimed_of_each_declaration_and_sum_to_what_the_pieces_carry():
    made = coming(declared("import"), "import", a=24, b=36)
    sheet = window.return_sheet(TRADER, made, now=NOW)
    window.receive_return(TRADER, made, {one.id: one.quantity for one in sheet.lines}, now=NOW)
    sheet = window.return_sheet(TRADER, made, now=NOW)
    assert [one.part for one in sheet.claimable] == [1, 2]
    claims = [
        window.claim_of(TRADER, key, today=NOW.date()) for key in window.open_claims(TRADER, made, now=NOW)
    ]
    assert [(c.part, c.duty.minor, c.deadline_on) for c in claims] == [
        (1, 888 + 1_000, date(2026, 12, 17)), (2, 332, date(2026, 12, 27)),
    ]  # fmt: skip
    assert (
        sum(c.duty.minor for c in claims) == sum(one.duty.minor for one in sheet.lines) == 24 * 37 + 36 * 37
    )
    assert sum(c.tax.minor for c in claims) == sum(one.tax.minor for one in sheet.lines)
    assert window.open_claims(TRADER, made, now=NOW) == []
    window.step_claim(TRADER, claims[0].id, "lodge", now=NOW, reference="R-1")
    late = NOW + timedelta(days=30)  # the first declaration's 45 days are over, the second's are not
    assert window.lapse_claims(now=late) == 0
    assert window.lapse_claims(now=late + timedelta(days=6)) == 1
    states = {c.part: c.state for c in window.return_sheet(TRADER, made, now=NOW).claims}
    assert states == {1: "lodged", 2: "lapsed"}


def refunded(row: Declaration, minor: int) -> None:
    """A rebate of which `minor` was paid: three parts on the first item, one on the second."""
    one = RebateCase.objects.create(
        seller_id=SELLER, authority_id=uuid4(), declaration_id=row.id, order_id=row.order_id, reference=row.lrn,
        country="CN", way="CN-trading", mode="CN-9610-summary", currency="CNY", declared_currency="CNY",
        state="repaid", declared_minor=1, fx_rate=1, fx_source="t", released_on=FIRST, departed_on=FIRST, period=FIRST.replace(day=1),
        claimed_minor=minor, paid_minor=minor, opened_by="t", opened_at=NOW, changed_at=NOW,
    )  # fmt: skip
    for number, weight in ((1, 3), (2, 1)):
        RebateItem.objects.create(
            case=one, number=number, quantity=24, claimed_minor=weight, declared_minor=1, local_minor=1
        )


@db
def test_the_vat_to_repay_is_what_was_paid_on_the_pieces_of_each_list_and_whole_in_the_end():
    rows = declared("export")
    refunded(rows[1], 1_003)
    first, second = coming(rows, "export", a=5, b=30), coming(rows, "export", a=19, b=6)
    back = [window.return_sheet(TRADER, one, now=NOW).rebates for one in (first, second)]
    assert [[(one.part, one.amount.minor) for one in own] for own in back] == [[(1, 407)], [(1, 596)]]
    assert sum(one.amount.minor for own in back for one in own) == 1_003
    buyer = replace(TRADER, organisation_id=BUYER, kind=Kind.BUYER)
    assert window.return_sheet(buyer, first, now=NOW).rebates == ()


@db
@pytest.mark.usefixtures("key")
def test_a_line_that_is_not_wholly_declared_is_refused_and_nothing_is_drawn_up():
    rows = declared("export")
    told = replace(
        line(6, sold=36, key=LINE_B, no=2), carried=(Carried(rows[1].id, "export", 1, 2, 24, FIRST),)
    )
    made = opened(told, into="US", sent_from="CN", order_id=rows[1].order_id, seller_id=SELLER)
    with pytest.raises(window.ItemNotDeclared):
        window.draw_applications(TRADER, made, "213", now=NOW)
    assert ReturnApplication.objects.house().count() == 0
    assert list(ReturnPart.objects.house().values_list("side", "declaration_id")) == [("import", None)]


@db
def test_a_return_that_has_ended_has_no_next_clock():
    made = opened(line(5))
    assert window.return_sheet(OFFICER, made, now=NOW).row.next_clock
    scope = window.return_sheet(OFFICER, made, now=NOW)
    window.decide_request(replace(TRADER, organisation_id=scope.seller_id), made, "cancel", why="", now=NOW)
    after = window.return_sheet(OFFICER, made, now=NOW).row
    assert (after.state, after.next_clock, after.next_due_on) == ("cancelled", "", None)
