"""Which lane a declaration takes: criteria that it meets, and a share drawn at random.

Criteria are dated data (data/window/selectivity.csv), each with its source. The strictest lane of all hits
counts: red (the goods are looked at), yellow (papers), blue (released, books looked at afterwards), green.
The random draw comes from a seed that only the house knows and the declaration's own number: a trader
cannot foretell it, an auditor can repeat it. WCO Revised Kyoto Convention, General Annex, chapter 6;
lanes as in ASYCUDA's selectivity.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from fondaco.kernel.errors import Refused
from fondaco.platforms.window.domain.declaration import DeclarationDraft
from fondaco.platforms.window.domain.declaration_states import worse_lane

Op = Literal["in", "begins", "over"]
_OPS: tuple[Op, ...] = ("in", "begins", "over")
# What a criterion may ask of a declaration; a currency code asks for the invoice total in that currency.
FACTS = frozenset(
    "hs origin description country kind regime dispatch destination kg packages items mode verdict".split()
)
_SPAN = 2**64


class BadCriterion(Refused):
    code = "selectivity-criterion-unreadable"
    title = "A selectivity criterion cannot be read."
    remedy = "Write conditions as in data/window/selectivity.csv: `hs begins 93 & kg over 30`."


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison: any value of `fact` is one of, begins with one of, or exceeds `values`."""

    fact: str
    op: Op
    values: tuple[str, ...]
    limit: float = 0.0

    def holds(self, facts: Mapping[str, Any]) -> bool:
        """Whether `facts` meet the condition; a fact that is not there never does."""
        found = facts.get(self.fact)
        if found is None:
            return False
        if self.op == "over":
            return float(found) > self.limit
        told = found if isinstance(found, tuple) else (str(found),)
        if self.op == "in":
            return any(one in self.values for one in told)
        return any(one.startswith(self.values) for one in told)


@dataclass(frozen=True, slots=True)
class Criterion:
    """A dated rule: all `conditions` hold, or (without any) a random `share` of declarations is drawn."""

    code: str
    valid_from: date
    valid_to: date | None
    conditions: tuple[Condition, ...]
    lane: str
    share: float
    why: str
    source: str

    def in_force(self, on: date) -> bool:
        """Whether the rule counts on a day; both ends included."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Hit:
    """A criterion that a declaration met."""

    code: str
    lane: str
    why: str
    source: str

    def as_dict(self) -> dict[str, str]:
        return {"code": self.code, "lane": self.lane, "why": self.why, "source": self.source}


@dataclass(frozen=True, slots=True)
class Selection:
    """The lane chosen, why, and the number from 0 to 1 that was drawn."""

    lane: str
    hits: tuple[Hit, ...]
    draw: float

    def as_dict(self) -> dict[str, Any]:
        """For the declaration's log."""
        return {"lane": self.lane, "draw": round(self.draw, 6), "hits": [hit.as_dict() for hit in self.hits]}


def read_criteria(rows: Iterable[Mapping[str, str]]) -> tuple[Criterion, ...]:
    """The criteria of the table's rows; BadCriterion names the row that cannot be read."""
    return tuple(_criterion(row) for row in rows)


def in_force(criteria: Sequence[Criterion], *, on: date) -> tuple[Criterion, ...]:
    """The criteria that count on a day."""
    return tuple(one for one in criteria if one.in_force(on))


def select_lane(
    facts: Mapping[str, Any], *, criteria: Sequence[Criterion], seed: str, number: str
) -> Selection:
    """The lane of the declaration `number` by `criteria` (already those in force) and its draw from `seed`."""
    draw = draw_for(number, seed=seed)
    lane, hits, ceiling = "green", [], 0.0
    for one in criteria:
        if one.conditions:
            met = all(condition.holds(facts) for condition in one.conditions)
        else:
            met, ceiling = ceiling <= draw < ceiling + one.share, ceiling + one.share
        if met:
            hits.append(Hit(one.code, one.lane, one.why, one.source))
            lane = worse_lane(lane, one.lane)
    return Selection(lane, tuple(hits), draw)


def draw_for(number: str, *, seed: str) -> float:
    """A number from 0 up to 1, the same for the same seed and declaration number."""
    return int.from_bytes(hashlib.sha256(f"{seed}|{number}".encode()).digest()[:8]) / _SPAN


def facts_of(draft: DeclarationDraft, *, verdict: str) -> dict[str, Any]:
    """What criteria may ask of `draft`; `verdict` is that of its three documents."""
    items = draft.items
    return {
        "hs": tuple(item.hs_code or "" for item in items),
        "origin": tuple(item.origin or "" for item in items),
        "description": tuple(item.description.strip().lower() for item in items),
        "country": draft.country,
        "kind": draft.kind,
        "regime": draft.regime,
        "dispatch": draft.exporter.country,
        "destination": draft.importer.country,
        "kg": sum(item.gross_g for item in items) / 1000,
        "packages": draft.packages,
        "items": len(items),
        "mode": draft.transport.mode,
        "verdict": verdict,
        draft.currency: float(draft.invoice_total.amount),
    }


def _criterion(row: Mapping[str, str]) -> Criterion:
    share = float(row["share"] or 0)
    conditions = tuple(_condition(text, row["code"]) for text in row["when"].split("&") if text.strip())
    if bool(conditions) == bool(share):
        raise BadCriterion("It has conditions or a share, not both.", field="when", value=row["code"])
    if row["lane"] not in {"red", "yellow", "blue"}:
        raise BadCriterion(field="lane", value=f"{row['code']}: {row['lane']}")
    return Criterion(
        code=row["code"],
        valid_from=date.fromisoformat(row["valid_from"]),
        valid_to=date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
        conditions=conditions,
        lane=row["lane"],
        share=share,
        why=row["why"],
        source=row["source"],
    )


def _condition(text: str, code: str) -> Condition:
    parts = text.split(maxsplit=2)
    op = next((one for one in _OPS if len(parts) == 3 and one == parts[1]), None)
    known = bool(parts) and (parts[0] in FACTS or (len(parts[0]) == 3 and parts[0].isupper()))
    if op is None or not known:
        raise BadCriterion(field="when", value=f"{code}: {text.strip()}")
    values = tuple(value.strip() for value in parts[2].split("|"))
    try:
        return Condition(parts[0], op, values, float(values[0]) if op == "over" else 0.0)
    except ValueError as fault:
        raise BadCriterion(field="when", value=f"{code}: {text.strip()}") from fault
