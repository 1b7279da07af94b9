"""A tariff in memory: which duties a jurisdiction puts on a code, for an origin, on a day."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from fondaco.platforms.window.domain.tariff_ast import Duty
from fondaco.platforms.window.domain.tariff_grammar import Dialect, parse_duty

_DIALECTS: Mapping[str, Dialect] = {"us": "us", "uk": "taric", "eu": "taric"}


EVERY_OTHER = "*"
WORLD = "hs"  # the jurisdiction of what holds for the Harmonized System, and so for every tariff on it


@dataclass(frozen=True, slots=True)
class TariffMeasure:
    """One dated duty, preference or flag.

    `kind`: mfn, preference, claimed, quota, additional, country, manual, remedy, agency. `code` "" is every code;
    `origin` "" is every origin, "*" every origin that no country measure names; `until` is exclusive. Of a
    preference `reference` lists the origins it is open to, parted by spaces; of a quota it is the order number; of a
    remedy the type of measure and, where the rate is one company's, its additional code ("552 C123").
    """

    jurisdiction: str
    code: str
    kind: str
    expression: str
    source: str
    since: date
    until: date | None = None
    origin: str = ""
    reference: str = ""
    remedy: bool = False

    def in_force(self, on: date) -> bool:
        return self.since <= on and (self.until is None or on < self.until)

    @property
    def duty(self) -> Duty | None:
        """The expression as a tree; None where it cannot be read."""
        return parse_duty(self.expression, _DIALECTS.get(self.jurisdiction, "taric"))


@dataclass(frozen=True, slots=True)
class StackingRule:
    """Two additional duties that are not both owed: goods under `prevails` are free of what `yields`.

    Both are beginnings of a measure's reference; the dates are those of the law that says so.
    """

    jurisdiction: str
    prevails: str
    yields: str
    since: date
    until: date | None
    source: str


@dataclass(frozen=True, slots=True)
class Expiry:
    """A code that is no longer one since `on`, and the codes that came in its place, where known."""

    on: date
    successors: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a tariff says of a code: the candidate base duties and all that is put on top.

    More than one candidate means that the code given is shorter than the tariff's lines and these
    differ. `manual` names provisions that only a person can apply. `partial` are additional duties
    that hit some, not all, of the lines below the code. `preferences` are open to this origin, against proof;
    `claims` against an authorisation, a claim or a place in a quota. `remedies` are trade-remedy duties with a
    rate; `remedy` says that there may be one whose rate nobody has told.
    """

    code: str
    candidates: tuple[TariffMeasure, ...]
    additional: tuple[TariffMeasure, ...] = ()
    partial: tuple[TariffMeasure, ...] = ()
    manual: tuple[TariffMeasure, ...] = ()
    preferences: tuple[TariffMeasure, ...] = ()
    claims: tuple[TariffMeasure, ...] = ()
    remedies: tuple[TariffMeasure, ...] = ()
    unread: tuple[str, ...] = ()
    remedy: bool = False
    former: tuple[str, ...] = ()
    expired: Expiry | None = None


_ON_TOP = ("additional", "country")
_CLAIMED = ("claimed", "quota")


@dataclass(slots=True)
class TariffBook:
    """All measures of all jurisdictions held, looked up by prefix; answers are cached.

    `former` gives, for a six-digit code of the present nomenclature, the codes of the one before it,
    for tariffs whose file is that old. `expired` gives the codes that have ended, by jurisdiction and code.
    """

    versions: Mapping[str, str]
    former: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    stacking: Sequence[StackingRule] = ()
    expired: Mapping[tuple[str, str], Expiry] = field(default_factory=dict)
    _mfn: dict[str, tuple[list[str], list[TariffMeasure]]] = field(default_factory=dict)
    _extra: dict[str, dict[str, list[TariffMeasure]]] = field(default_factory=dict)
    _extra_codes: dict[str, list[str]] = field(default_factory=dict)
    _asks: dict[str, bool] = field(default_factory=dict)
    _breaks: dict[str, list[date]] = field(default_factory=dict)
    _cache: dict[tuple[str, str, str, int], Answer] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        measures: Iterable[TariffMeasure],
        *,
        versions: Mapping[str, str],
        former: Mapping[str, tuple[str, ...]] | None = None,
        stacking: Sequence[StackingRule] = (),
        expired: Mapping[tuple[str, str], Expiry] | None = None,
    ) -> TariffBook:
        book = cls(dict(versions), former or {}, tuple(stacking), expired or {})
        base: dict[str, list[TariffMeasure]] = {}
        changes: dict[str, set[date]] = {}
        for measure in measures:
            changes.setdefault(measure.jurisdiction, set()).update(
                filter(None, (measure.since, measure.until))
            )
            if measure.kind == "mfn":
                base.setdefault(measure.jurisdiction, []).append(measure)
            elif measure.kind != "agency":  # partner agencies ask for papers, not for money
                by_code = book._extra.setdefault(measure.jurisdiction, {})
                by_code.setdefault(measure.code, []).append(measure)
        for jurisdiction, rows in base.items():
            rows.sort(key=lambda row: row.code)
            book._mfn[jurisdiction] = ([row.code for row in rows], rows)
        ends = {expiry.on for expiry in book.expired.values()}
        book._breaks = {jurisdiction: sorted(days | ends) for jurisdiction, days in changes.items()}
        book._extra_codes = {jurisdiction: sorted(codes) for jurisdiction, codes in book._extra.items()}
        return book

    def holds(self, jurisdiction: str) -> bool:
        return jurisdiction in self._mfn

    def asks_origin(self, jurisdiction: str) -> bool:
        """Whether some duty of the jurisdiction depends on where the goods come from."""
        known = self._asks.get(jurisdiction)
        if known is None:
            rows = self._extra.get(jurisdiction, {}).values()
            known = self._asks[jurisdiction] = any(m.origin for measures in rows for m in measures)
        return known

    def look_up(self, jurisdiction: str, code: str, *, origin: str, on: date) -> Answer:
        """What `jurisdiction` puts on `code` (digits, at least six of them) from `origin` on `on`."""
        # Between two days on which anything changes every answer is the same.
        key = (jurisdiction, code, origin, bisect_right(self._breaks.get(jurisdiction, ()), on))
        answer = self._cache.get(key)
        if answer is None:
            if len(self._cache) > 200_000:
                self._cache.clear()
            answer = self._cache[key] = self._answer(jurisdiction, code, origin=origin, on=on)
        return answer

    def stacked(self, jurisdiction: str, measures: Sequence[TariffMeasure], *, on: date) -> Stack:
        """Which of these additional duties are owed together on a day, and which yield to another."""
        owed = list(measures)
        gone: list[tuple[TariffMeasure, StackingRule]] = []
        for rule in self.stacking if len(owed) > 1 else ():
            if rule.jurisdiction != jurisdiction or not _in_force(rule, on):
                continue
            if any(m.reference.startswith(rule.prevails) for m in owed):
                yielding = [m for m in owed if m.reference.startswith(rule.yields)]
                gone += [(measure, rule) for measure in yielding]
                owed = [m for m in owed if m not in yielding]
        return Stack(tuple(owed), tuple(gone))

    def expiry_of(self, jurisdiction: str, code: str, *, on: date) -> Expiry | None:
        """The end of `code`, or of a code above it, if it has ended by `on`."""
        for where in (jurisdiction, WORLD):
            for length in range(len(code), 5, -1):
                found = self.expired.get((where, code[:length]))
                if found is not None and found.on <= on:
                    return found
        return None

    def _answer(self, jurisdiction: str, code: str, *, origin: str, on: date) -> Answer:
        found = self._rows(jurisdiction, code)
        former = () if found else self.former.get(code[:6], ())
        found = found or [row for old in former for row in self._rows(jurisdiction, old)]
        rows = [row for row in found if row.in_force(on)]
        read = [row for row in rows if row.duty is not None]
        extra = self._extras(jurisdiction, code, origin=origin, on=on)
        whole = [m for m in extra if code.startswith(m.code)]
        part = [m for m in extra if not code.startswith(m.code)]
        # A list that names every line below the code hits the code as a whole.
        full = [m for m in part if m.kind in _ON_TOP and self._covers(m, part, rows)]
        rest = [m for m in part if m.kind in _ON_TOP and m not in full]
        return Answer(
            code=code,
            candidates=tuple({row.duty: row for row in read}.values()),
            additional=_one_per_reference(
                sorted((m for m in whole + full if m.kind in _ON_TOP), key=_by_kind)
            ),
            partial=_one_per_reference(rest),
            manual=_one_per_reference([m for m in whole + part if m.kind == "manual"]),
            preferences=tuple(m for m in extra if m.kind == "preference" and origin in m.reference.split()),
            claims=tuple(m for m in whole if m.kind in _CLAIMED and m.duty is not None),
            remedies=_one_per_reference([m for m in whole if m.kind == "remedy" and m.duty is not None]),
            unread=tuple(row.expression for row in rows if row.duty is None),
            remedy=any(row.remedy for row in rows)
            or any(m.kind == "remedy" and (m.duty is None or m in part) for m in extra),
            former=former,
            expired=self.expiry_of(jurisdiction, code, on=on),
        )

    def _rows(self, jurisdiction: str, code: str) -> list[TariffMeasure]:
        """The lines at or below `code`; else the nearest line above it (ten digits inherit from eight)."""
        codes, rows = self._mfn.get(jurisdiction, ([], []))
        start = bisect_left(codes, code)
        below: list[TariffMeasure] = []
        for i in range(start, len(codes)):
            if not codes[i].startswith(code):
                break
            below.append(rows[i])
        if below:
            return below
        for length in range(len(code) - 1, 3, -1):
            above = self._exact(codes, rows, code[:length])
            if above:
                return above
        return []

    @staticmethod
    def _exact(codes: list[str], rows: list[TariffMeasure], code: str) -> list[TariffMeasure]:
        i = bisect_left(codes, code)
        found = []
        while i < len(codes) and codes[i] == code:
            found.append(rows[i])
            i += 1
        return found

    def _extras(self, jurisdiction: str, code: str, *, origin: str, on: date) -> list[TariffMeasure]:
        """What is put on top: by a code above, at or below the one given, for this origin."""
        by_code = self._extra.get(jurisdiction)
        if not by_code:
            return []
        found = [m for length in range(len(code)) for m in by_code.get(code[:length], ())]
        codes = self._extra_codes[jurisdiction]
        for i in range(bisect_left(codes, code), len(codes)):
            if not codes[i].startswith(code):
                break
            found += by_code[codes[i]]
        now = [m for m in found if m.in_force(on)]
        named = [m for m in now if m.origin in ("", origin)]
        if not any(m.origin == origin and m.kind == "country" for m in named):
            named += [m for m in now if m.origin == EVERY_OTHER]
        return named

    @staticmethod
    def _covers(measure: TariffMeasure, part: list[TariffMeasure], rows: list[TariffMeasure]) -> bool:
        named = {m.code for m in part if m.reference == measure.reference}
        return bool(rows) and all(any(row.code.startswith(code) for code in named) for row in rows)


@dataclass(frozen=True, slots=True)
class Stack:
    """Additional duties owed together, and those that yield with the rule that says so."""

    owed: tuple[TariffMeasure, ...]
    yielded: tuple[tuple[TariffMeasure, StackingRule], ...]


def _in_force(rule: StackingRule, on: date) -> bool:
    return rule.since <= on and (rule.until is None or on < rule.until)


def _by_kind(measure: TariffMeasure) -> tuple[str, str]:
    return measure.kind, measure.reference


def _one_per_reference(measures: list[TariffMeasure]) -> tuple[TariffMeasure, ...]:
    kept: dict[tuple[str, str], TariffMeasure] = {}
    for measure in measures:
        kept.setdefault((measure.kind, measure.reference), measure)
    return tuple(kept.values())
