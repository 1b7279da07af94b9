"""Made-up values for the style page."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from fondaco.delivery.web.explain import Explanation, Step
from fondaco.delivery.web.states import LOOKS
from fondaco.kernel.money import Money
from fondaco.systems.logistics.public import PackedParcel, UnitPlacement


class SampleForm(forms.Form):
    """Fields as every form shows them."""

    sku = forms.CharField(label=_("SKU"), help_text=_("The seller's own code."))
    country = forms.ChoiceField(label=_("Destination"), choices=[("DE", "Germany"), ("JP", "Japan")])
    weight = forms.IntegerField(label=_("Weight in grams"), min_value=1)


def style_sample() -> dict[str, Any]:
    """The context of the style page."""
    return {
        "states": sorted(LOOKS, key=lambda name: (LOOKS[name].tone, name)),
        "swatches": ("paper", "surface", "sunk", "line", "line-strong", "ink", "ink-2", "ink-3", "accent",
                     "accent-soft", "good", "wait", "stop", "info"),
        "amount": Money(123456, "GBP"),
        "minus": Money(-980, "EUR"),
        "yen": Money(54000, "JPY"),
        "dinar": Money(12345, "KWD"),
        "moment": datetime(2026, 11, 21, 14, 5, tzinfo=UTC),
        "line": (3, 5, 4, 6, 8, 7, 9, 12, 11, 14),
        "steps": (_("File"), _("Columns"), _("Preview"), _("Done")),
        "rows": [
            ("536365", "DE", "priced", Money(13912, "GBP"), 6), ("536366", "JP", "held", Money(2220, "GBP"), 2),
            ("536367", "NO", "settled", Money(27873, "GBP"), 12), ("536368", "AU", "needs_manual", Money(7005, "GBP"), 4),
        ],
        "box": _packed_box(),
        "form": SampleForm({"sku": "85123A", "country": "DE", "weight": "-3"}),
        "explanation": _explanation(),
    }  # fmt: skip


def _packed_box() -> PackedParcel:
    """A made-up box: two mugs on a book, a scarf beside them."""
    places = (
        UnitPlacement("book", 0, 0, 0, 240, 170, 40), UnitPlacement("mug", 0, 0, 40, 110, 100, 90),
        UnitPlacement("mug", 115, 0, 40, 110, 100, 90), UnitPlacement("scarf", 245, 0, 0, 50, 200, 120),
    )  # fmt: skip
    contents = (("book", 1), ("mug", 2), ("scarf", 1))
    return PackedParcel("box-s", 308, 228, 158, 1_480, contents, "exact", places)


def _explanation() -> Explanation:
    goods, duty = Money(13912, "GBP"), Money(654, "GBP")
    return Explanation(
        title=_("Duty on a knitted hat"),
        figure=duty,
        summary=_("A made-up example that shows the parts of an explanation."),
        steps=(
            Step(_("Value of the goods"), goods, inputs="6 × 23.19 GBP", source="invoice 536365"),
            Step(_("Rate for 6505.00 from China"), "4.7 %", source="UK Global Tariff", rule="mfn-2021"),
            Step(_("Duty, rounded half up"), duty, inputs="139.12 GBP × 4.7 %"),
        ),
        versions={"tariff": "2021-01-01", "rates": "2026-11-20"},
    )  # fmt: skip
