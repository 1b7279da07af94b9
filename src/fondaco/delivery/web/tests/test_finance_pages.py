from __future__ import annotations

import re
from uuid import UUID

import pytest

from fondaco.delivery.web.tests.systems_helpers import NOW, credit, csv_of, pay, queries
from fondaco.kernel.tenancy import Kind
from fondaco.systems.finance import public as finance
from tests.tenants import STRANGER, Tenant, leaks, make_tenants

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenants() -> dict[str, Tenant]:
    return make_tenants()


def text_of(content: bytes) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", content.decode()).split())


def test_payments_cost_the_same_queries_for_one_and_for_fifty(tenants: dict[str, Tenant]) -> None:
    pay(tenants, ["a"])
    client = tenants[Kind.SELLER].client
    one = queries(client, "/payments/")
    pay(tenants, [f"b{n}" for n in range(49)])
    assert queries(client, "/payments/") == one
    assert client.get("/payments/").content.count(b"<tr") == 51
    assert len(csv_of(client, "/payments/export.csv")) == 51
    assert csv_of(client, "/payments/export.csv?state=failed")[1:] == []


def test_a_payment_is_seen_by_its_parties_alone(tenants: dict[str, Tenant]) -> None:
    [payment] = pay(tenants, ["a"])
    path = f"/payments/{payment.id}/"
    assert leaks(tenants, owners={Kind.SELLER, Kind.BUYER, Kind.PSP}, path=path) == []
    assert tenants[STRANGER].client.get(path).status_code == 404
    assert tenants[Kind.CARRIER].client.get("/payments/").status_code == 403
    page = text_of(tenants[Kind.BUYER].client.get(path).content)
    assert "120.00 GBP" in page
    assert "Escrow of one order" in page
    assert (
        tenants[STRANGER].client.get("/payments/").content.count(b"/payments/" + str(payment.id).encode())
        == 0
    )


def test_the_pages_of_payments_follow_each_other_without_gap(tenants: dict[str, Tenant]) -> None:
    made = {str(one.id) for one in pay(tenants, [f"p{n}" for n in range(52)])}
    client, seen, path = tenants[Kind.SELLER].client, [], "/payments/"
    while path:
        content = client.get(path).content.decode()
        seen += re.findall(r'href="/payments/([0-9a-f-]{36})/"', content)
        following = re.search(r'rel="next" href="([^"]+)"', content)
        path = "/payments/" + following[1].replace("&amp;", "&") if following else ""
    assert len(seen) == 52
    assert set(seen) == made


def test_a_statement_opens_turns_over_and_closes_to_the_minor_unit(tenants: dict[str, Tenant]) -> None:
    seller = tenants[Kind.SELLER]
    credit(seller.scope.organisation_id, [10_001, 2_345])
    page = text_of(seller.client.get("/ledger/?account=payable&currency=GBP").content)
    assert "Opening balance 0.00 GBP" in page
    assert "Came in 123.46 GBP" in page
    assert "Closing balance 123.46 GBP" in page
    later = text_of(seller.client.get("/ledger/?account=payable&currency=GBP&since=2026-11-21").content)
    assert "Opening balance 123.46 GBP" in later
    assert "Came in 0.00 GBP" in later
    assert len(csv_of(seller.client, "/ledger/export.csv?account=payable&currency=GBP")) == 3


def test_a_ledger_costs_the_same_queries_and_shows_nobody_elses_accounts(tenants: dict[str, Tenant]) -> None:
    seller = tenants[Kind.SELLER]
    credit(seller.scope.organisation_id, [100])
    one = queries(seller.client, "/ledger/")
    credit(seller.scope.organisation_id, [100] * 49, first=1)
    assert queries(seller.client, "/ledger/") == one
    asked = f"/ledger/?owner={seller.scope.organisation_id}&account=payable&currency=GBP"
    assert "50.00" not in text_of(tenants[STRANGER].client.get(asked).content)
    assert "50.00" in text_of(tenants[Kind.PLATFORM].client.get(asked).content)


def test_a_journal_shows_a_party_its_own_lines_only(tenants: dict[str, Tenant]) -> None:
    seller = tenants[Kind.SELLER]
    credit(seller.scope.organisation_id, [777])
    [line] = finance.statement(seller.scope)
    path = f"/journals/{line.journal_id}/"
    assert "bank account" not in text_of(seller.client.get(path).content)
    assert "bank account" in text_of(tenants[Kind.PLATFORM].client.get(path).content)
    assert tenants[STRANGER].client.get(path).status_code == 404


def test_the_trial_balance_is_the_operators_and_sums_to_zero(tenants: dict[str, Tenant]) -> None:
    pay(tenants, ["a", "b"])
    finance.seal_chain()
    operator = tenants[Kind.PLATFORM].client
    page = text_of(operator.get("/trial-balance/?check=yes").content)
    assert "Every currency sums to zero." in page
    assert "All invariants of the ledger and its hash chain hold." in page
    assert "Total GBP 240.00 GBP 240.00 GBP 0.00 GBP" in page
    for path in (
        "/trial-balance/",
        "/trial-balance/export.csv",
        "/books/accounts/",
        "/books/accounts/export.csv",
    ):
        assert leaks(tenants, owners=set(), path=path) == []
    rows = csv_of(operator, "/books/accounts/export.csv?account=escrow")
    assert len(rows) == 3


def test_payouts_cost_the_same_queries_and_are_the_partys_own(tenants: dict[str, Tenant]) -> None:
    seller = tenants[Kind.SELLER]
    me = seller.scope.organisation_id
    credit(me, [500])
    finance.create_payouts(run="r0", now=NOW, owners=[me])
    one = queries(seller.client, "/payouts/")
    for number in range(1, 50):
        credit(me, [500], first=number)
        finance.create_payouts(run=f"r{number}", now=NOW, owners=[me])
    assert queries(seller.client, "/payouts/") == one
    assert len(csv_of(seller.client, "/payouts/export.csv")) == 51
    assert len(csv_of(tenants[STRANGER].client, "/payouts/export.csv")) == 1


@pytest.mark.parametrize(
    "query", ["cursor=x", "cursor=99.99", "since=never", "currency=ZZZ", "owner=1", "after=9e9"]
)
def test_nonsense_in_an_address_is_no_error(tenants: dict[str, Tenant], query: str) -> None:
    for path in (
        "/payments/",
        "/ledger/",
        "/payouts/",
        "/trial-balance/",
        "/books/accounts/",
        "/audit/",
        "/documents/",
    ):
        assert tenants[Kind.PLATFORM].client.get(f"{path}?{query}").status_code == 200


def test_an_unknown_payment_is_not_found(tenants: dict[str, Tenant]) -> None:
    assert tenants[Kind.PLATFORM].client.get(f"/payments/{UUID(int=7)}/").status_code == 404
