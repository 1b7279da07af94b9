"""Imports into China as GACC messages: order, payment, waybill, list, cancellation, return."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from fondaco.platforms.window.domain.declaration import DeclarationItemDTO
from fondaco.platforms.window.domain.declaration_wco import Filing
from fondaco.platforms.window.domain.messages.gacc.papers import (
    IMPORT,
    YUAN,
    Papers,
    address,
    amount,
    amount_paid,
    cop_number,
    date8,
    firm_of,
    goods_value,
    kilos,
    moment14,
    numbered_items,
    order_number,
    prices,
    start_entry,
    tax_due,
    text_of,
)
from fondaco.platforms.window.domain.messages.gacc.spec import Block, Entry, Value


def _import_order(filing: Filing, papers: Papers) -> Entry:
    buyer, profile = filing.importer, papers.profile
    head = start_entry(filing, "311") | {
        "orderType": "I", "orderNo": order_number(filing), **firm_of("ebp", profile.platform),
        **firm_of("ebc", profile.seller), "goodsValue": goods_value(filing),
        "freight": amount(filing.freight_minor, filing), "discount": amount(filing.discount_minor, filing),
        "taxTotal": tax_due(filing), "acturalPaid": amount_paid(filing), "currency": YUAN,
        "buyerRegNo": str(filing.buyer_id), "buyerName": text_of(buyer, "name"),
        "buyerTelephone": text_of(buyer, "phone"), "buyerIdType": "1",
        "buyerIdNumber": text_of(buyer, "identifier"), **firm_of("pay", profile.payment),
        **papers.payment(filing, name="payTransactionId"), "consignee": text_of(buyer, "name"),
        "consigneeTelephone": text_of(buyer, "phone"), "consigneeAddress": address(buyer),
    }  # fmt: skip
    return Entry(
        head, tuple(_import_order_line(n, item, filing, papers) for n, item in numbered_items(filing))
    )


def _import_order_line(place: int, item: DeclarationItemDTO, filing: Filing, papers: Papers) -> Block:
    return {
        "gnum": place, "itemNo": f"{order_number(filing)[:24]}-{place}", "itemName": item.description[:250],
        "gmodel": item.description[:250], "unit": papers.code("unit", "PCE"), "qty": Decimal(item.quantity),
        **prices(item, filing), "currency": YUAN, "country": papers.code("country", item.origin),
    }  # fmt: skip


def _payment(filing: Filing, papers: Papers) -> Entry:
    buyer = filing.importer
    return Entry(
        start_entry(filing, "411")
        | {
            **firm_of("pay", papers.profile.payment),
            **papers.payment(filing, name="payTransactionId"),
            "orderNo": order_number(filing),
            **firm_of("ebp", papers.profile.platform),
            "payerIdType": "1",
            "payerIdNumber": text_of(buyer, "identifier"),
            "payerName": text_of(buyer, "name"),
            "telephone": text_of(buyer, "phone"),
            "amountPaid": amount_paid(filing),
            "currency": YUAN,
            "payTime": moment14(filing.issued_at),
        }
    )


def _import_waybill(filing: Filing, papers: Papers) -> Entry:
    buyer = filing.importer
    return Entry(
        start_entry(filing, "511")
        | {
            **firm_of("logistics", papers.profile.carrier),
            "logisticsNo": text_of(filing.transport, "tracking"),
            "orderNo": order_number(filing),
            "freight": amount(filing.freight_minor, filing),
            "insuredFee": amount(filing.insurance_minor, filing),
            "currency": YUAN,
            "weight": kilos(filing.gross_g),
            "packNo": filing.packages,
            "consignee": text_of(buyer, "name"),
            "consigneeAddress": address(buyer),
            "consigneeTelephone": text_of(buyer, "phone"),
        }
    )


def _import_list(filing: Filing, papers: Papers) -> Entry:
    profile, buyer = papers.profile, filing.importer
    head = start_entry(filing, "621") | {
        "orderNo": order_number(filing), **firm_of("ebp", profile.platform), **firm_of("ebc", profile.seller),
        "logisticsNo": text_of(filing.transport, "tracking"), **firm_of("logistics", profile.carrier),
        "copNo": cop_number(filing.lrn, side=IMPORT), "assureCode": profile.guarantee, "ieFlag": "I",
        "declTime": date8(filing.issued_at), "customsCode": profile.customs, "portCode": profile.port,
        "ieDate": date8(filing.issued_at), "buyerIdType": "1", "buyerIdNumber": text_of(buyer, "identifier"),
        "buyerName": text_of(buyer, "name"), "buyerTelephone": text_of(buyer, "phone"),
        "consigneeAddress": address(buyer), **firm_of("agent", profile.agent), "tradeMode": filing.regime,
        "trafMode": text_of(filing.transport, "mode"),
        "country": papers.code("country", text_of(filing.exporter, "country")),
        "freight": amount(filing.freight_minor, filing),
        "insuredFee": amount(filing.insurance_minor, filing), "currency": YUAN, "packNo": filing.packages,
        "grossWeight": kilos(filing.gross_g), "netWeight": kilos(sum(i.net_g for i in filing.items)),
    }  # fmt: skip
    return Entry(
        head, tuple(_import_list_line(n, item, filing, papers) for n, item in numbered_items(filing))
    )


def _import_list_line(place: int, item: DeclarationItemDTO, filing: Filing, papers: Papers) -> Block:
    return {
        "gnum": place, "gcode": item.hs_code, "gname": item.description[:250],
        "gmodel": item.description[:250], "barCode": "无", "country": papers.code("country", item.origin),
        "currency": YUAN, "qty": Decimal(item.quantity), "unit": papers.code("unit", "PCE"),
        "qty1": kilos(item.net_g), "unit1": papers.code("unit", "KGM"), **prices(item, filing),
    }  # fmt: skip


def _import_after(filing: Filing, papers: Papers, *, number: str, invoice: str) -> dict[str, Value]:
    """What cancelling (623) and returning (625) have in common."""
    profile, buyer = papers.profile, filing.importer
    return start_entry(filing, number) | {
        "customsCode": profile.customs, "orderNo": order_number(filing), **firm_of("ebp", profile.platform),
        **firm_of("ebc", profile.seller), "logisticsNo": text_of(filing.transport, "tracking"),
        **firm_of("logistics", profile.carrier), "copNo": cop_number(filing.lrn, side=IMPORT),
        "invtNo": invoice, "buyerIdType": "1", "buyerIdNumber": text_of(buyer, "identifier"),
        "buyerName": text_of(buyer, "name"), "buyerTelephone": text_of(buyer, "phone"),
        **firm_of("agent", profile.agent), "reason": papers.extras.reason,
    }  # fmt: skip


def _import_return(filing: Filing, papers: Papers) -> Entry:
    lines = tuple(_import_return_line(item, papers) for item in filing.items)
    return Entry(_import_after(filing, papers, number="625", invoice=papers.number(filing)), lines)


def _import_return_line(item: DeclarationItemDTO, papers: Papers) -> Block:
    """A line of 625 under its number on the list (the note on gnum)."""
    return {
        "gnum": item.number,
        "gcode": item.hs_code,
        "gname": item.description[:250],
        "qty": Decimal(item.quantity),
        "unit": papers.code("unit", "PCE"),
    }


def _import_cancel(filing: Filing, papers: Papers) -> Entry:
    return Entry(_import_after(filing, papers, number="623", invoice=papers.number(filing)))


IMPORT_BUILDERS: Mapping[str, Callable[[Filing, Papers], Entry]] = {
    "311": _import_order,
    "411": _payment,
    "511": _import_waybill,
    "621": _import_list,
    "623": _import_cancel,
    "625": _import_return,
}
