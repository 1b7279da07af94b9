"""May these goods go there? Rules by destination, code, words and origin, on a day; each says its law.

    assess(GoodsItem("vape pod kit", "854340", origin="CN", exporter="CN"), "SG", on=day, book=book).effect

A rule fits where destination, origin, exporter, code and words all fit and it is in force. The gravest rule
that fits decides: prohibited, restricted (a licence is needed and stops the goods without it), document
(papers to have ready), agency (an authority may look), none. Nothing here reads a clock, a file or a database.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Final

PROHIBITED, RESTRICTED, DOCUMENT, AGENCY, NONE = "prohibited", "restricted", "document", "agency", "none"
EFFECTS: Final = (PROHIBITED, RESTRICTED, DOCUMENT, AGENCY, NONE)
EVERYWHERE: Final = "*"
_WORD: Final = re.compile(r"[a-z]+")
_TO_COME_DAYS: Final = 400


@dataclass(frozen=True, slots=True)
class Words:
    """A condition on the words of a title: one of each group, none of the unwanted."""

    groups: tuple[frozenset[str], ...] = ()
    without: frozenset[str] = frozenset()

    def met(self, words: Collection[str]) -> tuple[str, ...] | None:
        """The words by which the condition is met (none where it asks for none), or None."""
        if not self.without.isdisjoint(words):
            return None
        found = [next((word for word in words if word in group), "") for group in self.groups]
        return tuple(found) if all(found) else None


@dataclass(frozen=True, slots=True)
class GoodsRule:
    """One row of law. `kind` is rule, embargo, high-priority, dual-use or agency."""

    id: str
    kind: str
    destinations: frozenset[str]
    effect: str
    reason: str
    source: str
    authority: str = ""
    needs: str = ""
    origins: frozenset[str] = frozenset()
    exporters: frozenset[str] = frozenset()
    codes: tuple[tuple[str, str], ...] = ()
    words: Words = field(default_factory=Words)
    valid_from: date | None = None
    valid_to: date | None = None
    confidence: str = "B"

    def fits_code(self, hs_code: str) -> str | None:
        """The part of `hs_code` that the rule names; "" where it names none; None where it does not fit."""
        if not self.codes:
            return ""
        for low, high in self.codes:
            part = hs_code[: len(low)]
            if len(part) == len(low) and low <= part <= high:
                return part
        return None


@dataclass(frozen=True, slots=True)
class GoodsItem:
    """Goods as the catalogue knows them; `exporter` is the country they are sold from."""

    title: str
    hs_code: str = ""
    origin: str = ""
    exporter: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that fits, and what made it fit. `licence` is the number that lifts a restriction."""

    rule: GoodsRule
    by_code: str
    by_words: tuple[str, ...]
    licence: str = ""

    @property
    def stops(self) -> bool:
        """Do the goods stay because of it?"""
        return self.rule.effect == PROHIBITED or (self.rule.effect == RESTRICTED and not self.licence)


@dataclass(frozen=True, slots=True)
class GoodsVerdict:
    """What holds for goods at a destination on a day: the gravest effect first; `coming` is law to come.

    `gaps` name what is not known of the goods and could change the answer.
    """

    destination: str
    on: date
    effect: str
    findings: tuple[Finding, ...]
    coming: tuple[Finding, ...] = ()
    gaps: tuple[str, ...] = ()

    @property
    def stops(self) -> bool:
        return any(finding.stops for finding in self.findings)


class RuleBook:
    """All rules, found by destination."""

    def __init__(self, rules: Iterable[GoodsRule], *, version: str) -> None:
        self.version = version
        self.rules = tuple(rules)
        self._by_destination: dict[str, list[GoodsRule]] = defaultdict(list)
        for rule in self.rules:
            for place in rule.destinations:
                self._by_destination[place].append(rule)
        self._coded: dict[tuple[str, str], tuple[tuple[GoodsRule, str], ...]] = {}

    def of(self, destination: str) -> tuple[GoodsRule, ...]:
        """The rules of a destination, with those that hold everywhere."""
        return (*self._by_destination[EVERYWHERE], *self._by_destination.get(destination, ()))

    def by_code(self, destination: str, hs_code: str) -> tuple[tuple[GoodsRule, str], ...]:
        """The rules of a destination that `hs_code` fits, each with the part it names."""
        key = (destination, hs_code)
        if key not in self._coded:
            fits = ((rule, rule.fits_code(hs_code)) for rule in self.of(destination))
            found = tuple((rule, part) for rule, part in fits if part is not None)
            if len(self._coded) > 100_000:
                self._coded.clear()
            self._coded[key] = found
        return self._coded[key]

    def destinations(self) -> list[str]:
        """Destinations that have rules of their own."""
        return sorted(set(self._by_destination) - {EVERYWHERE})


def assess(
    item: GoodsItem, destination: str, *, on: date, book: RuleBook, licences: Mapping[str, str] | None = None
) -> GoodsVerdict:
    """What holds for `item` at `destination` on day `on`. `licences` maps a rule's id to a licence's number."""
    words = words_of(item.title)
    now: list[Finding] = []
    coming: list[Finding] = []
    for rule, part in book.by_code(destination, item.hs_code):
        standing = _standing(rule, on)
        if not standing or not _fits_parties(rule, item):
            continue
        met = rule.words.met(words)
        if met is None:
            continue
        finding = Finding(rule, part, met, (licences or {}).get(rule.id, ""))
        (now if standing == "now" else coming).append(finding)
    ranked = _ranked(now)
    effect = next((f.rule.effect for f in ranked if f.stops), ranked[0].rule.effect if ranked else NONE)
    if ranked and effect == RESTRICTED and not any(f.stops for f in ranked):
        effect = DOCUMENT  # every licence asked for is held
    return GoodsVerdict(destination, on, effect, ranked, _ranked(coming), _gaps(item))


def _standing(rule: GoodsRule, on: date) -> str:
    """Whether the rule is in force ("now") or will be within a year ("coming"); empty for neither."""
    if rule.valid_to and rule.valid_to < on:
        return ""
    if rule.valid_from is None or rule.valid_from <= on:
        return "now"
    return "coming" if (rule.valid_from - on).days <= _TO_COME_DAYS else ""


def _fits_parties(rule: GoodsRule, item: GoodsItem) -> bool:
    if rule.origins and item.origin not in rule.origins:
        return False
    return not rule.exporters or item.exporter in rule.exporters


def _ranked(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda f: (EFFECTS.index(f.rule.effect), f.rule.kind, f.rule.id)))


def _gaps(item: GoodsItem) -> tuple[str, ...]:
    gaps = ["hs-missing"] if len(item.hs_code) < 6 else []
    return (*gaps, *(["origin-missing"] if not item.origin else []))


@lru_cache(maxsize=50_000)
def words_of(title: str) -> frozenset[str]:
    """The words of a title, small, each also without an English plural's ending."""
    words = _WORD.findall(title.lower())
    return frozenset((*words, *(w[:-1] for w in words if len(w) > 3 and w.endswith("s")),
                      *(f"{w[:-3]}fe" for w in words if w.endswith("ives"))))  # fmt: skip


def words_condition(text: str) -> Words:
    """Read `one|other second !unwanted`: groups parted by spaces, alternatives by bars."""
    parts = text.split()
    groups = tuple(frozenset(part.split("|")) for part in parts if not part.startswith("!"))
    return Words(groups, frozenset(part[1:] for part in parts if part.startswith("!")))


def code_ranges(text: str) -> tuple[tuple[str, str], ...]:
    """Read `9503|8525-8527|61`: codes and ranges of codes of equal length, each as lowest and highest."""
    parts = [part.partition("-") for part in text.split("|") if part]
    return tuple((low, high or low) for low, _, high in parts)
