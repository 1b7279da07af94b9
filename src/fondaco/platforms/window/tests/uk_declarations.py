"""Declarations into and out of the United Kingdom that the tests of CDS start from."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fondaco.kernel.money import Money
from fondaco.platforms.window.domain.declaration_wco import Filing
from fondaco.platforms.window.public import DeclarationDraft, Party
from fondaco.platforms.window.tests.declaration_samples import draft, item
from fondaco.platforms.window.tests.gacc_samples import small_filing

EORI = "GB553202734852"


def uk_draft(name: str = "7001", **changes: Any) -> DeclarationDraft:
    """An import into Great Britain, worth 300 pounds with 18 of carriage."""
    firm = Party("Clip Importers Ltd", "GB", EORI, "1 Shaver St", "London", "E1 2EB")
    goods = item(1, hs_code="3926400000", value=Money(300_00, "GBP"))
    told: dict[str, Any] = {
        "kind": "import", "country": "GB", "regime": "UK", "importer": firm, "declarant": firm, "items": (goods,),
        "exporter": Party("Ningbo Shavers", "CN", "", "6 Zhongshan Rd", "Ningbo", "315000"),
        "invoice_total": Money(300_00, "GBP"),
    }  # fmt: skip
    return replace(draft(name), **(told | changes))


def uk_filing(kind: str = "import", *, worth: int = 20_000, **changes: Any) -> Filing:
    """Two goods of `worth` pence in all, into or out of Great Britain, as what goes into a message."""
    plain = small_filing(kind)
    items = [replace(i, hs_code="3926400000", value_minor=worth // 2, origin="CN") for i in plain.items]
    party = {"name": "Harbour Gifts", "identifier": EORI, "country": "GB"}
    abroad = {"name": "Lin Trading", "country": "CN", "line": "1 Lu", "city": "Ningbo", "postcode": "315000"}
    own, other = ("importer", "exporter") if kind == "import" else ("exporter", "importer")
    told = {
        "country": "GB",
        "currency": "GBP",
        "invoice_total_minor": worth,
        "declarant": party,
        own: party,
        other: abroad,
    }
    return replace(plain, items=items, **(told | changes))
