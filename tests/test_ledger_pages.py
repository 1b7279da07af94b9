"""Postings, liabilities, periods and the reconciliation desk as pages: who may, how many queries, what a deed does."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from typer.testing import CliRunner

from fondaco.delivery.cli.boot import Exit
from fondaco.delivery.cli.ledger import ledger_app, reconcile_app
from fondaco.delivery.web.tests.systems_helpers import DAY, credit, csv_of, queries
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind
from fondaco.systems.finance import models
from fondaco.systems.finance import public as finance
from tests.callers import Caller, pages_of
from tests.tenants import STRANGER, Tenant, make_tenants

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenants() -> dict[str, Tenant]:
    return make_tenants()


def settlement(*keys: str) -> bytes:
    rows = [f"charge,{key},GBP,1000,10" for key in keys]
    total = f"total,,GBP,{1000 * len(keys)},{10 * len(keys)}"
    return "\n".join(["kind,key,currency,gross,fee", *rows, total, ""]).encode()


def take(tenants: dict[str, Tenant], *keys: str, name: str = "file") -> None:
    provider = tenants[Kind.PSP].scope.organisation_id
    finance.take_provider_file(settlement(*keys), provider_id=provider, reference=name, now=timezone.now())
    finance.run_reconciliation("clearing", now=timezone.now(), actor="t")


def test_postings_show_what_one_may_see_with_its_sum(tenants: dict[str, Tenant]) -> None:
    seller = tenants[Kind.SELLER]
    credit(seller.scope.organisation_id, [100])
    one = queries(seller.client, "/ledger/postings/?account=payable")
    credit(seller.scope.organisation_id, [100] * 49, first=1)
    assert queries(seller.client, "/ledger/postings/?account=payable") == one
    page = seller.client.get("/ledger/postings/?account=payable").content.decode()
    assert page.count("<tr") == 51
    assert "50.00" in page  # 50 times 1.00
    assert len(csv_of(seller.client, "/ledger/postings/export.csv")) == 51
    assert csv_of(seller.client, "/ledger/postings/export.csv?side=debit")[1:] == []
    assert csv_of(tenants[STRANGER].client, "/ledger/postings/export.csv")[1:] == []
    assert len(csv_of(tenants[Kind.PLATFORM].client, "/ledger/postings/export.csv")) == 101


def test_liabilities_by_party_and_in_one_currency(tenants: dict[str, Tenant]) -> None:
    finance.ensure_rates()
    operator, seller = tenants[Kind.PLATFORM].client, tenants[Kind.SELLER]
    credit(seller.scope.organisation_id, [12_345])
    page = operator.get("/ledger/reports/?in=GBP&kind=seller").content.decode()
    assert page.count("123.45") >= 4  # the party, the sum, the one currency, the ageing
    authority, buyer = (tenants[kind].scope.organisation_id for kind in (Kind.CUSTOMS, Kind.BUYER))
    owe(
        {
            (authority, "duties_payable"): 4_000,
            (authority, "taxes_payable"): 500,
            (buyer, "refund_payable"): 700,
        }
    )
    rows = csv_of(operator, "/ledger/reports/export.csv?in=GBP")
    assert any(row.startswith("liability,") and row.endswith(",0.00,123.45,123.45") for row in rows)
    assert any(",customs,GBP,0.00,0.00,0.00,0.00,45.00,45.00,45.00" in row for row in rows)
    assert any(",buyer,GBP,0.00,0.00,0.00,0.00,7.00,7.00,7.00" in row for row in rows)
    assert "45.00" in operator.get("/ledger/reports/?in=GBP&kind=customs").content.decode()
    assert any(row.startswith("ageing,payable,") for row in rows)
    assert seller.client.get("/ledger/reports/").status_code == 403


def owe(sums: dict[tuple[UUID, str], int]) -> None:
    """Pounds from the house's bank account owed to parties under these codes."""
    bank = finance.AccountKey(finance.HOUSE, "bank", "GBP")
    due = tuple(
        finance.Entry(finance.AccountKey(owner, code, "GBP"), minor) for (owner, code), minor in sums.items()
    )
    entries = (finance.Entry(bank, -sum(sums.values())), *due)
    finance.post_journals([finance.JournalDraft("owed", "test", entries, DAY)])


def test_the_trial_balance_in_one_currency_shows_its_rates_and_comes_to_its_rounding(
    tenants: dict[str, Tenant],
) -> None:
    """Three times GBP 0.02 are EUR 0.02 each (0.024), the bank's GBP 0.06 are EUR 0.07: one cent of rounding."""
    finance.ensure_rates()
    parties = [tenants[kind].scope.organisation_id for kind in (Kind.SELLER, Kind.CUSTOMS)]
    owe({(parties[0], "payable"): 2, (parties[1], "duties_payable"): 2, (parties[1], "taxes_payable"): 2})
    page = tenants[Kind.PLATFORM].client.get(f"/trial-balance/?in=EUR&until={DAY}").content.decode()
    used = finance.rate("GBP", "EUR", DAY)
    assert f"{used.rate.normalize():f}" in page
    residue = page.split('href="#rates"')[1].split("</a>")[0]
    assert "−0.01" in residue
    told = CliRunner().invoke(ledger_app, ["balance", "--currency", "EUR", "--on", str(DAY), "--json"])
    rows = {row["code"]: row["in_one"]["minor"] for row in json.loads(told.stdout)}
    assert rows == {"bank": -7, "payable": 2, "duties_payable": 2, "taxes_payable": 2}


def test_the_accounts_of_a_party_come_to_one_sum_in_a_chosen_currency(tenants: dict[str, Tenant]) -> None:
    """ECB rates dated in the sum; the stranger has no accounts, whoever's he names."""
    finance.ensure_rates()
    seller = tenants[Kind.SELLER]
    mine = seller.scope.organisation_id
    credit(mine, [12_345])
    page = seller.client.get("/ledger/why/?in=EUR&on=2026-10-30").content.decode()
    assert "148.06" in page  # 123.45 GBP at 1.199328376109
    assert "1.199328376109" in page
    assert "123.45" in tenants[Kind.PLATFORM].client.get(f"/ledger/why/?in=GBP&owner={mine}").content.decode()
    assert "123.45" not in tenants[STRANGER].client.get(f"/ledger/why/?in=GBP&owner={mine}").content.decode()


def promise(tenants: dict[str, Tenant], *numbers: int) -> None:
    """The customs office has granted the seller GBP 7.00, once a number."""
    payer, seller = (tenants[kind].scope.organisation_id for kind in (Kind.CUSTOMS, Kind.SELLER))
    owed = finance.AccountKey(finance.HOUSE, "claims_receivable", "GBP")
    for number in numbers:
        what = finance.Expectation(f"claim:{number}", payer, Money(700, "GBP"), owed, beneficiary_id=seller)
        finance.expect_payment(what, now=timezone.now(), actor="t")


def test_promised_transfers_are_seen_by_who_pays_and_by_whom_they_are_for(tenants: dict[str, Tenant]) -> None:
    seller, payer = tenants[Kind.SELLER].client, tenants[Kind.CUSTOMS].client
    promise(tenants, 0)
    one = queries(seller, "/payouts/")
    promise(tenants, *range(1, 50))
    assert queries(seller, "/payouts/") == one
    reference = finance.reference_for("claim:0")
    shown = [client.get("/payouts/").content.decode() for client in (seller, payer)]
    assert [(page.count("7.00") >= 50, reference in page, "To be transferred by you" in page) for page in shown] == [
        (True, True, False), (True, True, True),
    ]  # fmt: skip
    assert reference not in tenants[STRANGER].client.get("/payouts/").content.decode()


def test_promised_transfers_are_listed_page_by_page(tenants: dict[str, Tenant]) -> None:
    promise(tenants, 1, 2, 3)
    finance.withdraw_expected("claim:2", now=timezone.now(), actor="t")
    told = {}
    for kind in (Kind.PLATFORM, Kind.SELLER, Kind.CUSTOMS, Kind.CARRIER):
        caller = Caller(tenants[kind].scope.organisation_id, kind)
        pages = pages_of(caller, "/finance/expected-payments", 2)
        told[kind] = [[row["source"] for row in page] for page in pages]
    whole = [["claim:1", "claim:2"], ["claim:3"]]
    assert told == {Kind.PLATFORM: whole, Kind.SELLER: whole, Kind.CUSTOMS: whole, Kind.CARRIER: [[]]}
    waiting = Caller(tenants[Kind.SELLER].scope.organisation_id, Kind.SELLER)
    found = waiting.get("/finance/expected-payments", state="expected").json()["items"]
    assert [row["source"] for row in found] == ["claim:1", "claim:3"]
    assert waiting.get("/finance/expected-payments", cursor="x").status_code == 422


def test_a_promised_transfer_is_withdrawn_at_the_command_line(tenants: dict[str, Tenant]) -> None:
    promise(tenants, 1)
    wanted = ("claim:1", "withdrawn", {"minor": 700, "currency": "GBP"})
    for _ in range(2):  # again changes nothing
        done = CliRunner().invoke(reconcile_app, ["withdraw", "claim:1", "--json"])
        told = json.loads(done.stdout)
        assert (done.exit_code, told["source"], told["state"], told["amount"]) == (0, *wanted)
    refused = CliRunner().invoke(reconcile_app, ["withdraw", "claim:none"])
    assert (refused.exit_code, "claim:none" in refused.stderr) == (Exit.REFUSED, True)


def test_a_period_is_closed_and_opened_by_two_people(tenants: dict[str, Tenant]) -> None:
    operator = tenants[Kind.PLATFORM].client
    last = DAY - timedelta(days=10)
    for _ in range(2):
        answer = operator.post(
            "/ledger/periods/close/", {"first": f"{last - timedelta(days=5)}", "last": f"{last}"}
        )
        assert answer.status_code == 302
    [period] = finance.list_periods()
    assert (period.state, period.last_on) == ("closed", last)
    operator.post(f"/ledger/periods/{period.id}/reopen/", {"reason": "a bill came late"})
    assert finance.list_periods()[0].state == "closed"  # who closed it may not
    assert "you closed it" in operator.get("/ledger/periods/").content.decode()
    finance.reopen_period(period.id, actor="another", reason="a bill came late", now=timezone.now())
    assert "open" in csv_of(operator, "/ledger/periods/export.csv")[1]
    assert tenants[Kind.SELLER].client.post("/ledger/periods/close/").status_code == 403


def test_the_desk_costs_the_same_queries_for_one_break_and_for_fifty(tenants: dict[str, Tenant]) -> None:
    operator = tenants[Kind.PLATFORM].client
    take(tenants, "stranger-1")
    one = queries(operator, "/reconciliation/")
    take(tenants, *(f"stranger-{n}" for n in range(2, 51)), name="more")
    assert queries(operator, "/reconciliation/") == one
    assert operator.get("/reconciliation/").content.count(b"stranger-") == 50
    assert len(csv_of(operator, "/reconciliation/export.csv")) == 51
    assert csv_of(operator, "/reconciliation/export.csv?leg=bank")[1:] == []
    assert tenants[Kind.SELLER].client.get("/reconciliation/").status_code == 403


def test_a_file_is_dropped_tried_and_kept_and_a_break_written_off_by_two(tenants: dict[str, Tenant]) -> None:
    operator = tenants[Kind.PLATFORM].client
    provider = tenants[Kind.PSP].scope.organisation_id
    wrong = SimpleUploadedFile("f.csv", settlement("a").replace(b",1000,10\n", b",1001,10\n", 1))
    operator.post("/reconciliation/take/", {"file": wrong, "provider": str(provider)})
    assert models.ReconFile.objects.count() == 0
    operator.post(
        "/reconciliation/take/",
        {"file": SimpleUploadedFile("f.csv", settlement("a")), "provider": str(provider)},
    )
    tried = operator.post("/reconciliation/run/", {}).content.decode()
    assert "would match 0 lines" in tried
    assert models.ReconBreak.objects.count() == 0  # only tried
    plans = dict(re.findall(r'name="(plan-\w+)" value="(\w+)"', tried))
    operator.post("/reconciliation/run/", {**plans, "plan-bank": "of-another-day"})
    assert models.ReconBreak.objects.count() == 0  # not what was looked at: neither leg is kept
    operator.post("/reconciliation/run/", plans)
    found = models.ReconBreak.objects.get()
    path = f"/reconciliation/{found.id}/"
    assert "Missing in our books" in operator.get(path).content.decode()
    operator.post(f"{path}deed/", {"deed": "propose", "note": "nobody knows it"})
    operator.post(f"{path}deed/", {"deed": "approve"})
    found.refresh_from_db()
    assert (found.state, "somebody else must confirm" in operator.get(path).content.decode()) == (
        "proposed",
        True,
    )
    finance.approve_write_off(found.id, actor="another", now=timezone.now())
    assert "journals/" in operator.get(path).content.decode()
    assert operator.get(f"/reconciliation/{UUID(int=1)}/").status_code == 404


def test_the_operators_home_tells_of_the_nightly_check(tenants: dict[str, Tenant]) -> None:
    operator = tenants[Kind.PLATFORM].client
    credit(tenants[Kind.SELLER].scope.organisation_id, [100])
    finance.check_books(now=timezone.now())
    assert "All 13 invariants held over 1 journals" in " ".join(
        operator.get("/home/").content.decode().split()
    )
    models.LedgerCheck.objects.update(findings=[{"invariant": "I2", "what": "x", "count": 1, "example": "y"}])
    assert "The nightly check found broken invariants." in operator.get("/home/").content.decode()
