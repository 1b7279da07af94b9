"""What customs grants on returned goods: paid when a bank statement shows the transfer, and not by anybody's word."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from fondaco.flows.authority_settling import settle_arrivals
from fondaco.flows.reactions import note_homecomings, release_orders
from fondaco.flows.return_centre import move_claim
from fondaco.kernel.errors import Forbidden
from fondaco.kernel.money import Money
from fondaco.kernel.outbox import Delivery
from fondaco.platforms.window import public as window
from fondaco.platforms.window.tests.return_samples import NOW, OFFICER, SELLER, line, opened, routed
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.models import Entry

pytestmark = pytest.mark.django_db


def granted() -> UUID:
    """A claim of which customs has granted GBP 11.80."""
    sheet = routed(opened(line(5)), "reexport")
    window.let_go(SELLER, sheet.lines[0].verdicts[0].id, document="x", now=NOW)
    key = window.open_claims(SELLER, sheet.row.id, now=NOW)[0]
    move_claim(SELLER, key, "lodge", now=NOW, reference="R-1")
    with pytest.raises(window.BadClaimStep):
        move_claim(OFFICER, key, "pay", now=NOW)
    move_claim(OFFICER, key, "grant", now=NOW, granted=1_180)
    return key


def hear(bank: finance.BankClient, name: str) -> None:
    finance.take_bank_statement(bank.statement(name, "GBP"), now=NOW)
    arrived = finance.receive_expected(now=NOW, actor="t")
    settle_arrivals([one.source for one in arrived] * 2, now=NOW)


def balances() -> dict[str, int]:
    found: dict[str, int] = {}
    for code, amount in Entry.objects.house().values_list("account__code", "amount"):
        found[code] = found.get(code, 0) + amount
    return {code: minor for code, minor in found.items() if minor}


def test_a_claim_is_paid_when_the_statement_shows_it() -> None:
    key = granted()
    assert balances() == {"claims_receivable": -1_180, "claims_due": 1_180}
    with finance.BankSimulator() as simulator, finance.BankClient(simulator.url, name="bank") as bank:
        with pytest.raises(Forbidden):
            move_claim(SELLER, key, "pay", now=NOW, bank=bank)
        bank.pay_in(Money(1_179, "GBP"), reference=finance.reference_for(f"claim:{key}"))
        hear(bank, "S1")  # a penny short: a break for a person, not this payment
        assert window.claim_of(SELLER, key, today=NOW.date()).state == "granted"
        for _ in range(2):
            assert move_claim(OFFICER, key, "pay", now=NOW, bank=bank).state == "granted"
        hear(bank, "S2")
        assert window.claim_of(SELLER, key, today=NOW.date()).state == "paid"
        hear(bank, "S3")
    assert balances() == {"bank": -1_180, "payable": 1_180}


def test_a_finished_return_waits_for_nothing_that_cannot_happen_any_more() -> None:
    kept = routed(opened(line(5), reason="mind"), "restock")
    window.let_go(SELLER, kept.lines[0].verdicts[0].id, document="x", now=NOW)
    sheet = window.return_sheet(SELLER, kept.row.id, now=NOW)
    states = {clock.code: clock.state(NOW.date()) for clock in sheet.clocks}
    assert (sheet.row.state, sheet.row.next_clock, sheet.row.has_missed) == ("closed", "", False)
    assert states["EU-REFUND-14"] == "running"
    assert states["EU-INVALIDATE-90"] == states["GB-RGR-3Y"] == "over"
    assert states["EU-SEND-BACK-14"] == "met"
    window.note_refund(kept.row.id, state="done", now=NOW, actor="t")
    assert window.return_sheet(SELLER, kept.row.id, now=NOW).row.next_clock == ""
    assert window.alarm_returns(now=NOW + timedelta(days=400)) == 0


def test_goods_sent_home_are_waited_for_until_their_re_import_is_released() -> None:
    sheet = routed(opened(line(5)), "reexport")
    window.let_go(SELLER, sheet.lines[0].verdicts[0].id, document="x", now=NOW)
    declared = UUID(int=7)
    window.note_reimport(SELLER, sheet.row.id, declared, now=NOW)
    waits = {c.code: c.state(NOW.date()) for c in window.return_sheet(SELLER, sheet.row.id, now=NOW).clocks}
    assert (waits["GB-RGR-3Y"], waits["EU-DEFECT-1Y"]) == ("running", "running")
    told = {"order_id": str(sheet.row.id), "kind": "import", "seller_id": str(SELLER.organisation_id)}
    released = Delivery(1, UUID(int=8), "window.declaration.released", str(declared), told, NOW)
    release_orders([released])  # a return's own declaration: no order waits for it
    note_homecomings([released])
    assert window.note_homecomings([declared], now=NOW, actor="t") == 0
    after = window.return_sheet(SELLER, sheet.row.id, now=NOW)
    assert next(c for c in after.clocks if c.code == "GB-RGR-3Y").met_on is not None
