"""The tables of returned goods: time limits, claims and the house's policy, read from data/window/return_*."""

from __future__ import annotations

import csv
import tomllib
from functools import cache
from pathlib import Path

from django.conf import settings

from fondaco.platforms.window.domain.returned import ClaimRule, ClockRule, read_claim_rules, read_clock_rules
from fondaco.platforms.window.domain.returned_routes import ReturnPolicy, read_policy


@cache
def clock_rules() -> tuple[ClockRule, ...]:
    """The time limits of returns."""
    return read_clock_rules(_rows("return_clocks.csv"))


@cache
def claim_rules() -> tuple[ClaimRule, ...]:
    """The ways to get duty and tax back."""
    return read_claim_rules(_rows("return_claims.csv"))


@cache
def return_policy() -> ReturnPolicy:
    """What the house assumes about returned goods."""
    return read_policy(tomllib.loads(_path("return_policy.toml").read_text(encoding="utf-8")))


def _rows(name: str) -> list[dict[str, str]]:
    with _path(name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _path(name: str) -> Path:
    return Path(settings.ROOT) / "data" / "window" / name
