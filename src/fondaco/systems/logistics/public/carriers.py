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
    channel_times,
    open_channel,
    record_carrier_events,
)
from fondaco.systems.logistics.services.carrying import (
    TooLateToBook,
    TooLateToCancel,
    book_with_carrier,
    cancel_consignment,
    hear_carrier,
    parcel_label,
)

__all__ = [
    "BadPushSignature",
    "Cancelled",
    "CarrierLabel",
    "CarrierPusher",
    "ChannelOpened",
    "LabelFormat",
    "Push",
    "StalePush",
    "TooLateToBook",
    "TooLateToCancel",
    "UnknownCarrier",
    "admit_push",
    "book_with_carrier",
    "cancel_consignment",
    "channel_times",
    "hear_carrier",
    "open_channel",
    "parcel_label",
    "record_carrier_events",
]
