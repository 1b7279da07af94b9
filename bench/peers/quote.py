"""karrio's universal rating (RatingMixinProxy) on the table that bench.quote describes; run in .venv-peers.

In: {"services": n, "destinations": [...], "bands_kg": [...], "asked": [[destination, kg, cm, cm, cm], ...]}.
Out: {"ms": [...], "cheapest": [[service, minor], ...]}; rates come from the same formula as ours.
"""

from __future__ import annotations

import json
import sys
import time
from itertools import pairwise
from typing import Any

from karrio import lib
from karrio.core import models
from karrio.universal.mappers.rating_proxy import RatingMixinProxy
from karrio.universal.providers.rating import RatingMixinSettings


def price_minor(service: int, destination: int, band: int) -> int:
    """The made-up rate of a cell; bench/quote.py has the same."""
    return (service * 7919 + destination * 104_729 + band * 1_301) % 4_000 + 300 + band * 150


def main(asked: dict[str, Any]) -> dict[str, Any]:
    """Rate each parcel, timed one by one; the first is asked twice and timed the second time."""
    bands = asked["bands_kg"]
    services = [
        models.ServiceLevel(
            service_name=f"S{number:05d}", service_code=f"S{number:05d}", currency="GBP", weight_unit="KG",
            dimension_unit="CM", international=True,
            zones=[
                models.ServiceZone(
                    rate=price_minor(number, place, band) / 100, min_weight=low, max_weight=high,
                    country_codes=[country],
                )
                for place, country in enumerate(asked["destinations"])
                for band, (low, high) in enumerate(pairwise(bands))
            ],
        )
        for number in range(asked["services"])
    ]  # fmt: skip
    proxy = RatingMixinProxy(RatingMixinSettings(carrier_id="bench", services=services))
    spent, cheapest = [], []
    for number, (country, mass, length, width, height) in enumerate([asked["asked"][0], *asked["asked"]]):
        request = lib.Serializable(
            models.RateRequest(
                shipper={"country_code": "GB", "postal_code": "SW1A 1AA"},
                recipient={"country_code": country, "postal_code": "10115"},
                parcels=[{"weight": mass, "weight_unit": "KG", "length": length, "width": width, "height": height,
                          "dimension_unit": "CM"}],
            )
        )  # fmt: skip
        began = time.perf_counter()
        ((_, (rates, _)),) = proxy.get_rates(request).deserialize()
        taken = time.perf_counter() - began
        if number:
            spent.append(taken * 1000)
            best = min(rates, key=lambda rate: (rate.total_charge, rate.service))
            cheapest.append([best.service, round(best.total_charge * 100), len(rates)])
    return {"ms": spent, "cheapest": cheapest}


print(json.dumps(main(json.load(sys.stdin))))
