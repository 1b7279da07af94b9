from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from fondaco.delivery.web.tests.systems_helpers import DAY, credit
from fondaco.flows.account_statements import StatementTooLong, account_paper
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind
from fondaco.systems.sharing.tests.helpers import pages
from tests.tenants import STRANGER, Tenant, make_tenants

pytestmark = pytest.mark.django_db
PDF = "/ledger/statement.pdf?account=payable&currency=GBP"


@pytest.fixture
def tenants() -> dict[str, Tenant]:
    return make_tenants()


def paper(client: Client, path: str) -> str:
    answer = client.get(path)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    return " ".join(pages(answer.content))


def test_a_printed_statement_runs_from_opening_to_closing(tenants: dict[str, Tenant]) -> None:
    seller = tenants[Kind.SELLER]
    credit(seller.scope.organisation_id, [123_001, 2_345, -50])
    text = paper(seller.client, PDF)
    for said in (
        "Opening balance 0.00 GBP", "1,230.01 GBP 1,230.01 GBP", "23.45 GBP 1,253.46 GBP",
        "\u22120.50 GBP 1,252.96 GBP", "Came in 1,253.46 GBP", "Went out \u22120.50 GBP",
        "Closing balance 1,252.96 GBP", "1 / 1",
    ):  # fmt: skip
        assert said in text
    assert text.index("1,230.01 GBP 1,230.01") < text.index("23.45 GBP 1,253.46")
    assert f"{PDF[:21]}?owner=" in seller.client.get("/ledger/").content.decode()
    assert f'href="{PDF[:37]}"' in seller.client.get("/payouts/").content.decode()
    assert "Closing balance 1,252.96 GBP" in paper(seller.client, PDF[:37])


def test_a_statement_of_days_without_lines_carries_the_balance_and_speaks_chinese(
    tenants: dict[str, Tenant],
) -> None:
    seller = tenants[Kind.SELLER]
    credit(seller.scope.organisation_id, [10_001])
    seller.client.cookies["django_language"] = "zh-hans"
    text = paper(seller.client, PDF + "&since=2026-11-21")
    assert "期初余额 100.01 GBP" in text
    assert "收入 0.00 GBP" in text
    assert "期末余额 100.01 GBP" in text


def test_nobody_prints_the_account_of_another(tenants: dict[str, Tenant]) -> None:
    me = tenants[Kind.SELLER].scope.organisation_id
    credit(me, [4_711])
    asked = f"{PDF}&owner={me}"
    assert tenants[STRANGER].client.get(asked).status_code == 404
    assert tenants[STRANGER].client.get(PDF).status_code == 404
    assert "Closing balance 47.11 GBP" in paper(tenants[Kind.PLATFORM].client, asked)


def test_a_statement_of_too_many_lines_is_refused(
    tenants: dict[str, Tenant], monkeypatch: pytest.MonkeyPatch
) -> None:
    scope = tenants[Kind.SELLER].scope
    credit(scope.organisation_id, [1, 2, 3])
    monkeypatch.setattr("fondaco.flows.account_statements.MOST_LINES", 2)
    monkeypatch.setattr("fondaco.delivery.web.views.finance.MOST_LINES", 2)
    with pytest.raises(StatementTooLong, match="too many lines"):
        account_paper(
            scope, owner_id=scope.organisation_id, code="payable", currency="", since=None, until=DAY
        )
    client = tenants[Kind.SELLER].client
    answer = client.get(PDF)
    assert (answer.status_code, "Choose fewer days" in answer.content.decode()) == (422, True)
    page = client.get("/ledger/?account=payable&currency=GBP").content.decode()
    assert ("statements of at most 2 lines" in page, "statement.pdf" in page) == (True, False)
    few = account_paper(
        scope,
        owner_id=scope.organisation_id,
        code="payable",
        currency="",
        since=None,
        until=date(2026, 11, 19),
    )
    assert [(sheet.statement.closing, sheet.lines) for sheet in few.sheets] == [(Money(0, "GBP"), ())]
