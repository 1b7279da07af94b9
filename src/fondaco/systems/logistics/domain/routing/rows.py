"""A person's own timetable: rows of words into services, each fault named with its row, column and remedy."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from fondaco.kernel.errors import RowError
from fondaco.systems.logistics.domain.carbon.factors import factors
from fondaco.systems.logistics.domain.routing.network import DAILY, Break, Hub, Mode, Service
from fondaco.systems.logistics.domain.routing.timetable import Zones
from fondaco.systems.logistics.domain.words import (
    Fault,
    RowLike,
    date_of,
    decimal_of,
    one_of,
    several_of,
    text_of,
    whole_of,
)

COLUMNS = (
    "service", "provider", "mode", "from", "to", "days", "departs", "arrives", "arrives_day", "cutoff_h", "price_per_kg",
    "minimum", "kg_per_cbm", "capacity_kg", "km", "on_time_pct", "mean_delay_h", "valid_from", "valid_until",
    "passages", "special_line",
)  # fmt: skip
PASSAGES = ("suez", "panama", "malacca", "gibraltar", "bab-el-mandeb", "kz-cn", "kz-ru", "by-pl")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_MODES = tuple(mode.value for mode in Mode)
_LONGEST_DAYS = 90


@dataclass(frozen=True, slots=True)
class TimetableRead:
    """The services that could be read, and everything that is wrong with the others."""

    services: tuple[Service, ...]
    errors: tuple[RowError, ...]


def read_services(rows: Iterable[RowLike], *, hubs: Mapping[str, Hub], on: date) -> TimetableRead:
    """Services of the columns COLUMNS. `on` is the day in whose clock offsets arrivals are checked."""
    zones = Zones.of({hub.tz for hub in hubs.values()}, first=on.toordinal() - 1, days=_LONGEST_DAYS + 3)
    services: list[Service] = []
    errors: list[RowError] = []
    seen: set[str] = set()
    for row in rows:
        try:
            service = _service(row, hubs, zones)
            _check_new(service, seen)
            seen.add(service.code)
            services.append(service)
        except Fault as fault:
            errors.append(fault.at(row.number))
    return TimetableRead(tuple(services), tuple(errors))


def _check_new(service: Service, seen: set[str]) -> None:
    if service.code in seen:
        said = "This service stands in the file twice."
        raise Fault("service", service.code, "twice", said, "Give it a code of its own.")


def _service(row: RowLike, hubs: Mapping[str, Hub], zones: Zones) -> Service:
    start, end = _hub(row, "from", hubs), _hub(row, "to", hubs)
    if start.code == end.code:
        raise Fault("to", row["to"], "same-place", "It ends where it starts.", "Give two different hubs.")
    departs, arrives = _clock(row, "departs"), _clock(row, "arrives")
    days = -1 if row["arrives_day"] == "-1" else whole_of(row, "arrives_day")
    _check_order(row, start, end, zones, departs=departs, arrives=arrives, days=days)
    mode = Mode(one_of(row, "mode", _MODES))
    return Service(
        code=_word(row, "service", 40),
        provider=_word(row, "provider", 80),
        mode=mode,
        origin=start.code,
        destination=end.code,
        breaks=(Break(0, _cents_per_t(row)),),
        factor="sea" if mode == Mode.BARGE else _factor(mode),
        km=whole_of(row, "km"),
        weekdays=_weekdays(row),
        departs_min=departs,
        arrives_min=arrives,
        arrives_day=days,
        cutoff_min=int(decimal_of(row, "cutoff_h") * 60) if row["cutoff_h"] else 0,
        minimum=int(decimal_of(row, "minimum") * 100) if row["minimum"] else 0,
        kg_per_cbm=whole_of(row, "kg_per_cbm"),
        capacity_kg=whole_of(row, "capacity_kg"),
        on_time=_share(row),
        late_min=int(decimal_of(row, "mean_delay_h") * 60) if row["mean_delay_h"] else 1440,
        passages=several_of(row, "passages", PASSAGES),
        valid_from=date_of(row, "valid_from") if row["valid_from"] else None,
        valid_until=date_of(row, "valid_until") if row["valid_until"] else None,
        special_line=text_of(row, "special_line", 80),
    )


def _factor(mode: Mode) -> str:
    return factors()[mode.value].key


def _check_order(
    row: RowLike, start: Hub, end: Hub, zones: Zones, *, departs: int, arrives: int, days: int
) -> None:
    if days > _LONGEST_DAYS:
        raise Fault(
            "arrives_day",
            row["arrives_day"],
            "too-long",
            f"More than {_LONGEST_DAYS} days.",
            "Check the day of arrival.",
        )
    if int(zones.minutes(end.tz, days + 1, arrives)) <= int(zones.minutes(start.tz, 1, departs)):
        raise Fault(
            "arrives", row["arrives"], "arrives-before-leaving", f"In {end.tz} that is before it leaves {start.name}.",
            "Times are local: give the days later in arrives_day.",
        )  # fmt: skip


def _hub(row: RowLike, column: str, hubs: Mapping[str, Hub]) -> Hub:
    found = hubs.get(row[column].strip().upper())
    if found is None:
        raise Fault(
            column,
            row[column],
            "unknown-hub",
            "No hub has this code.",
            "Use a code of the hub list, such as CGO.",
        )
    return found


def _word(row: RowLike, column: str, longest: int) -> str:
    word = text_of(row, column, longest)
    if not word:
        raise Fault(column, "", "missing", f"{column} is empty.", "Fill it in.")
    return word


def _clock(row: RowLike, column: str) -> int:
    found = _CLOCK.fullmatch(row[column])
    if not found:
        raise Fault(column, row[column], "no-time", "This is no time of day.", "Write 21:30, local time.")
    return int(found[1]) * 60 + int(found[2])


def _weekdays(row: RowLike) -> int:
    """Bits from "1357" (1 is Monday, as in airline timetables); empty: daily."""
    word = row["days"].strip()
    if not word:
        return DAILY
    if not re.fullmatch(r"[1-7]{1,7}", word):
        raise Fault(
            "days", word, "no-days", "These are no weekdays.", "Write 135 for Monday, Wednesday and Friday."
        )
    return sum({1 << int(digit) - 1 for digit in word})


def _cents_per_t(row: RowLike) -> int:
    return int((decimal_of(row, "price_per_kg") * 100_000).to_integral_value())


def _share(row: RowLike) -> int:
    if not row["on_time_pct"]:
        return 5000
    share = decimal_of(row, "on_time_pct")
    if share > 100:
        raise Fault("on_time_pct", row["on_time_pct"], "over-100", "More than 100 %.", "Give 0 to 100.")
    return int(share * 100)
