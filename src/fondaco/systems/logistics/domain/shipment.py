"""A shipment as numbers: its distinct parcels with their counts, and the largest of each measure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from fondaco.kernel.errors import Refused
from fondaco.kernel.money import Money
from fondaco.systems.logistics.domain.cargo import cargo_mask, feature_mask
from fondaco.systems.logistics.domain.dto import ParcelSpec, QuoteRequest
from fondaco.systems.logistics.domain.pair import INSURED
from fondaco.systems.logistics.domain.store import Ints


class BadRequest(Refused):
    code = "bad-quote-request"
    title = "This cannot be quoted."
    remedy = "Give at least one parcel, each with a positive mass and three positive sides."


# A parcel heavier or larger than this is a mistake of units; the bound on all keeps prices within 64 bits.
_MOST_G, _MOST_MM, _MOST_ALL_G, _MOST_VALUE = 100_000_000, 20_000, 1_000_000_000, 10**13


@dataclass(frozen=True, slots=True)
class Shipment:
    """`head` as `kernel.HEAD` says; `parcels` are rows of mass (g), volume (mm3) and count, `whole` is their sum."""

    head: Ints
    parcels: Ints
    whole: Ints


def shipment_of(request: QuoteRequest, *, currency: str) -> Shipment:
    """`request` in numbers. A value in another currency than the prices' counts as not known.

    BadRequest for no parcel, for one without mass or size, or of absurd mass or size or value;
    UnknownCargoClass and UnknownFeature for unknown words.
    """
    wanted = feature_mask(request.required)
    return shipment(
        request.parcels, on=request.on, cargo=cargo_mask(request.cargo_classes), wanted=wanted,
        value=known_value(request.declared_value, currency), postcode=bool(request.postcode.strip()),
    )  # fmt: skip


def known_value(value: Money | None, currency: str) -> int:
    """Minor units of `currency`, or -1 where the value is not known in it."""
    if value is None or value.currency != currency:
        return -1
    if not 0 <= value.minor <= _MOST_VALUE:
        raise BadRequest("The declared value is absurd.", field="declared_value", value=str(value))
    return value.minor


def shipment(
    parcels: Sequence[ParcelSpec], *, on: date, cargo: int, wanted: int, value: int, postcode: bool
) -> Shipment:
    """Parcels that travel together. Longest, middle and shortest side are each the largest over all parcels,
    which decides limits exactly, since a lane's limits hold side by side after sorting.
    """
    kinds: dict[tuple[int, int, int, int], int] = {}
    for p in parcels:
        a, b, c = sorted((p.length_mm, p.width_mm, p.height_mm), reverse=True)
        if not (c > 0 and a <= _MOST_MM and 0 < p.mass_g <= _MOST_G):
            raise BadRequest(field="parcels", value=p)
        kinds[p.mass_g, a, b, c] = kinds.get((p.mass_g, a, b, c), 0) + 1
    if not kinds:
        raise BadRequest(field="parcels", value="none")
    rows = [(mass, a * b * c, count) for (mass, a, b, c), count in kinds.items()]
    mass, volume = sum(m * n for m, _, n in rows), sum(v * n for _, v, n in rows)
    if mass > _MOST_ALL_G:
        raise BadRequest("All parcels together are absurdly heavy.", field="parcels", value=f"{mass} g")
    heaviest, longest, middle, shortest = map(max, zip(*kinds, strict=True))
    girth = max([a + 2 * (b + c) for _, a, b, c in kinds])
    sides = max([a + b + c for _, a, b, c in kinds])
    head = (
        on.toordinal(), cargo, wanted, int(bool(wanted & INSURED)), value, heaviest, longest, middle, shortest, girth,
        sides, int(postcode),
    )  # fmt: skip
    return Shipment(
        np.array(head, dtype=np.int64),
        np.array(rows, dtype=np.int64),
        np.array([(mass, volume, 1)], dtype=np.int64),
    )
