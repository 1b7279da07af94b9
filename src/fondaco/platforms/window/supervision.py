"""Supervision modes: which there are, and which an order fits."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from fondaco.platforms.window.adapters.modes import mode_book
from fondaco.platforms.window.domain.modes import (
    Mode,
    ModeChoice,
    OrderFacts,
    Rates,
    choose_mode,
)


def supervision_modes(*, country: str = "", direction: str = "", on: date | None = None) -> list[Mode]:
    """The modes of a country, of one direction, in force on a day; empty means all."""
    return [
        mode
        for mode in mode_book().modes
        if (not country or country in mode.countries)
        and direction in {"", mode.direction}
        and (on is None or mode.holds_on(on))
    ]


def mode_countries() -> list[str]:
    """Every country that has modes of its own."""
    return sorted({country for mode in mode_book().modes for country in mode.countries if country != "*"})


def choose_supervision_mode(facts: OrderFacts, *, rates: Rates) -> ModeChoice:
    """The mode an order fits, the others that would do, and those refused, each with its reasons."""
    return choose_mode(facts, book=mode_book(), rates=rates)


def bonded_stock(country: str, city: str) -> str:
    """What goods in a bonded store of a city are to the modes: `bonded`, or `bonded-a` outside the pilot cities."""
    return mode_book().bonded_stock(country, city)


def bears_export_duty(country: str, codes: Iterable[str]) -> bool | None:
    """False where none of the codes can bear export duty; None where it is not known."""
    return mode_book().bears_export_duty(country, codes)
