"""What follows when a bank statement shows an authority's transfer: claims and rebates are paid."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from fondaco.flows.rebates import settle_rebate
from fondaco.flows.return_centre import settle_claim

_SETTLED: Final[Mapping[str, Callable[..., None]]] = {"claim": settle_claim, "rebate": settle_rebate}


def settle_arrivals(sources: Iterable[str], *, now: datetime) -> None:
    """Settle what these received payments were about ("claim:<id>", "rebate:<id>"); others are not ours."""
    for source in sources:
        kind, _, key = source.partition(":")
        if kind in _SETTLED:
            _SETTLED[kind](UUID(key), now=now)
