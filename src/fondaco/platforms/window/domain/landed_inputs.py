"""What a landed cost was asked with, as plain JSON: hashed with the versions, kept, and asked again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from fondaco.kernel.money import Money
from fondaco.platforms.window.domain.landed_types import LandedLine, LandedRequest

_LINE = ("line_id", "hs", "origin", "quantity", "value", "mass_g", "duty", "units", "additional")


def inputs_of(request: LandedRequest) -> dict[str, Any]:
    """Everything of `request` that its price depends on; amounts in minor units of `currency`."""
    found: dict[str, Any] = {
        "reference": str(request.reference),
        "on": request.on.isoformat(),
        "from": request.origin,
        "to": request.destination,
        "incoterm": request.incoterm,
        "currency": request.freight.currency,
        "freight": request.freight.minor,
        "insurance": request.insurance.minor,
        "b2c": request.b2c,
        "schemes": sorted(request.schemes),
        "lines": [_row(line) for line in request.lines],
    }
    if request.rest_goods is not None or request.rest_carriage is not None:
        found["rest"] = [part.minor if part else None for part in (request.rest_goods, request.rest_carriage)]
    if request.quota_left:
        found["quota_left"] = {
            key: [left.minor, left.currency] for key, left in sorted(request.quota_left.items())
        }
    return found


def request_of(inputs: Mapping[str, Any]) -> LandedRequest:
    """The request again; what an article was called is not kept, for no price depends on it."""
    currency = inputs["currency"]
    rest = [None if minor is None else Money(minor, currency) for minor in inputs.get("rest", (None, None))]
    left = {key: Money(*amount) for key, amount in inputs.get("quota_left", {}).items()}
    return LandedRequest(
        reference=inputs["reference"],
        on=date.fromisoformat(inputs["on"]),
        origin=inputs["from"],
        destination=inputs["to"],
        incoterm=inputs["incoterm"],
        lines=tuple(_line(dict(zip(_LINE, row, strict=False)), currency) for row in inputs["lines"]),
        freight=Money(inputs["freight"], currency),
        insurance=Money(inputs["insurance"], currency),
        b2c=inputs["b2c"],
        schemes=frozenset(inputs["schemes"]),
        rest_goods=rest[0],
        rest_carriage=rest[1],
        quota_left=left or None,
    )


def digest_of(inputs: Mapping[str, Any], versions: Mapping[str, str]) -> str:
    """sha256 over all inputs and versions: equal digests mean equal quotes."""
    return hashlib.sha256(json.dumps([inputs, versions], sort_keys=True).encode()).hexdigest()


def _row(line: LandedLine) -> list[Any]:
    units = {key: str(Decimal(value)) for key, value in line.units.items()} if line.units else None
    return [
        str(line.line_id), line.hs_code, line.origin, line.quantity, line.value.minor, line.mass_g,
        line.stated_duty, units, *([line.additional_code] if line.additional_code else []),
    ]  # fmt: skip


def _line(row: Mapping[str, Any], currency: str) -> LandedLine:
    units = {key: Decimal(value) for key, value in row["units"].items()} if row["units"] else None
    return LandedLine(
        row["line_id"], "", "", row["hs"], row["origin"], row["quantity"], Money(row["value"], currency),
        row["mass_g"], units, row["duty"], row.get("additional", ""),
    )  # fmt: skip
