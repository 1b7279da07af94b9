"""What Chinese customs is told of lists on their way out: waybills under one bill (607), arrival (507), departure (509).

GACC Announcement 2018 No. 113, edition 2022-05: the declarant names the waybills under a master bill and the lists
they belong to (607); who runs the supervised yard tells that the goods have come to it, and in which vehicle (507);
the carrier tells when they left the country (509). The notes of the messages name no supervision mode: they are sent
of every list. When 607 is sent they do not say; here with the arrival, when the vehicle is known. One message tells
of all consignments under one bill; it is kept before it leaves, and what did not arrive goes again with the next call.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef

from fondaco.kernel.errors import FondacoError
from fondaco.platforms.window.adapters.gacc import gacc_book, gacc_codes, gacc_profile, signer_at_hand
from fondaco.platforms.window.adapters.message_forms import form_for
from fondaco.platforms.window.declaration_filings import filings_of
from fondaco.platforms.window.declaration_store import LogLine, write_log
from fondaco.platforms.window.domain.declaration import MOST_PER_MESSAGE, content_digest
from fondaco.platforms.window.domain.declaration_states import NEED_MATCH, Effect
from fondaco.platforms.window.domain.declaration_wco import Filing
from fondaco.platforms.window.domain.gateway import CustomsGateway, GatewayUnavailable, Message
from fondaco.platforms.window.domain.messages.gacc.build import build_message
from fondaco.platforms.window.domain.messages.gacc.papers import BEIJING, Extras, Papers
from fondaco.platforms.window.domain.messages.gacc.render import render_message
from fondaco.platforms.window.gacc_lodging import CHINA, FORM
from fondaco.platforms.window.models import (
    PAPER_MACHINE,
    Declaration,
    DeclarationState,
    EventSource,
    LodgedPaper,
    PaperState,
)

WAYBILLS, ARRIVAL, DEPARTURE = "607", "507", "509"
JOINT = (WAYBILLS, ARRIVAL, DEPARTURE)
_TELLS: Mapping[str, tuple[str, ...]] = {"presented": (WAYBILLS, ARRIVAL), "departed": (DEPARTURE,)}


@dataclass(frozen=True, slots=True)
class Voyage:
    """What a carrier told of one consignment: `what` is presented (to the yard) or departed, and in what.

    `bill` is the whole load's, empty where the consignment goes alone.
    """

    order_id: UUID
    part: int
    what: str
    at: datetime
    bill: str = ""
    vessel: str = ""
    voyage: str = ""


@dataclass(frozen=True, slots=True)
class _Load:
    """The lists that one message tells of."""

    message: str
    at: datetime
    bill: str
    vessel: str
    voyage: str
    filings: tuple[Filing, ...]
    rows: Mapping[UUID, Declaration]


def orders_to_report(order_ids: Sequence[UUID]) -> list[UUID]:
    """Which of these orders have a released list that customs has not been told the departure of; one query."""
    rows = _open_lists().filter(order_id__in=list(order_ids))
    return sorted(set(rows.values_list("order_id", flat=True)))


def orders_not_departed(*, most: int = 1000) -> list[UUID]:
    """The orders of lists that were released and have not been told to have left, longest waiting first."""
    rows = _open_lists().filter(state=DeclarationState.RELEASED).order_by("released_at", "id")
    return list(dict.fromkeys(rows.values_list("order_id", flat=True)[:most]))


def lodge_voyages(
    voyages: Sequence[Voyage], gateway: CustomsGateway, *, actor: str, now: datetime, retold: bool = False
) -> int:
    """Tell customs what is new of these consignments, each once; how many messages it took in.

    Only of lists that it has released and numbered. What it refuses, and what cannot be written, is in the log of
    each list with the reason. Call outside any transaction; a gateway that does not answer leaves it to the next call.
    `retold`: a past that is retold to a simulator is told when it happened, not now.
    """
    taken = 0
    try:
        taken += _send_again(gateway, actor=actor, now=now)
        for load in _loads(voyages, now=now):
            taken += _lodge(load, gateway, actor=actor, now=min(load.at, now) if retold else now)
    except GatewayUnavailable:
        return taken
    return taken


def count_papers(seller_ids: Sequence[UUID]) -> dict[str, int]:
    """How many messages of each kind were lodged beside these sellers' lists and entered by customs; one query."""
    rows = LodgedPaper.objects.filter(
        declaration__seller_id__in=list(seller_ids), state=PaperState.ENTERED
    ).values_list("message", "reference")
    told: dict[str, set[str]] = defaultdict(set)
    for message, reference in rows:
        told[message].add(reference)
    return {message: len(found) for message, found in sorted(told.items())}


def _open_lists() -> Any:
    """Lists that this house has lodged, that are free, and whose departure is not told."""
    told = LodgedPaper.objects.filter(declaration_id=OuterRef("id"), message=DEPARTURE)
    return (
        Declaration.objects.house()
        .filter(country=CHINA, kind="export", state__in=NEED_MATCH, acknowledged_at__isnull=False)
        .filter(~Exists(told))
        .exclude(mrn="")
    )


def _loads(voyages: Sequence[Voyage], *, now: datetime) -> Iterator[_Load]:
    """The messages there are to send, in the order in which things happened."""
    newest = _open_lists().filter(order_id__in=[one.order_id for one in voyages]).order_by("id")
    lists = {(row.order_id, row.part): row for row in newest}
    filings = {one.id: one for one in filings_of(list(lists.values()), now=now)}
    known = LodgedPaper.objects.filter(declaration_id__in=list(filings), message__in=JOINT)
    done = set(known.values_list("declaration_id", "message"))
    groups: dict[tuple[object, ...], list[tuple[Voyage, Filing]]] = defaultdict(list)
    for voyage in sorted(voyages, key=lambda one: one.at):
        row = lists.get((voyage.order_id, voyage.part))
        if row is None or not _speaks_gacc(filings[row.id]):
            continue
        for message in _messages(voyage):
            if (row.id, message) not in done:
                groups[_together(voyage, message, filings[row.id])].append((voyage, filings[row.id]))
    rows = {row.id: row for row in lists.values()}
    for key, found in groups.items():
        for start in range(0, len(found), MOST_PER_MESSAGE):
            yield _load(str(key[0]), found[start : start + MOST_PER_MESSAGE], rows)


def _messages(voyage: Voyage) -> Iterable[str]:
    """What is told of it; waybills under a bill only where there is a bill and the vessel is known."""
    whole = voyage.bill and voyage.vessel and voyage.voyage
    return [one for one in _TELLS[voyage.what] if one != WAYBILLS or whole]


def _together(voyage: Voyage, message: str, filing: Filing) -> tuple[object, ...]:
    """What goes in one message: the same bill on the same day by the same mode; without a bill, each alone."""
    alone = "" if voyage.bill else str(filing.id)
    day = voyage.at.astimezone(BEIJING).date()
    return (message, voyage.bill, day, filing.transport.get("mode"), alone)


def _speaks_gacc(filing: Filing) -> bool:
    on = filing.issued_at.date()
    return form_for(filing.country, filing.kind, on=on, regime=filing.regime, mode=filing.mode) == FORM


def _load(message: str, found: Sequence[tuple[Voyage, Filing]], rows: Mapping[UUID, Declaration]) -> _Load:
    last, _ = found[-1]
    filings = tuple(filing for _, filing in found)
    return _Load(message, last.at, last.bill, last.vessel, last.voyage, filings, rows)


def _lodge(load: _Load, gateway: CustomsGateway, *, actor: str, now: datetime) -> int:
    """Keep the message of a load, then send it; 1 where customs took it in."""
    try:
        reference, text = _written(load, now=now)
    except FondacoError as fault:
        with transaction.atomic():
            write_log(_lines(load, f"{load.message}-unfit", str(fault), {}, now=now), actor=actor, now=now)
        return 0
    told = {"bill": load.bill, "vessel": load.vessel, "voyage": load.voyage, "at": load.at.isoformat(),
            "together": len(load.filings)}  # fmt: skip
    try:
        with transaction.atomic(durable=True):
            LodgedPaper.objects.bulk_create(_papers(load, reference, text, told, now=now))
            why = f"CEB{load.message}: {load.bill}".rstrip(": ")
            raw = {**told, "reference": reference, "sha256": content_digest(text)}
            write_log(_lines(load, load.message, why, raw, now=now), actor=actor, now=now)
    except IntegrityError:  # another run has just told it
        return 0
    return _send(load.message, reference, text, gateway, actor=actor, now=now)


def _written(load: _Load, *, now: datetime) -> tuple[str, str]:
    """Our number of the message, and the message."""
    book, profile = gacc_book(), gacc_profile()
    extras = Extras(
        vessel=load.vessel, voyage=load.voyage, bill=load.bill, truck=profile.truck, moved_at=load.at, lodged_at=now
    )  # fmt: skip
    numbers = {one.id: load.rows[one.id].mrn for one in load.filings}
    papers = Papers(profile, gacc_codes(), extras, numbers)
    message = build_message(load.message, load.filings, papers=papers, book=book)
    signer = signer_at_hand() if load.message == WAYBILLS else None  # its notes want it of what is declared
    return str(message.entries[0].head["copNo"]), render_message(message, book=book, signer=signer).decode()


def _papers(
    load: _Load, reference: str, text: str, told: Mapping[str, Any], *, now: datetime
) -> list[LodgedPaper]:
    return [
        LodgedPaper(
            declaration_id=filing.id, message=load.message, reference=reference, sent_at=now, told=dict(told),
            text=text if place == 0 else "",
        )
        for place, filing in enumerate(load.filings)
    ]  # fmt: skip


def _lines(load: _Load, code: str, why: str, raw: Mapping[str, Any], *, now: datetime) -> list[LogLine]:
    return [
        LogLine(one.id, EventSource.PLATFORM, code, now, before=load.rows[one.id].state, after=load.rows[one.id].state,
                effect=Effect.NOTED, reason=why[:500], raw=dict(raw))
        for one in load.filings
    ]  # fmt: skip


def _send_again(gateway: CustomsGateway, *, actor: str, now: datetime) -> int:
    """Send what was kept and never acknowledged, under the same key."""
    unheard = LodgedPaper.objects.filter(
        message__in=JOINT, acknowledged_at__isnull=True, state=PaperState.SENT
    ).exclude(text="")
    rows = unheard.order_by("sent_at", "id")[:MOST_PER_MESSAGE]
    return sum(_send(row.message, row.reference, row.text, gateway, actor=actor, now=now) for row in rows)


def _send(
    message: str, reference: str, text: str, gateway: CustomsGateway, *, actor: str, now: datetime
) -> int:
    (said,) = gateway.send([Message(f"voyage:{reference}", reference, text, FORM)])
    rows = LodgedPaper.objects.filter(message=message, reference=reference, state=PaperState.SENT)
    if said.taken:
        rows.update(acknowledged_at=now)
        return 1
    with transaction.atomic(durable=True):
        refused = list(rows.values_list("declaration_id", "declaration__state"))
        ended = PAPER_MACHINE.after(PaperState.SENT, "refuse")
        rows.update(state=ended, acknowledged_at=now, answered_at=now, reason=said.reason[:300])
        lines = [
            LogLine(one, EventSource.PLATFORM, f"{message}-refused", now, before=state, after=state,
                    effect=Effect.NOTED, reason=f"CEB{message}: {said.reason}"[:500])
            for one, state in refused
        ]  # fmt: skip
        write_log(lines, actor=actor, now=now)
    return 0
