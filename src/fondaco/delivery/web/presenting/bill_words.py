"""The words for a bill that differs from its quote: why, and who bears it."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _l

REASONS: Mapping[str, str | Promise] = {
    "same": _l("The bill is what was quoted."),
    "at-sale": _l("The tax was taken at sale; nothing is left at the border."),
    "rounding": _l("Rounding: within one unit of the currency for each line."),
    "less": _l("The authority asks less than was charged; what is not owed goes back."),
    "goods": _l("Declared under another commodity code than quoted."),
    "value": _l("Declared at another value than quoted."),
    "estimate": _l("The quote was an estimate: a fact of the goods was not known."),
    "differs": _l("The authority assessed more; its reason is not in the papers."),
}
BEARERS: Mapping[str, str | Promise] = {
    "nobody": _l("Nobody"),
    "house": _l("The house"),
    "buyer": _l("Goes back to the buyer"),
    "seller": _l("The seller, who sold duty paid"),
}
