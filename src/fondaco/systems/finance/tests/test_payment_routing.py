"""Routing, cascade, connectors without a provider, and the guard against card numbers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iso11649

from fondaco.kernel.money import Money
from fondaco.systems.finance import models
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.domain import routing
from fondaco.systems.finance.domain.routing import Arm, choose, learn, probing
from fondaco.systems.finance.tests.conftest import CARRIER, DAY, NOW, PSP, payment_request

OTHER = UUID(int=77)
BANK = UUID(int=78)


@contextmanager
def desk(*faults: finance.Faults) -> Iterator[tuple[finance.PaymentDesk, list[finance.ProviderSimulator]]]:
    """Providers "a", "b", … with these faults, each behind a socket."""
    with ExitStack() as stack:
        simulators, connectors = [], []
        for provider, code, fault in zip((PSP, OTHER), "ab", faults, strict=False):
            simulator = stack.enter_context(finance.ProviderSimulator(faults=fault))
            client = stack.enter_context(
                finance.ProviderClient(simulator.url, provider_id=provider, timeout_s=5)
            )
            simulators.append(simulator)
            connectors.append(finance.Connector(code, client))
        yield finance.PaymentDesk(tuple(connectors)), simulators


def clearing(provider: UUID) -> int:
    return sum(b.balance_minor for b in finance.balances(provider, codes=["provider_clearing"]))


# --- the choice ----------------------------------------------------------------------------------


def test_the_same_records_and_seed_give_the_same_choice_and_draws() -> None:
    arms = [Arm("b", 80, 20), Arm("a", 10, 90)]
    first, again = (choose("card|DE", each, at=NOW, rng=Random(7)) for each in (arms, arms[::-1]))
    assert first == again
    assert first.order == ("b", "a")
    assert [c["mean"] for c in first.as_json()["candidates"]] == [round(81 / 102, 4), round(11 / 102, 4)]


def test_a_run_of_failures_opens_the_breaker_and_one_success_closes_it() -> None:
    arms = {"a": Arm("a", 300, 30), "b": Arm("b", 10, 1)}
    runs = 0
    while arms["a"].state(NOW) == "closed":
        arms, runs = learn(arms, [("a", False)], at=NOW), runs + 1
    assert runs == 7  # 0.09 to the power of 6 is still likelier than one in a million
    assert choose("c", list(arms.values()), at=NOW, rng=Random(1)).order == ("b",)
    later = NOW + timedelta(seconds=61)
    assert choose("c", list(arms.values()), at=later, rng=Random(1)).order[0] == "a"
    waiting = probing(arms["a"], at=later)
    assert (waiting.state(later), waiting.state(later + timedelta(seconds=121))) == ("open", "probe")
    assert learn({"a": waiting}, [("a", True)], at=later)["a"].state(later) == "closed"


def test_when_every_breaker_is_open_everybody_is_still_tried() -> None:
    broken = [Arm(name, open_until=NOW + timedelta(hours=1)) for name in "ab"]
    assert sorted(choose("c", broken, at=NOW, rng=Random(1)).order) == ["a", "b"]


@given(st.lists(st.tuples(st.sampled_from("ab"), st.booleans()), max_size=60))
def test_counts_stay_within_what_discounting_can_hold(seen: list[tuple[str, bool]]) -> None:
    arms = learn({"a": Arm("a"), "b": Arm("b")}, seen, at=NOW)
    for arm in arms.values():
        assert 0 <= arm.weight <= 1 / (1 - routing.GAMMA)
        assert 0 < arm.mean < 1


# --- the method matrix ---------------------------------------------------------------------------


def basket(country: str, currency: str = "EUR", value: str | None = "100", **more: object) -> finance.Basket:
    found = finance.Basket(country, currency, Decimal(value) if value else None, "low", date(2026, 11, 1))
    return replace(found, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("asked", "first", "reason"),
    [
        (basket("DE"), "sepa_debit", ("giropay", "ended", "2024-12-31")),
        (basket("DE", on=date(2024, 12, 31), risk="high"), "giropay", ("sepa_debit", "risk", "low")),
        (basket("DE", on=date(2009, 11, 1)), "giropay", ("sepa_debit", "before", "2009-11-02")),
        (basket("BR", "BRL"), "pix", None),
        (basket("BR", "BRL", "20000"), "card", ("pix", "too-large", "EUR 10000")),
        (basket("BR", "USD"), "card", ("pix", "currency", "BRL")),
        (basket("IN", "INR", None), "card", ("upi", "no-rate", "EUR")),
        (basket("IN", "INR"), "upi", None),
        (basket("NL", value="20"), "ideal", ("bank_transfer", "too-small", "EUR 50")),
        (basket("CN", "CNY"), "alipay", None),
        (basket("ZZ"), "card", None),
    ],
)
def test_the_matrix_offers_by_country_currency_basket_risk_and_day(
    asked: finance.Basket, first: str, reason: tuple[str, str, str] | None
) -> None:
    menu = finance.methods_for(asked)
    assert menu.first().code == first
    refused = [(r.method, r.code, r.limit) for r in menu.refused]
    assert reason is None or reason in refused


def test_a_method_that_is_not_offered_is_refused_with_its_reason() -> None:
    with pytest.raises(finance.MethodNotOffered, match="currency BRL"):
        finance.methods_for(basket("BR", "USD")).row("pix")
    assert finance.methods_for(basket("BR", "BRL")).row("pix").fee_rate == Decimal("0.0099")


def test_each_row_of_the_matrix_names_a_known_method_and_its_source() -> None:
    assert {m.kind for m in finance.payment_methods().values()} >= {
        "card",
        "debit",
        "transfer",
        "app",
        "cash",
    }
    assert all(m.source for m in finance.payment_methods().values())


# --- payments through the desk -------------------------------------------------------------------


def test_a_soft_decline_goes_on_to_the_next_provider_and_is_explained(books: None) -> None:
    with desk(finance.Faults(soft_decline=1.0), finance.Faults()) as (both, simulators):
        done = finance.take_payments([payment_request(country="DE") for _ in range(12)], both, now=NOW)
    assert {p.state for p in done} == {"captured"}
    assert (clearing(PSP), clearing(OTHER)) == (0, -12 * 12_000)
    tries = models.PaymentAttempt.objects.house().order_by("payment", "number")
    second = [t for t in tries if t.number == 2]
    assert second
    assert {(t.connector, t.outcome) for t in second} == {("b", "captured")}
    assert {c["connector"] for c in second[0].decision["candidates"]} == {"a", "b"}
    assert second[0].decision["after"] == ["a"]
    arms = {a.connector: a for a in models.RouteArm.objects.filter(context="card|DE")}
    assert arms["a"].losses == 0 or arms["a"].wins == 0
    assert arms["b"].wins > 10
    assert sum(d.status == "captured" for s in simulators for d in s.deeds.values()) == 12
    assert finance.verify() == []


def test_a_refusal_that_is_the_buyers_own_is_final(books: None) -> None:
    short = finance.Faults(decline_amounts=frozenset({12_000}))
    with desk(short, short) as (both, simulators):
        [done] = finance.take_payments([payment_request()], both, now=NOW)
    assert (done.state, done.failure, done.attempt) == ("failed", "insufficient_funds", 1)
    assert sum(len(s.deeds) for s in simulators) == 1
    assert not models.RouteArm.objects.exists()


def test_a_provider_that_does_not_answer_is_waited_for_and_nobody_else_is_asked(books: None) -> None:
    with desk(finance.Faults(down=True), finance.Faults(down=True)) as (both, simulators):
        [lost] = finance.take_payments([payment_request()], both, now=NOW)
        assert (lost.state, lost.attempt) == ("unknown", 1)
        for simulator in simulators:
            simulator.faults = finance.Faults()
        assert finance.poll_unknown(both, now=NOW) == 1
    assert sum(len(s.deeds) for s in simulators) == 1
    assert clearing(PSP) + clearing(OTHER) == -12_000


def test_nothing_is_asked_where_no_provider_serves_the_method(books: None) -> None:
    with desk(finance.Faults()) as (one, simulators):
        only = finance.PaymentDesk((replace(one.connectors[0], methods=frozenset({"pix"})),))
        with pytest.raises(finance.NoConnector):
            finance.take_payments([payment_request()], only, now=NOW)
        assert simulators[0].deeds == {}
    assert models.PaymentIntent.objects.house().count() == 0


# --- later captures ------------------------------------------------------------------------------


def test_a_part_of_what_was_authorised_is_captured_and_the_rest_released(books: None) -> None:
    with desk(finance.Faults()) as (one, simulators):
        [held] = finance.take_payments([payment_request(capture=False)], one, now=NOW)
        assert (held.state, held.authorised, clearing(PSP)) == ("authorised", Money(12_000, "EUR"), 0)
        for minor in (0, -5, 12_001):
            with pytest.raises(finance.BadCapture):
                finance.capture_payment(held.id, one, minor=minor, now=NOW)
        taken = finance.capture_payment(held.id, one, minor=3_000, now=NOW)
        again = finance.capture_payment(held.id, one, minor=3_000, now=NOW)
        with pytest.raises(finance.BadCapture):
            finance.capture_payment(held.id, one, minor=2_000, now=NOW)
        [over] = finance.refund_returns(
            [finance.RefundRequest(UUID(int=5), held.order_id, goods=2_501)], one, now=NOW
        )
        assert (over.status, over.code) == ("refused", "refund-over-captured")
        assert simulators[0].captured("EUR") == 3_000
    assert (taken.state, taken.amount, taken.escrow) == (
        "captured", Money(3_000, "EUR"), Money(2_500, "GBP"),
    )  # fmt: skip
    assert taken == again
    assert clearing(PSP) == -3_000
    assert finance.verify() == []


def test_what_was_authorised_can_be_released(books: None) -> None:
    with desk(finance.Faults()) as (one, simulators):
        [held] = finance.take_payments([payment_request(capture=False)], one, now=NOW)
        assert finance.void_payment(held.id, one, now=NOW).state == "cancelled"
        assert finance.void_payment(held.id, one, now=NOW).state == "cancelled"
        with pytest.raises(finance.BadCapture):
            finance.capture_payment(held.id, one, minor=100, now=NOW)
        assert {d.status for d in simulators[0].deeds.values()} == {"voided"}
    assert finance.trial_balance() == {}


@pytest.mark.parametrize("fault", ["vanish_before", "vanish_after"])
def test_a_capture_without_an_answer_is_ended_by_the_janitor(books: None, fault: str) -> None:
    with desk(finance.Faults()) as (one, simulators):
        [held] = finance.take_payments([payment_request(capture=False)], one, now=NOW)
        simulators[0].faults = finance.Faults(**{fault: 1.0})  # type: ignore[arg-type]
        with pytest.raises(finance.ProviderSilent):
            finance.capture_payment(held.id, one, minor=3_000, now=NOW)
        with pytest.raises(finance.BadCapture):
            finance.capture_payment(held.id, one, minor=4_000, now=NOW)
        with pytest.raises(finance.BadCapture):
            finance.void_payment(held.id, one, now=NOW)
        assert (clearing(PSP), finance.count_open_payments(changed_before=NOW)) == (0, 1)
        simulators[0].faults = finance.Faults()
        answers = [finance.ask_captures_again(one, now=NOW, older_than=timedelta(0)) for _ in range(2)]
        taken = finance.payments_for([held.order_id])[held.order_id]
        assert (answers, taken.state, taken.amount) == ([1, 0], "captured", Money(3_000, "EUR"))
        assert (simulators[0].captured("EUR"), clearing(PSP)) == (3_000, -3_000)
    assert taken.escrow == Money(2_500, "GBP")
    assert finance.verify() == []


def test_a_capture_that_the_provider_refuses_leaves_the_whole_sum_to_be_asked_for(books: None) -> None:
    with desk(finance.Faults()) as (one, simulators):
        [held] = finance.take_payments([payment_request(capture=False)], one, now=NOW)
        deeds = dict(simulators[0].deeds)
        simulators[0].deeds.clear()  # the provider knows nothing of it
        with pytest.raises(finance.BadCapture):
            finance.capture_payment(held.id, one, minor=3_000, now=NOW)
        left = finance.payments_for([held.order_id])[held.order_id]
        assert (left.state, left.amount, left.escrow) == ("authorised", held.amount, held.escrow)
        simulators[0].deeds.update(deeds)
        assert finance.capture_payment(held.id, one, minor=12_000, now=NOW).escrow == held.escrow


# --- transfers and cash --------------------------------------------------------------------------


def test_cash_is_captured_when_the_courier_remits_it(books: None) -> None:
    cash = finance.CashOnDelivery(CARRIER)
    [owed] = finance.take_payments([payment_request(method="cod")], cash, now=NOW)
    assert (owed.state, clearing(CARRIER)) == ("authorised", 0)
    line = finance.ProviderLine("charge", f"{owed.id}-1", Money(12_000, "EUR"), Money(240, "EUR"))
    report = finance.book_collection(finance.ProviderFile("cod-7", (line,)), provider_id=CARRIER, now=NOW)
    assert (report.matched, report.breaks) == (1, ())
    assert finance.payments_for([owed.order_id])[owed.order_id].state == "settled"
    assert clearing(CARRIER) == 0
    fees = finance.balances(finance.HOUSE, codes=["provider_fees"])
    assert [b.balance_minor for b in fees] == [-240]


@given(st.text(min_size=1, max_size=60))
def test_creditor_references_are_valid_and_one_wrong_character_is_noticed(key: str) -> None:
    reference = finance.reference_for(key)
    last = reference[-1]
    other = {True: "45", False: "AB"}[last.isdecimal()]
    wrong = reference[:-1] + other[last == other[0]]
    assert iso11649.is_valid(reference)
    assert not iso11649.is_valid(wrong)
    assert len(reference) == 24


# --- card numbers --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("pan 4111 1111 1111 1111 ok", "pan 411111******1111 ok"),
        ("378282246310005", "378282*****0005"),
        ("6212345678901265", "621234******1265"),
        ("4111111111111112", None),  # wrong check digit
        ("5012345678900", None),  # a GTIN
        ("490154203237518", None),  # an IMEI
        ("01a2021a-2a3d-76c7-9abc-4111111111111111", None),  # the tail of an id
    ],
)
def test_card_numbers_are_masked_and_other_numbers_left_alone(text: str, shown: str | None) -> None:
    assert finance.masked(text) == (shown or text)


def test_a_card_number_never_becomes_a_payment(books: None) -> None:
    with desk(finance.Faults()) as (one, simulators), pytest.raises(finance.CardNumberRefused) as caught:
        finance.take_payments([payment_request(method="5555555555554444")], one, now=NOW)
    assert "5555" not in str(caught.value)
    assert simulators[0].deeds == {}
    assert models.PaymentIntent.objects.house().count() == 0
    assert NOW.date() == DAY
