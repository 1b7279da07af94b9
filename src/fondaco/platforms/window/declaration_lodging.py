"""Sending declarations: marked as sent before they leave, sent outside any transaction, safe to repeat."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q

from fondaco.kernel import audit
from fondaco.kernel.bulk import update_rows
from fondaco.kernel.errors import FondacoError
from fondaco.platforms.window.adapters.message_forms import PLAIN, form_for
from fondaco.platforms.window.declaration_filings import filings_of
from fondaco.platforms.window.declaration_forms import write_filing
from fondaco.platforms.window.declaration_store import LogLine, write_log
from fondaco.platforms.window.domain.declaration import MOST_PER_MESSAGE, content_digest, idempotency_key
from fondaco.platforms.window.domain.declaration_states import State
from fondaco.platforms.window.domain.declaration_wco import Filing, render_filing
from fondaco.platforms.window.domain.gateway import (
    Acknowledgement,
    CustomsGateway,
    GatewayUnavailable,
    Message,
)
from fondaco.platforms.window.models import Declaration, DeclarationState, EventSource

_TO_SEND = (State.VALIDATED, State.SUBMITTED, State.TRANSPORT_FAILED)
# With the agency, and nobody but the agency is waited for: asking again brings its receipts again.
_UNANSWERED = (State.RECEIVED, State.ACCEPTED, State.ASSESSED)
_STOP_AFTER = 3


@dataclass(frozen=True, slots=True)
class LodgeReport:
    """What became of the ids asked for: taken in by the agency, failed on the way, or not to be sent."""

    taken: tuple[UUID, ...]
    failed: tuple[UUID, ...]
    skipped: tuple[UUID, ...]
    trouble: str = ""


def lodge_declarations(
    ids: Sequence[UUID],
    gateway: CustomsGateway,
    *,
    actor: str,
    now: datetime,
    at: Mapping[UUID, datetime] | None = None,
) -> LodgeReport:
    """Send the declarations in messages of at most 100 and mark what was taken in.

    Drafts with problems, and what the agency has decided or a person must decide, are skipped. Each batch
    is SUBMITTED in its own transaction before it leaves; a batch that does not arrive becomes
    TRANSPORT_FAILED and goes again with the next call. Call outside any transaction. After three batches
    in a row that failed, the rest is left as it is. `at` tells when one was sent, where that is not `now`: an order
    of the past is retold to a simulator.
    """
    taken: list[UUID] = []
    failed: list[UUID] = []
    trouble, misses = "", 0
    for batch in _batches(ids):
        if misses >= _STOP_AFTER:
            break
        lodged = _mark_submitted(batch, actor=actor, now=now, at=at or {})
        if not lodged:
            continue
        acks, said = _deliver(lodged, gateway)
        _mark_outcome(lodged, acks, said=said, actor=actor, now=now, retold=bool(at))
        for one in lodged:
            (taken if acks.get(one.key, _LOST).taken else failed).append(one.id)
        trouble, misses = (said or trouble), (misses + 1 if said else 0)
    done = {*taken, *failed}
    return LodgeReport(tuple(taken), tuple(failed), tuple(id_ for id_ in ids if id_ not in done), trouble)


@dataclass(frozen=True, slots=True)
class _Lodged:
    id: UUID
    key: str
    state: str
    message: Message
    spared: str = ""  # why it is not in the office's own language


_LOST = Acknowledgement("", taken=False)


def _batches(ids: Sequence[UUID]) -> Iterator[list[UUID]]:
    unique = list(dict.fromkeys(ids))
    for start in range(0, len(unique), MOST_PER_MESSAGE):
        yield unique[start : start + MOST_PER_MESSAGE]


def _mark_submitted(
    ids: Sequence[UUID], *, actor: str, now: datetime, at: Mapping[UUID, datetime]
) -> list[_Lodged]:
    """SUBMITTED before anything leaves, so that a crash on the way is followed by sending again."""
    with transaction.atomic(durable=True):
        sendable = Q(state__in=_TO_SEND) | Q(state__in=_UNANSWERED, held_state="")
        rows = list(
            Declaration.objects.house().filter(sendable, id__in=ids).order_by("id").select_for_update()
        )
        new = {row.id for row in rows if row.state in {State.VALIDATED, State.TRANSPORT_FAILED}}
        before = {row.id: str(row.state) for row in rows}
        for row in rows:
            row.submitted_at = row.submitted_at or at.get(row.id, now)
        _write_submitted([row for row in rows if row.id in new])
        lodged = [_lodged(row, filing) for row, filing in zip(rows, filings_of(rows, now=now), strict=True)]
        _tell_submitted([one for one in lodged if one.id in new], rows, before, actor=actor, now=now)
    return lodged


def _write_submitted(rows: Sequence[Declaration]) -> None:
    """Sent once more, at the time of the first sending."""
    state = DeclarationState.SUBMITTED.value
    update_rows(
        "window_declaration",
        ("state", "submitted_at", "attempts"),
        [
            {"id": row.id, "state": state, "submitted_at": row.submitted_at, "attempts": row.attempts + 1}
            for row in rows
        ],
    )


def _tell_submitted(
    lodged: Sequence[_Lodged],
    rows: Sequence[Declaration],
    before: Mapping[UUID, str],
    *,
    actor: str,
    now: datetime,
) -> None:
    sent = {row.id: row.submitted_at or now for row in rows}
    lines = [
        LogLine(
            one.id,
            EventSource.PLATFORM,
            "submitted",
            sent[one.id] if before[one.id] == State.VALIDATED else now,
            after="submitted",
            before=before[one.id],
            raw=_sent(one),
        )
        for one in lodged
    ]
    write_log(lines, actor=actor, now=now)
    sellers = {row.id: row.seller_id for row in rows}
    audit.record((_deed(line, sellers[line.declaration_id]) for line in lines), actor=actor, at=now)


def _deed(line: LogLine, seller_id: UUID) -> audit.Deed:
    return audit.Deed(
        action=f"window.declaration.{line.after}",
        subject_type="declaration",
        subject_id=str(line.declaration_id),
        organisation_id=seller_id,
        detail={"before": line.before, **({"reason": line.reason} if line.reason else {})},
    )


def _lodged(row: Declaration, filing: Filing) -> _Lodged:
    key = idempotency_key(row.id, version=row.version)
    message, spared = _message(filing, key)
    return _Lodged(row.id, key, str(row.state), message, spared)


def _message(filing: Filing, key: str) -> tuple[Message, str]:
    """`filing` in the office's own language or, where that cannot say it, in WCO-named JSON, with the reason."""
    on, spared = filing.issued_at.date(), ""
    form = form_for(filing.country, filing.kind, on=on, regime=filing.regime, mode=filing.mode)
    if form != PLAIN:
        try:
            text = write_filing(filing, form)
            return Message(key, filing.lrn, text, form, filing.issued_at), ""
        except FondacoError as refusal:
            spared = f"{form}: {refusal}"[:400]
    text = json.dumps(render_filing(filing, key=key), separators=(",", ":"))
    return Message(key, filing.lrn, text), spared


def _sent(one: _Lodged) -> dict[str, Any]:
    """What the log keeps of a message on its way: all of one in an authority's own language."""
    told = {"key": one.key, "sha256": content_digest(one.message.text), "form": one.message.form}
    kept = {"message": one.message.text} if one.message.form != PLAIN else {}
    return {**told, **kept, **({"not_in_its_form": one.spared} if one.spared else {})}


def _deliver(lodged: Sequence[_Lodged], gateway: CustomsGateway) -> tuple[dict[str, Acknowledgement], str]:
    """The acknowledgements by key, and the trouble there was on the way."""
    try:
        return {ack.key: ack for ack in gateway.send([one.message for one in lodged])}, ""
    except GatewayUnavailable as trouble:
        return {}, str(trouble)


def _mark_outcome(
    lodged: Sequence[_Lodged],
    acks: dict[str, Acknowledgement],
    *,
    said: str,
    actor: str,
    now: datetime,
    retold: bool,
) -> None:
    good = [one.id for one in lodged if acks.get(one.key, _LOST).taken]
    with transaction.atomic(durable=True):
        unheard = Declaration.objects.house().filter(id__in=good, acknowledged_at__isnull=True)
        # A sending of today is acknowledged now; one of a past that is retold, then.
        unheard.update(acknowledged_at=F("submitted_at") if retold else now)
        bad = {one.id: acks.get(one.key, _LOST).reason or said for one in lodged if one.id not in set(good)}
        # A receipt may have arrived meanwhile: only what is still SUBMITTED has failed.
        still = Declaration.objects.house().filter(id__in=list(bad), state=State.SUBMITTED)
        failed = list(still.order_by("id").select_for_update().values_list("id", "seller_id"))
        Declaration.objects.house().filter(id__in=[id_ for id_, _ in failed]).update(
            state=DeclarationState.TRANSPORT_FAILED
        )
        lines = [_failure(id_, reason=bad[id_], now=now) for id_, _ in failed]
        write_log(lines, actor=actor, now=now)
        sellers = dict(failed)
        audit.record((_deed(line, sellers[line.declaration_id]) for line in lines), actor=actor, at=now)


def _failure(declaration_id: UUID, *, reason: str, now: datetime) -> LogLine:
    return LogLine(
        declaration_id,
        EventSource.PLATFORM,
        "transport_failed",
        now,
        after="transport_failed",
        before="submitted",
        reason=reason,
    )
