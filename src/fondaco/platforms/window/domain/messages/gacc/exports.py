"""Exports from China as GACC messages: order, money, waybill, list, what leaves together, what comes back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal

from fondaco.platforms.window.domain.declaration import DeclarationItemDTO
from fondaco.platforms.window.domain.declaration_wco import Filing
from fondaco.platforms.window.domain.messages.gacc.papers import (
    EXPORT,
    Extras,
    Papers,
    amount,
    amount_paid,
    cop_number,
    date8,
    firm_of,
    goods_value,
    kilos,
    make_guid,
    moment14,
    numbered_items,
    order_number,
    prices,
    start_entry,
    ten_digits,
    text_of,
)
from fondaco.platforms.window.domain.messages.gacc.spec import Block, Entry, Value

_CODE = 10  # digits of China's own commodity codes


def _export_order(filing: Filing, papers: Papers) -> Entry:
    profile, currency = papers.profile, papers.code("currency", filing.currency)
    head = start_entry(filing, "303") | {
        "orderType": _ORDER_TYPES.get(filing.regime, "E"), "orderNo": order_number(filing),
        **firm_of("ebp", profile.platform), **firm_of("ebc", profile.seller), "goodsValue": goods_value(filing),
        "freight": amount(filing.freight_minor, filing), "currency": currency,
    }  # fmt: skip
    lines = tuple(
        {
            "gnum": place,
            "itemNo": f"{order_number(filing)[:24]}-{place}",
            "itemName": item.description[:250],
            "unit": papers.code("unit", "PCE"),
            "currency": currency,
            "qty": Decimal(item.quantity),
            **prices(item, filing),
        }
        for place, item in numbered_items(filing)
    )
    return Entry(head, lines)


# Announcement 2021 No. 47: B for direct sales to firms (9710), W for overseas warehouses (9810).
_ORDER_TYPES = {"9710": "B", "9810": "W"}


def _export_money(filing: Filing, papers: Papers) -> Entry:
    return Entry(
        start_entry(filing, "403")
        | {
            **firm_of("ebp", papers.profile.platform),
            **firm_of("ebc", papers.profile.seller),
            "orderNo": order_number(filing),
            **firm_of("pay", papers.profile.payment),
            **papers.payment(filing, name="payNo"),
            "charge": amount_paid(filing),
            "currency": papers.code("currency", filing.currency),
            "accountingDate": moment14(filing.issued_at),
        }
    )


def _export_waybill(filing: Filing, papers: Papers) -> Entry:
    goods = "; ".join(item.description for item in filing.items)
    return Entry(
        start_entry(filing, "505")
        | {
            **firm_of("logistics", papers.profile.carrier),
            "logisticsNo": text_of(filing.transport, "tracking"),
            "freight": amount(filing.freight_minor, filing),
            "insuredFee": amount(filing.insurance_minor, filing),
            "currency": papers.code("currency", filing.currency),
            "grossWeight": kilos(filing.gross_g),
            "packNo": filing.packages,
            "goodsInfo": " ".join(goods.split())[:200].strip(),
            **firm_of("ebc", papers.profile.seller),
        }
    )


def _export_list(filing: Filing, papers: Papers) -> Entry:
    profile, currency = papers.profile, papers.code("currency", filing.currency)
    destination = papers.code("country", text_of(filing.importer, "country"))
    head = start_entry(filing, "603") | {
        "customsCode": profile.customs, **firm_of("ebp", profile.platform), "orderNo": order_number(filing),
        **firm_of("logistics", profile.carrier), "logisticsNo": text_of(filing.transport, "tracking"),
        "copNo": cop_number(filing.lrn, side=EXPORT), "ieFlag": "E", "portCode": profile.port,
        "ieDate": date8(filing.issued_at), "statisticsFlag": _statistics(filing, papers),
        **firm_of("agent", profile.agent), **firm_of("ebc", profile.seller), **firm_of("owner", profile.seller),
        "tradeMode": filing.regime, "trafMode": text_of(filing.transport, "mode"), "country": destination,
        "POD": destination, "freight": amount(filing.freight_minor, filing), "fCurrency": currency,
        "fFlag": "3", "insuredFee": amount(filing.insurance_minor, filing), "iCurrency": currency,
        "iFlag": "3", "wrapType": "2", "packNo": filing.packages, "grossWeight": kilos(filing.gross_g),
        "netWeight": kilos(sum(item.net_g for item in filing.items)),
    }  # fmt: skip
    return Entry(
        head, tuple(_export_list_line(n, item, filing, papers) for n, item in numbered_items(filing))
    )


def _statistics(filing: Filing, papers: Papers) -> str:
    """B (summed up, ten digits) where the mode asks for it and the codes have ten; else as the profile says."""
    whole = all(len(item.hs_code) == _CODE for item in filing.items)
    return "B" if filing.statistics == "B" and whole else papers.profile.statistics


def _export_list_line(place: int, item: DeclarationItemDTO, filing: Filing, papers: Papers) -> Block:
    name = " ".join(item.description.split())[:250]
    return {
        "gnum": place, "itemNo": f"{order_number(filing)[-15:]}-{place}", "itemName": name,
        "gcode": ten_digits(item, simplified=_statistics(filing, papers) == "A"), "gname": name,
        "gmodel": name, "barCode": "无",
        "country": papers.code("country", text_of(filing.importer, "country")),
        "currency": papers.code("currency", filing.currency), "qty": Decimal(item.quantity),
        "qty1": kilos(item.net_g), "unit": papers.code("unit", "PCE"),
        "unit1": papers.code("unit", "KGM"), **prices(item, filing),
    }  # fmt: skip


def _export_cancel(filing: Filing, papers: Papers) -> Entry:
    profile = papers.profile
    return Entry(
        start_entry(filing, "605")
        | {
            "customsCode": profile.customs,
            "copNo": cop_number(filing.lrn, side=EXPORT),
            "invtNo": papers.number(filing),
            "reason": papers.extras.reason,
            **firm_of("agent", profile.agent),
            **firm_of("ebc", profile.seller),
        }
    )


def _export_return(filing: Filing, papers: Papers) -> Entry:
    profile, tracking = papers.profile, text_of(filing.transport, "tracking")
    head = start_entry(filing, "213") | {
        "customsCode": profile.customs, **firm_of("ebp", profile.platform), **firm_of("ebc", profile.seller),
        "logisticsNo": tracking, **firm_of("logistics", profile.carrier),
        "coElNo": cop_number(filing.lrn, side=EXPORT), "invtNo": papers.number(filing), "tradeMode": filing.regime,
        **firm_of("agent", profile.agent), **_voyage(papers.extras, tracking), "ieFlag": "I",
        "trafMode": text_of(filing.transport, "mode"), "portCode": profile.port,
        "reason": papers.extras.reason, "country": papers.code("country", text_of(filing.importer, "country")),
    }  # fmt: skip
    lines = tuple(_return_line(item, papers) for item in filing.items)
    return Entry(head, lines)


def _return_line(item: DeclarationItemDTO, papers: Papers) -> Block:
    """A line of 213: its number, code and name are those of the list (the notes on gnum, gcode and gname)."""
    name = " ".join(item.description.split())[:250]
    return {
        "gnum": item.number, "gcode": ten_digits(item, simplified=papers.profile.statistics == "A"),
        "gname": name, "gmodel": name, "qty": Decimal(item.quantity), "qty1": kilos(item.net_g),
        "unit": papers.code("unit", "PCE"), "unit1": papers.code("unit", "KGM"),
    }  # fmt: skip


def _voyage(extras: Extras, tracking: str) -> dict[str, Value]:
    return {"billNo": extras.bill or tracking, "trafName": extras.vessel, "voyageNo": extras.voyage}


def _return_tally(filing: Filing, papers: Papers) -> Entry:
    profile, tracking = papers.profile, text_of(filing.transport, "tracking")
    return Entry(
        start_entry(filing, "215")
        | {
            "customsCode": profile.customs,
            **firm_of("operator", profile.yard),
            **firm_of("logistics", profile.carrier),
            "logisticsNo": tracking,
            "invtNo": papers.number(filing),
            "coElNo": cop_number(filing.lrn, side=EXPORT)[-20:],
            **_voyage(papers.extras, tracking),
            "ieFlag": "I",
            "trafMode": text_of(filing.transport, "mode"),
        }
    )


def _together(filings: Sequence[Filing], papers: Papers, *, number: str, head: Block) -> Iterator[Entry]:
    """One entry for all filings: they share a vehicle; each is a line with its waybill."""
    first = filings[0]
    start = start_entry(first, number) | {
        "guid": make_guid(number, *(str(filing.id) for filing in filings)),
        "customsCode": papers.profile.customs,
        "copNo": make_guid(number, *(filing.lrn for filing in filings)).replace("-", "")[:30],
        "appTime": moment14(papers.extras.lodged_at or first.issued_at),
        **firm_of("logistics", papers.profile.carrier),
        "trafMode": text_of(first.transport, "mode"), "msgCount": 1, "msgSeqNo": 1,
    }  # fmt: skip
    lines = tuple(
        {
            "gnum": place,
            "logisticsNo": text_of(filing.transport, "tracking"),
            **_list_number(number, filing, papers),
        }
        for place, filing in enumerate(filings, start=1)
    )
    yield Entry(start | dict(head), lines)


def _list_number(number: str, filing: Filing, papers: Papers) -> dict[str, Value]:
    """Only the summary (607) names the lists it sums up."""
    return {"invtNo": papers.number(filing)} if number == "607" else {}


def _arrival(filings: Sequence[Filing], papers: Papers) -> Iterator[Entry]:
    head = {
        **firm_of("operator", papers.profile.yard), "ieFlag": "E", "billNo": papers.extras.bill,
        "domesticTrafNo": papers.extras.truck or papers.extras.vessel,
    }  # fmt: skip
    return _together(filings, papers, number="507", head=head)


def _departure(filings: Sequence[Filing], papers: Papers) -> Iterator[Entry]:
    extras = papers.extras
    head = {
        "trafName": extras.vessel, "voyageNo": extras.voyage, "billNo": extras.bill,
        "leaveTime": moment14(extras.moved_at or filings[0].issued_at),
    }  # fmt: skip
    return _together(filings, papers, number="509", head=head)


def _all_waybills(filings: Sequence[Filing], papers: Papers) -> Iterator[Entry]:
    extras = papers.extras
    head = {
        **firm_of("agent", papers.profile.agent), "trafName": extras.vessel, "voyageNo": extras.voyage,
        "billNo": extras.bill, "domesticTrafNo": extras.truck,
        "grossWeight": kilos(sum(filing.gross_g for filing in filings)),
    }  # fmt: skip
    return _together(filings, papers, number="607", head=head)


def _summary_application(filing: Filing, papers: Papers) -> Entry:
    """What asks customs to make an export declaration of a month's lists, named one by one.

    Summed by the firm that sends (1), and by the names of goods as the lists have them (1).
    """
    profile = papers.profile
    head = start_entry(filing, "701") | {
        "customsCode": profile.customs, "copNo": cop_number(filing.lrn, side=EXPORT),
        **firm_of("agent", profile.agent), **firm_of("ebc", profile.seller), **firm_of("declAgent", profile.agent),
        "summaryFlag": "1", "itemNameFlag": "1", "msgCount": 1, "msgSeqNo": 1,
    }  # fmt: skip
    return Entry(head, tuple({"invtNo": number} for number in papers.extras.lists))


EXPORT_BUILDERS: Mapping[str, Callable[[Filing, Papers], Entry]] = {
    "303": _export_order,
    "403": _export_money,
    "505": _export_waybill,
    "603": _export_list,
    "605": _export_cancel,
    "213": _export_return,
    "215": _return_tally,
    "701": _summary_application,
}
# One entry for all filings.
JOINT_BUILDERS: Mapping[str, Callable[[Sequence[Filing], Papers], Iterator[Entry]]] = {
    "507": _arrival,
    "509": _departure,
    "607": _all_waybills,
}
