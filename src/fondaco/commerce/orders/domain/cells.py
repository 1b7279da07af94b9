"""From the text of a cell to a value, or to a fact that names what is wrong and how to mend it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from fondaco.commerce.orders.domain.countries import country_code
from fondaco.kernel.errors import FondacoError
from fondaco.kernel.money import exponent

MAX_TEXT = 32_767
MAX_QUANTITY = 1_000_000
MAX_MEASURE = 10_000_000
MAX_PRICE = Decimal(100_000_000)
EARLIEST_YEAR = 1990

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_QUANTITY = re.compile(r"[+-]?[0-9]{1,12}(\.0+)?", re.ASCII)
_PRICE = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,9})?", re.ASCII)
_HS_CODE = re.compile(r"[0-9]{6}([0-9]{2}){0,2}", re.ASCII)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

V = TypeVar("V")


class BadCell(Exception):
    """One cell that cannot be used: a code, what is wrong, and the remedy."""

    def __init__(self, code: str, message: str, remedy: str) -> None:
        super().__init__(message)
        self.code, self.message, self.remedy = code, message, remedy


class Memo(dict[str, V]):
    """A converter that remembers what it has converted: columns repeat themselves."""

    def __init__(self, convert: Callable[[str], V], *, most: int = 100_000) -> None:
        super().__init__()
        self._convert, self._most = convert, most

    def __missing__(self, text: str) -> V:
        value = self._convert(text)
        if len(self) < self._most and len(text) < 100:
            self[text] = value
        return value


def text_of(cell: str, *, most: int, name: str, required: bool = True) -> str:
    """Trimmed text of at most `most` characters; no control characters, no spreadsheet formula.

    A leading apostrophe before a formula sign is the spreadsheet's mark for "this is text"; it is
    taken off.
    """
    if len(cell) > MAX_TEXT:
        raise BadCell("cell-too-long", "The cell is longer than a spreadsheet allows.", "Shorten it.")
    text = " ".join(cell.split()) if not cell.startswith(("\t", "\r")) else cell
    if not text and required:
        raise BadCell(f"missing-{name}", "The cell is empty.", "Fill it in.")
    if _CONTROL.search(text):
        raise BadCell("bad-text", "The cell holds control characters or is no text.", "Type it anew.")
    if text.startswith(_FORMULA):
        raise BadCell(
            "formula", "The cell reads as a spreadsheet formula.", "Take off the sign it begins with."
        )
    if text[:1] == "'" and text[1:2] in ("=", "+", "-", "@"):
        text = text[1:]
    if len(text) > most:
        raise BadCell("text-too-long", f"At most {most} characters are kept.", "Shorten it.")
    return text


def quantity_of(cell: str) -> int:
    """A whole number other than zero, at most a million either way."""
    text = cell.strip()
    if not _QUANTITY.fullmatch(text):
        raise BadCell("bad-quantity", "This is not a whole number.", "Give whole units, such as 12.")
    value = int(text.partition(".")[0])
    if not value:
        raise BadCell("bad-quantity", "The quantity is zero.", "Take the line out or mend the number.")
    if abs(value) > MAX_QUANTITY:
        raise BadCell("absurd-quantity", f"More than {MAX_QUANTITY} units on one line.", "Mend the number.")
    return value


def price_of(cell: str, *, decimal_comma: bool) -> Decimal:
    """A plain number; its currency decides elsewhere how many decimals it may have."""
    text = cell.strip()
    if decimal_comma:
        text = text.replace(".", "\0").replace(",", ".")
    if not _PRICE.fullmatch(text):
        sign = "comma" if decimal_comma else "point"
        raise BadCell(
            "bad-price", "This is not a plain amount.",
            f"Give digits with a decimal {sign}, no thousands sign, no currency sign.",
        )  # fmt: skip
    value = Decimal(text)
    if abs(value) > MAX_PRICE:
        raise BadCell("absurd-price", "More than a hundred million for one unit.", "Mend the number.")
    return value


def minor_of(price: Decimal, *, currency: str) -> int:
    """`price` in minor units; refuses what the currency has no coins for."""
    scaled = price.scaleb(exponent(currency))
    if scaled != scaled.to_integral_value():
        raise BadCell(
            "too-precise", f"{currency} has {exponent(currency)} decimals.",
            "Round the unit price, or sell by a larger unit.",
        )  # fmt: skip
    return int(scaled)


def currency_of(cell: str) -> str:
    """An ISO 4217 code in use."""
    code = cell.strip().upper()
    try:
        exponent(code)
    except FondacoError as exc:
        raise BadCell("unknown-currency", exc.title, exc.remedy) from exc
    return code


def country_of(cell: str, *, aliases: Mapping[str, str]) -> str:
    """An ISO 3166-1 alpha-2 code from a code, a name or a mapping's alias."""
    found = country_code(cell, aliases=aliases) if len(cell) < 100 else None
    if found is None:
        raise BadCell(
            "unknown-country", "No country is known by this name.",
            "Write its ISO code, such as DE, or add the name to the mapping's countries.",
        )  # fmt: skip
    return found


def moment_of(cell: str, *, formats: tuple[str, ...], zone: ZoneInfo) -> datetime:
    """A date or a date with time: by the mapping's formats first, else ISO 8601; in UTC."""
    parsed = _parsed(cell.strip(), formats)
    if parsed is None or len(cell) > 60:
        raise BadCell("bad-date", "This is not a date.", "Write it as 2026-11-22 14:05, or state the format.")
    if parsed.year < EARLIEST_YEAR or parsed.year > 9000:
        raise BadCell("bad-date", "The year cannot be right.", "Mend the year.")
    return parsed.replace(tzinfo=zone) if parsed.tzinfo is None else parsed.astimezone(zone)


def measure_of(cell: str) -> str:
    """A positive whole number of grams or millimetres, as text; empty stays empty."""
    text = cell.strip()
    if not text:
        return ""
    if not _QUANTITY.fullmatch(text) or not 0 < int(text.partition(".")[0]) <= MAX_MEASURE:
        raise BadCell(
            "bad-measure", "This is not a usable measure.", "Give positive whole grams or millimetres."
        )
    return str(int(text.partition(".")[0]))


def hs_code_of(cell: str) -> str:
    """An HS code of 6, 8 or 10 digits without dots; empty stays empty."""
    text = cell.replace(".", "").replace(" ", "")
    if text and not _HS_CODE.fullmatch(text):
        raise BadCell("bad-hs-code", "This is not an HS code.", "Give 6, 8 or 10 digits.")
    return text


def utc(moment: datetime) -> datetime:
    """`moment` in UTC."""
    return moment.astimezone(UTC)


def _parsed(text: str, formats: tuple[str, ...]) -> datetime | None:
    for pattern in formats:
        try:
            return datetime.strptime(text, pattern)  # noqa: DTZ007 - the zone is the mapping's
        except ValueError:
            continue
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


Converter = Callable[[str], Any]
