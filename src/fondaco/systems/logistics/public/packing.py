"""Packing into boxes."""

from __future__ import annotations

from fondaco.systems.logistics.adapters.packfile import PackFileReport, PackFileUnreadable, pack_files
from fondaco.systems.logistics.domain.cartons import house_cartons
from fondaco.systems.logistics.domain.dto import (
    Carton,
    PackedParcel,
    Packing,
    PackItem,
    PackRequest,
    UnitPlacement,
    Unpackable,
)
from fondaco.systems.logistics.domain.packing import (
    THOROUGH,
    PackingUnsound,
    pack_many,
)
from fondaco.systems.logistics.selectors.parcels import parcels_for

__all__ = [
    "THOROUGH",
    "Carton",
    "PackFileReport",
    "PackFileUnreadable",
    "PackItem",
    "PackRequest",
    "PackedParcel",
    "Packing",
    "PackingUnsound",
    "UnitPlacement",
    "Unpackable",
    "house_cartons",
    "pack_files",
    "pack_many",
    "parcels_for",
]
