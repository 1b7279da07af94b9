"""Every figure of the money pages opens what it is made of: its postings, which sum to it, or its Why.

A small book is seeded, each page of money is read as the operator, the seller and the authority see it, and every
amount on it is followed. What opens nothing stands in `SPARED` with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.test import Client, RequestFactory
from lxml import html

from fondaco.delivery.web.tests.systems_helpers import DAY, NOW, credit, payment_asked, uid
from fondaco.delivery.web.views.ledger_books import filters_asked
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.public import WebhookSender, exchange
from tests.tenants import Tenant, make_tenants

pytestmark = [pytest.mark.django_db, pytest.mark.slow(5)]
_IDS = re.compile(r"[0-9a-f-]{36}|\d+|\?.*")
PAGES = (
    "/home/", "/payments/", "/payments/{settled}/", "/payments/{paid-in-euro}/", "/payments/{disputed}/",
    "/payments/{lost}/", "/disputes/{case}/", "/ledger/", "/ledger/?since=2026-11-20", "/ledger/postings/",
    "/trial-balance/", "/trial-balance/?currency=GBP", "/books/accounts/", "/ledger/reports/", "/payouts/", "/taxes/",
    "/taxes/{tax}/", "/fee-invoices/", "/exposure/", "/reconciliation/", "/disputes/", "/payout-policies/",
)  # fmt: skip
ORDERS = ("settled", "paid-in-euro", "disputed", "lost", "waits")
REFUNDED = ("settled", "paid-in-euro")
OF_AUTHORITY = ("/taxes/", "/taxes/{tax}/", "/ledger/", "/payouts/")
# What need not open anything, by the words over it: why.
SPARED = {
    "Sum in": "the page of postings itself: its rows are what the sum is made of",
    "Opening balance": "zero from the beginning; with a first day it opens the postings before it",
    "Given back": "zero: the tile opens the list of refunds as soon as there is one",
    "Not paid yet": "the sum of the rows below, each of which opens its postings",
    "Total": "the sum of its row, each of whose parts opens its postings",
    "Value": "the order's own price, frozen when it was placed: its Why is on the order's page",
    "In EUR": "the row's total at the day's rate: the Why of the sum shows every rate",
    "Fees": "what the provider's file says, beside the postings it was matched with",
    "Commitments": "noted by the merchant, not booked: its flow is a step of the exposure's Why",
    "Minimum": "a setting of a policy",
}  # fmt: skip


@pytest.fixture
def tenants() -> dict[str, Tenant]:
    """A book of orders: settled and partly refunded, paid in euros, disputed, lost, waiting.

    And of a payout, an invoice, a tax return, a file with a line nobody knows.
    """
    tenants = make_tenants()
    finance.ensure_rates()
    finance.ensure_commission_rules()
    psp = tenants[Kind.PSP].scope.organisation_id
    sender = WebhookSender("", finance.ensure_connection(psp, now=NOW), now=lambda: NOW)
    with ExitStack() as stack:
        provider = stack.enter_context(finance.ProviderSimulator(sender=sender))
        gateway = stack.enter_context(finance.ProviderClient(provider.url, provider_id=psp))
        _trade(tenants, gateway)
        _dispute(provider, psp)
    return tenants


def _trade(tenants: dict[str, Tenant], gateway: finance.ProviderClient) -> None:
    sums = {name: Money(12_000, "EUR" if name == "paid-in-euro" else "GBP") for name in ORDERS}
    finance.take_payments([payment_asked(tenants, *one) for one in sums.items()], gateway, now=NOW)
    ids = {kind: tenants[kind].scope.organisation_id for kind in Kind}
    finance.settle_orders(
        [
            finance.SettlementRequest(
                order_id=uid("settled"), seller_id=ids[Kind.SELLER], carrier_id=ids[Kind.CARRIER],
                duty_authority_id=ids[Kind.CUSTOMS], goods=9_000, carriage=1_000, freight_cost=600, duty=400,
                tax=1_500, fees=100, currency="GBP", seller_country="GB", destination="DE", authority_currency="GBP",
                on=DAY,
            )
        ],
        now=NOW,
    )  # fmt: skip
    goods = [
        finance.RefundRequest(uid(f"return of {name}"), uid(name), goods=900, on=DAY) for name in REFUNDED
    ]
    assert {one.status for one in finance.refund_returns(goods, gateway, now=NOW)} == {"done"}
    house = finance.InvoiceParty("Fondaco", "GB", vat_id="GB000000001")
    trader = finance.InvoiceParty("Seller", "GB", vat_id="GB000000002")
    months, later = finance.months_to_invoice(before=date(2026, 12, 1)), datetime(2026, 12, 1, tzinfo=UTC)
    invoices = finance.issue_fee_invoices(months, house=house, sellers={ids[Kind.SELLER]: trader}, now=later)
    assert invoices.issued == 1
    credit(ids[Kind.SELLER], [777])
    finance.create_payouts(run="r0", now=NOW, owners=[ids[Kind.CARRIER]])
    exchange.add_commitment(
        tenants[Kind.SELLER].scope, Money(5_000, "USD"), due_on=DAY, label="Invoice 7", now=NOW
    )
    content = b"kind,key,currency,gross,fee\ncharge,stranger,GBP,555,5\ntotal,,GBP,555,5\n"
    finance.take_provider_file(content, provider_id=ids[Kind.PSP], reference="file", now=NOW)
    finance.run_reconciliation("clearing", now=NOW, actor="test")


def _dispute(provider: finance.ProviderSimulator, psp: UUID) -> None:
    """The buyer's bank asks for a third of two orders back, and gets it of one."""
    for name in ("disputed", "lost"):
        key, case = f"{_payment(name)}-1", f"CB-{name}"
        provider.dispute(key, case=case, reason="not_received", amount=4_000)
        if name == "lost":
            provider.judge(key, case=case, amount=4_000, won=False)
    sender = provider.sender
    assert sender is not None
    for message, body in sender.queue:
        finance.receive_webhook(psp, body.encode(), sender.headers(message, body), now=NOW)


def _payment(name: str) -> UUID:
    return finance.payments_for([uid(name)])[uid(name)].id


def amounts(client: Client, path: str) -> Iterator[tuple[str, str, str]]:
    """Each amount of a page: the words over it, its text, and what it opens ("" for nothing)."""
    answer = client.get(path)
    if answer.status_code != 200:
        assert answer.status_code in (403, 404), path
        return
    for node in html.fromstring(answer.content.decode()).iterfind(".//main//bdi[@class]"):
        if "money" in node.get("class", "").split():
            yield words_over(node), "".join(map(str, node.itertext())), opened_by(node)


def closed_on(client: Client, path: str, *, spared: Collection[str] = ()) -> dict[str, str]:
    """What opens nothing on a page beside what is spared by the words over it."""
    return {over: text for over, text, href in amounts(client, path) if not href and over not in spared}


def words_over(node: Any) -> str:
    """The heading of the amount's column, its row where there are no headings, the name of its tile or its term."""
    cell = next(node.iterancestors("td", "th"), None)
    if cell is not None:
        table = next(cell.iterancestors("table"))
        heads = table.findall("./thead//th")
        place = len(list(cell.itersiblings(preceding=True)))
        return " ".join((heads[place].text_content() if place < len(heads) else table_name(table)).split())
    for outer in node.iterancestors():
        if "tile" in outer.get("class", "").split():
            return " ".join(outer.xpath("string(.//*[contains(@class,'name')])").split())
        if outer.tag == "dd":
            return " ".join(outer.xpath("string(preceding-sibling::dt[1])").split())
    return " ".join(node.getparent().text_content().split())


def table_name(table: Any) -> str:
    """What the table, or the part of the page that it stands in, is called."""
    named = (str(outer.get("aria-label") or "") for outer in (table, *table.iterancestors()))
    return next(filter(None, named), "")


def opened_by(node: Any) -> str:
    """The address that an amount opens: its own link, else the Why or the posting of its tile, term or row.

    An amount in the part of the page called "postings" is a posting itself.
    """
    own = next((outer.get("href") for outer in node.iterancestors("a")), None)
    if own or any(outer.get("id") == "postings" for outer in node.iterancestors()):
        return str(own or "#postings")
    whole = next(
        (o for o in node.iterancestors() if o.tag in ("tr", "dl") or "tile" in o.get("class", "").split()),
        None,
    )
    links = [] if whole is None else [link.get("href", "") for link in whole.iterfind(".//a")]
    return next((link for link in links if "/why/" in link or "/journals/" in link), "")


def minor(text: str) -> Decimal:
    """The figure in "−1,234.50GBP", without its sign: an asset grows by a debit, which postings write as minus."""
    return Decimal(re.sub(r"[^0-9.]", "", text))


def sums(tenant: Tenant, path: str, currency: str) -> Decimal:
    """What the page of postings at `path` sums to for this reader."""
    filters = filters_asked(RequestFactory().get(path))
    found = finance.browse_entries(tenant.scope, filters=filters, size=1).sums
    return next((abs(total.amount) for code, total, _ in found if code == currency), Decimal(0))


def test_every_amount_opens_postings_that_sum_to_it_or_its_why(tenants: dict[str, Tenant]) -> None:
    [tax] = finance.list_returns(tenants[Kind.PLATFORM].scope)
    named: dict[str, Any] = {name: _payment(name) for name in ORDERS}
    named |= {"tax": tax.id, "case": finance.list_disputes(tenants[Kind.PLATFORM].scope)[0].id}
    closed: dict[str, str] = {}
    wrong: dict[str, tuple[str, Decimal]] = {}
    followed: set[str] = set()
    for kind in (Kind.PLATFORM, Kind.SELLER, Kind.CUSTOMS):
        client = tenants[kind].client
        for page in OF_AUTHORITY if kind == Kind.CUSTOMS else PAGES:
            path = page.format_map(named)
            for over, text, href in amounts(client, path):
                place = f"{kind} {page} {over} {text}"
                if not href and not any(spared in over for spared in SPARED):
                    closed[place] = text
                if "/ledger/postings/?" in href and f"{kind} {href} {text}" not in followed:
                    followed.add(f"{kind} {href} {text}")
                    found = sums(tenants[kind], href, text[-3:])
                    if found != minor(text):
                        wrong[f"{place} -> {href}"] = (text, found)
                elif (
                    href.startswith("/") and (shape := f"{kind} {page} {_IDS.sub('N', href)}") not in followed
                ):
                    followed.add(shape)
                    assert client.get(href).status_code == 200, place
    assert closed == {}
    assert wrong == {}
    assert len(followed) > 60
