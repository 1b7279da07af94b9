"""The rebate desk through pages, API and the flow: what is posted, who may, how many queries, what the demo makes."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import pytest
from django.utils import timezone

from fondaco.delivery.web.tests.systems_helpers import csv_of, queries
from fondaco.flows import rebates as flow
from fondaco.flows.authority_settling import settle_arrivals
from fondaco.flows.house import ensure_house
from fondaco.flows.rebate_demo import demonstrate, ensure_tax_office, take_some_back
from fondaco.flows.simulators import simulated_ports
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Scope
from fondaco.platforms.window.public import rebates
from fondaco.platforms.window.public.rebates import InvoiceIn
from fondaco.platforms.window.tests.rebate_samples import released_exports
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.models import Entry
from fondaco.systems.logistics import public as logistics
from tests.callers import Caller, assert_problem
from tests.tenants import STRANGER, Tenant, make_tenants
from tests.test_figures_open import amounts, closed_on

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenants() -> dict[str, Tenant]:
    ensure_tax_office("CN")
    return make_tenants()


def balance(owner: UUID, code: str) -> int:
    """The sum of an account's lines: open accounts keep no balance of their own."""
    found = Entry.objects.house().filter(account__owner_id=owner, account__code=code, account__currency="CNY")
    return sum(found.values_list("amount", flat=True))


def hear_of_transfers(currency: str, *, now: datetime | None = None) -> None:
    """The day's statement of the bank simulator, as the daily run takes it in."""
    now = now or timezone.now()
    house = ensure_house(countries=logistics.destinations_served(), carriers=logistics.providers())
    with simulated_ports(house) as ports:
        content = ports.bank.statement(f"{currency}-test", currency)
    finance.take_bank_statement(content, now=now)
    arrived = finance.receive_expected(now=now, actor="t")
    settle_arrivals([one.source for one in arrived], now=now)


def exports_of(seller: Scope, *names: str) -> list[UUID]:
    return released_exports(names, seller=seller.organisation_id, currency="CNY")


def test_a_case_goes_through_the_pages_and_its_money_through_the_books(tenants: dict[str, Tenant]) -> None:
    seller, operator = tenants[Kind.SELLER], tenants[Kind.PLATFORM]
    owner = seller.scope.organisation_id
    [export] = exports_of(seller.scope, "D-1")
    page = seller.client.get(f"/rebates/exports/{export}/").content.decode()
    assert "Trading company: exempt and refund" in page
    assert seller.client.get("/rebates/exports/").content.decode().count("D-1") >= 1
    answer = seller.client.post(
        f"/rebates/exports/{export}/open/", {"way": "CN-trading", "stated-CN-trading": ["general_taxpayer"]}
    )
    address = answer["Location"]
    bill = {
        "number": "4403", "supplier": "Yiwu", "issued_on": "2026-09-01", "description": "T-shirt", "quantity": "10",
        "net": "1000.00", "vat": "130.00", "line": "1", "currency": "CNY",
    }  # fmt: skip
    seller.client.post("/rebates/invoices/add/", {**bill, "number": "4404", "net": "1,5"})
    seller.client.post("/rebates/invoices/add/", bill)
    [pooled] = rebates.list_invoices(seller.scope)
    told = {"kind": "invoice", "item": "1", "invoice": str(pooled.id), "quantity": "10"}
    seller.client.post(f"{address}evidence/", told)
    told = {
        "kind": "receipt",
        "amount": "200.00",
        "currency": "CNY",
        "on": "2026-10-20",
        "reference": "BOC 1",
    }
    seller.client.post(f"{address}evidence/", told)
    seller.client.post(f"{address}step/", {"event": "claim"})
    assert "130.00" in seller.client.get(address).content.decode()
    assert "Net value of the invoices used" in seller.client.get(f"{address}why/").content.decode()
    case = rebates.list_cases(seller.scope, today=date(2026, 11, 22))[0]
    assert seller.client.post(f"{address}step/", {"event": "approve"}).status_code == 302
    assert rebates.list_cases(seller.scope, today=date(2026, 11, 22))[0].state == "claimed"
    operator.client.post(f"{address}step/", {"event": "approve", "amount": "30", "reason": "short"})
    assert (balance(case.authority_id, "rebate_receivable"), balance(owner, "rebate_pending")) == (
        -10_000,
        10_000,
    )
    operator.client.post(f"{address}step/", {"event": "pay"})
    assert finance.reference_for(f"rebate:{case.id}") in seller.client.get(address).content.decode()
    assert balance(owner, "payable") == 0  # ordered, and shown by no statement yet
    hear_of_transfers("CNY")
    hear_of_transfers("CNY")
    assert (balance(case.authority_id, "rebate_receivable"), balance(owner, "rebate_pending")) == (0, 0)
    assert (balance(finance.HOUSE, "bank"), balance(owner, "payable")) == (-10_000, 10_000)
    operator.client.post(f"{address}step/", {"event": "claw_back", "amount": "25", "reason": "came back"})
    assert (balance(owner, "recourse"), balance(case.authority_id, "taxes_payable")) == (-2_500, 2_500)
    assert "balances" in seller.client.get("/rebates/months/").content.decode()
    stated = ("Declared", "Received", "Net value", "Amount")  # of a paper or a line of the ledger itself
    assert closed_on(seller.client, address, spared=stated) == {}
    assert closed_on(seller.client, "/rebates/") == {}
    assert closed_on(seller.client, "/rebates/months/") == {}
    why = next(href for over, _, href in amounts(seller.client, "/rebates/months/") if over == "Open")
    lines = seller.client.get(why).content.decode()
    assert lines.index("130.00") < lines.index("25.00")
    assert lines.count("D-1 · ") == 4  # claimed, refused, paid, taken back
    assert tenants[STRANGER].client.get(why).status_code == 404
    assert (
        seller.client.get("/rebates/rates/?code=8507600090&on=2026-04-01").content.decode().count("6 %") >= 1
    )
    assert tenants[STRANGER].client.get(address).status_code == 404


def test_ages_and_a_producers_month_open_what_they_are_made_of(tenants: dict[str, Tenant]) -> None:
    seller = tenants[Kind.SELLER]
    [export] = exports_of(seller.scope, "F-1")
    case = flow.open_rebate(
        seller.scope, export, way="CN-producer", stated=["general_taxpayer", "producer"], now=timezone.now()
    )
    rebates.note_receipt(
        seller.scope,
        case,
        amount=Money(20_000, "CNY"),
        received_on=date(2026, 10, 20),
        reference="B",
        now=timezone.now(),
    )
    month = {"month": "2026-10", "currency": "CNY", "input_tax": "50", "output_tax": "30", "brought": "1.01"}
    seller.client.post("/rebates/months/file/", month)
    [filed] = rebates.list_periods(seller.scope)
    for page in ("/rebates/", "/rebates/months/"):
        assert closed_on(seller.client, page) == {}
        assert {href for _, _, href in amounts(seller.client, page) if href.startswith("#")} == set()
    told = seller.client.get("/rebates/months/2026-10/CNY/why/").content.decode()
    for sum_ in (
        filed.input_tax,
        filed.output_tax,
        filed.brought,
        filed.ceiling,
        filed.credit,
        filed.carried,
    ):
        assert f"{sum_.amount}" in told
    open_ = seller.client.get("/rebates/months/open/CNY/why/").content.decode()
    assert "F-1" in open_
    assert f"{filed.refund.amount}" in open_
    for why in ("/rebates/months/2026-10/CNY/why/", "/rebates/months/open/CNY/why/"):
        assert tenants[STRANGER].client.get(why).status_code == 404


def test_the_desk_asks_as_often_for_fifty_as_for_one(tenants: dict[str, Tenant]) -> None:
    seller = tenants[Kind.SELLER]

    def open_some(first: int, last: int) -> None:
        for export in exports_of(seller.scope, *(f"Q-{n}" for n in range(first, last))):
            flow.open_rebate(
                seller.scope, export, way="CN-trading", stated=["general_taxpayer"], now=timezone.now()
            )

    open_some(0, 1)
    exports_of(seller.scope, "L-1")
    invoice = InvoiceIn("I", "S", date(2026, 9, 1), "T", 1, Money(1_000, "CNY"), Money(130, "CNY"))
    rebates.add_invoice(seller.scope, invoice, now=timezone.now())
    pages = ("/rebates/", "/rebates/exports/", "/rebates/invoices/", "/rebates/months/")
    before = [queries(seller.client, page) for page in pages]
    open_some(1, 20)
    exports_of(seller.scope, *(f"L-{n}" for n in range(2, 20)))
    assert [queries(seller.client, page) for page in pages] == before
    assert len(csv_of(seller.client, "/rebates/export.csv")) == 21
    assert len(csv_of(seller.client, "/rebates/export.csv?missing=departure")) == 1
    assert len(csv_of(seller.client, "/rebates/exports/export.csv")) == 20
    assert csv_of(tenants[STRANGER].client, "/rebates/export.csv")[1:] == []
    assert len(csv_of(seller.client, "/rebates/rates/export.csv")) > 100


def test_the_api_claims_and_refuses_by_name(tenants: dict[str, Tenant]) -> None:
    scope = tenants[Kind.SELLER].scope
    caller = Caller(scope.organisation_id, Kind.SELLER)
    [export] = exports_of(scope, "A-1")
    [listed] = caller.get("/rebates/exports").json()["items"]
    assert (listed["declaration_id"], listed["ways"]) == (str(export), ["CN-trading", "CN-producer"])
    body = {"declaration_id": str(export), "way": "CN-trading", "stated": []}
    assert_problem(caller.send("POST", "/rebates", body), 422, "rebate-way-not-open")
    case = caller.send("POST", "/rebates", body | {"stated": ["general_taxpayer"]}, key="k").json()
    assert case["missing"] == ["invoices", "receipt"]
    address = f"/rebates/{case['id']}"
    assert_problem(
        caller.send("POST", f"{address}/steps", {"event": "claim"}), 422, "rebate-invoices-missing"
    )
    invoice = {
        "number": "1", "supplier": "Y", "issued_on": "2026-09-01", "description": "T", "quantity": 10,
        "net_minor": 100_000, "vat_minor": 13_000,
    }  # fmt: skip
    bill = caller.send("POST", "/rebates/invoices", invoice).json()
    use = {"kind": "invoice", "item": 1, "invoice_id": bill, "quantity": 10}
    caller.send("POST", f"{address}/evidence", use)
    assert_problem(caller.send("POST", f"{address}/evidence", use), 422, "rebate-bad-invoice")
    paid = {
        "kind": "receipt",
        "amount_minor": 20_000,
        "currency": "CNY",
        "on": "2026-10-20",
        "reference": "B",
    }
    assert_problem(
        caller.send("POST", f"{address}/evidence", paid | {"currency": "EUR"}), 422, "rebate-wrong-currency"
    )
    caller.send("POST", f"{address}/evidence", paid)
    done = caller.send("POST", f"{address}/steps", {"event": "claim"}).json()
    assert (done["state"], done["claimed"], done["items"][0]["worked"]["amount"]) == (
        "claimed",
        13_000,
        13_000,
    )
    assert caller.get("/rebates/months").json()["items"][0]["balanced"] is True
    assert_problem(caller.send("POST", f"{address}/steps", {"event": "pay"}), 403, "forbidden")
    assert [row["rate"] for row in caller.get("/rebates/rates", code="850760").json()] == [
        "13",
        "9",
        "6",
        "0",
    ]
    assert len(caller.get("/rebates/ways").json()) == 7


def test_the_demonstration_shows_every_state_once(tenants: dict[str, Tenant]) -> None:
    seller = tenants[Kind.SELLER].scope
    released_exports([f"T-{n}" for n in range(9)], seller=seller.organisation_id, currency="CNY", left=False)
    released_exports(["N-1"], seller=seller.organisation_id, currency="CNY", mode="CN-9610")
    released_exports(["W-1", "W-2"], seller=seller.organisation_id, currency="CNY", mode="CN-9810")
    with finance.BankSimulator() as simulator, finance.BankClient(simulator.url, name="bank") as bank:
        found = demonstrate([seller.organisation_id], now=timezone.now(), bank=bank)
        assert (found["rebates_opened"], found["rebates_unbalanced"]) == (12, 0)
        assert "repaid" not in rebates.count_cases(seller)
        finance.take_bank_statement(bank.statement("S", "CNY"), now=timezone.now())
        arrived = finance.receive_expected(now=timezone.now(), actor="t")
        settle_arrivals([one.source for one in arrived], now=timezone.now())
        assert rebates.count_cases(seller)["repaid"] == len(arrived) >= 3
        assert [take_some_back([seller.organisation_id], now=timezone.now()) for _ in range(2)] == [1, 0]
        assert {"prepared", "claimed", "approved", "repaid", "exempt"} <= set(rebates.count_cases(seller))
        again = demonstrate([seller.organisation_id], now=timezone.now(), bank=bank)
    assert (again["rebates_opened"], again["rebates_unbalanced"]) == (0, 0)
