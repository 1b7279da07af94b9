"""Why an order waits for a person, in words, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _


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
    code = str(why.get("code", ""))
    known = _words().get(code)
    detail = " · ".join(str(why[key]) for key in ("sku", "detail") if why.get(key))
    if known:
        return Reason(known[0], known[1], detail)
    return Reason(code.replace("-", " ").replace("_", " ").capitalize(), str(why.get("remedy", "")), detail)


def _words() -> dict[str, tuple[str, str]]:
    confirm = _("Open the product, state or confirm the fact, then run the order again.")
    return {
        "size-missing": (_("The weight or size of an article is not known."), confirm),
        "facts-estimated": (_("A weight, size, origin or code is only estimated."), confirm),
        "sample-without-value": (
            _("A free sample has no price to declare."),
            _("State the ordinary price of the sample."),
        ),
        "no-service": (
            _("No carrier's service takes this parcel."),
            _("See why each service was refused; split the order or correct its weight and size."),
        ),
        "hs-missing": (_("An article has no commodity code."), confirm),
        "hs-incomplete": (_("A commodity code is too short for this tariff."), confirm),
        "origin-missing": (_("The country of origin of an article is not known."), confirm),
        "no-tariff": (
            _("No tariff is held for this destination."),
            _("State the duty of each article, or load the destination's tariff."),
        ),
        "no-regime": (
            _("No rules are held for this destination on that day."),
            _("Add the destination's regime to data/window/regimes."),
        ),
    }
