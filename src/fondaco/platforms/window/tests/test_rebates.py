"""Export VAT rebates: each way to the fen, every refusal leaves all as it was, the ledger balances, two at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from fondaco.kernel.errors import FondacoError, Forbidden
from fondaco.kernel.money import Money
from fondaco.kernel.sql import is_append_only
from fondaco.kernel.statemachine import IllegalTransition, installed_transitions
from fondaco.platforms.window.models import (
    REBATE_MACHINE,
    CodeExpiry,
    InputInvoice,
    RebateCase,
    RebateEntry,
)
from fondaco.platforms.window.public import rebates
from fondaco.platforms.window.tests.rebate_samples import (
    KNITTED,
    NOW,
    OFFICE,
    TRADER,
    invoice,
    opened,
    ready_case,
    released_exports,
)

pytestmark = pytest.mark.django_db
TODAY = NOW.date()


def case_of(case_id: UUID) -> rebates.RebateDTO:
    return rebates.case_detail(TRADER, case_id, today=TODAY).case


def sums(case_id: UUID) -> tuple[int, ...]:
    """Claimed, refused, paid, open, clawed back, in fen."""
    one = case_of(case_id)
    return tuple(m.minor for m in (one.claimed, one.refused, one.paid, one.open, one.clawed_back))


def books() -> tuple[Any, ...]:
    """Everything that a refused deed must leave alone."""
    return (
        list(RebateCase.objects.house().order_by("id").values()),
        list(RebateEntry.objects.order_by("id").values()),
        list(InputInvoice.objects.house().order_by("id").values()),
    )


def test_a_trading_company_gets_its_invoices_times_the_rate():
    case = ready_case(net=100_000)
    assert rebates.claim_case(TRADER, case, now=NOW) == 13_000
    detail = rebates.case_detail(TRADER, case, today=TODAY)
    assert [(step["code"], step["minor"]) for step in detail.items[0].worked["steps"]] == [
        ("input_net", 100_000), ("rebate", 13_000), ("cost", 0),
    ]  # fmt: skip
    rebates.approve_case(OFFICE, case, refused=1_000, reference="T-1", reason="one piece short", now=NOW)
    assert sums(case) == (13_000, 1_000, 0, 12_000, 0)
    rebates.pay_case(OFFICE, case, reference="T-1", now=NOW)
    rebates.claw_back(OFFICE, case, minor=2_000, reference="T-1", reason="goods came back", now=NOW)
    assert sums(case) == (13_000, 1_000, 10_000, 0, 2_000)
    assert case_of(case).state == "repaid"
    rebates.claw_back(OFFICE, case, minor=10_000, reference="T-1", reason="the rest came back", now=NOW)
    assert (case_of(case).state, sums(case)) == ("clawed_back", (13_000, 1_000, 0, 0, 12_000))
    [balance] = rebates.balance_by_period(TRADER)
    assert (balance.period, balance.cases, balance.standing.balanced) == (date(2026, 11, 1), 1, True)
    assert rebates.unbalanced_cases(TRADER) == []


def test_a_producers_month_sets_off_before_it_refunds():
    # 200.00 dollars at 7.1 are 1,420.00 yuan: ceiling 13 % = 184.60 each
    cases = []
    for name in ("P-1", "P-2"):
        [export] = released_exports([name])
        cases.append(opened(export, way="CN-producer", stated=("general_taxpayer", "producer")))
        rebates.note_receipt(
            TRADER,
            cases[-1],
            amount=Money(20_000, "USD"),
            received_on=date(2026, 10, 9),
            reference="FX",
            now=NOW,
        )
    found = rebates.file_period(
        TRADER, month=date(2026, 10, 1), input_tax=50_000, output_tax=30_000, brought=1_001, now=NOW
    )
    assert (found.ceiling, found.credit, found.refund, found.set_off, found.carried) == (
        36_920,
        21_001,
        21_001,
        15_919,
        0,
    )
    assert [case_of(case).claimed.minor for case in cases] == [10_501, 10_500]
    assert [case_of(case).set_off.minor for case in cases] == [7_959, 7_960]
    with pytest.raises(rebates.PeriodTaken):
        rebates.file_period(TRADER, month=date(2026, 10, 1), input_tax=0, output_tax=0, brought=0, now=NOW)
    with pytest.raises(rebates.WayNotOpen):
        [export] = released_exports(["P-3"])
        other = opened(export, way="CN-producer", stated=("general_taxpayer", "producer"))
        rebates.claim_case(TRADER, other, now=NOW)


def test_a_refund_on_departure_is_settled_by_what_was_sold():
    [export] = released_exports(["W-1"], mode="CN-9810")
    case = opened(export, way="CN-9810-trading", stated=("general_taxpayer", "unsold"))
    rebates.use_invoice(TRADER, case, item=1, invoice_id=invoice(), quantity=10, now=NOW)
    rebates.claim_case(TRADER, case, now=NOW)
    rebates.approve_case(OFFICE, case, refused=0, reference="", reason="", now=NOW)
    rebates.pay_case(OFFICE, case, reference="P", now=NOW)
    assert case_of(case).last_day == date(2027, 4, 30)
    for when in (NOW, NOW.replace(year=2027, month=5, day=1)):
        with pytest.raises(rebates.NotReconcilable):
            rebates.reconcile_case(TRADER, case, sold={1: 7}, now=when)
    with pytest.raises(rebates.BadSum):
        rebates.reconcile_case(TRADER, case, sold={1: 11}, now=NOW.replace(month=12))
    assert rebates.reconcile_case(TRADER, case, sold={1: 7}, now=NOW.replace(month=12)) == 3_900
    assert (case_of(case).state, sums(case)) == ("reconciled", (13_000, 0, 9_100, 0, 3_900))


def test_without_invoices_a_pilot_zone_exempts_and_a_union_zero_rates():
    [export] = released_exports(["N-1"], mode="CN-9610")
    stated = ("pilot_zone", "platform_record", "no_invoice")
    with pytest.raises(rebates.WayNotOpen, match="mode"):
        opened(export)
    with pytest.raises(rebates.WayNotOpen, match="pilot_zone"):
        opened(export, way="CN-no-invoice", stated=("no_invoice", "platform_record"))
    case = opened(export, way="CN-no-invoice", stated=stated)
    assert rebates.claim_case(TRADER, case, now=NOW) == 0
    worked = rebates.case_detail(TRADER, case, today=TODAY).items[0].worked
    # 4 % of 1,420.00 yuan (STA 2019 No. 36)
    assert (case_of(case).state, worked["steps"][-1]["minor"]) == ("exempt", 5_680)
    [english] = released_exports(
        ["Z-1"], mode="GB-0110", country="GB", currency="GBP", left=False, on=date(2026, 8, 1)
    )
    zero = opened(english, way="GB-zero", stated=())
    assert case_of(zero).last_day == date(2026, 11, 1)
    with pytest.raises(rebates.DepartureMissing):
        rebates.claim_case(TRADER, zero, now=NOW)
    rebates.lapse_case(TRADER, zero, now=NOW)
    assert case_of(zero).state == "lapsed"


def test_the_day_of_export_decides_the_rate_and_an_unknown_one_is_never_nothing():
    book = rebates.rate_book()
    days = (
        date(2024, 11, 30),
        date(2024, 12, 1),
        date(2026, 3, 31),
        date(2026, 4, 1),
        date(2026, 12, 31),
        date(2027, 1, 1),
    )
    found = [row.rate for day in days if (row := book.on("8507600090", day))]
    assert [int(rate) for rate in found if rate is not None] == [13, 9, 9, 6, 6, 0]
    assert [book.on("85414300", day).rate for day in days[:4]] == [13, 9, 9, 0]  # type: ignore[union-attr]
    assert book.on("2710199100", TODAY).rate is None  # type: ignore[union-attr]
    assert book.on("0101210010", TODAY) is None
    [export] = released_exports(["U-1"], goods=((KNITTED, 1, 100), ("27101991", 1, 100)))
    case = opened(export)
    assert set(case_of(case).missing) == {"invoices", "receipt", "rate"}
    for item in (1, 2):
        bill = invoice(f"U{item}", quantity=1, net=1_000)
        rebates.use_invoice(TRADER, case, item=item, invoice_id=bill, quantity=1, now=NOW)
    rebates.note_receipt(TRADER, case, amount=Money(200, "USD"), received_on=TODAY, reference="F", now=NOW)
    before = books()
    with pytest.raises(rebates.RateUnknown):
        rebates.claim_case(TRADER, case, now=NOW)
    assert books() == before


def test_what_is_wrong_is_refused_by_name_and_changes_nothing():
    [export, bare] = released_exports(["B-1", "B-2"])
    [inside] = released_exports(["B-3"], left=False)
    case, waiting, full = opened(export), opened(inside), invoice(quantity=12)
    rebates.use_invoice(TRADER, case, item=1, invoice_id=full, quantity=10, now=NOW)
    before = books()

    def receipt(**changes: Any) -> None:
        told = {"amount": Money(1, "USD"), "received_on": TODAY, "reference": "F", "now": NOW, **changes}
        rebates.note_receipt(TRADER, case, **told)

    def use(**changes: Any) -> None:
        told = {"item": 1, "invoice_id": full, "quantity": 3, "now": NOW, **changes}
        rebates.use_invoice(TRADER, waiting, **told)

    late = NOW.replace(year=2029, month=11)
    deeds: list[tuple[type[FondacoError], Any]] = [
        (rebates.WrongCurrency, lambda: receipt(amount=Money(1, "EUR"))),
        (rebates.ReceiptLate, lambda: receipt(received_on=date(2027, 5, 1), now=late)),
        (rebates.BadReceipt, lambda: receipt(amount=Money(0, "USD"))),
        (rebates.BadReceipt, lambda: receipt(received_on=TODAY + timedelta(1))),
        (rebates.BadReceipt, lambda: receipt(reference=" ")),
        (rebates.InvoiceUsedUp, use),
        (rebates.BadInvoice, lambda: use(quantity=0)),
        (rebates.RebateNotFound, lambda: use(invoice_id=uuid4())),
        (rebates.InvoiceTaken, lambda: invoice(quantity=13)),
        (rebates.BadInvoice, lambda: invoice("X", net=0)),
        (rebates.DepartureMissing, lambda: rebates.claim_case(TRADER, waiting, now=NOW)),
        (rebates.BadDeparture, lambda: depart(waiting, date(2026, 9, 30))),
        (rebates.BadDeparture, lambda: depart(waiting, TODAY + timedelta(1))),
        (rebates.BadDeparture, lambda: depart(case, TODAY)),
        (rebates.ReceiptMissing, lambda: rebates.claim_case(TRADER, case, now=NOW)),
        (rebates.CaseExists, lambda: opened(export)),
        (rebates.WayNotOpen, lambda: opened(bare, stated=())),
        (rebates.WayNotOpen, lambda: opened(bare, way="CN-9810-trading")),
        (rebates.WayNotOpen, lambda: opened(bare, way="XX")),
        (rebates.NotExported, lambda: opened(uuid4())),
        (rebates.TermNotOver, lambda: rebates.lapse_case(TRADER, case, now=NOW)),
        (rebates.BadPeriod, lambda: period(date(2026, 11, 1))),
        (rebates.BadPeriod, lambda: period(date(2026, 10, 1))),
        (IllegalTransition, lambda: rebates.pay_case(OFFICE, case, reference="", now=NOW)),
        (rebates.BadSum, lambda: approve(case, 1)),
        (Forbidden, lambda: rebates.pay_case(TRADER, case, reference="", now=NOW)),
        (rebates.RebateNotFound, lambda: rebates.claim_case(STRANGER, case, now=NOW)),
    ]
    for error, deed in deeds:
        with pytest.raises(error):
            deed()
    assert books() == before


STRANGER = type(TRADER)(uuid4(), TRADER.kind, role=TRADER.role)


def depart(case: UUID, on: date) -> None:
    rebates.record_departure(TRADER, case, departed_on=on, reference="CEB509 1", now=NOW)


def period(month: date) -> None:
    rebates.file_period(TRADER, month=month, input_tax=1, output_tax=1, brought=0, now=NOW)


def approve(case: UUID, refused: int) -> None:
    rebates.approve_case(OFFICE, case, refused=refused, reference="", reason="why", now=NOW)


def test_a_code_that_had_expired_is_no_ground():
    [export] = released_exports(["X-1"])
    CodeExpiry.objects.create(
        jurisdiction="hs", code="610910", expired_on=date(2026, 9, 30), source="made up"
    )
    with pytest.raises(rebates.ExportCodeExpired):
        opened(export)
    assert RebateCase.objects.house().count() == 0


def test_a_claim_after_36_months_is_late():
    case = ready_case()
    with pytest.raises(rebates.ClaimLate):
        rebates.claim_case(TRADER, case, now=NOW.replace(year=2029))
    assert case_of(case).last_day == date(2029, 10, 2)
    rebates.lapse_case(TRADER, case, now=NOW.replace(year=2029))
    assert rebates.list_invoices(TRADER)[0].left == 10


def test_a_withdrawn_case_frees_its_invoices_and_its_export():
    case = ready_case()
    assert rebates.list_invoices(TRADER, with_left=True) == []
    rebates.withdraw_case(TRADER, case, reason="wrong way", now=NOW)
    [free] = rebates.list_invoices(TRADER, with_left=True)
    again = opened(case_of(case).declaration_id)
    assert (free.left, case_of(again).state) == (10, "prepared")


def test_the_evidence_names_what_left_and_which_ways_are_open():
    released_exports(["V-1"], mode="CN-9610")
    [export] = rebates.export_evidence(TRADER, unclaimed=True)
    assert (export.modes, export.departed_on, export.departure_reference) == (
        ("CN-9610",), date(2026, 10, 2), "customs 899",
    )  # fmt: skip
    assert [one.way.code for one in rebates.offers_for(export) if one.is_open] == ["CN-no-invoice"]
    opened(export.declaration_id, way="CN-no-invoice", stated=("pilot_zone", "platform_record", "no_invoice"))
    assert rebates.export_evidence(TRADER, unclaimed=True) == []


def test_the_database_keeps_the_ledger():
    case = ready_case()
    rebates.claim_case(TRADER, case, now=NOW)
    assert installed_transitions("window_rebatecase") == REBATE_MACHINE.edges
    assert all(is_append_only(f"window_{name}") for name in ("rebatecase", "rebateentry", "invoiceuse"))
    row = {"case_id": case, "period": TODAY, "entered_on": TODAY, "actor": "t", "entered_at": NOW}
    for kind, minor in (("claim", 1), ("refuse", 13_001), ("pay", 13_001), ("claw_back", 1)):
        with pytest.raises(IntegrityError), transaction.atomic():
            RebateEntry.objects.create(kind=kind, amount_minor=minor, **row)
    assert sums(case) == (13_000, 0, 0, 13_000, 0)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_use_an_invoice_once():
    cases = [opened(one) for one in released_exports(["R-1", "R-2"])]
    bill, gate = invoice(quantity=10), Barrier(2)

    def take(case: UUID) -> bool:
        gate.wait()
        try:
            rebates.use_invoice(TRADER, case, item=1, invoice_id=bill, quantity=10, now=NOW)
        except rebates.InvoiceUsedUp:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(take, cases)) == [False, True]
    assert rebates.list_invoices(TRADER)[0].left == 0


def test_another_exporter_and_another_office_see_nothing():
    case = ready_case()
    other = type(OFFICE)(uuid4(), OFFICE.kind, role=OFFICE.role)
    for scope in (STRANGER, other):
        assert rebates.list_cases(scope, today=TODAY) == []
        with pytest.raises(rebates.RebateNotFound):
            rebates.case_detail(scope, case, today=TODAY)
    assert [one.id for one in rebates.list_cases(OFFICE, today=TODAY)] == [case]
