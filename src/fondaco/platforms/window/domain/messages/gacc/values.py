"""One value of a GACC message against its field: the schema's limits, then the form its words stand for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from fondaco.platforms.window.domain.messages.gacc.spec import Fault, Field, Level, Value

_DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")
_INT = re.compile(r"[+-]?\d{1,10}")
_INT_LIMIT = 2**31
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SHAPES = {
    "guid": (
        re.compile(r"[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12}"),
        "Write a UUID of 36 characters, letters in upper case.",
    ),
    "hs10": (re.compile(r"\d{10}"), "Give the ten digits of China's tariff code."),
    "code3": (re.compile(r"[0-9A-Z]{3}"), "Give the three-character code of customs' own list."),
    "customs": (re.compile(r"\d{4}"), "Give the four digits of the customs office."),
}
_TIMES = {"time14": "%Y%m%d%H%M%S", "time17": "%Y%m%d%H%M%S%f", "date8": "%Y%m%d"}


def read_value(field: Field, text: str) -> Value:
    """`text` in the type of `field`; text that is no such number stays text."""
    if field.kind == "text":
        return " ".join(text.split()) if field.collapse else text
    trimmed = text.strip() or field.default
    if field.kind == "int" and _INT.fullmatch(trimmed):
        return int(trimmed)
    if field.kind == "decimal" and _DECIMAL.fullmatch(trimmed):
        return Decimal(trimmed)
    return text


def write_value(value: Value) -> str:
    """`value` as an element's text; a decimal without exponent."""
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def check_value(field: Field, value: Value, *, path: str) -> Iterator[Fault]:
    """Everything wrong with one value."""
    fault = _schema_fault(field, value, path=path)
    if fault is None:
        fault = _form_fault(field, value, path=path)
    if fault is not None:
        yield fault


def _schema_fault(field: Field, value: Value, *, path: str) -> Fault | None:
    if field.kind == "text":
        return _text_fault(field, value, path=path)
    if not isinstance(value, int if field.kind == "int" else (int, Decimal)) or isinstance(value, bool):
        return _fault(path, "not-a-number", value, "This is no number.", "Write digits, with a point.")
    return _number_fault(field, Decimal(value), path=path)


def _text_fault(field: Field, value: Value, *, path: str) -> Fault | None:
    if not isinstance(value, str):
        return _fault(path, "not-text", value, "This is no text.", "Give the value as text.")
    if _FORBIDDEN.search(value):
        remedy = "Remove control characters."
        return _fault(path, "characters", value, "XML cannot carry a character of this.", remedy)
    value = value or field.default
    if field.fixed and value not in {"", field.fixed}:
        return _fault(path, "fixed", value, "Another value is prescribed.", f"Write {field.fixed}.")
    length = len(value)
    if field.fixed or (length >= field.least and (field.most is None or length <= field.most)):
        return None
    asked = str(field.most) if field.least == field.most else f"{field.least} to {field.most}"
    return _fault(path, "length", value, f"{length} characters.", f"Use {asked} characters.")


def _number_fault(field: Field, value: Decimal, *, path: str) -> Fault | None:
    if not value.is_finite():
        return _fault(path, "not-a-number", value, "This is no number.", "Write digits, with a point.")
    _, digits, exponent = value.normalize().as_tuple()
    decimals = max(0, -int(exponent))
    whole = max(0, len(digits) + int(exponent))
    if field.fraction is not None and decimals > field.fraction:
        remedy = f"Round to {field.fraction} decimals."
        return _fault(path, "decimals", value, f"{decimals} decimals.", remedy)
    if field.digits is not None and (whole + decimals if value else 1) > field.digits:
        remedy = f"Use at most {field.digits} digits."
        return _fault(path, "digits", value, f"{whole + decimals} digits.", remedy)
    if field.kind == "int" and not -_INT_LIMIT <= value < _INT_LIMIT:
        return _fault(path, "digits", value, "The number is too large.", "Use at most ten digits.")
    return None


def _form_fault(field: Field, value: Value, *, path: str) -> Fault | None:
    """What the schema leaves open and the specification's words do not."""
    text = write_value(value)
    if field.required and not text.strip() and not field.default:
        return _fault(path, "empty", value, "There is nothing here.", "Fill it in.", level="rule")
    if field.codes and (text or field.required) and text not in field.codes:
        remedy = f"Use {' or '.join(field.codes)}."
        return _fault(path, "code", value, "This code is not in the list.", remedy, level="rule")
    if field.form in {"amount", "count"} and isinstance(value, (int, Decimal)):
        return _negative(field, Decimal(value), path=path)
    if not text and not field.required:
        return None
    if field.form in _SHAPES:
        pattern, remedy = _SHAPES[field.form]
        right = pattern.fullmatch(text)
        return None if right else _fault(path, field.form, value, "The form is wrong.", remedy, level="rule")
    if field.form in _TIMES and not _is_moment(text, _TIMES[field.form]):
        remedy = "Write year, month, day (and hour, minute, second) as digits, Beijing time."
        return _fault(path, "time", value, "There is no such moment.", remedy, level="rule")
    return None


def _negative(field: Field, value: Decimal, *, path: str) -> Fault | None:
    if value < 0:
        return _fault(path, "negative", value, "Less than nothing.", "Use a positive number.", level="rule")
    if field.form == "count" and value < 1:
        return _fault(path, "count", value, "There is at least one.", "Count from 1.", level="rule")
    return None


def _is_moment(text: str, form: str) -> bool:
    try:
        datetime.strptime(text, form)  # noqa: DTZ007 - only asks whether the digits are a moment
    except ValueError:
        return False
    return text.isdigit()


def _fault(
    path: str, code: str, value: Value, problem: str, remedy: str, *, level: Level = "schema"
) -> Fault:
    return Fault(path, code, problem, remedy, str(value)[:80], level)
