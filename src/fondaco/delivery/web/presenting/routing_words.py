"""How a payment's tries are shown: which provider was asked, what spoke for it, what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from fondaco.delivery.web.presenting.money_words import method_word, refusal_word
from fondaco.systems.finance.public import AttemptView

_STATES: dict[str, str | Promise] = {
    "closed": _("in use"),
    "probe": _("tried again after a failure"),
    "open": _("left alone after a run of failures"),
    "only": _("the only one that serves this method here"),
}
_REASONS: dict[str, str | Promise] = {
    "issuer_unavailable": _("the issuer could not be reached"),
    "processing_error": _("an error at the provider"),
    "provider_down": _("the provider was down"),
    "do_not_honour": _("the issuer would not say why"),
    "method_refused": _("the provider does not take this method"),
    "insufficient_funds": _("too little money on the account"),
    "no answer": _("no answer came in time"),
}


def try_lines(attempts: Sequence[AttemptView]) -> list[dict[str, Any]]:
    """One entry per try, with the providers that were weighed."""
    return [
        {
            "number": one.number,
            "connector": one.connector.capitalize(),
            "outcome": "lost_answer" if one.outcome == "lost" else one.outcome,
            "reason": _REASONS.get(one.reason, one.reason),
            "at": one.answered_at or one.asked_at,
            "weighed": [_weighed(each, one.connector) for each in one.decision.get("candidates", ())],
        }
        for one in attempts
    ]


def menu_lines(attempts: Sequence[AttemptView]) -> dict[str, Any] | None:
    """The methods that were offered when the payment was asked for, and why others were not."""
    why = attempts[0].decision.get("method") if attempts else None
    if not why:
        return None
    return {
        "offered": [method_word(code) for code in why.get("offered", ())],
        "refused": [
            (method_word(code), refusal_word(word, limit)) for code, word, limit in why.get("refused", ())
        ],
        "risk": why.get("risk", ""),
    }


def _weighed(candidate: Mapping[str, Any], chosen: str) -> dict[str, Any]:
    mean, weight = candidate.get("mean"), candidate.get("weight")
    return {
        "name": str(candidate["connector"]).capitalize(),
        "chosen": candidate["connector"] == chosen,
        "state": _STATES.get(candidate["state"], candidate["state"]),
        "percent": None if mean is None else round(100 * mean, 1),
        "weight": None if weight is None else round(weight),
        "drawn": candidate.get("drawn"),
    }
