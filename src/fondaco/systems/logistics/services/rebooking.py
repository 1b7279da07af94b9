"""What an accepted load does to its consignments: each is booked anew, at its share of the trunk and its last mile."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from fondaco.kernel import audit, outbox
from fondaco.kernel.errors import Conflict
from fondaco.kernel.money import split_minor
from fondaco.systems.logistics.models import Consignment, Consolidation, ConsolidationEntry

_KEPT = 6  # offers beside the one that is booked
_CHANGED = (
    "carrier_id", "service_code", "service_name", "provider_name", "price_minor", "offer", "alternatives", "due_on",
)  # fmt: skip


class LoadChanged(Conflict):
    code = "load-changed"
    title = "A consignment of this load has moved, was taken back or is in another load by now."
    remedy = "Propose again: the plan is then made of what still waits."


def rebook_into(load: Consolidation, *, carrier_id: UUID | None, actor: str, now: datetime) -> None:
    """Book the consignments of `load` into it, within the caller's transaction.

    The trunk's price is shared by mass (largest remainder), so that the consignments cost together exactly what the
    load does; the offer each was booked on before is kept beside the new one. `carrier_id` is who carries the load
    (None: whoever carried each before). LoadChanged, and nothing written, where one does not wait any more or its
    carrier has been told of it.
    """
    entries, rows = _held(load)
    shares = split_minor(load.trunk_minor, [row.mass_g for row in rows])
    before = {row.pk: row.price_minor for row in rows}
    for row, entry, share in zip(rows, entries, shares, strict=True):
        entry.share_minor, entry.accepted = share, True
        _book(row, entry, load)
        row.carrier_id = carrier_id or row.carrier_id
    ConsolidationEntry.objects.house().bulk_update(entries, ["share_minor", "accepted"])
    Consignment.objects.house().bulk_update(rows, _CHANGED)
    _tell(load, rows, before, actor=actor, now=now)


def _held(load: Consolidation) -> tuple[list[ConsolidationEntry], list[Consignment]]:
    """The entries and their consignments, locked, in one order."""
    entries = list(ConsolidationEntry.objects.house().filter(consolidation=load).order_by("consignment_id"))
    ids = [entry.consignment_id for entry in entries]
    waiting = Consignment.objects.house().filter(pk__in=ids, state="booked", carrier_reference="")
    rows = list(waiting.order_by("pk").select_for_update())
    taken = ConsolidationEntry.objects.house().filter(consignment_id__in=ids, accepted=True)
    if len(rows) != len(ids) or taken.exists():
        raise LoadChanged(field="consolidation", value=load.number)
    return entries, rows


def _book(row: Consignment, entry: ConsolidationEntry, load: Consolidation) -> None:
    trunk: dict[str, Any] = load.facts["offer"]
    price = (entry.share_minor or 0) + entry.last_mile_minor
    row.due_on = load.arrives_on + timedelta(days=entry.last_mile_days)
    days = max((row.due_on - row.ready_at.date()).days, 0)
    row.alternatives = [row.offer, *row.alternatives][:_KEPT]
    row.offer = {
        **trunk,
        "price_minor": price,
        "breakdown": [["trunk", entry.share_minor], ["last_mile", entry.last_mile_minor]],
        "transit_days_min": min(trunk["transit_days_min"], days),
        "transit_days_max": days,
        "load": load.number,
    }
    row.service_code, row.service_name = load.service_code, load.service_name
    row.provider_name, row.price_minor = trunk["provider"], price


def _tell(
    load: Consolidation, rows: Sequence[Consignment], before: dict[UUID, int], *, actor: str, now: datetime
) -> None:
    deeds = [
        audit.Deed(
            "logistics.rebooked", "consignment", str(row.pk), row.seller_id,
            {"number": row.number, "load": load.number, "was_minor": before[row.pk], "price_minor": row.price_minor},
        )
        for row in rows
    ]  # fmt: skip
    audit.record(deeds, actor=actor, at=now)
    outbox.append(
        outbox.Event("logistics.rebooked", str(row.pk), {"order_id": str(row.order_id), "load": load.number})
        for row in rows
    )
