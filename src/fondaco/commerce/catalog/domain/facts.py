"""Facts of products: which there are, and what a usable value looks like."""

from __future__ import annotations

import re
from collections.abc import Collection

import pycountry

from fondaco.commerce.catalog.domain.errors import BadFact

MEASURES = ("mass_g", "length_mm", "width_mm", "height_mm")
FIELDS = ("hs_code", "origin", *MEASURES, "cargo_class")
CARGO_CLASSES = frozenset(
    {"battery", "liquid", "flammable", "fragile", "food", "cosmetic", "magnet", "blade"}
)

_HS_CODE = re.compile(r"[0-9]{6}([0-9]{2}){0,2}", re.ASCII)
_MEASURE = re.compile(r"[1-9][0-9]{0,7}", re.ASCII)


def checked_value(field: str, value: str, *, hs6: Collection[str] = ()) -> str:
    """`value` in its kept form, or BadFact. `hs6` is the nomenclature; empty where it is not at hand."""
    text = str(value).strip()
    if field == "hs_code":
        return _hs_code(text, hs6)
    if field == "origin":
        return _country(text)
    if field in MEASURES and _MEASURE.fullmatch(text):
        return text
    if field == "cargo_class":
        return _classes(text)
    raise BadFact(field=field, value=text)


def _hs_code(text: str, hs6: Collection[str]) -> str:
    digits = text.replace(".", "").replace(" ", "")
    if not _HS_CODE.fullmatch(digits) or (hs6 and digits[:6] not in hs6):
        raise BadFact(field="hs_code", value=text)
    return digits


def _country(text: str) -> str:
    code = text.upper()
    if pycountry.countries.get(alpha_2=code) is None:
        raise BadFact(field="origin", value=text)
    return code


def _classes(text: str) -> str:
    names = sorted({name.strip() for name in text.split(",") if name.strip()})
    if not names or not set(names) <= CARGO_CLASSES:
        raise BadFact(field="cargo_class", value=text)
    return ",".join(names)
