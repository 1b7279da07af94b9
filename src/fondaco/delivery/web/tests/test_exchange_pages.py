"""The exposure page: what it shows, the same queries at any size, deeds that are refused change nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fondaco.kernel import clock
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind, Scope
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.public import exchange
from tests.tenants import STRANGER, Tenant, make_tenants


@pytest.fixture
def tenants(db: None) -> dict[str, Tenant]:
    finance.ensure_rates()
    return make_tenants()


def commit(scope: Scope, count: int) -> None:
    now = clock.now()
    for n in range(count):
        amount, due = Money(-100_000 - n, ("CNY", "USD", "EUR")[n % 3]), now.date() + timedelta(days=n)
        exchange.add_commitment(scope, amount, due_on=due, label=f"Invoice {n}", now=now)


def queries(client: Client) -> int:
    with CaptureQueriesContext(
        connection,
    ) as caught:
        assert client.get("/exposure/").status_code == 200
    return len(caught)


def test_the_page_costs_the_same_queries_and_is_ones_own(tenants: dict[str, Tenant]) -> None:
    seller = tenants[Kind.SELLER]
    commit(seller.scope, 3)
    queries(seller.client)
    few = queries(seller.client)
    commit(seller.scope, 47)
    queries(seller.client)  # draws the chart
    assert queries(seller.client) == few
    page = seller.client.get("/exposure/").content.decode()
    assert "Invoice 46" in page
    assert "<svg" in page
    assert "Invoice" not in tenants[STRANGER].client.get("/exposure/").content.decode()
    rows = seller.client.get("/exposure/export.csv").getvalue().decode().splitlines()
    assert len(rows) == 1 + 6  # three currencies, two buckets


def test_from_commitment_to_forward_and_back_to_the_reason(tenants: dict[str, Tenant]) -> None:
    client, scope = tenants[Kind.SELLER].client, tenants[Kind.SELLER].scope
    due = (clock.now().date() + timedelta(days=9)).isoformat()
    asked = {"way": "out", "amount": "1000.50", "currency": "cny", "due_on": due, "label": "Yiwu"}
    assert client.post("/exposure/commitments/", asked).status_code == 302
    for unread in ("1.001", "1,5", "1,000.50"):
        client.post("/exposure/commitments/", {**asked, "amount": unread})
    client.post("/exposure/commitments/", {**asked, "currency": "HRK"})
    assert [flow.minor for _, flow in exchange.list_commitments(scope)] == [-100_050]
    client.post("/exposure/cover/")
    cover = exchange.list_covers(scope)[0]
    assert b"PBC" in client.get(f"/exposure/cover/{cover.id}/why/").content
    assert client.get("/exposure/risk/why/").status_code == 200
    assert tenants[STRANGER].client.get(f"/exposure/cover/{cover.id}/why/").status_code == 404
    tenants[STRANGER].client.post(f"/exposure/cover/{cover.id}/", {"deed": "dismiss"})
    client.post(f"/exposure/cover/{cover.id}/", {"deed": "edit", "share": "50"})
    client.post(f"/exposure/cover/{cover.id}/", {"deed": "order"})
    forward = exchange.list_forwards(scope)[0]
    assert (forward.state, forward.provider) == ("booked", "hedge-simulator")
    client.post("/exposure/quotes/", {"amount": "10", "sell": "GBP", "buy": "JPY"})
    quote = exchange.list_quotes(scope)[0]
    client.post(f"/exposure/quotes/{quote.id}/take/")  # nothing on the account to take it from
    assert exchange.list_quotes(scope)[0].state == "offered"
    client.post("/exposure/policy/", {"base": "GBP", "layer0": "101", "layer1": "5", "layer2": "5", "cost_currency": "CNY",
                                      "margin_pct": "20", "guard_pct": "x"})  # fmt: skip
    assert exchange.policy_of(scope.organisation_id, base="EUR").base == "EUR"


def test_the_authoritys_file_is_for_authorities(tenants: dict[str, Tenant]) -> None:
    there = "/exposure/settlement-file.csv"
    assert tenants[Kind.SELLER].client.get(there).status_code == 403
    answer = tenants[Kind.TAX].client.get(there)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.content.splitlines()[-1].startswith(b"end,0,")


def dropped(content: bytes) -> dict[str, SimpleUploadedFile]:
    return {"file": SimpleUploadedFile("file.csv", content, content_type="text/csv")}


def test_the_operator_takes_in_a_second_providers_rates_and_checks_a_file(tenants: dict[str, Tenant]) -> None:
    operator, seller = tenants[Kind.PLATFORM].client, tenants[Kind.SELLER].client
    rates = b"DATE,XUDLUSS,XUDLJYS\n30 Oct 2026,1.3402,190.00\n"
    assert seller.post("/exposure/rates/", dropped(rates)).status_code == 403
    page = operator.post("/exposure/rates/", dropped(rates), follow=True).content.decode()
    assert ("Too far apart" in page, "They agree" in page, "2 new rates" in page) == (True, True, True)
    refused = operator.post("/exposure/rates/", dropped(b"no"), follow=True).content.decode()
    assert "This file of exchange rates cannot be used." in refused
    body = operator.get("/exposure/settlement-file.csv").content
    held = operator.post("/exposure/settlement-file/check/", dropped(body), follow=True).content.decode()
    assert ("The file holds." in held, "0 conversions" in held) == (True, True)
    changed = operator.post(
        "/exposure/settlement-file/check/", dropped(body + b"x"), follow=True
    ).content.decode()
    assert "This settlement file is not what it claims to be." in changed
