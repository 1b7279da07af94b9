"""Choosing one offer by a named policy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum

from fondaco.systems.logistics.domain.dto import Offer


class Policy(StrEnum):
    """What a merchant wants from carriage."""

    CHEAPEST = "cheapest"
    CHEAPEST_TRACKED = "cheapest-tracked"
    CHEAPEST_TRACKED_DDP = "cheapest-tracked-ddp"
    FASTEST_TRACKED = "fastest-tracked"
    BALANCED = "balanced"


def choose(offers: Sequence[Offer], policy: Policy | str = Policy.CHEAPEST_TRACKED) -> Offer | None:
    """The best of `offers` (cheapest first, as a quote gives them) under `policy`; None where none suits.

    `balanced` takes the tracked offer with the least price plus 3 % of the cheapest price for each
    day of its longest transit time.
    """
    policy = Policy(policy)
    suitable = [offer for offer in offers if _SUITS[policy](offer)]
    if not suitable:
        return None
    if policy is Policy.FASTEST_TRACKED:
        return min(suitable, key=lambda o: (o.transit_days_max, o.price.minor))
    if policy is Policy.BALANCED:
        floor = min(o.price.minor for o in suitable)
        return min(suitable, key=lambda o: 100 * o.price.minor + 3 * floor * o.transit_days_max)
    return min(suitable, key=lambda o: (o.price.minor, o.transit_days_max))


_SUITS: dict[Policy, Callable[[Offer], bool]] = {
    Policy.CHEAPEST: lambda _: True,
    Policy.CHEAPEST_TRACKED: lambda o: o.tracked,
    Policy.CHEAPEST_TRACKED_DDP: lambda o: o.tracked and "ddp" in o.features,
    Policy.FASTEST_TRACKED: lambda o: o.tracked,
    Policy.BALANCED: lambda o: o.tracked,
}
