"""The IOSS return in the main flow: sold at sale, paid, filed once, put right when goods come back."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from fondaco.commerce.orders import public as orders
from fondaco.delivery.web.presenting.bill_words import explain_ioss_due
from fondaco.flows.ioss import IossMonth, file_ioss, ioss_months, ioss_sheet
from fondaco.flows.ioss_demo import SELLER_SLUG
from fondaco.flows.return_centre import request_return
from fondaco.kernel.errors import NotFound
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.parties import public as parties
from fondaco.platforms.window import public as window
from fondaco.platforms.window.models import IossFiling
from fondaco.platforms.window.public import CorrectionLine, IossFiled, IossNotDue, NothingToClaim, Period
from tests.callers import Caller
from tests.test_figures_open import closed_on
from tests.traded import Traded

pytestmark = [pytest.mark.django_db, pytest.mark.slow(3)]
NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
OCTOBER, NOVEMBER = Period(2026, 10), Period(2026, 11)


def by_period(scope: Scope) -> dict[Period, IossMonth]:
    return {one.period: one for one in ioss_months(scope, today=NOW.date())}


def test_a_month_is_filed_once_and_what_comes_back_is_put_right_in_the_next(
    traded: Traded, client: Client
) -> None:
    seller = parties.ids_by_slug([SELLER_SLUG], kind=Kind.SELLER)[SELLER_SLUG]
    mine = Scope(seller, Kind.SELLER, role=Role.OWNER, actor="t")
    sold = orders.orders_by_ids(list(window.landed_under("IOSS", seller_id=seller)))
    assert len(sold) == 7
    assert "PW-8" not in {order.source_ref for order in sold}  # above EUR 150: the ordinary way
    october = by_period(mine)[OCTOBER]
    assert (october.state, october.sales) == ("filed", 5)
    # 20 % of three candles and their carriage for France, as it was before one came back.
    assert october.content.balances["FR"] == round((3 * 1850 + 590) * 0.20)
    assert october.payable.minor == sum(october.content.balances.values())
    november = by_period(mine)[NOVEMBER]
    (fix,) = november.content.corrections
    assert (november.state, fix.period, fix.country) == ("running", OCTOBER, "FR")
    assert fix.vat_minor == pytest.approx(-1850 * 0.20, abs=1)
    comes_back(mine, next(order for order in sold if order.source_ref == "PW-3"))
    irish = next(one for one in by_period(mine)[NOVEMBER].content.corrections if one.country == "IE")
    assert irish.vat_minor == pytest.approx(-2400 * 0.23, abs=1)  # a bowl, through the return centre
    with pytest.raises(IossNotDue):
        file_ioss(mine, seller, NOVEMBER, now=NOW)
    assert file_ioss(mine, seller, OCTOBER, now=NOW).content == october.content
    with pytest.raises(IossFiled):
        file_ioss(mine, seller, OCTOBER, corrections=[CorrectionLine(Period(2026, 9), "DE", 5)], now=NOW)
    stranger = Scope(traded.house.seller, Kind.SELLER, role=Role.OWNER)
    assert ioss_months(stranger, today=NOW.date()) == []
    with pytest.raises(NotFound):
        ioss_sheet(stranger, seller, OCTOBER, today=NOW.date())
    told = Caller(seller, Kind.SELLER).get(f"/ioss/{seller}/2026-10").json()
    assert (told["state"], told["payable_minor"]) == ("filed", october.payable.minor)
    raw = Caller(seller, Kind.SELLER).get(f"/ioss/{seller}/2026-10/document").content
    assert window.read_ioss_return(raw) == october.content
    pages_of(client, seller)
    IossFiling.objects.house().filter(seller_id=seller).delete()
    assert by_period(mine)[OCTOBER].state == "due"
    again = by_period(mine)[OCTOBER]
    due = explain_ioss_due([again])
    assert due.figure == again.payable == due.steps[-1].result
    assert len(due.steps) == len(again.content.balances) + 1
    late = Caller(seller, Kind.SELLER).send("POST", f"/ioss/{seller}/2026-10/file", {"reference": "R"}).json()
    assert (late["state"], late["reference"]) == ("filed", "R")
    assert late["payable_minor"] == october.payable.minor + fix.vat_minor + irish.vat_minor


def comes_back(seller: Scope, order: orders.OrderDTO) -> None:
    """One piece of an order goes through the return centre and is paid back; no credit note tells of it."""
    case = request_return(seller, order.id, {order.lines[0].id: 1}, reason="defective", now=NOW)
    (line,) = window.return_sheet(seller, case, now=NOW).lines
    window.receive_return(seller, case, {line.id: 1}, now=NOW)
    window.grade_return(seller, case, [window.Found(line.id, "C", 1)], now=NOW)
    window.note_refund(case, state="done", now=NOW, actor="t")
    sheet = window.return_sheet(seller, case, now=NOW)
    (way,) = (one for one in sheet.claimable if one.rule.code == "eu-ioss")
    assert (sheet.row.refund_state, way.rule.how, way.why_not) == ("done", "return", "")
    with pytest.raises(NothingToClaim):  # the next return corrects it: nobody else is asked for the VAT
        window.open_claims(seller, case, now=NOW)


def pages_of(client: Client, seller: UUID) -> None:
    """The seller's pages: months, one month, its document, a filing that is refused, a cargo report, a bill."""
    user = parties.ensure_user(email="wick@example.org", name="Wick", password="quay-lantern-42")
    parties.ensure_member(user_id=user.id, organisation_id=seller, role=Role.OWNER)
    client.force_login(get_user_model().objects.get(pk=user.id))
    months = client.get("/ioss/").content.decode()
    assert "2026-10" in months
    assert "2026-11" in months
    assert "/ioss/why/" in months
    assert client.get("/ioss/why/").status_code == 200
    month = client.get(f"/ioss/{seller}/2026-10/")
    assert f"DEMO-IOSS-{OCTOBER}" in month.content.decode()
    assert "2026-09" in client.get(f"/ioss/{seller}/2026-11/?fix=2026-09:FR:-3.20").content.decode()
    assert client.get(f"/ioss/{seller}/2026-13/").status_code == 404
    assert b"IOSSReturn" in client.get(f"/ioss/{seller}/2026-10/return.xml").content
    client.post(f"/ioss/{seller}/2026-11/file/")
    assert [
        one.period for one in ioss_months(Scope(seller, Kind.SELLER), today=NOW.date()) if one.filing
    ] == [OCTOBER]
    chosen = [
        str(row.id)
        for row in window.list_declarations(Scope(seller, Kind.SELLER), size=3).rows
        if row.kind == "import"
    ]
    carriage = {"number": "M-1", "master_bill": "999-12345675", "carrier": "Central Air", "voyage": "CA8401", "mode": "4",
                "loading": "GBLHR", "discharge": "DEFRA"}  # fmt: skip
    report = client.post("/cargo-report/file/", carriage | {"id": chosen})
    (view,) = window.read_edifact(report.content)
    assert (view.kind, view.facts["consignments"], view.sound) == ("CUSCAR", str(len(chosen)), True)
    refused = client.post("/cargo-report/file/", carriage | {"id": chosen, "loading": ""})
    assert refused.status_code == 422
    assert "M-1" in refused.content.decode()
    order = next(iter(window.landed_under("IOSS", seller_id=seller)))
    assert client.get(f"/orders/{order}/bill/").status_code == 200
    assert client.get(f"/orders/{order}/bill/why/duty/").status_code == 200
    assert client.get(f"/orders/{order}/bill/why/fees/").status_code == 404
    assert (
        closed_on(client, f"/orders/{order}/bill/", spared=("Tolerance", "Customs value", "Value declared"))
        == {}
    )
    assert closed_on(client, "/ioss/") == {}
    own = ("Taxable", "VAT")  # a sale's own sums, beside the link to its order
    assert closed_on(client, f"/ioss/{seller}/2026-10/", spared=own) == {}
    assert 'href="#balances"' in month.content.decode()
    assert 'href="#sales"' in month.content.decode()


def test_the_public_sees_no_month(client: Client) -> None:
    assert client.get("/ioss/").status_code == 302
