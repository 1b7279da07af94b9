"""What a declaration must fulfil before it is lodged: one small class per rule, named by its source.

The class name is the data element of the Union Customs Code (Delegated Regulation (EU) 2015/2446, Annex B,
as also used by UK CDS), of China's GACC message specification (Announcement 2018 No. 113, edition 2022-05),
or of the house. The docstring is the message a clerk reads; `remedy` says what to do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar

import pycountry

from fondaco.kernel.money import Money
from fondaco.platforms.window.domain.declaration import MOST_ITEMS, DeclarationDraft, GoodsItem, Party

_COUNTRIES = frozenset(country.alpha_2 for country in pycountry.countries) | {"XI", "XK"}
# Where a trader is known by an EORI: the Union and the United Kingdom (with Northern Ireland as XI).
_EORI = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK GB XI".split()
)
_EORI_FORM = re.compile(r"[A-Z]{2}[A-Za-z0-9]{1,15}")
_HS_FORM = re.compile(r"[0-9]{6}([0-9]{2}){0,2}")
_INCOTERMS = frozenset("EXW FCA FAS FOB CFR CIF CPT CIP DAP DPU DDP DAT".split())

Problem = dict[str, Any]


def lacks_eori(party: Party) -> bool:
    """Whether a trader of the Union or the United Kingdom is without a well-formed EORI number."""
    return party.country in _EORI and not _EORI_FORM.fullmatch(party.identifier)


class Rule:
    """A condition on a draft; `faults` yields the facts of each breach."""

    remedy: ClassVar[str] = ""

    def faults(self, draft: DeclarationDraft) -> Iterator[Problem]:
        """One dictionary of facts per breach; nothing when the draft keeps the rule."""
        raise AssertionError(f"{type(self).__name__} checks nothing, {draft.reference}")

    def problems(self, draft: DeclarationDraft) -> Iterator[Problem]:
        """The breaches with the rule's code, message and remedy."""
        for facts in self.faults(draft):
            yield {
                "code": type(self).__name__,
                "message": (type(self).__doc__ or "").strip(),
                "remedy": self.remedy,
                **facts,
            }


class ItemRule(Rule):
    """A condition on every goods item."""

    def faults(self, draft: DeclarationDraft) -> Iterator[Problem]:
        """One fact sheet per item that breaks the rule."""
        for item in draft.items:
            if facts := self.breach(item):
                yield {"goods_item_no": item.goods_item_no, **facts}

    def breach(self, item: GoodsItem) -> Problem:
        """The facts of the breach by `item`; empty when it keeps the rule."""
        raise AssertionError(f"{type(self).__name__} checks nothing, {item}")


class DE_1_9_TotalItems(Rule):  # noqa: N801 - named by the data element
    """A declaration has between 1 and 99 goods items."""

    remedy = "Split the consignment over two declarations."

    def faults(self, draft: DeclarationDraft) -> Iterator[Problem]:
        if not 1 <= len(draft.items) <= MOST_ITEMS:
            yield {"field": "items", "value": len(draft.items)}


class DE_1_6_GoodsItemNumber(Rule):  # noqa: N801
    """Goods items are numbered from 1 without gaps."""

    remedy = "Number the items again."

    def faults(self, draft: DeclarationDraft) -> Iterator[Problem]:
        numbers = [item.goods_item_no for item in draft.items]
        if numbers != list(range(1, len(numbers) + 1)):
            yield {"field": "goods_item_no", "value": numbers[:20]}


class DE_6_14_CommodityCode(ItemRule):  # noqa: N801
    """A goods item needs a commodity code of 6, 8 or 10 digits in a chapter that exists."""

    remedy = "Choose the code on the product's page."

    def breach(self, item: GoodsItem) -> Problem:
        code = item.hs_code or ""
        chapter = int(code[:2]) if code[:2].isdigit() else 0
        # Chapter 77 is reserved by the Harmonized System; 98 and 99 are national.
        sound = bool(_HS_FORM.fullmatch(code)) and 1 <= chapter <= 99 and chapter != 77
        return {} if sound else {"field": "hs_code", "value": item.hs_code}


class DE_6_8_Description(ItemRule):  # noqa: N801
    """A goods item needs a description of 3 to 512 characters in plain words."""

    remedy = "Say what the goods are, not only their number."

    def breach(self, item: GoodsItem) -> Problem:
        text = item.description.strip()
        good = 3 <= len(text) <= 512 and any(letter.isalpha() for letter in text)
        return {} if good else {"field": "description", "value": text[:80]}


class DE_5_15_CountryOfOrigin(ItemRule):  # noqa: N801
    """A goods item needs the country where it was made."""

    remedy = "Give the country of origin on the product's page."

    def breach(self, item: GoodsItem) -> Problem:
        return {} if item.origin in _COUNTRIES else {"field": "origin", "value": item.origin}


class DE_6_1_NetMass(ItemRule):  # noqa: N801
    """A goods item's net mass is more than zero."""

    remedy = "Weigh the product or confirm its estimated mass."

    def breach(self, item: GoodsItem) -> Problem:
        return {} if item.net_g > 0 else {"field": "net_g", "value": item.net_g}


class DE_6_5_GrossMass(ItemRule):  # noqa: N801
    """A goods item's gross mass is not below its net mass."""

    remedy = "Include the packaging in the gross mass."

    def breach(self, item: GoodsItem) -> Problem:
        if item.gross_g >= item.net_g:
            return {}
        return {"field": "gross_g", "value": item.gross_g, "net_g": item.net_g}


class DE_4_14_ItemPrice(Rule):  # noqa: N801
    """A goods item's price is more than zero and in the invoice's currency."""

    remedy = "Give what was paid; samples and gifts are declared at their ordinary price."

    def faults(self, draft: DeclarationDraft) -> Iterator[Problem]:
        for item in draft.items:
            if item.value.minor <= 0 or item.value.currency != draft.currency:
                facts = {"field": "value", "value": str(item.value), "currency": draft.currency}
                yield {"goods_item_no": item.goods_item_no, **facts}


class DE_6_2_SupplementaryUnits(ItemRule):  # noqa: N801
    """A goods item's quantity is a whole number above zero."""

    remedy = "Give the number of pieces."

    def breach(self, item: GoodsItem) -> Problem:
        return {} if item.quantity > 0 else {"field": "quantity", "value": item.quantity}


class DE_4_11_TotalInvoiced(Rule):  # noqa: N801
    """The invoice total equals the items' prices, less the discount, with or without carriage and insurance."""

    remedy = "Correct the items or the total; one of them is wrong."

    def faults(self, draft: DeclarationDraft) -> Iterator[Problem]:
        amounts = [item.value for item in draft.items if item.value.currency == draft.currency]
        goods = sum(value.minor for value in amounts)
        off, more = _minor(draft.discount), draft.freight.minor + _minor(draft.insurance)
        known = {goods, goods - off, goods + more, goods - off + more}
        slack = len(draft.items)  # each item was rounded once, by half a minor unit at most
        if all(abs(draft.invoice_total.minor - total) > slack for total in known):
            yield {"field": "invoice_total", "value": draft.invoice_total.minor, "items_total": goods}


class DE_4_10_InvoiceCurrency(Rule):  # noqa: N801
    """All amounts of a declaration are in its invoice currency, and none is below zero."""

    remedy = "Convert at the dated rate first."

    def faults(self, draft: DeclarationDraft) -> Iterator[Problem]:
        named = {
            "invoice_total": draft.invoice_total,
            "freight": draft.freight,
            "insurance": draft.insurance,
            "discount": draft.discount,
            "estimated_duty": draft.estimated_duty,
            "estimated_tax": draft.estimated_tax,
        }
        for name, money in named.items():
            if money is not None and (money.currency != draft.currency or money.minor < 0):
                yield {"field": name, "value": str(money), "currency": draft.currency}


class DE_4_1_DeliveryTerms(Rule):  # noqa: N801
    """The delivery terms are one of the Incoterms."""

    remedy = "Choose DAP or DDP for a parcel to a consumer."

    def faults(self, draft: DeclarationDraft) -> Iterator[Problem]:
        if draft.incoterm not in _INCOTERMS:
            yield {"field": "incoterm", "value": draft.incoterm}


class DE_3_Parties(Rule):  # noqa: N801
    """Exporter, importer and declarant each need a name and a country that exists."""

    remedy = "Complete the organisation's page."

    def faults(self, draft: DeclarationDraft) -> Iterator[Problem]:
        for role, party in (
            ("exporter", draft.exporter), ("importer", draft.importer), ("declarant", draft.declarant)
        ):  # fmt: skip
            if not party.name.strip():
                yield {"field": f"{role}.name", "value": ""}
            if party.country not in _COUNTRIES:
                yield {"field": f"{role}.country", "value": party.country}


class DE_3_2_ExporterIdentification(Rule):  # noqa: N801
    """An exporter in the Union or the United Kingdom needs a well-formed EORI number to export."""

    remedy = "Enter the EORI on the organisation's page; the customs authority issues one free of charge."

    def faults(self, draft: DeclarationDraft) -> Iterator[Problem]:
        party = draft.exporter
        if draft.kind == "export" and lacks_eori(party):
            yield {"field": "exporter.identifier", "value": party.identifier}


class DE_3_18_DeclarantIdentification(Rule):  # noqa: N801
    """A declarant in the Union or the United Kingdom needs a well-formed EORI number."""

    remedy = "Enter the declarant's EORI on the organisation's page."

    def faults(self, draft: DeclarationDraft) -> Iterator[Problem]:
        party = draft.declarant
        if lacks_eori(party):
            yield {"field": "declarant.identifier", "value": party.identifier}


class DE_5_8_Route(Rule):  # noqa: N801
    """A declaration names an office's country that exists, and the goods leave one country for another."""

    remedy = "A parcel within one country is not declared."

    def faults(self, draft: DeclarationDraft) -> Iterator[Problem]:
        if draft.country not in _COUNTRIES:
            yield {"field": "country", "value": draft.country}
        if draft.exporter.country == draft.importer.country:
            yield {"field": "importer.country", "value": draft.importer.country}


class DE_2_5_LocalReference(Rule):  # noqa: N801
    """A local reference number has at most 22 letters and digits."""

    remedy = "Leave it empty: the house makes one."

    def faults(self, draft: DeclarationDraft) -> Iterator[Problem]:
        if draft.lrn and not re.fullmatch(r"[A-Za-z0-9]{1,22}", draft.lrn):
            yield {"field": "lrn", "value": draft.lrn}


class GACC_PackNo(Rule):  # noqa: N801
    """A consignment has at least one package and a waybill number."""

    remedy = "Book the consignment first."

    def faults(self, draft: DeclarationDraft) -> Iterator[Problem]:
        if draft.packages < 1:
            yield {"field": "packages", "value": draft.packages}
        if not draft.transport.tracking.strip():
            yield {"field": "transport.tracking", "value": ""}


RULES: tuple[Rule, ...] = (
    DE_1_9_TotalItems(),
    DE_1_6_GoodsItemNumber(),
    DE_6_14_CommodityCode(),
    DE_6_8_Description(),
    DE_5_15_CountryOfOrigin(),
    DE_6_1_NetMass(),
    DE_6_5_GrossMass(),
    DE_4_14_ItemPrice(),
    DE_6_2_SupplementaryUnits(),
    DE_4_11_TotalInvoiced(),
    DE_4_10_InvoiceCurrency(),
    DE_4_1_DeliveryTerms(),
    DE_3_Parties(),
    DE_3_2_ExporterIdentification(),
    DE_3_18_DeclarantIdentification(),
    DE_5_8_Route(),
    DE_2_5_LocalReference(),
    GACC_PackNo(),
)


def check_draft(draft: DeclarationDraft) -> list[Problem]:
    """Everything that keeps `draft` from being lodged; an empty list when it may be."""
    return [problem for rule in RULES for problem in rule.problems(draft)]


def _minor(money: Money | None) -> int:
    return money.minor if money else 0
