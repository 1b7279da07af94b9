"""What a journal says of itself, in words: the facts kept with it and what it is about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from fondaco.delivery.web.presenting.money_words import method_word, plain_word
from fondaco.delivery.web.states import look_of
from fondaco.delivery.web.templatetags.fondaco import number, percent

Text = str | Promise

_AS_IT_IS: Callable[[Any], str] = str
# The keys of other records (payment, refund, dispute, return) say nothing to a reader: "About" leads there.
_FACTS: dict[str, tuple[Text, Callable[[Any], str]]] = {
    "rate": (_("Rate of exchange"), lambda value: number(value, 6)),
    "vat_rate": (_("VAT on commission"), percent),
    "rule": (_("Rule"), _AS_IT_IS),
    "method": (_("Method"), method_word),
    "state": (_("State"), lambda value: str(look_of(value).word)),
    "case": (_("Case"), _AS_IT_IS),
    "run": (_("Run"), _AS_IT_IS),
    "bank_reference": (_("Bank reference"), _AS_IT_IS),
    "confirmed_by": (_("Confirmed by"), _AS_IT_IS),
    "reason": (_("Reason"), _AS_IT_IS),
}
_SHARED_OUT = {"rate": (_("Commission"), percent)}
_ABOUT: dict[str, Text] = {
    "payout": _("Payout"),
    "rebate": _("Export rebate"),
    "claim": _("Duty claim"),
    "provider-file": _("Provider's file"),
    "quote": _("Exchange"),
    "forward": _("Forward"),
    "break": _("Break"),
    "recon": _("Reconciliation"),
}


def journal_facts(kind: str, meta: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The facts kept with a journal of `kind` that mean something to a reader, each with its word."""
    known = _FACTS | (_SHARED_OUT if kind == "order.settled" else {})
    return [(str(known[key][0]), known[key][1](value)) for key, value in meta.items() if key in known]


def about_word(source: str) -> str:
    """What a posting is about, without the key of a record that nobody can read."""
    kind, _colon, key = source.partition(":")
    word = str(_ABOUT.get(kind) or plain_word(kind))
    return f"{word} {key}" if kind == "provider-file" else word
