"""The orders, payments and waybills of lists that go to Chinese customs, lodged before the lists themselves.

At most 100 documents go in one message. What was taken is in each declaration's log, so that it is sent once;
what is refused is there, too, with the reason, and the list goes all the same: customs then compares what it has.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from fondaco.kernel.errors import FondacoError
from fondaco.platforms.window.adapters.gacc import gacc_book, gacc_codes, gacc_profile, papers_before
from fondaco.platforms.window.adapters.message_forms import form_for
from fondaco.platforms.window.declaration_filings import filings_of, payments_of
from fondaco.platforms.window.declaration_store import LogLine, write_log
from fondaco.platforms.window.domain.declaration import MOST_PER_MESSAGE, content_digest
from fondaco.platforms.window.domain.declaration_states import Effect, State
from fondaco.platforms.window.domain.declaration_wco import Filing
from fondaco.platforms.window.domain.gateway import CustomsGateway, GatewayUnavailable, Message
from fondaco.platforms.window.domain.messages.gacc.build import build_message
from fondaco.platforms.window.domain.messages.gacc.papers import Papers
from fondaco.platforms.window.domain.messages.gacc.render import render_message
from fondaco.platforms.window.models import Declaration, DeclarationEvent, EventSource, LodgedPaper

CHINA, FORM, SENT, REFUSED = "CN", "gacc", "papers", "papers-refused"
_BEFORE = (State.VALIDATED, State.TRANSPORT_FAILED)
# By declaration and message: the digest of what was sent, and the paper's number.
Told = dict[UUID, dict[str, tuple[str, str]]]
# The number that customs' answer to a paper names.
_NAMED = {
    "303": "orderNo", "403": "orderNo", "505": "logisticsNo",
    "311": "orderNo", "411": "payTransactionId", "511": "logisticsNo",
}  # fmt: skip


def lodge_papers(
    ids: Sequence[UUID],
    gateway: CustomsGateway,
    *,
    actor: str,
    now: datetime,
    at: Mapping[UUID, datetime] | None = None,
) -> int:
    """Lodge the documents of those of these declarations that Chinese customs wants them of; how many declarations.

    Only what has not been sent yet, and not of lists that are with customs already. Call outside any
    transaction, before `lodge_declarations`, with the same `at`. A gateway that does not answer leaves it to the
    next call.
    """
    rows = _waiting(ids)
    filings = [replace(one, issued_at=(at or {}).get(one.id, now)) for one in filings_of(rows, now=now)]
    papers = Papers(gacc_profile(), gacc_codes(), payments=payments_of(rows))
    told: Told = defaultdict(dict)
    refused: dict[UUID, str] = {}
    try:
        for number, part in _messages(filings):
            _send(number, part, gateway, papers=papers, told=told, refused=refused)
    except GatewayUnavailable:
        return 0
    _tell(filings, told, refused, actor=actor, now=now)
    return len(told)


def _waiting(ids: Sequence[UUID]) -> list[Declaration]:
    asked = Declaration.objects.house().filter(id__in=list(ids), state__in=_BEFORE, country=CHINA)
    rows = list(asked.order_by("id"))
    if not rows:
        return []
    known = DeclarationEvent.objects.filter(
        declaration_id__in=[row.id for row in rows], code__in=[SENT, REFUSED]
    )
    done = set(known.values_list("declaration_id", flat=True))
    return [row for row in rows if row.id not in done]


def _messages(filings: Sequence[Filing]) -> Iterator[tuple[str, list[Filing]]]:
    by_number: dict[str, list[Filing]] = defaultdict(list)
    for one in filings:
        if form_for(one.country, one.kind, on=one.issued_at.date()) == FORM:
            for number in papers_before(one.kind, one.regime, on=one.issued_at.date()):
                by_number[number].append(one)
    for number, wanted in sorted(by_number.items()):
        for start in range(0, len(wanted), MOST_PER_MESSAGE):
            yield number, wanted[start : start + MOST_PER_MESSAGE]


def _send(
    number: str,
    part: Sequence[Filing],
    gateway: CustomsGateway,
    *,
    papers: Papers,
    told: Told,
    refused: dict[UUID, str],
) -> None:
    """Send one message; where it cannot be written or is refused, each document for itself."""
    try:
        text, references = _written(number, part, papers)
    except FondacoError as fault:
        why = str(fault)
    else:
        key = f"papers:{number}:{content_digest(' '.join(str(one.id) for one in part))[:32]}"
        (said,) = gateway.send([Message(key, part[0].lrn, text, FORM)])
        if said.taken:
            for one, reference in zip(part, references, strict=True):
                told[one.id][number] = (content_digest(text), reference)
            return
        why = said.reason
    if len(part) == 1:
        refused[part[0].id] = f"CEB{number}: {why}"[:500]
        return
    for one in part:
        _send(number, [one], gateway, papers=papers, told=told, refused=refused)


def _written(number: str, part: Sequence[Filing], papers: Papers) -> tuple[str, list[str]]:
    """The message, and the number of each paper in it."""
    book = gacc_book()
    message = build_message(number, part, papers=papers, book=book)
    text = render_message(message, book=book).decode()  # refuses first what lacks its number
    return text, [str(entry.head[_NAMED[number]]) for entry in message.entries]


def _tell(
    filings: Sequence[Filing],
    told: Told,
    refused: Mapping[UUID, str],
    *,
    actor: str,
    now: datetime,
) -> None:
    state = str(State.VALIDATED)
    sent = [
        LogLine(one.id, EventSource.PLATFORM, SENT, one.issued_at, before=state, after=state, effect=Effect.NOTED,
                reason=", ".join(f"CEB{number}" for number in told[one.id]), raw={"messages": {number: digest for number, (digest, _) in told[one.id].items()}})
        for one in filings if one.id in told and one.id not in refused
    ]  # fmt: skip
    bad = [
        LogLine(one.id, EventSource.PLATFORM, REFUSED, one.issued_at, before=state, after=state, effect=Effect.NOTED,
                reason=refused[one.id])
        for one in filings if one.id in refused
    ]  # fmt: skip
    with transaction.atomic():
        write_log([*sent, *bad], actor=actor, now=now)
        LodgedPaper.objects.bulk_create(_papers(told, now=now), ignore_conflicts=True)


def _papers(told: Told, *, now: datetime) -> list[LodgedPaper]:
    return [
        LodgedPaper(declaration_id=key, message=number, reference=reference, sent_at=now, acknowledged_at=now)
        for key, papers in told.items()
        for number, (_, reference) in papers.items()
    ]
