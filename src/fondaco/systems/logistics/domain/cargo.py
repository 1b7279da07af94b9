"""Cargo classes and service features as bits, so that one AND answers for every service at once."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from fondaco.kernel.errors import Refused


class CargoClass(StrEnum):
    """What a parcel holds, as far as a carrier's acceptance depends on it."""

    GENERAL = "general"
    BATTERY_IN = "battery-in"
    BATTERY_PURE = "battery-pure"
    LIQUID = "liquid"
    COSMETICS = "cosmetics"
    MAGNET = "magnet"
    POWDER = "powder"
    FRAGILE = "fragile"
    FOOD = "food"
    BRANDED = "branded"
    AEROSOL = "aerosol"
    BLADE = "blade"
    FLAMMABLE = "flammable"
    TEXTILE = "textile"


class Feature(StrEnum):
    """What a service gives beyond carriage."""

    TRACKED = "tracked"
    INSURED = "insured"
    DDP = "ddp"
    IOSS = "ioss"
    SIGNATURE = "signature"
    PICKUP_POINT = "pickup-point"
    SATURDAY = "saturday"
    RETURNS = "returns"
    TEMPERATURE = "temperature"


class UnknownCargoClass(Refused):
    code = "unknown-cargo-class"
    title = "This is not a cargo class."
    remedy = "Use one of: " + ", ".join(CargoClass) + "."


class UnknownFeature(Refused):
    code = "unknown-feature"
    title = "This is not a service feature."
    remedy = "Use one of: " + ", ".join(Feature) + "."


# Words that others use for the same: the catalogue's, the trade's.
_ALIASES = {"battery": "battery-in", "cosmetic": "cosmetics", "magnetic": "magnet"}
_CLASS_BIT = {str(name): 1 << place for place, name in enumerate(CargoClass)}
_FEATURE_BIT = {str(name): 1 << place for place, name in enumerate(Feature)}


def cargo_mask(names: Iterable[str]) -> int:
    """Bits of the cargo classes `names` (`general` is implied and needs no bit to be asked for)."""
    mask = 0
    for name in names:
        word = name.strip().lower().replace("_", "-")
        bit = _CLASS_BIT.get(_ALIASES.get(word, word))
        if bit is None:
            raise UnknownCargoClass(field="cargo_classes", value=name)
        mask |= bit
    return mask


def feature_mask(names: Iterable[str]) -> int:
    """Bits of the features `names`."""
    mask = 0
    for name in names:
        bit = _FEATURE_BIT.get(name.strip().lower().replace("_", "-"))
        if bit is None:
            raise UnknownFeature(field="features", value=name)
        mask |= bit
    return mask


def cargo_names(mask: int) -> tuple[str, ...]:
    """The cargo classes whose bits are set in `mask`."""
    return tuple(name for name, bit in _CLASS_BIT.items() if mask & bit)


def feature_names(mask: int) -> tuple[str, ...]:
    """The features whose bits are set in `mask`."""
    return tuple(name for name, bit in _FEATURE_BIT.items() if mask & bit)
