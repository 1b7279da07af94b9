"""A buyer's yearly quotas: on its own home with their Why, in the API, and nobody else's to see."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from fondaco.delivery.web.tests.systems_helpers import queries
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind
from fondaco.parties.public import ensure_organisation
from fondaco.platforms.window import public as window
from tests.callers import Caller, assert_problem
from tests.tenants import Tenant, make_tenants

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LIMIT = Money.of(26_000, "CNY")


def used(tenants: dict[str, Tenant], *years: int) -> None:
    """The tenants' buyer has paid an order of CNY 4,321 in each of these years."""
    buyer = tenants[Kind.BUYER].scope.organisation_id
    for year in years:
        ask = window.QuotaAsk("CN-CBEC-year", LIMIT, buyer, uuid4(), Money.of(4_321, "CNY"), year)
        window.use_quota(ask, now=NOW, actor="t")


def test_a_buyer_sees_what_is_left_of_each_year_and_why() -> None:
    window.ensure_regimes(now=NOW)
    tenants = make_tenants()
    buyer = tenants[Kind.BUYER].client
    assert "Retail imports of the year" not in buyer.get("/home/").content.decode()
    assert buyer.get("/home/why/quota/").status_code == 404
    used(tenants, 2026)
    one = [queries(buyer, path) for path in ("/home/", "/home/why/quota/")]
    used(tenants, *range(2000, 2026))
    assert [queries(buyer, path) for path in ("/home/", "/home/why/quota/")] == one
    page, why = (buyer.get(path).content.decode() for path in ("/home/", "/home/why/quota/"))
    for figure in ("26,000.00", "4,321.00", "21,679.00"):
        assert page.count(figure) == why.count(figure) == 27, figure
    assert "Cai Guan Shui [2018] 49" in why
    seller = tenants[Kind.SELLER].client
    assert "Retail imports of the year" not in seller.get("/home/").content.decode()
    assert seller.get("/home/why/quota/").status_code == 404


def test_the_api_tells_a_buyer_its_own_quotas_and_nobody_else_any() -> None:
    window.ensure_regimes(now=NOW)
    tenants = make_tenants()
    used(tenants, 2025, 2026)
    callers = {
        kind: Caller(tenants[kind].scope.organisation_id, kind)
        for kind in (Kind.BUYER, Kind.PLATFORM, Kind.SELLER)
    }
    told = callers[Kind.BUYER].get("/window/quotas").json()
    assert [(row["year"], row["destination"], row["left"]) for row in told] == [
        (year, "CN", {"minor": 2_167_900, "currency": "CNY"}) for year in (2026, 2025)
    ]
    other = ensure_organisation(
        kind=Kind.BUYER, name="Other", country="CN", slug="other-buyer", currency="CNY"
    )
    assert Caller(other.id, Kind.BUYER).get("/window/quotas").json() == []
    assert callers[Kind.PLATFORM].get("/window/quotas").json() == []
    assert_problem(callers[Kind.SELLER].get("/window/quotas"), 403, "forbidden")
