"""Returned goods: what the clocks say, what may be claimed back, what each piece is worth of what was paid.

Pure. Days are calendar days and months calendar months, the day of the event not counted (Regulation (EEC,
Euratom) No 1182/71 Art. 3 for the Union; the other authorities count alike): a limit of 14 days from the 1st
ends with the 15th.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final, TypeVar

from fondaco.kernel.errors import Refused

SOLD_INTO, SENT_FROM, CONSUMER = "sold_into", "sent_from", "consumer"
CLAIM, RETURN = "claim", "return"
FAULT: Final = frozenset({"defective", "wrong", "damaged", "not_as_described"})
EU: Final = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()
)
ALARM_DAYS = 7
_BP = 10_000
_Rule = TypeVar("_Rule")


class BadReturnTable(Refused):
    code = "bad-return-table"
    title = "A table of return rules cannot be read."
    remedy = "Mend the row of data/window/return_clocks.csv or return_claims.csv that is named."


@dataclass(frozen=True, slots=True)
class ClockRule:
    """A time limit as the law has it: of which countries, counted from what, ended by what, to what effect."""

    code: str
    countries: frozenset[str]
    side: str
    regimes: frozenset[str]
    fault_only: bool
    starts: str
    amount: int
    unit: str
    stops: str
    effect: str
    valid_from: date
    valid_to: date | None
    source: str
    confidence: str

    def ends_on(self, start: date) -> date:
        """The last day on which the limit is kept."""
        return start + timedelta(days=self.amount) if self.unit == "days" else add_months(start, self.amount)


@dataclass(frozen=True, slots=True)
class ClaimRule:
    """A way to get duty or tax back: where, for which reasons, on what condition, how much, until when.

    `how` is CLAIM, or RETURN where nobody is asked: a periodic return corrects it (IOSS).
    """

    code: str
    countries: frozenset[str]
    regimes: frozenset[str]
    schemes: frozenset[str]
    fault_only: bool
    needs: frozenset[str]
    charges: frozenset[str]
    share_bp: int
    clock: str
    how: str
    form: str
    valid_from: date
    source: str
    confidence: str


@dataclass(frozen=True, slots=True)
class ReturnFacts:
    """What the clocks of a return depend on. `days` are the days of what has happened, by the names in the table.

    `sold_into` and `sent_from` are the countries of the sale; `regimes` the procedures of its declarations by side.
    """

    sold_into: str
    sent_from: str
    reason: str
    days: Mapping[str, date]
    regimes: Mapping[str, str] = field(default_factory=dict)
    scheme: str = ""

    @property
    def is_fault(self) -> bool:
        return self.reason in FAULT


@dataclass(frozen=True, slots=True)
class Clock:
    """One time limit of one return: when it began, its last day, when it was met (None: not yet).

    `over_on` is the day from which it no longer counts, because the return ended and nothing can meet it now.
    `part` is the consignment that it is about; 0: the whole return.
    """

    code: str
    starts_on: date
    ends_on: date
    stops: str
    met_on: date | None
    effect: str
    source: str
    confidence: str
    over_on: date | None = None
    part: int = 0

    def state(self, today: date) -> str:
        """met, missed (met late or past), over (the return ended first), due (within a week) or running."""
        if self.met_on is not None:
            return "met" if self.met_on <= self.ends_on else "missed"
        if self.over_on is not None:
            return "over" if self.over_on <= self.ends_on else "missed"
        left = self.days_left(today)
        return "missed" if left < 0 else "due" if left <= ALARM_DAYS else "running"

    def days_left(self, today: date) -> int:
        """Whole days until the last one; below nought when it is past."""
        return (self.ends_on - today).days

    def kept(self, today: date) -> bool:
        """Whether its effect is still to be had."""
        return self.state(today) != "missed"


def stops_left(*, refund_owed: bool, away: bool, paid: bool, sent_home: bool) -> frozenset[str]:
    """What a finished return can still be waited for: the buyer's money, a claim, the goods' coming home.

    `away`: pieces left the country or were destroyed; `paid`: duty or tax was paid on them.
    """
    told = {"refunded": refund_owed, "claimed": away and paid, "home": sent_home}
    return frozenset(name for name, is_open in told.items() if is_open)


def add_months(day: date, months: int) -> date:
    """The same day so many months later, the month's last where it has no such day."""
    place = day.month - 1 + months
    year, month = day.year + place // 12, place % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def clocks_for(rules: Iterable[ClockRule], facts: ReturnFacts) -> list[Clock]:
    """The time limits of a return, those of which the beginning is known, soonest first."""
    found = [_clock(rule, start, facts) for rule in rules if (start := _start(rule, facts)) is not None]
    return sorted(found, key=lambda clock: (clock.ends_on, clock.code))


def _start(rule: ClockRule, facts: ReturnFacts) -> date | None:
    start = facts.days.get(rule.starts)
    country = facts.sent_from if rule.side == SENT_FROM else facts.sold_into
    if start is None or country not in rule.countries or (rule.fault_only and not facts.is_fault):
        return None
    if rule.regimes and facts.regimes.get(rule.side, "") not in rule.regimes:
        return None
    begun = rule.valid_from <= start
    return start if begun and (rule.valid_to is None or start <= rule.valid_to) else None


def _clock(rule: ClockRule, start: date, facts: ReturnFacts) -> Clock:
    return Clock(
        rule.code, start, rule.ends_on(start), rule.stops, facts.days.get(rule.stops), rule.effect, rule.source,
        rule.confidence,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Claimable:
    """A claim that may be made about the goods of one consignment, or (`why_not`) the reason why not."""

    rule: ClaimRule
    deadline: date
    why_not: str = ""
    part: int = 1


def claims_for(
    rules: Iterable[ClaimRule],
    facts: ReturnFacts,
    clocks: Sequence[Clock],
    *,
    done: Iterable[str],
    today: date,
) -> list[Claimable]:
    """Each claim of the country sold into, with why it cannot be made: the reason, the condition, the time.

    `done` says what became of the goods: back, out, destroyed, refund.
    """
    ends = {clock.code: clock for clock in clocks}
    happened = set(done)
    return [_claimable(rule, facts, ends, happened, today) for rule in rules if _is_here(rule, facts)]


def _is_here(rule: ClaimRule, facts: ReturnFacts) -> bool:
    regime = facts.regimes.get(SOLD_INTO, "")
    return (
        facts.sold_into in rule.countries
        and (not rule.regimes or regime in rule.regimes)
        and (not rule.schemes or facts.scheme in rule.schemes)
        and rule.valid_from <= facts.days.get("released", date.min)
    )


def _claimable(
    rule: ClaimRule, facts: ReturnFacts, ends: Mapping[str, Clock], done: set[str], today: date
) -> Claimable:
    clock = ends.get(rule.clock)
    deadline = clock.ends_on if clock else add_months(facts.days.get("released", today), 36)
    if rule.fault_only and not facts.is_fault:
        return Claimable(rule, deadline, "only-for-fault")
    if not rule.needs & done:
        return Claimable(rule, deadline, f"needs-{'-or-'.join(sorted(rule.needs))}")
    late = today > deadline or (clock is not None and not clock.kept(today))
    return Claimable(rule, deadline, "too-late" if late else "")


def best_claim(found: Sequence[Claimable], charge: str) -> Claimable | None:
    """The claim to make for `charge` (duty or tax): the widest share, then the earliest deadline.

    None for a charge that a periodic return corrects: it was not paid at the border.
    """
    about = [one for one in found if charge in one.rule.charges]
    if any(one.rule.how == RETURN for one in about):
        return None
    open_ones = [one for one in about if not one.why_not]
    return min(open_ones, key=lambda one: (-one.rule.share_bp, one.deadline, one.rule.code), default=None)


def share_of(total: int, *, units: int, before: int, sold: int) -> int:
    """What `units` of `sold` pieces carry of `total`, when `before` came back already.

    Cumulative floors: shares of all pieces add up to `total` exactly, and never to more on the way.
    """
    if sold <= 0 or before < 0 or units < 0 or before + units > sold:
        raise ValueError(f"{before} and {units} of {sold} pieces")
    return total * (before + units) // sold - total * before // sold


def part_of(total: int, share_bp: int) -> int:
    """`share_bp` basis points of `total`, rounded down: a claim is never above what was paid."""
    return total * share_bp // _BP


def read_clock_rules(rows: Iterable[Mapping[str, str]]) -> tuple[ClockRule, ...]:
    """The rows of return_clocks.csv; BadReturnTable names the one that cannot be read."""
    return tuple(_read(row, _clock_rule) for row in rows)


def read_claim_rules(rows: Iterable[Mapping[str, str]]) -> tuple[ClaimRule, ...]:
    """The rows of return_claims.csv; BadReturnTable names the one that cannot be read."""
    return tuple(_read(row, _claim_rule) for row in rows)


def _read(row: Mapping[str, str], make: Callable[[Mapping[str, str]], _Rule]) -> _Rule:
    try:
        return make(row)
    except (KeyError, ValueError) as fault:
        raise BadReturnTable(str(fault), field=row.get("code") or "code") from fault


def _clock_rule(row: Mapping[str, str]) -> ClockRule:
    if row["unit"] not in ("days", "months") or row["side"] not in (SOLD_INTO, SENT_FROM, CONSUMER):
        raise ValueError(f"unit {row['unit']}, side {row['side']}")
    return ClockRule(
        code=row["code"], countries=_countries(row["countries"]), side=row["side"], regimes=_words(row["regimes"]),
        fault_only=row["reasons"] == "fault", starts=row["starts"], amount=int(row["amount"]), unit=row["unit"],
        stops=row["stops"], effect=row["effect"], valid_from=date.fromisoformat(row["valid_from"]),
        valid_to=date.fromisoformat(row["valid_to"]) if row["valid_to"] else None, source=row["source"],
        confidence=row["confidence"],
    )  # fmt: skip


def _claim_rule(row: Mapping[str, str]) -> ClaimRule:
    return ClaimRule(
        code=row["code"], countries=_countries(row["countries"]), regimes=_words(row["regimes"]),
        schemes=_words(row["schemes"]), fault_only=row["reasons"] == "fault", needs=_words(row["needs"]),
        charges=_words(row["charges"]), share_bp=int(row["share_bp"]), clock=row["clock"], how=_how(row["how"]), form=row["form"],
        valid_from=date.fromisoformat(row["valid_from"]), source=row["source"], confidence=row["confidence"],
    )  # fmt: skip


def _how(cell: str) -> str:
    if cell not in (CLAIM, RETURN):
        raise ValueError(f"how {cell}")
    return cell


def _words(cell: str) -> frozenset[str]:
    return frozenset(cell.split())


def _countries(cell: str) -> frozenset[str]:
    """The codes of a cell; EU stands for its member states."""
    words = _words(cell)
    return (words - {"EU"}) | EU if "EU" in words else words
