"""The words for a landed cost's codes: its steps, their figures, what is missing and what to do about it.

The window's trace is data, with a code on each step; its own texts are English and cite a law. A reader of
English sees them; every other reader sees the words for the code, beside the same figures, source and rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from fondaco.platforms.window.public import Note

_Words = Mapping[str, str | Promise]

_STEPS: _Words = {
    "value": _l("Customs value"),
    "value-rule": _l("Customs value by a rule of the destination"),
    "relief": _l("Relief: no duty under this rule"),
    "duty": _l("Duty at the rate of the tariff"),
    "duty-yields": _l("An additional duty that yields to another"),
    "duty-flat": _l("Flat duty for each tariff class"),
    "duty-claim": _l("A lower duty that is claimed"),
    "duty-stated": _l("Duty at the rate a person stated"),
    "excise": _l("Excise on value and duty"),
    "tax": _l("Import tax on value, carriage and duty"),
    "tax-relief": _l("Relief: no import tax under this rule"),
    "rounded": _l("Rounded as the authority rounds a total"),
    "tax-waived": _l("Import tax below the amount that is collected"),
    "fee": _l("Fee of the border"),
}
_FIGURES: _Words = {
    "incoterm": _l("incoterm"),
    "goods": _l("goods"),
    "freight": _l("carriage"),
    "insurance": _l("insurance"),
    "rate": _l("rate"),
    "share": _l("share"),
    "value": _l("value"),
    "base": _l("base"),
    "class": _l("tariff class"),
    "part": _l("part"),
    "lines": _l("lines"),
    "hs": _l("code"),
    "origin": _l("made in"),
    "due": _l("due"),
    "below": _l("collected from"),
    "kind": _l("kind"),
    "claim": _l("claim"),
}
_VERSIONS: _Words = {
    "engine": _l("Method of reckoning"),
    "hs6_policy": _l("Where a six-digit code stands for several duties"),
    "regime": _l("Rules of the destination"),
    "tariff": _l("Tariff"),
    "rates": _l("Exchange rates"),
    "rates_on": _l("Day of the exchange rate"),
    "price book": _l("Price book"),
}
_POLICIES: _Words = {"max": _l("the highest is taken"), "ask": _l("a person is asked")}
CONFIRM = _l("Open the product, state or confirm the fact, then run the order again.")
_BROKER = _l("Ask a customs broker, then state the duty.")
_STATE_DUTY = _l("State the duty, like 4.5 % or 12 EUR/100 kg.")
_REGIME = _l("Add the destination's regime to data/window/regimes.")
_MEND_LINE = _l("Take the line out or mend it.")
GAPS: Mapping[str, tuple[str | Promise, str | Promise]] = {
    "hs-missing": (_l("An article has no commodity code."), CONFIRM),
    "hs-too-short": (_l("A commodity code is too short for this tariff."), CONFIRM),
    "hs-expired": (
        _l("A commodity code has ended."),
        _l("Give the code that came in its place; the tariff shows it."),
    ),
    "quota-used-up": (
        _l("The buyer's quota of the year is used up."),
        _l("Take less, wait for the new year, or bring the goods in by general trade."),
    ),
    "quota-exhausted": (
        _l("The tariff quota that this price stands on is exhausted."),
        _l("Ask for a new price: the duty outside the quota is owed."),
    ),
    "remedy-unread": (_l("An anti-dumping or countervailing duty is possible; its rate is not held."), _BROKER),
    "additional-code-missing": (
        _l("The rate of a trade remedy depends on who made the goods."),
        _l("Give the maker's additional code, such as C123."),
    ),
    "hs-incomplete": (_l("A commodity code is too short for this tariff."), CONFIRM),
    "hs-unknown": (_l("The tariff does not know this commodity code."), CONFIRM),
    "origin-missing": (_l("The country of origin of an article is not known."), CONFIRM),
    "quantity-missing": (_l("A quantity that the duty asks for is not known."), CONFIRM),
    "no-tariff": (
        _l("No tariff is held for this destination."),
        _l("State the duty of each article, or load the destination's tariff."),
    ),
    "no-regime": (_l("No rules are held for this destination on that day."), _REGIME),
    "no-rule": (_l("No rule of the destination fits these goods."), _REGIME),
    "no-rate": (
        _l("No exchange rate is held for that day."),
        _l("Load a dated rate for this pair of currencies."),
    ),
    "not-on-held-list": (_l("This code is not in the part of the positive list that is held here."), _BROKER),
    "manual-provision": (_l("The tariff leaves this duty to a person."), _BROKER),
    "excise": (_l("These goods may bear an excise."), _BROKER),
    "duty-unread": (_l("The tariff's wording of this duty could not be read."), _STATE_DUTY),
    "domestic": (_l("The goods do not cross a border."), _l("Price it as a domestic sale.")),
    "no-lines": (_l("The order has no lines."), _l("Add at least one line.")),
    "bad-incoterm": (_l("This is not an Incoterms 2020 rule."), _l("Use DAP or DDP.")),
    "bad-carriage": (_l("Carriage or insurance is negative."), _l("Give the amount paid.")),
    "mixed-currencies": (_l("The order mixes currencies."), _l("Convert the amounts into one currency first.")),
    "bad-line": (_l("A line has a value below zero or no quantity."), _MEND_LINE),
}  # fmt: skip
_NOTES: _Words = {
    "agency": _l("Another authority asks for papers."),
    "claim-open": _l("A lower duty could be claimed."),
    "quota-exhausted": _l("The tariff quota claimed is exhausted; the price is without it."),
    "preference-open": _l("A lower duty is open against proof of origin."),
    "remedy-flag": _l("An anti-dumping or countervailing duty is possible and not in the price."),
    "remedy-max": _l("The highest anti-dumping rate of any maker is taken; the maker's own may be lower."),
    "hs6-max": _l("The code stands for several duties; the highest is taken."),
    "former-nomenclature": _l("Read as a code of the nomenclature before."),
    "exceptions-unread": _l("Exceptions from the country duty are not read."),
    "duty-stated": _l("The duty was stated by a person."),
    "standard-rate": _l("The standard rate of tax is taken."),
    "rule-to-verify": _l("A rule of the destination is still to be verified."),
}
_CODE = re.compile(r"\b\d{4,12}\b")
_BASIS = re.compile(r"\b(CIF|FOB)\b")


def step_word(code: str, said: str) -> str:
    """What a step of the reckoning did: the room's own text to a reader of English, else the words for its code."""
    known = _STEPS.get(code)
    if known is None or reads_english():
        return said
    basis = _BASIS.search(said) if code == "value" else None
    return f"{known} ({basis[1]})" if basis else str(known)


def figures_text(inputs: Mapping[str, str]) -> str:
    """The figures a step worked with, on one line."""
    return " · ".join(f"{_FIGURES.get(name, name)} {_figure(value)}" for name, value in inputs.items())


def gap_words(code: str, detail: str, remedy: str) -> tuple[str, str, str]:
    """(title, detail, remedy) of what is missing; to a reader of another language the detail keeps its codes only."""
    title, mend = GAPS.get(code, (code.replace("-", " ").capitalize(), remedy if reads_english() else ""))
    return str(title), english_or_codes(detail), str(mend)


def note_words(notes: Iterable[Note]) -> list[tuple[str, str]]:
    """What a reader of a price should know, each with its detail, once."""
    found = ((str(_NOTES.get(note.code, "")), english_or_codes(note.detail)) for note in notes)
    return list(dict.fromkeys((word, "" if detail == word else detail) for word, detail in found))


def english_or_codes(detail: str) -> str:
    """A room's English sentence to a reader of English; else only the commodity codes in it."""
    return detail if reads_english() else " · ".join(_CODE.findall(detail))


def rate_words(text: str) -> str:
    """The rate of a duty as a line shows it: "relief", "3 EUR per tariff class", "4.7%"."""
    if text == "relief":
        return _("relief")
    flat = text.removesuffix(" per tariff class")
    if flat != text:
        return _("%(amount)s per tariff class") % {"amount": flat}
    stated = text.removesuffix(" (stated)")
    if stated != text:
        return _("%(rate)s (stated)") % {"rate": stated}
    return text


def version_words(versions: Mapping[str, str]) -> dict[str, str]:
    """The versions a figure came from, by name."""
    return {_version_name(name): _version(name, value) for name, value in versions.items()}


def reads_english() -> bool:
    """Whether the reader's language is English, in which rooms speak."""
    return (get_language() or "en").startswith("en")


def _figure(value: str) -> str:
    return rate_words(value) if value.endswith((" per tariff class", " (stated)")) else value


def _version_name(name: str) -> str:
    head, _colon, pair = name.partition(":")
    if head == "rate":
        return _("Exchange rate %(pair)s") % {"pair": pair}
    known = str(_VERSIONS.get(head, head))
    return f"{known} {pair}".strip()


def _version(name: str, value: str) -> str:
    return str(_POLICIES.get(value, value)) if name == "hs6_policy" else value
