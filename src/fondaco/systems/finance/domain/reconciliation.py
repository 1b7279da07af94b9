"""Matching two sides of the same money: exact, named, windowed, batch-sum and many-to-many passes; pure.

Every pass asks for a proof and for its uniqueness: where two answers are possible none is taken, and a person
decides. Amounts are signed minor units as the house sees them; a side's sum must equal the other's, but for a
tolerance that is only granted to lines whose key proves that they belong together.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import combinations

RUN = 12
LEDGER, OTHER = "ledger", "other"
EXACT, NAMED, WINDOWED, BATCH, MANY, TOLERANT = "exact", "named", "windowed", "batch", "many", "tolerance"


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a side. `key` is its reference, `text` what else was said of it, `batch` the payout it came in."""

    id: str
    side: str
    key: str
    currency: str
    amount: int
    on: date
    text: str = ""
    batch: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """How far lines may lie apart: days, minor units (and the share of the amount), lines in one sum, sums tried."""

    days: int = 4
    tolerance_minor: int = 100
    tolerance_share: float = 0.02
    lines: int = 5
    tries: int = 20_000


@dataclass(frozen=True, slots=True)
class Match:
    """These ledger lines are these other lines; `residual` is ledger less other."""

    rule: str
    ledger: tuple[Item, ...]
    other: tuple[Item, ...]

    @property
    def residual(self) -> int:
        return sum(i.amount for i in self.ledger) - sum(i.amount for i in self.other)


@dataclass(frozen=True, slots=True)
class Break:
    """A line without its counterpart, and why: missing_at_other, missing_in_ledger, duplicate, amount, currency."""

    item: Item
    kind: str
    theirs: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run makes of two sides."""

    matches: tuple[Match, ...]
    breaks: tuple[Break, ...]


@dataclass(slots=True)
class _Desk:
    """What is still unmatched."""

    ledger: dict[str, Item]
    other: dict[str, Item]
    limits: Limits
    matches: list[Match] = field(default_factory=list)
    runs: Counter[str] = field(default_factory=Counter)

    def alike(self, mine: str, theirs: str) -> bool:
        """Whether a damaged reference still shows which it was: a run of its letters that no other reference has.

        References that count upwards share long beginnings, so likeness alone proves nothing.
        """
        return any(run in theirs and self.runs[run] == 1 for run in _runs(mine))

    def take(self, rule: str, ledger: Iterable[Item], other: Iterable[Item]) -> None:
        match = Match(rule, tuple(ledger), tuple(other))
        for item in match.ledger:
            del self.ledger[item.id]
        for item in match.other:
            del self.other[item.id]
        self.matches.append(match)


def reconcile(items: Iterable[Item], limits: Limits = Limits()) -> Outcome:
    """Match the two sides of `items`; what stays over is a break. The same items give the same outcome."""
    ordered = sorted(items, key=lambda i: (i.on, i.key, i.amount, i.id))
    desk = _Desk(
        {i.id: i for i in ordered if i.side == LEDGER}, {i.id: i for i in ordered if i.side == OTHER}, limits
    )
    desk.runs.update(run for item in desk.ledger.values() for run in set(_runs(normal(item.key))))
    doubles = _doubles(desk)
    for step in (_exact, _named, _batches, _tolerant, _windowed, _many):
        step(desk)
    return Outcome(tuple(desk.matches), (*doubles, *_breaks(desk)))


def normal(text: str) -> str:
    """A reference as banks leave it: letters and digits only, in capitals."""
    return re.sub(r"[^A-Z0-9]", "", text.upper())


def _runs(key: str) -> Iterator[str]:
    """All pieces of RUN letters."""
    return (key[n : n + RUN] for n in range(len(key) - RUN + 1))


def _doubles(desk: _Desk) -> tuple[Break, ...]:
    """A line that the other side sent twice (same key, amount and batch): the later one is a break."""
    seen: dict[tuple[str, str, int], Item] = {}
    mine = Counter(i.key for i in desk.ledger.values())
    found = []
    for item in list(desk.other.values()):
        first = seen.setdefault((normal(item.key), item.currency, item.amount), item)
        if item.key and first is not item and mine[item.key] < 2:
            found.append(Break(desk.other.pop(item.id), "duplicate", first.amount))
    return tuple(found)


def _exact(desk: _Desk) -> None:
    """The same key, currency and amount, each once on its side."""
    _pair(desk, EXACT, lambda i: (i.key, i.currency, i.amount) if i.key else None)


def _named(desk: _Desk) -> None:
    """The same but for how the key is written, or the ledger's key quoted in the other's text."""
    _pair(desk, NAMED, lambda i: (normal(i.key), i.currency, i.amount) if len(normal(i.key)) >= 6 else None)
    keys = {normal(i.key): i for i in desk.ledger.values() if len(normal(i.key)) >= 8}
    ordered = sorted(keys)
    claims: dict[str, list[Item]] = defaultdict(list)
    for item in desk.other.values():
        for mine in _quoted(item, keys, ordered):
            if (mine.currency, mine.amount) == (item.currency, item.amount):
                claims[mine.id].append(item)
    taken: set[str] = set()
    for mine_id, others in claims.items():
        if len(others) == 1 and others[0].id not in taken and mine_id in desk.ledger:
            taken.add(others[0].id)
            desk.take(NAMED, [desk.ledger[mine_id]], others)


def _quoted(item: Item, keys: dict[str, Item], ordered: list[str]) -> Iterator[Item]:
    """Ledger lines whose key stands in the line's text or of whose key the line's is the cut-off beginning."""
    words = [normal(word) for word in re.split(r"\s+", f"{item.key} {item.text}")]
    for word in dict.fromkeys(words):
        if word in keys:
            yield keys[word]
        elif len(word) >= 12:
            place = bisect_left(ordered, word)
            begun = [key for key in ordered[place : place + 2] if key.startswith(word)]
            if len(begun) == 1:
                yield keys[begun[0]]


def _batches(desk: _Desk) -> None:
    """One line of a side against all lines of the other that carry its key as their batch."""
    for one, many in ((desk.other, desk.ledger), (desk.ledger, desk.other)):
        groups: dict[tuple[str, str], list[Item]] = defaultdict(list)
        for item in many.values():
            if item.batch:
                groups[normal(item.batch), item.currency].append(item)
        for item in list(one.values()):
            group = groups.get((normal(item.key), item.currency), []) or _batch_in_text(item, groups)
            if group and sum(i.amount for i in group) == item.amount and all(i.id in many for i in group):
                sides = (group, [item]) if one is desk.other else ([item], group)
                desk.take(BATCH, *sides)


def _batch_in_text(item: Item, groups: dict[tuple[str, str], list[Item]]) -> list[Item]:
    words = {normal(word) for word in item.text.split()}
    found = [
        group for (batch, currency), group in groups.items() if currency == item.currency and batch in words
    ]
    return found[0] if len(found) == 1 else []


def _tolerant(desk: _Desk) -> None:
    """The same key once on each side, and an amount that differs by a charge or by rounding."""
    ledger, other = _by(desk.ledger.values(), _key), _by(desk.other.values(), _key)
    for key, mine in ledger.items():
        theirs = other.get(key, [])
        if key and len(mine) == len(theirs) == 1 and _close(mine[0].amount, theirs[0].amount, desk.limits):
            desk.take(TOLERANT, mine, theirs)


def _close(mine: int, theirs: int, limits: Limits) -> bool:
    most = min(limits.tolerance_minor, int(abs(mine) * limits.tolerance_share))
    return mine * theirs > 0 and abs(mine - theirs) <= most


def _windowed(desk: _Desk) -> None:
    """The same amount within a few days where nobody else on either side comes into question, and no key speaks against it."""
    for mine, theirs in zip(*_amounts(desk), strict=True):
        near = {i.id: [o for o in theirs if _may(desk, i, o)] for i in mine}
        back = {o.id: [i for i in mine if _may(desk, i, o)] for o in theirs}
        for item in mine:
            found = near[item.id]
            if len(found) == 1 and len(back[found[0].id]) == 1:
                desk.take(WINDOWED, [item], found)


def _may(desk: _Desk, mine: Item, theirs: Item) -> bool:
    """Near in time, and the other side names nothing that is not ours."""
    if abs((mine.on - theirs.on).days) > desk.limits.days:
        return False
    key = normal(theirs.key)
    return not key or desk.alike(normal(mine.key), key)


def _many(desk: _Desk) -> None:
    """One line against the only set of a few lines near in time that sums to it; then the other way round."""
    for one, many in ((desk.other, desk.ledger), (desk.ledger, desk.other)):
        for item in sorted(one.values(), key=lambda i: (i.on, i.id)):
            pool = [i for i in many.values() if _joins(item, i, desk.limits)]
            found = only_subset([i.amount for i in pool], item.amount, desk.limits)
            if found:
                chosen = [pool[n] for n in found]
                desk.take(MANY, *((chosen, [item]) if one is desk.other else ([item], chosen)))


def _joins(whole: Item, part: Item, limits: Limits) -> bool:
    """Whether a part may be of the whole: same currency and sign, near, and belonging together by batch or by text."""
    near = abs((whole.on - part.on).days) <= limits.days
    if part.currency != whole.currency or not near or part.amount * whole.amount <= 0:
        return False
    said = normal(f"{whole.key} {whole.text} {whole.batch}")
    name = normal(part.batch) or normal(part.text)
    return abs(part.amount) < abs(whole.amount) and len(name) >= 4 and name in said


def only_subset(amounts: Sequence[int], target: int, limits: Limits) -> tuple[int, ...]:
    """Positions of the one set of 2 to `limits.lines` amounts that sums to `target`; empty for none or several.

    Gives up (empty) when more than `limits.tries` sums would have to be tried.
    """
    tried = 0
    found: tuple[int, ...] = ()
    for size in range(2, min(limits.lines, len(amounts)) + 1):
        for chosen in combinations(range(len(amounts)), size):
            tried += 1
            if tried > limits.tries:
                return ()
            if sum(amounts[n] for n in chosen) == target:
                if found:
                    return ()
                found = chosen
    return found


def _breaks(desk: _Desk) -> Iterator[Break]:
    """What is over, with the most that can be said of it."""
    ledger, other = _by(desk.ledger.values(), _name), _by(desk.other.values(), _name)
    for item in desk.ledger.values():
        yield _explained(item, other.get(_name(item), []), missing="missing_at_other")
    for item in desk.other.values():
        yield _explained(item, ledger.get(_name(item), []), missing="missing_in_ledger")


def _explained(item: Item, namesakes: Sequence[Item], *, missing: str) -> Break:
    if not namesakes:
        return Break(item, missing)
    same = [one for one in namesakes if one.currency == item.currency]
    return Break(item, "amount" if same else "currency", (same or namesakes)[0].amount)


def _amounts(desk: _Desk) -> tuple[list[list[Item]], list[list[Item]]]:
    """Unmatched lines of both sides with the same currency and amount."""
    mine = _by(desk.ledger.values(), lambda i: (i.currency, i.amount))
    theirs = _by(desk.other.values(), lambda i: (i.currency, i.amount))
    both = [key for key in mine if key in theirs]
    return [mine[key] for key in both], [theirs[key] for key in both]


def _pair(desk: _Desk, rule: str, key: Callable[[Item], object]) -> None:
    ledger, other = _by(desk.ledger.values(), key), _by(desk.other.values(), key)
    for name, mine in ledger.items():
        theirs = other.get(name, [])
        if name is not None and len(mine) == len(theirs) == 1:
            desk.take(rule, mine, theirs)


def _key(item: Item) -> object:
    return (normal(item.key), item.currency) if item.key else None


def _name(item: Item) -> object:
    return normal(item.key) or item.id


def _by(items: Iterable[Item], key: Callable[[Item], object]) -> dict[object, list[Item]]:
    groups: dict[object, list[Item]] = defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    return groups
