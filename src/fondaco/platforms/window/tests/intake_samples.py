"""Lists as declarants lodge them, for tests and bench."""

from __future__ import annotations

import json
from typing import Any

SELLER_PARTY = {
    "name": "Harbour Gifts Ltd", "country": "GB", "identifier": "GB123456789000", "line": "1 Quay St",
    "city": "Bristol", "postcode": "BS1 4QA",
}  # fmt: skip
_GOODS = (("910511", "Alarm clock, bakelike pink", 9000), ("950300", "Wooden train set, painted", 2550),
          ("691110", "Porcelain tea set for four", 4310))  # fmt: skip


def one_list(name: str, **changes: Any) -> dict[str, Any]:
    """A sound list of three items whose documents agree; `changes` replace whole fields."""
    goods = sum(value for _, _, value in _GOODS)
    lines = [[1, "22728", 24], [2, "22727", 6], [3, "21232", 4]]
    person = {"consignee": "Camille Roux", "country": "FR", "phone": "+33 6 12 34 56 78"}
    plain = {
        "lrn": name,
        "kind": "import",
        "regime": "H7",
        "country": "FR",
        "currency": "GBP",
        "declarant": SELLER_PARTY,
        "exporter": SELLER_PARTY,
        "importer": {"name": "Camille Roux", "country": "FR", "line": "3 rue du Port", "city": "Nantes",
                     "postcode": "44000", "phone": "+33612345678"},
        "items": [
            {"hs_code": code, "description": words, "origin": "CN", "quantity": count, "net_g": 2400,
             "gross_g": 2600, "value_minor": value}
            for (code, words, value), (_, _, count) in zip(_GOODS, lines, strict=True)
        ],
        "invoice_total_minor": goods,
        "freight_minor": 1800,
        "duty_minor": 300,
        "tax_minor": 2730,
        "transport": {"tracking": f"FD{name}", "carrier": "Royal Mail"},
        "invoice_number": name,
        "invoiced_on": "2026-11-20",
        "order": {"number": f"O{name}", "goods_minor": goods, "freight_minor": 1800, "tax_minor": 3030,
                  "discount_minor": 500, "paid_minor": goods + 1800 + 3030 - 500, "buyer_id": "buyer-1",
                  "address": "3 rue du Port, 44000 Nantes", "lines": lines, **person},
        "payment": {"order_number": f"O{name}", "transaction_id": f"pay-{name}",
                    "amount_minor": goods + 1800 + 3030 - 500, "payer_id": "buyer-1"},
        "waybill": {"order_number": f"O{name}", "tracking": f"FD{name}", "carrier": "Royal Mail",
                    "address": "3, Rue du Port  44000 NANTES", "lines": lines[::-1],
                    **person, "consignee": "ROUX Camille"},
    }  # fmt: skip
    return {**plain, **changes}


def batch(*lists: dict[str, Any]) -> bytes:
    """The body of a request with `lists`."""
    return json.dumps({"lists": lists}).encode()
