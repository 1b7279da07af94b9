"""The return centre's tables and steps: what the database refuses, what follows from an inspection, who sees what."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from fondaco.kernel.errors import Forbidden, NotFound
from fondaco.kernel.money import Money
from fondaco.kernel.statemachine import IllegalTransition, installed_transitions
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.platforms.window import public as window
from fondaco.platforms.window.models import (
    APPLICATION_MACHINE,
    CLAIM_MACHINE,
    RETURN_CASE_MACHINE,
    DutyClaim,
    PersonQuota,
    ReturnableLine,
    ReturnCase,
    ReturnedLine,
    ReturnMove,
    ReturnVerdict,
)
from fondaco.platforms.window.public import landed
from fondaco.platforms.window.tests.landed_helpers import line as sold
from fondaco.platforms.window.tests.landed_helpers import price
from fondaco.platforms.window.tests.return_samples import (
    NOW,
    OFFICER,
    SELLER,
    arrived,
    ask,
    graded,
    line,
    opened,
    routed,
)

pytestmark = pytest.mark.django_db
HOUSE = Scope(organisation_id=uuid4(), kind=Kind.PLATFORM, role=Role.OWNER, actor="olu")


@pytest.mark.parametrize(
    ("table", "machine"),
    [
        ("window_returncase", RETURN_CASE_MACHINE),
        ("window_dutyclaim", CLAIM_MACHINE),
        ("window_returnapplication", APPLICATION_MACHINE),
    ],
)
def test_the_database_has_the_machines(table, machine):
    assert installed_transitions(table) == machine.edges


def test_no_line_comes_back_above_what_was_sold():
    key, order = uuid4(), uuid4()
    opened(line(7, key=key), order_id=order)
    with pytest.raises(window.OverReturned):
        opened(line(4, key=key), order_id=order)
    assert ReturnCase.objects.house().count() == 1
    opened(line(3, key=key), order_id=order)
    account = ReturnableLine.objects.house().get()
    assert (account.claimed, account.sold) == (10, 10)
    with pytest.raises(IntegrityError, match="return_not_above_sold"), transaction.atomic():
        ReturnableLine.objects.house().update(claimed=11)
    parts = ReturnedLine.objects.house().values_list("price_minor", "duty_minor", "tax_minor")
    assert [sum(column) for column in zip(*parts, strict=True)] == [10_000, 370, 1_990]


@pytest.mark.parametrize(
    ("told", "error"),
    [
        ({"lines": ()}, window.BadReturn),
        ({"reason": "bored"}, window.BadReturn),
        ({"lines": (line(0),)}, window.BadReturn),
        ({"lines": (line(11),)}, window.OverReturned),
    ],
)
def test_an_ask_that_makes_no_sense_opens_nothing(told, error):
    with pytest.raises(error):
        window.open_returns(
            [ask(line(1), **told) if "lines" not in told else ask(*told["lines"])],
            now=NOW,
            actor="t",
            authorised=True,
        )
    assert ReturnCase.objects.house().count() == 0


def test_a_credit_note_has_one_return():
    note = uuid4()
    first = window.open_returns([ask(line(2), credit_note_id=note)], now=NOW, actor="t", authorised=True)
    again = window.open_returns([ask(line(2), credit_note_id=note)], now=NOW, actor="t", authorised=True)
    assert (len(first), again, window.cases_of_notes([note])) == (1, [], {note: first[0]})


def test_what_is_refused_may_be_asked_for_again():
    key = uuid4()
    made = window.open_returns([ask(line(10, key=key), reason="mind")], now=NOW, actor="t", authorised=False)[
        0
    ]
    with pytest.raises(window.BadReturn):
        window.decide_request(SELLER, made, "refuse", why=" ", now=NOW)
    window.decide_request(SELLER, made, "refuse", why="worn", now=NOW)
    assert ReturnableLine.objects.house().get().claimed == 0
    assert opened(line(10, key=key))


def test_pieces_that_did_not_arrive_go_back_to_the_buyers_account():
    made = opened(line(5))
    sheet = arrived(made, 3)
    assert (sheet.row.state, sheet.lines[0].received, sheet.lines[0].on_hand) == ("arrived", 3, 3)
    assert ReturnableLine.objects.house().get().claimed == 3
    with pytest.raises(IllegalTransition):
        arrived(made, 2)


def test_more_than_was_authorised_cannot_arrive():
    made = opened(line(5))
    with pytest.raises(window.BadArrival):
        arrived(made, 6)
    assert window.return_sheet(SELLER, made, now=NOW).row.state == "authorised"
    assert ReturnMove.objects.house().count() == 0


@pytest.mark.parametrize(
    ("reason", "grade", "refund"), [("mind", "B", 4_000), ("defective", "B", 5_000), ("mind", "C", 2_500)]
)
def test_the_refund_follows_reason_and_grade(reason, grade, refund):
    sheet = graded(opened(line(5), reason=reason), grade)
    assert sheet.refund is not None
    assert sheet.refund.minor == refund
    assert ReturnableLine.objects.house().get().refunded_minor == refund


def test_every_piece_gets_one_grade():
    made = opened(line(5))
    key = arrived(made).lines[0].id
    for found in (
        [window.Found(key, "A", 4)],
        [window.Found(key, "A", 5), window.Found(key, "B", 1)],
        [window.Found(uuid4(), "A", 5)],
    ):
        with pytest.raises(window.BadGrading):
            window.grade_return(SELLER, made, found, now=NOW)
    assert ReturnVerdict.objects.house().count() == 0
    window.grade_return(SELLER, made, [window.Found(key, "A", 3), window.Found(key, "C", 2)], now=NOW)
    assert [v.quantity for v in window.return_sheet(SELLER, made, now=NOW).lines[0].verdicts] == [3, 2]


def test_the_best_open_route_is_proposed_and_a_closed_one_refused():
    made = opened(line(5))
    sheet = graded(made)
    key = sheet.lines[0].verdicts[0].id
    for chosen in (window.Overruled("domestic", "why not"), window.Overruled("reexport", " ")):
        with pytest.raises(window.RouteClosed):
            window.decide_routes(SELLER, made, stores_in=frozenset(), overruled={key: chosen}, now=NOW)
    assert window.return_sheet(SELLER, made, now=NOW).row.state == "graded"
    window.decide_routes(SELLER, made, stores_in=frozenset(), overruled={}, now=NOW)
    verdict = window.return_sheet(SELLER, made, now=NOW).lines[0].verdicts[0]
    assert verdict.route == "reexport"
    assert [one["why_not"] for one in verdict.weighed if one["route"] == "restock"] == [["no-store-here"]]


def test_goods_leave_once_and_the_return_ends_with_the_last_of_them():
    sheet = routed(opened(line(5)), "restock")
    verdict = sheet.lines[0].verdicts[0]
    assert window.let_go(SELLER, verdict.id, document="x", now=NOW)
    assert not window.let_go(SELLER, verdict.id, document="x", now=NOW)
    after = window.return_sheet(SELLER, sheet.row.id, now=NOW)
    assert (after.row.state, after.lines[0].on_hand, dict(after.lines[0].gone)) == (
        "closed",
        0,
        {"restock": 5},
    )


def test_what_happened_is_never_rewritten_and_nothing_leaves_that_did_not_come():
    sheet = routed(opened(line(5)), "restock")
    move = ReturnMove.objects.house().get()
    for change in (
        lambda: ReturnMove.objects.house().update(quantity=1),
        lambda: ReturnMove.objects.house().delete(),
    ):
        with pytest.raises(IntegrityError, match="never rewritten"), transaction.atomic():
            change()
    with pytest.raises(IntegrityError, match="returned_line_conserved"), transaction.atomic():
        ReturnMove(line_id=move.line_id, kind="donate", quantity=6, key="k", actor="t", at=NOW).save()
    assert window.return_sheet(SELLER, sheet.row.id, now=NOW).lines[0].on_hand == 5


def test_goods_are_destroyed_before_an_officer_of_the_place():
    sheet = routed(opened(line(2)), "destroy", "C")
    key = sheet.lines[0].verdicts[0].id
    with pytest.raises(window.NotWitnessed):
        window.let_go(SELLER, key, document="", now=NOW)
    with pytest.raises(Forbidden):
        window.witness_destruction(SELLER, key, note="", now=NOW)
    stranger = Scope(organisation_id=uuid4(), kind=Kind.CUSTOMS, role=Role.CLERK, actor="x")
    with pytest.raises(NotFound):
        window.witness_destruction(stranger, key, note="", now=NOW)
    with pytest.raises(IntegrityError, match="return_destroyed_before_witness"), transaction.atomic():
        ReturnVerdict.objects.house().update(moved_at=NOW)
    window.witness_destruction(OFFICER, key, note="shredded", now=NOW)
    assert window.let_go(SELLER, key, document="cert", now=NOW)
    assert dict(window.return_sheet(SELLER, sheet.row.id, now=NOW).lines[0].gone) == {"destroy": 2}


def sent_home():
    sheet = routed(opened(line(5)), "reexport")
    window.let_go(SELLER, sheet.lines[0].verdicts[0].id, document="x", now=NOW)
    return sheet.row.id


def test_duty_and_vat_are_claimed_once_and_never_above_what_was_paid():
    made = sent_home()
    claims = window.open_claims(SELLER, made, now=NOW)
    assert window.open_claims(SELLER, made, now=NOW) == []
    claim = window.claim_of(SELLER, claims[0], today=NOW.date())
    assert (claim.code, claim.duty.minor, claim.tax.minor) == ("eu-invalidate", 185, 995)
    assert (claim.deadline_on, claim.days_left) == (date(2027, 1, 31), 70)
    with pytest.raises(IntegrityError, match="return_claim_within_paid"), transaction.atomic():
        ReturnableLine.objects.house().update(duty_claimed_minor=371)


def test_nothing_is_claimed_before_the_goods_have_left():
    sheet = routed(opened(line(5)), "restock")
    with pytest.raises(window.NothingToClaim):
        window.open_claims(SELLER, sheet.row.id, now=NOW)
    assert DutyClaim.objects.house().count() == 0


def test_a_claim_goes_its_way_and_bad_steps_change_nothing():
    key = window.open_claims(SELLER, sent_home(), now=NOW)[0]
    for event, more in (("lodge", {}), ("grant", {"granted": 5}), ("pay", {})):
        with pytest.raises((window.BadClaimStep, IllegalTransition)):
            window.step_claim(HOUSE, key, event, now=NOW, **more)
    with pytest.raises(window.ClaimTooLate):
        window.step_claim(SELLER, key, "lodge", now=NOW + timedelta(days=71), reference="R")
    window.step_claim(SELLER, key, "lodge", now=NOW, reference="R-1")
    for granted in (None, 0, 1_181):
        with pytest.raises(window.BadClaimStep):
            window.step_claim(OFFICER, key, "grant", now=NOW, granted=granted)
    window.step_claim(OFFICER, key, "refuse", now=NOW, why="papers missing")
    window.step_claim(SELLER, key, "appeal", now=NOW, reference="R-2")
    assert window.step_claim(OFFICER, key, "grant", now=NOW, granted=1_180).state == "granted"
    for scope in (SELLER, OFFICER):
        with pytest.raises(Forbidden):
            window.step_claim(scope, key, "pay", now=NOW)
    assert window.step_claim(HOUSE, key, "pay", now=NOW).state == "paid"


def test_what_is_granted_gives_the_buyers_quota_back_in_the_share_that_came_home():
    order, buyer = uuid4(), uuid4()
    landed.save_landed_quotes([(order, SELLER.organisation_id, buyer, price("DE", sold("200", "GBP")))], NOW)
    limit = Money.of(26_000, "CNY")
    window.use_quota(
        window.QuotaAsk("CN-CBEC-year", limit, buyer, order, Money.of(1_800, "CNY"), 2026), now=NOW, actor="t"
    )
    sheet = routed(opened(line(5), order_id=order, buyer_id=buyer), "reexport")
    window.let_go(SELLER, sheet.lines[0].verdicts[0].id, document="x", now=NOW)
    key = window.open_claims(SELLER, sheet.row.id, now=NOW)[0]
    window.step_claim(SELLER, key, "lodge", now=NOW, reference="R-1")
    window.step_claim(OFFICER, key, "grant", now=NOW, granted=1_180)
    used = PersonQuota.objects.house().get(buyer_id=buyer).used_minor
    assert used == 135_000  # goods of 50 came back out of 200


def test_a_withdrawn_or_lapsed_claim_leaves_the_amount_to_be_claimed():
    key = window.open_claims(SELLER, sent_home(), now=NOW)[0]
    assert window.lapse_claims(now=NOW + timedelta(days=70)) == 0
    assert window.lapse_claims(now=NOW + timedelta(days=71)) == 1
    account = ReturnableLine.objects.house().get()
    assert (account.duty_claimed_minor, account.tax_claimed_minor) == (0, 0)
    assert window.claim_of(SELLER, key, today=NOW.date()).state == "lapsed"


def test_alarms_are_told_once_and_the_desk_is_by_clock():
    made = opened(line(5), days={"released": date(2026, 8, 27), "delivered": date(2026, 9, 1)})
    sheet = window.return_sheet(SELLER, made, now=NOW)
    assert (sheet.row.next_clock, sheet.row.days_left, sheet.row.has_missed) == ("EU-INVALIDATE-90", 3, True)
    assert window.alarm_returns(now=NOW) == 1  # the withdrawal came late and is over
    assert window.alarm_returns(now=NOW) == 0
    today = NOW.date()
    assert [r.id for r in window.returns_desk(SELLER, today=today, clock="week")] == [made]
    assert window.returns_desk(SELLER, today=today, clock="later") == []
    assert window.count_returns_desk(SELLER, today=today)["past"] == 1


def test_goods_that_never_come_lapse_after_two_months():
    made = opened(line(5))
    assert window.lapse_returns(now=NOW + timedelta(days=30)) == 0
    assert window.lapse_returns(now=NOW + timedelta(days=90)) == 1
    assert window.return_sheet(SELLER, made, now=NOW).row.state == "lapsed"
    assert ReturnableLine.objects.house().get().claimed == 0


def test_each_party_sees_its_own_returns_and_does_only_its_own_deeds():
    made = opened(line(5))
    other = Scope(organisation_id=uuid4(), kind=Kind.SELLER, role=Role.OWNER, actor="x")
    bank = Scope(organisation_id=uuid4(), kind=Kind.BANK, role=Role.OWNER, actor="x")
    for scope in (other, bank):
        assert window.returns_desk(scope, today=NOW.date()) == []
        with pytest.raises(NotFound):
            window.return_sheet(scope, made, now=NOW)
    assert len(window.returns_desk(OFFICER, today=NOW.date())) == 1
    with pytest.raises(Forbidden):
        window.receive_return(OFFICER, made, {}, now=NOW)


def test_the_desk_asks_as_much_for_one_as_for_many():
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            window.returns_desk(SELLER, today=NOW.date(), size=50)
            window.count_returns_desk(SELLER, today=NOW.date())
            window.claims_desk(SELLER, today=NOW.date())
        return len(seen)

    opened(line(1))
    one = queries()
    window.open_returns([ask(line(1)) for _ in range(50)], now=NOW, actor="t", authorised=True)
    assert queries() == one
    first = window.returns_desk(SELLER, today=NOW.date(), size=30)
    rest = window.returns_desk(SELLER, today=NOW.date(), after=first[-1].id, size=30)
    assert len({row.id for row in (*first, *rest)}) == 51
