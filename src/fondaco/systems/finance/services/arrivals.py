"""Credits on bank statements that pay what the house awaits: by reference and exact amount, each used once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fondaco.kernel.money import Money
from fondaco.systems.finance.domain.expected import quotes
from fondaco.systems.finance.models import ReconLine


def paying_lines(awaited: Sequence[tuple[str, Money]]) -> list[ReconLine | None]:
    """For each (creditor reference, amount) the statement line that quotes it with exactly that amount, or None."""
    if not awaited:
        return []
    free = ReconLine.objects.filter(
        leg="bank", side="other", group__isnull=True, expected__isnull=True,
        amount_minor__in={one.minor for _, one in awaited}, currency__in={one.currency for _, one in awaited},
    ).exclude(break_of__resolution="write_off")  # fmt: skip
    credits_: dict[Money, list[ReconLine]] = {}
    for line in free.order_by("on", "number", "id"):
        credits_.setdefault(Money(line.amount_minor, line.currency), []).append(line)
    return [_paying(reference, credits_.get(amount, [])) for reference, amount in awaited]


def _paying(reference: str, credits_: Iterable[ReconLine]) -> ReconLine | None:
    return next((line for line in credits_ if quotes(reference, line.key, line.text)), None)
