"""Why lines of the books and of others are taken for the same money."""

from __future__ import annotations

from django.utils.translation import gettext as _

from fondaco.delivery.web.explain import Explanation, Step
from fondaco.delivery.web.presenting.money_words import rule_word
from fondaco.systems.finance.public import MatchingFacts

PASSES = ("exact", "named", "batch", "tolerance", "windowed", "many", "manual")


def why_matching(facts: MatchingFacts) -> Explanation:
    """The passes in their order with what each asks for and has matched, then the differences that were booked."""
    limits = facts.limits
    asked = {
        "exact": _("same reference, currency and amount, once on each side"),
        "named": _("the same but for spaces, case, or a reference that stands in the text"),
        "batch": _("one line for all lines of the batch that it names, to the minor unit"),
        "tolerance": _("same reference; at most %(minor)s minor units and %(share)s %% apart")
        % {"minor": limits.tolerance_minor, "share": f"{100 * limits.tolerance_share:g}"},
        "windowed": _("same amount within %(days)s days, and nobody else comes into question")
        % {"days": limits.days},
        "many": _("the only sum of 2 to %(lines)s lines within %(days)s days")
        % {"lines": limits.lines, "days": limits.days},
        "manual": _("a person said so, within the tolerance"),
    }
    steps = [Step(rule_word(rule), facts.groups.get(rule, 0), asked[rule]) for rule in PASSES]
    steps += [Step(_("Differences within the tolerance, booked"), sum_) for sum_ in facts.differences]
    total = sum(facts.groups.values())
    return Explanation(
        _("What is taken for the same money"), total,
        _("A match needs a proof and must be the only one; where two answers are possible a person decides."), tuple(steps),
    )  # fmt: skip
