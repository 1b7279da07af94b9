"""Why an order waits for a person, in words, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from fondaco.delivery.web.presenting.landed_words import CONFIRM, gap_words


@dataclass(frozen=True, slots=True)
class Reason:
    """What is in the way and what mends it."""

    title: str
    remedy: str
    detail: str = ""


def reason_of(facts: Mapping[str, Any]) -> Reason | None:
    """The reason kept with an order that waits, None where none was kept."""
    why = facts.get("why")
    if not isinstance(why, Mapping):
        return None
    code, detail = str(why.get("code", "")), str(why.get("detail") or "")
    title, said, remedy = gap_words(code, detail, str(why.get("remedy", "")))
    own = _OWN.get(code)
    if own:
        title, remedy = (str(text) for text in own)
    return Reason(title, remedy, " · ".join(part for part in (str(why.get("sku") or ""), said) if part))


# What stops an order before its landed cost is asked or after it is paid; the rest is among the gaps of a landed cost.
_OWN = {
    "size-missing": (_("The weight or size of an article is not known."), CONFIRM),
    "facts-estimated": (_("A weight, size, origin or code is only estimated."), CONFIRM),
    "sample-without-value": (
        _("A free sample has no price to declare."),
        _("State the ordinary price of the sample."),
    ),
    "no-service": (
        _("No carrier's service takes this parcel."),
        _("See why each service was refused; split the order or correct its weight and size."),
    ),
    "goods-prohibited": (
        _("These goods may not go to this country."),
        _("Cancel the line, or correct the product's code if it is wrong; the compliance map shows the law."),
    ),
    "goods-restricted": (
        _("These goods need a licence to go to this country."),
        _("State the licence on the product's compliance map; the order then goes on by itself."),
    ),
    "declaration-unfit": (
        _("The customs declaration breaks a rule of the authority."),
        _("Mend what the rule names, then run the order again."),
    ),
}
