"""From the regime files' shorthand to one full entry per destination and period."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_SHARED = ("union", "basis", "tax_name", "confidence", "restricted", "source")
_OPTIONAL = ("aggregates_same_order", "aggregation_source", "rates_of", "rounding")


def entries_of(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Every regime of a file: those written out, and each member of a union in each of its periods."""
    yield from (dict(entry) for entry in document.get("regime", ()))
    for code, member in document.get("members", {}).items():
        for period in document["period"]:
            yield from _member_periods(document, code, member, period)


def _member_periods(
    document: Mapping[str, Any], code: str, member: Mapping[str, Any], period: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """A period cut where the member's tax rate changes within it."""
    rates: list[list[str]] = member["tax"]
    end = period.get("to", "")
    for i, (since, rate) in enumerate(rates):
        until = rates[i + 1][0] if i + 1 < len(rates) else ""
        first = max(since, period["from"])
        last = min(filter(None, (until, end)), default="")
        if last and first >= last:
            continue
        entry = {key: document[key] for key in _SHARED}
        entry.update({key: document[key] for key in _OPTIONAL if key in document})
        entry.update({key: value for key, value in period.items() if key not in ("id", "from", "to")})
        entry.update(
            destination=code, name=member["name"], currency=member["currency"], tax_rate=rate,
            id=f"{code}/{period['id']}" + (f"/{rate}" if len(rates) > 1 else ""),
        )  # fmt: skip
        entry["from"] = first
        if last:
            entry["to"] = last
        yield entry
