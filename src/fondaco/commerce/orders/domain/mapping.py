"""How a seller's file is read: which column is what, and what the file leaves unsaid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fondaco.kernel.errors import Refused
from fondaco.kernel.money import exponent

GOODS, SAMPLE, CARRIAGE, DISCOUNT, MANUAL, FEE = "goods", "sample", "carriage", "discount", "manual", "fee"
SPECIAL_KINDS = frozenset({CARRIAGE, DISCOUNT, MANUAL, FEE})

REQUIRED_FIELDS = ("order", "sku", "quantity", "unit_price", "ordered_at", "country")
OPTIONAL_FIELDS = (
    "title", "buyer", "currency",
    "ship_name", "ship_street", "ship_city", "ship_region", "ship_postcode",
    "hs_code", "origin", "mass_g", "length_mm", "width_mm", "height_mm",
)  # fmt: skip
STATED_FACTS = ("hs_code", "origin", "mass_g", "length_mm", "width_mm", "height_mm")
SHIP_FIELDS = ("ship_name", "ship_street", "ship_city", "ship_region", "ship_postcode")

AUTO_SHIFT = "auto"
MAX_SHIFT = 5200


class BadMapping(Refused):
    code = "bad-mapping"
    title = "The column mapping cannot be used."
    remedy = "Name a column of the file for order, sku, quantity, unit_price, ordered_at and country."


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """How to read one seller's files.

    `columns` maps our fields to the file's headings. `shift` moves every date by that many whole
    weeks; "auto" chooses the number that brings the last order of the file to just before now.
    `special_skus` classifies stock codes that are not goods. `credit_prefix` marks credit notes by
    the start of their number. `default_origin` is the seller's own statement for products whose
    origin nothing else tells.
    """

    name: str
    columns: Mapping[str, str]
    currency: str = ""
    date_formats: tuple[str, ...] = ()
    timezone: str = "UTC"
    shift: int | str = 0
    countries: Mapping[str, str] = field(default_factory=dict)
    special_skus: Mapping[str, str] = field(default_factory=dict)
    credit_prefix: str = ""
    decimal_comma: bool = False
    default_origin: str = ""

    def checked(self) -> Self:
        """This mapping, or BadMapping naming what is wrong with it."""
        for name in REQUIRED_FIELDS:
            if not self.columns.get(name):
                raise BadMapping(f"No column is named for '{name}'.", field=name)
        if unknown := set(self.columns) - {*REQUIRED_FIELDS, *OPTIONAL_FIELDS}:
            raise BadMapping("There is no such field.", field=min(unknown))
        if not self.currency and "currency" not in self.columns:
            raise BadMapping("State a currency or name its column.", field="currency")
        if self.currency:
            exponent(self.currency)
        self._check_rest()
        return self

    def _check_rest(self) -> None:
        for sku, kind in self.special_skus.items():
            if kind not in SPECIAL_KINDS:
                raise BadMapping(f"'{sku}' cannot be '{kind}'.", field="special_skus")
        weeks = 0 if self.shift == AUTO_SHIFT else self.shift
        if isinstance(weeks, bool) or not isinstance(weeks, int) or abs(weeks) > MAX_SHIFT:
            raise BadMapping(
                "The shift is a whole number of weeks or 'auto'.", field="shift", value=self.shift
            )
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError) as exc:
            raise BadMapping("No such time zone.", field="timezone", value=self.timezone) from exc

    def as_dict(self) -> dict[str, Any]:
        """This mapping as plain data, to be kept as JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The mapping kept as `data`; BadMapping for anything else."""
        try:
            fields = {**data, "date_formats": tuple(data.get("date_formats", ()))}
            return cls(**fields).checked()
        except (TypeError, AttributeError) as exc:
            raise BadMapping(str(exc)) from exc


_SYNONYMS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "order": ("invoiceno", "invoice", "orderid", "order", "orderno", "ordernumber", "name", "订单号"),
        "sku": ("stockcode", "sku", "lineitemsku", "itemcode", "productcode", "商品编码"),
        "title": ("description", "title", "lineitemname", "productname", "itemname", "商品名称"),
        "quantity": ("quantity", "qty", "lineitemquantity", "units", "数量"),
        "unit_price": ("unitprice", "price", "lineitemprice", "itemprice", "单价"),
        "ordered_at": ("invoicedate", "orderdate", "orderedat", "createdat", "date", "paidat", "下单时间"),
        "country": ("country", "shippingcountry", "shipcountry", "destination", "国家"),
        "buyer": ("customerid", "customer", "buyer", "buyerid", "email", "买家"),
        "currency": ("currency", "currencycode", "币种"),
        "ship_name": ("shippingname", "shipname", "recipient"),
        "ship_street": ("shippingstreet", "shippingaddress1", "shipaddress", "street", "address"),
        "ship_city": ("shippingcity", "shipcity", "city"),
        "ship_region": ("shippingprovince", "shipregion", "state", "region", "province"),
        "ship_postcode": ("shippingzip", "postcode", "zip", "postalcode", "shippingpostcode"),
        "hs_code": ("hscode", "hs", "commoditycode", "tariffcode"),
        "origin": ("origin", "countryoforigin", "madein"),
        "mass_g": ("massg", "weightg", "grams", "lineitemgrams"),
        "length_mm": ("lengthmm",),
        "width_mm": ("widthmm",),
        "height_mm": ("heightmm",),
    }
)


def guess_columns(headings: Sequence[str]) -> dict[str, str]:
    """Our fields for the headings that are recognised by name; the first match wins."""
    plain = {"".join(c for c in h.casefold() if c.isalnum()): h for h in reversed(headings)}
    return {name: plain[word] for name, words in _SYNONYMS.items() for word in words[::-1] if word in plain}


ONLINE_RETAIL = ColumnMapping(
    name="UCI Online Retail",
    columns={
        "order": "InvoiceNo", "sku": "StockCode", "title": "Description", "quantity": "Quantity",
        "ordered_at": "InvoiceDate", "unit_price": "UnitPrice", "buyer": "CustomerID", "country": "Country",
    },
    currency="GBP",
    timezone="Europe/London",
    shift=AUTO_SHIFT,
    # The Channel Islands are two customs territories; Guernsey stands for both, as the file does not say.
    countries={"EIRE": "IE", "RSA": "ZA", "Channel Islands": "GG", "USA": "US", "Czech Republic": "CZ"},
    special_skus={
        "POST": CARRIAGE, "DOT": CARRIAGE, "C2": CARRIAGE, "D": DISCOUNT, "M": MANUAL, "B": MANUAL,
        "S": MANUAL, "ADJUST": MANUAL, "AMAZONFEE": FEE, "BANK CHARGES": FEE, "CRUK": FEE,
    },
    credit_prefix="C",
    default_origin="CN",
)  # fmt: skip
"""The public UCI "Online Retail" file: a UK gift wholesaler's invoices, in pounds by our statement."""

PRESETS: Mapping[str, ColumnMapping] = MappingProxyType({"online-retail": ONLINE_RETAIL})
