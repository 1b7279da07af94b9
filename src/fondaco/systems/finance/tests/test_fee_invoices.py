"""The house's invoices: EN 16931 rules, UBL, numbers without gaps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from lxml import etree

from fondaco.kernel.errors import NotFound
from fondaco.kernel.money import Money
from fondaco.kernel.tenancy import Kind
from fondaco.systems.finance import public as finance
from fondaco.systems.finance.adapters.ubl import render_ubl
from fondaco.systems.finance.domain.einvoice import groups_of
from fondaco.systems.finance.tests.conftest import (
    BUYER,
    NOW,
    PSP,
    SELLER,
    payment_request,
    scope_of,
    settlement_request,
)

LATER = datetime(2026, 11, 5, 12, tzinfo=UTC)
HOUSE = finance.InvoiceParty("Fondaco", "GB", "Bristol", "1 Quay Street", "BS1 0XX", "GB000000001")
TRADER = finance.InvoiceParty("Brook & Fern", "GB", vat_id="GB000000002")
_CBC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"


def gbp(minor: int) -> Money:
    return Money(minor, "GBP")


def sound() -> finance.Invoice:
    lines = (
        finance.InvoiceLine("1", "Commission", Decimal(1), Decimal("10.00"), gbp(1_000), "S", Decimal(20)),
        finance.InvoiceLine("2", "Service", Decimal(3), Decimal("1.11"), gbp(333), "S", Decimal(20)),
    )
    return finance.Invoice(
        "FF-1", LATER.date(), LATER.date(), "GBP", HOUSE, TRADER, (date(2026, 10, 1), date(2026, 10, 31)), lines,
        groups_of(lines, "GBP"), gbp(1_333), gbp(267), gbp(1_600), gbp(1_599), gbp(-1), gbp(0),
    )  # fmt: skip


def test_a_sound_invoice_breaks_no_rule_and_its_xml_says_the_same() -> None:
    invoice = sound()
    assert finance.breaches(invoice) == []
    root = etree.fromstring(render_ubl(invoice))
    said = {name: root.find(f".//{_CBC}{name}").text for name in ("CustomizationID", "PayableRoundingAmount",
            "LineExtensionAmount", "TaxInclusiveAmount", "PayableAmount", "TaxAmount")}  # fmt: skip
    assert said == {
        "CustomizationID": "urn:cen.eu:en16931:2017", "PayableRoundingAmount": "-0.01", "LineExtensionAmount": "13.33",
        "TaxInclusiveAmount": "16.00", "PayableAmount": "0.00", "TaxAmount": "2.67",
    }  # fmt: skip
    order = [etree.QName(child).localname for child in root]
    assert order == ["CustomizationID", "ID", "IssueDate", "DueDate", "InvoiceTypeCode", "DocumentCurrencyCode",
                     "InvoicePeriod", "AccountingSupplierParty", "AccountingCustomerParty", "PaymentMeans",
                     "TaxTotal", "LegalMonetaryTotal", "InvoiceLine", "InvoiceLine"]  # fmt: skip
    assert all((node.text or "").strip() or len(node) for node in root.iter())


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"number": " "}, "BR-02"),
        ({"type_code": "999"}, "BR-04"),
        ({"seller": replace(HOUSE, name="")}, "BR-06"),
        ({"buyer": replace(TRADER, name="")}, "BR-07"),
        ({"seller": replace(HOUSE, country="")}, "BR-09"),
        ({"lines": ()}, "BR-16"),
        ({"period": (date(2026, 10, 2), date(2026, 10, 1))}, "BR-29"),
        ({"net": gbp(1_334)}, "BR-CO-10"),
        ({"vat": gbp(266)}, "BR-CO-14"),
        ({"gross": gbp(1_601)}, "BR-CO-15"),
        ({"due": gbp(1)}, "BR-CO-16"),
        ({"groups": ()}, "BR-CO-18"),
        ({"seller": replace(HOUSE, vat_id="")}, "BR-CO-26"),
    ],
)
def test_each_rule_is_named_when_it_is_broken(change: dict[str, object], rule: str) -> None:
    spoilt = replace(sound(), **change)  # type: ignore[arg-type]
    assert rule in {breach.rule for breach in finance.breaches(spoilt)}


@pytest.fixture
def settled(books: None) -> Iterator[None]:
    with (
        finance.ProviderSimulator() as simulator,
        finance.ProviderClient(simulator.url, provider_id=PSP) as client,
    ):
        for _ in range(2):
            [paid] = finance.take_payments([payment_request()], client, now=NOW)
            finance.settle_orders([settlement_request(paid.order_id)], now=NOW)
        yield


def issue(seller: finance.InvoiceParty = TRADER) -> finance.IssueReport:
    wanted = finance.months_to_invoice(before=LATER.date())
    return finance.issue_fee_invoices(wanted, house=HOUSE, sellers={SELLER: seller}, now=LATER)


def test_a_month_is_invoiced_once_with_what_the_books_took(settled: None) -> None:
    assert issue().issued == 1
    assert issue().issued == 0
    assert finance.months_to_invoice(before=NOW.date()) == []
    [row] = finance.list_fee_invoices(scope_of(SELLER, Kind.SELLER))
    assert (row.number, row.net, row.vat) == ("FF-2026-000001", gbp(1_280), gbp(256))
    taken = {
        b.code: b.balance_minor
        for b in finance.balances(finance.HOUSE, codes=["commission", "commission_vat"])
    }
    assert taken == {"commission": 1_280, "commission_vat": 256}
    assert (
        "Commission on 2 settled orders" in finance.fee_invoice_of(scope_of(SELLER, Kind.SELLER), row.id).xml
    )
    with pytest.raises(NotFound):
        finance.fee_invoice_of(scope_of(BUYER, Kind.SELLER), row.id)


def test_an_order_settled_after_its_month_was_invoiced_stands_on_the_next_invoice(
    settled: None, gateway: finance.ProviderClient
) -> None:
    assert issue().issued == 1
    [paid] = finance.take_payments([payment_request()], gateway, now=NOW)
    finance.settle_orders([settlement_request(paid.order_id)], now=LATER)
    wanted = finance.months_to_invoice(before=date(2026, 12, 1))
    assert wanted == [(SELLER, "GBP", LATER.date().replace(day=1))]
    december = LATER.replace(month=12)
    finance.issue_fee_invoices(wanted, house=HOUSE, sellers={SELLER: TRADER}, now=december)
    nets = [row.net for row in finance.list_fee_invoices(scope_of(SELLER, Kind.SELLER))]
    assert nets == [gbp(640), gbp(1_280)]


def test_an_invoice_that_breaks_a_rule_is_not_issued_and_takes_no_number(settled: None) -> None:
    report = issue(replace(TRADER, name=""))
    assert (report.issued, report.refused) == (0, ((SELLER, "BR-07"),))
    assert finance.list_fee_invoices(scope_of(SELLER, Kind.SELLER)) == []
    assert issue().issued == 1
