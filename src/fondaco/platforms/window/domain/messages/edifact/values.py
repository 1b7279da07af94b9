"""One fact against its slot: what UN/EDIFACT's data element and our form of it allow."""

from __future__ import annotations

import re
from datetime import datetime

from fondaco.platforms.window.domain.messages.edifact.layout import Slot

_NUMBER = re.compile(r"-?\d+")
_AMOUNT = re.compile(r"-?\d{1,15}(\.\d{1,4})?")
_MASS = re.compile(r"\d{1,14}\.\d{3}")
_MOMENTS = {"102": ("%Y%m%d", 8), "204": ("%Y%m%d%H%M%S", 14)}
# Control characters have no place in a message; the rest is for the syntax level to carry.
_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def fault_of(slot: Slot, value: str) -> tuple[str, str, str] | None:
    """What is wrong with `value`, as (code, problem, remedy); None when it fits."""
    if _FORBIDDEN.search(value):
        return "characters", "A control character stands in it.", "Remove line breaks and control characters."
    return _CHECKS[slot.form](slot, value)


def _text(slot: Slot, value: str) -> tuple[str, str, str] | None:
    most = slot.most * slot.parts
    if len(value) > most:
        return "length", f"{len(value)} characters.", f"Use at most {most} characters."
    return None


def _number(slot: Slot, value: str) -> tuple[str, str, str] | None:
    if not _NUMBER.fullmatch(value):
        return "not-a-number", "This is no whole number.", "Write digits."
    if value.startswith("-"):
        return "negative", "Less than nothing.", "Use a positive number."
    if len(value) > slot.most:
        return "digits", f"{len(value)} digits.", f"Use at most {slot.most} digits."
    return None


def _letters(slot: Slot, value: str) -> tuple[str, str, str] | None:
    if len(value) != slot.most or not (value.isascii() and value.isalpha() and value.isupper()):
        return "letters", "The form is wrong.", f"Write {slot.most} capital letters."
    return None


def _amount(_slot: Slot, value: str) -> tuple[str, str, str] | None:
    if _AMOUNT.fullmatch(value):
        return None
    return "not-an-amount", "This is no amount.", "Write digits, with a point before the decimals."


def _mass(_slot: Slot, value: str) -> tuple[str, str, str] | None:
    if _MASS.fullmatch(value):
        return None
    return "not-a-mass", "This is no mass.", "Write kilograms with three decimals."


def _moment(slot: Slot, value: str) -> tuple[str, str, str] | None:
    form, length = _MOMENTS[str(slot.most)]
    try:
        datetime.strptime(value, form)  # noqa: DTZ007 - only asks whether the digits are a moment
    except ValueError:
        return "time", "There is no such moment.", f"Write {length} digits, year first."
    return None if len(value) == length else ("time", "There is no such moment.", f"Write {length} digits.")


def _listed(slot: Slot, value: str) -> tuple[str, str, str] | None:
    if value in slot.codes:
        return None
    return "code", "This code is not in the list.", f"Use {' or '.join(slot.codes[:12])}."


_CHECKS = {
    "an": _text, "n": _number, "a": _letters, "amt": _amount, "kg": _mass, "d": _moment, "in": _listed,
}  # fmt: skip
