"""The authority's bill beside the quote, on traded orders: shown by line, posted once, to whoever bears it."""

from __future__ import annotations

import pytest
from django.db import connection

from fondaco.commerce.orders import public as orders
from fondaco.flows.bills import BillNotReady, bill_sheet, post_bill
from fondaco.kernel.errors import Forbidden, NotFound
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.systems.finance import public as finance
from tests.traded import Traded

pytestmark = [pytest.mark.django_db, pytest.mark.slow(2)]


def bill(order_id: object, *, duty: int, tax: int) -> None:
    """The authority's sums, as another bill than the simulator's would have left them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE window_declaration SET assessed_duty_minor = estimated_duty_minor + %s, assessed_tax_minor ="
            " estimated_tax_minor + %s, assessed_at = drafted_at WHERE order_id = %s AND kind = 'import'",
            [duty, tax, str(order_id)],
        )


def returned(house: Scope) -> int:
    """What all tax returns declare, in minor units of whatever currency."""
    return sum(row.total.minor for row in finance.list_returns(house))


def test_a_bill_is_shown_by_line_and_posted_once(traded: Traded) -> None:
    house = Scope(traded.house.platform, Kind.PLATFORM, role=Role.OWNER, actor="t")
    seller = Scope(traded.house.seller, Kind.SELLER, role=Role.OWNER)
    order, other = orders.orders_in_state("settled", seller_id=traded.house.seller, limit=2)
    bill(order.id, duty=500, tax=-700)
    sheet = bill_sheet(seller, order.id)
    duty, tax = sheet.found.differences
    assert (duty.difference.minor, duty.bearer) == (500, "seller")
    assert (tax.difference.minor, tax.reason, tax.bearer) == (-700, "less", "buyer")
    assert sum(row.line.duty_assessed.minor for row in sheet.rows) == duty.assessed.minor
    assert all(row.line.hs_declared and row.sku for row in sheet.rows)
    with pytest.raises(Forbidden):
        post_bill(seller, order.id, now=traded.now)
    before = finance.balances_of([traded.house.seller])
    declared, waiting = returned(house), finance.count_open_refunds(changed_before=traded.now)
    assert post_bill(house, order.id, now=traded.now).posted
    again = post_bill(house, order.id, now=traded.now)
    changed = sum(line.amount_minor for line in again.posted if line.code in finance.DUES)
    assert returned(house) - declared == changed
    assert len(again.posted) >= 4
    assert again.open == ()
    assert finance.balances_of([traded.house.seller]) != before
    assert not any(finance.trial_balance().values())
    journals = {(line.kind, line.code) for line in again.posted}
    assert journals >= {("bill.difference", "duties_payable"), ("bill.difference", "taxes_payable")}
    assert finance.count_open_refunds(changed_before=traded.now) == waiting + 1
    story = finance.EntryFilter(source=f"order:{order.id}", kind="return.refund_owed")
    given = {line.code: line.amount_minor for line in finance.browse_entries(house, filters=story).lines}
    assert given["payable"] + given.get("recourse", 0) == -700
    assert given["refund_payable"] > 0
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE window_declaration SET assessed_at = NULL WHERE order_id = %s", [str(other.id)]
        )
    with pytest.raises(BillNotReady):
        post_bill(house, other.id, now=traded.now)
    with pytest.raises(NotFound):
        bill_sheet(Scope(traded.house.bank, Kind.SELLER), order.id)
