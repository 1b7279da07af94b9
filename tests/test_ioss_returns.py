"""The IOSS return in the main flow: sold at sale, paid, filed once, put right when goods come back."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client

from fondaco.commerce.orders import public as orders
from fondaco.flows.book import run_book
from fondaco.flows.ioss import IossMonth, file_ioss, ioss_months, ioss_sheet
from fondaco.flows.ioss_demo import ensure_ioss_demo, file_past_months
from fondaco.flows.returns import refund_open_returns
from fondaco.flows.simulators import simulated_ports
from fondaco.flows.work import Policy, Work
from fondaco.kernel.errors import NotFound
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.platforms.window import public as window
from fondaco.platforms.window.public import CorrectionLine, IossFiled, IossNotDue, Period
from tests.callers import Caller
from tests.traded import Traded

pytestmark = [pytest.mark.django_db, pytest.mark.slow(12)]
NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
OCTOBER, NOVEMBER = Period(2026, 10), Period(2026, 11)


def by_period(scope: Scope) -> dict[Period, IossMonth]:
    return {one.period: one for one in ioss_months(scope, today=NOW.date())}


def test_a_month_is_filed_once_and_what_comes_back_is_put_right_in_the_next(traded: Traded) -> None:
    with simulated_ports(traded.house) as ports:
        work = Work(traded.house, ports, Policy(accept_estimates=True), NOW)
        seller = ensure_ioss_demo(work)
        run_book(work, seller_id=seller)
        mine = Scope(seller, Kind.SELLER, role=Role.OWNER, actor="t")
        states = {
            o.source_ref: o.state
            for o in orders.orders_by_ids(list(window.landed_under("IOSS", seller_id=seller)))
        }
        assert len(states) == 7
        assert "PW-8" not in states  # above EUR 150: the ordinary way
        open_months = by_period(mine)
        october = open_months[OCTOBER]
        assert (october.state, october.sales, open_months[NOVEMBER].state) == ("due", 5, "running")
        # 20 % of three candles and their carriage for France; the sums of each state are exact.
        assert october.content.balances["FR"] == round((3 * 1850 + 590) * 0.20)
        assert october.payable.minor == sum(october.content.balances.values())
        with pytest.raises(IossNotDue):
            file_ioss(mine, seller, NOVEMBER, now=NOW)
        assert file_past_months(seller, work) == 1
        assert file_past_months(seller, work) == 0
        assert by_period(mine)[OCTOBER].filing is not None
        refund_open_returns(work)
    filed = file_ioss(mine, seller, OCTOBER, now=NOW)
    assert filed.content == october.content  # what was filed stays
    with pytest.raises(IossFiled):
        file_ioss(mine, seller, OCTOBER, corrections=[CorrectionLine(Period(2026, 9), "DE", 5)], now=NOW)
    (fix,) = by_period(mine)[NOVEMBER].content.corrections
    assert (fix.period, fix.country) == (OCTOBER, "FR")
    assert fix.vat_minor == pytest.approx(-1850 * 0.20, abs=1)
    stranger = Scope(traded.house.seller, Kind.SELLER, role=Role.OWNER)
    assert ioss_months(stranger, today=NOW.date()) == []
    with pytest.raises(NotFound):
        ioss_sheet(stranger, seller, OCTOBER, today=NOW.date())
    told = Caller(seller, Kind.SELLER).get(f"/ioss/{seller}/2026-10").json()
    assert (told["state"], told["payable_minor"]) == ("filed", october.payable.minor)
    raw = Caller(seller, Kind.SELLER).get(f"/ioss/{seller}/2026-10/document").content
    assert window.read_ioss_return(raw) == october.content


def test_the_public_sees_no_month(client: Client) -> None:
    assert client.get("/ioss/").status_code == 302
