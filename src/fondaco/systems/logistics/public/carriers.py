"""Carriers: what is asked of them, and the lines on which they tell of their own consignments."""

from __future__ import annotations

from fondaco.systems.logistics.adapters.ports import Cancelled, CarrierLabel, LabelFormat
from fondaco.systems.logistics.adapters.simulated_push import CarrierPusher
from fondaco.systems.logistics.services.carriers import (
    BadPushSignature,
    ChannelOpened,
    Push,
    StalePush,
    UnknownCarrier,
    admit_push,
    open_channel,
    record_carrier_events,
)
from fondaco.systems.logistics.services.carrying import TooLateToCancel, cancel_consignment, parcel_label

__all__ = [
    "BadPushSignature",
    "Cancelled",
    "CarrierLabel",
    "CarrierPusher",
    "ChannelOpened",
    "LabelFormat",
    "Push",
    "StalePush",
    "TooLateToCancel",
    "UnknownCarrier",
    "admit_push",
    "cancel_consignment",
    "open_channel",
    "parcel_label",
    "record_carrier_events",
]
