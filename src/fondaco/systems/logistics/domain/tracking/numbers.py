"""Whose number is this? Recognition of tracking and unit numbers by shape and check digit.

Sources: UPU S10-12 (postal items); GS1 General Specifications 7.9 (SSCC); ISO 6346:2022 annex A
(containers); IATA Resolution 600a (air waybills); the carriers' own published rules as collected in
jkeen/tracking_number_data (MIT) for UPS, FedEx, USPS, DHL Express and YunExpress. Kinds without a check
digit are recognised by shape only, and say so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fondaco.kernel.s10 import is_tracking_number

_SEPARATORS = re.compile(r"[\s\-./]+")
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a number may be: `kind` of number, whose (`carrier`, empty for a standard's), check digit held."""

    kind: str
    carrier: str
    number: str
    checked: bool


def recognise(text: str) -> tuple[Recognised, ...]:
    """All that `text` may be, the surest first; a number whose check digit fails is not of that kind.

    Spaces, hyphens, dots and slashes are passed over, small letters are read as capitals.
    """
    number = _SEPARATORS.sub("", text[: 2 * _LONGEST]).upper()
    if not number.isascii() or not 8 <= len(number) <= _LONGEST:
        return ()
    found = [
        Recognised(rule.kind, rule.carrier, rule.plain(number), rule.check is not None)
        for rule in _RULES
        if rule.shape.fullmatch(number) and (rule.check is None or rule.check(number))
    ]
    return tuple(sorted(found, key=lambda one: not one.checked))


def mod10(digits: str, *, even: int, odd: int) -> int:
    """The GS1-like check digit of `digits`: weights by place from the right, `odd` for the last."""
    total = sum(int(d) * (odd if place % 2 == 0 else even) for place, d in enumerate(reversed(digits)))
    return -total % 10


def weighted_mod11(digits: str, *, weights: Sequence[int]) -> int:
    """FedEx's: the weighted sum modulo 11, of which 10 is written 0."""
    return sum(int(d) * w for d, w in zip(digits, weights, strict=True)) % 11 % 10


def iso6346(prefix: str) -> int:
    """The check digit of a container's ten first characters (ISO 6346 annex A)."""
    return sum(_CONTAINER[c] << place for place, c in enumerate(prefix)) % 11 % 10


# Letters count from 10 and leave out the multiples of 11.
_CONTAINER = {str(d): d for d in range(10)} | dict(
    zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", (n for n in range(10, 39) if n % 11), strict=False)
)
_FEDEX_12 = (3, 1, 7, 3, 1, 7, 3, 1, 7, 3, 1)
_FEDEX_34 = (1, 7, 3, 1, 7, 3, 1, 7, 3, 1, 7, 3, 1)


def _ups(number: str) -> bool:
    values = [int(c) if c.isdigit() else (ord(c) - 63) % 10 for c in number[2:-1]]
    total = sum(v * (2 if place % 2 else 1) for place, v in enumerate(values))
    return number[-1].isdigit() and -total % 10 == int(number[-1])


def _gs1(number: str) -> bool:
    return mod10(number[:-1], even=1, odd=3) == int(number[-1])


def _fedex_ground(number: str) -> bool:
    return mod10(number[-15:-1], even=1, odd=3) == int(number[-1])


def _fedex_12(number: str) -> bool:
    return weighted_mod11(number[:-1], weights=_FEDEX_12) == int(number[-1])


def _fedex_34(number: str) -> bool:
    return weighted_mod11(number[-14:-1], weights=_FEDEX_34) == int(number[-1])


def _container(number: str) -> bool:
    return iso6346(number[:-1]) == int(number[-1])


def _mod7(number: str) -> bool:
    return int(number[:-1]) % 7 == int(number[-1])


def _air_waybill(number: str) -> bool:
    return int(number[3:10]) % 7 == int(number[10])


def _usps(number: str) -> bool:
    """USPS IMpb: without the routing code 420 and its ZIP."""
    return _gs1(number[8:] if number.startswith("420") and len(number) == 30 else number[-22:])


@dataclass(frozen=True, slots=True)
class _Rule:
    kind: str
    carrier: str
    shape: re.Pattern[str]
    check: Callable[[str], bool] | None = None
    drop: int = 0

    def plain(self, number: str) -> str:
        return number[self.drop :]


def _rule(
    kind: str, carrier: str, shape: str, check: Callable[[str], bool] | None = None, *, drop: int = 0
) -> _Rule:
    return _Rule(kind, carrier, re.compile(shape, re.ASCII), check, drop)


_RULES = (
    _rule("s10", "", r"[A-Z]{2}\d{9}[A-Z]{2}", is_tracking_number),
    _rule("iso6346", "", r"[A-Z]{3}[UJZ]\d{7}", _container),
    _rule("ups", "UPS", r"1Z[A-Z0-9]{16}", _ups),
    _rule("sscc", "", r"\d{18}", _gs1),
    _rule("sscc", "", r"00\d{18}", _gs1, drop=2),
    _rule("usps", "USPS", r"9[1-5]\d{20}", _usps),
    _rule("usps", "USPS", r"420\d{5}9[1-5]\d{20}", _usps),
    _rule("usps", "USPS", r"(?!00)\d{20}", _gs1),
    _rule("fedex", "FedEx", r"96\d{20}", _fedex_ground),
    _rule("fedex", "FedEx", r"\d{15}", _fedex_ground),
    _rule("fedex", "FedEx", r"\d{12}", _fedex_12),
    _rule("fedex", "FedEx", r"100\d{31}", _fedex_34),
    _rule("fedex", "FedEx", r"96\d{32}", _fedex_34),
    _rule("dhl-express", "DHL", r"\d{10}", _mod7),
    _rule("awb", "", r"\d{11}", _air_waybill),
    _rule("dhl-express", "DHL", r"\d{11}", _mod7),
    _rule("dhl-piece", "DHL", r"J[A-Z]{2,3}\d{9,18}"),
    _rule("dhl-ecommerce", "DHL", r"GM\d{10,30}"),
    _rule("yunexpress", "YunExpress", r"YT\d{16}"),
    _rule("4px", "4PX", r"4PX\d{13}CN"),
    _rule("sf-express", "SF Express", r"SF\d{12,13}"),
    _rule("cainiao", "Cainiao", r"LP\d{14,16}"),
    _rule("yanwen", "Yanwen", r"U[A-Z]\d{9}YP"),
)
