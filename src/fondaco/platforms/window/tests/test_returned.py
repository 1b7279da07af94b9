"""Clocks, routes, claims and shares of returned goods: pure."""

from __future__ import annotations

import random
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fondaco.platforms.window.adapters.return_rules import claim_rules, clock_rules, return_policy
from fondaco.platforms.window.domain.returned import (
    BadReturnTable,
    ReturnFacts,
    add_months,
    best_claim,
    claims_for,
    clocks_for,
    part_of,
    read_clock_rules,
    share_of,
)
from fondaco.platforms.window.domain.returned_routes import (
    GRADES,
    ROUTES,
    BadReturnPolicy,
    Goods,
    read_policy,
    weigh_routes,
)

TODAY = date(2026, 11, 22)


def facts(
    into: str = "DE", home: str = "GB", reason: str = "mind", regimes=None, scheme: str = "", **days
) -> ReturnFacts:
    told = {
        "released": date(2026, 11, 2),
        "exported": date(2026, 11, 1),
        "delivered": date(2026, 11, 5),
        **days,
    }
    return ReturnFacts(into, home, reason, told, regimes or {}, scheme)


def ends(found) -> dict[str, date]:
    return {clock.code: clock.ends_on for clock in found}


def test_each_country_has_its_own_clocks():
    german = ends(clocks_for(clock_rules(), facts(opened=date(2026, 11, 10))))
    assert german == {
        "EU-WITHDRAWAL-14": date(2026, 11, 19), "EU-SEND-BACK-14": date(2026, 11, 24),
        "EU-REFUND-14": date(2026, 11, 24), "EU-INVALIDATE-90": date(2027, 1, 31), "GB-RGR-3Y": date(2029, 11, 1),
    }  # fmt: skip
    american = ends(clocks_for(clock_rules(), facts("US")))
    assert american == {"US-DRAWBACK-5Y": date(2031, 11, 2), "GB-RGR-3Y": date(2029, 11, 1)}


def test_goods_at_fault_have_a_year_more_to_claim():
    assert ends(clocks_for(clock_rules(), facts(reason="defective")))["EU-DEFECT-1Y"] == date(2027, 11, 2)


def test_china_gives_thirty_days_to_apply_and_forty_five_to_arrive():
    chinese = facts("CN", regimes={"sold_into": "1210"})
    found = ends(clocks_for(clock_rules(), chinese))
    assert (found["CN-CBEC-30"], found["CN-CBEC-45"]) == (date(2026, 12, 2), date(2026, 12, 17))
    assert "CN-CBEC-30" not in ends(clocks_for(clock_rules(), facts("CN", regimes={"sold_into": "0110"})))


@pytest.mark.parametrize(
    ("exported", "source"), [(date(2025, 12, 31), "2023 No. 4"), (date(2026, 1, 1), "2026 No. 16")]
)
def test_chinas_six_months_are_dated_on_both_sides_of_the_new_announcement(exported, source):
    found = clocks_for(clock_rules(), facts(home="CN", regimes={"sent_from": "9610"}, exported=exported))
    one = next(clock for clock in found if clock.code == "CN-EXPORT-6M")
    assert one.ends_on == add_months(exported, 6)
    assert source in one.source


def test_no_relief_is_kept_for_an_export_after_the_announcement_has_ended():
    late = facts(home="CN", regimes={"sent_from": "9610"}, exported=date(2028, 1, 1))
    assert "CN-EXPORT-6M" not in ends(clocks_for(clock_rules(), late))


@pytest.mark.parametrize(
    ("today", "state", "left"),
    [(date(2027, 1, 31), "due", 0), (date(2027, 2, 1), "missed", -1), (date(2027, 1, 1), "running", 30)],
)
def test_a_clock_runs_to_the_end_of_its_last_day(today, state, left):
    one = next(c for c in clocks_for(clock_rules(), facts()) if c.code == "EU-INVALIDATE-90")
    assert (one.state(today), one.days_left(today)) == (state, left)


def test_a_clock_met_in_time_stays_met_and_one_met_late_is_missed():
    def met(day: date) -> str:
        found = clocks_for(clock_rules(), facts(left=day))
        return next(c for c in found if c.code == "EU-INVALIDATE-90").state(date(2028, 1, 1))

    assert (met(date(2027, 1, 31)), met(date(2027, 2, 1))) == ("met", "missed")


def claim(done: set[str], charge: str = "duty", today: date = TODAY, **told):
    about = facts(**told)
    found = claims_for(claim_rules(), about, clocks_for(clock_rules(), about), done=done, today=today)
    best = best_claim(found, charge)
    return (best.rule.code if best else None), {one.rule.code: one.why_not for one in found}


def test_goods_sent_back_from_the_union_undo_their_declaration_for_duty_and_vat():
    assert claim({"out"}) == ("eu-invalidate", {"eu-invalidate": "", "eu-defect": "only-for-fault"})
    assert claim({"out"}, "tax")[0] == "eu-invalidate"


def test_destroyed_goods_of_the_union_are_claimed_only_where_they_are_at_fault():
    assert claim({"destroyed"})[0] is None
    assert claim({"destroyed"}, reason="defective")[0] == "eu-defect"


def test_after_ninety_days_only_goods_at_fault_are_claimed():
    assert claim({"out"}, today=date(2027, 2, 1))[0] is None
    assert claim({"out"}, today=date(2027, 2, 1), reason="wrong")[0] == "eu-defect"


def test_ioss_vat_is_corrected_once_the_buyer_is_paid_back():
    best, why_not = claim({"refund", "out"}, "tax", scheme="IOSS")
    assert (best, why_not["eu-ioss"]) == (None, "")  # nobody is asked: the next return corrects it
    assert claim({"refund", "out"}, "duty", scheme="IOSS")[0] == "eu-invalidate"
    assert claim(set(), "tax", scheme="IOSS")[1]["eu-ioss"] == "needs-refund"


def test_drawback_gives_ninety_nine_per_cent():
    about = facts("US")
    found = claims_for(claim_rules(), about, clocks_for(clock_rules(), about), done={"out"}, today=TODAY)
    assert part_of(10_001, best_claim(found, "duty").rule.share_bp) == 9_900


@given(total=st.integers(0, 10**9), sold=st.integers(1, 60), data=st.data())
def test_shares_of_all_pieces_add_up_exactly_and_never_above_on_the_way(total, sold, data):
    before, given_back = 0, 0
    while before < sold:
        units = data.draw(st.integers(1, sold - before))
        given_back += share_of(total, units=units, before=before, sold=sold)
        before += units
        assert given_back <= total * before // sold
    assert given_back == total


def test_more_pieces_than_were_sold_have_no_share():
    with pytest.raises(ValueError, match="3 of 5"):
        share_of(100, units=3, before=3, sold=5)


def goods(grade: str = "A", **more) -> Goods:
    told = {
        "price": 2_000,
        "reason": "mind",
        "lies_in": "DE",
        "home": "GB",
        "store": True,
        "relief": True,
        **more,
    }
    return Goods(grade=grade, **told)


def test_sound_goods_go_on_the_shelf_where_they_lie_and_home_where_there_is_none():
    assert weigh_routes(goods(), return_policy())[0].route == "restock"
    found = weigh_routes(goods(store=False), return_policy())
    assert (found[0].route, found[0].net) == ("reexport", 2_000 - 450 - 60)
    assert next(one.why_not for one in found if one.route == "restock") == ("no-store-here",)


def test_cheap_goods_are_not_worth_the_way_home():
    assert weigh_routes(goods("B", price=400), return_policy())[0].route == "donate"


def test_unsafe_goods_are_destroyed_whatever_they_are_worth():
    found = weigh_routes(goods("C", reason="unsafe", price=90_000), return_policy())
    assert [one.route for one in found if not one.why_not] == ["destroy"]
    assert found[0].notes == ("witness",)


def test_goods_in_a_chinese_zone_leave_for_the_domestic_area_once_their_time_is_over():
    late = goods(lies_in="CN", home="DE", in_zone=True, zone_open=False)
    routes = {one.route: one.why_not for one in weigh_routes(late, return_policy())}
    assert routes["restock"] == ("zone-time-over",)
    assert routes["domestic"] == ()


@given(
    st.sampled_from(GRADES),
    st.integers(0, 10**8),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["mind", "unsafe"]),
)
def test_some_route_is_always_open_and_nothing_fetches_more_than_its_price(
    grade, price, store, relief, reason
):
    found = weigh_routes(
        goods(grade, price=price, store=store, relief=relief, reason=reason), return_policy()
    )
    assert sorted(one.route for one in found) == sorted(ROUTES)
    assert not found[0].why_not
    assert all(0 <= one.worth <= price and one.cost >= 0 for one in found)


def test_a_table_that_cannot_be_read_is_refused_by_its_row():
    with pytest.raises(BadReturnTable) as refused:
        read_clock_rules([{"code": "X-1", "unit": "weeks", "side": "sold_into"}])
    assert refused.value.field == "X-1"
    with pytest.raises(BadReturnPolicy):
        read_policy({"grades": {}})


def test_every_rule_names_its_source_and_its_clock():
    codes = {rule.code for rule in clock_rules()}
    assert all(rule.source and rule.confidence in "ABC" for rule in (*clock_rules(), *claim_rules()))
    assert {rule.clock for rule in claim_rules() if rule.clock} <= codes


def test_a_thousand_random_stories_conserve_goods_and_money():
    dice, policy = random.Random(7), return_policy()
    for _ in range(1_000):
        sold, price, duty = dice.randint(1, 12), dice.randint(1, 50_000), dice.randint(0, 9_000)
        left = come = refunded = claimed = on_hand = 0
        while left < sold:
            units = dice.randint(1, sold - left)
            share = share_of(price, units=units, before=left, sold=sold)
            paid = share_of(duty, units=units, before=left, sold=sold)
            left += units
            grade, reason = dice.choice(GRADES), dice.choice(["mind", "defective"])
            refunded += part_of(share, policy.refund_bp(grade, reason=reason))
            route = weigh_routes(goods(grade, price=share, reason=reason, store=dice.random() < 0.5), policy)[
                0
            ].route
            kept = dice.random() < 0.2
            on_hand += units if kept else 0
            come += 0 if kept else units
            claimed += part_of(paid, 9_900) if route in ("reexport", "destroy") and not kept else 0
        assert come + on_hand == left == sold
        assert refunded <= price
        assert claimed <= duty
