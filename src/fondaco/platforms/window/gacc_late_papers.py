"""Orders, payments and waybills that come after the list which names them: the list is matched anew.

Documents that agree at last release what only waited for them: a release that was held takes effect, and a list
that stands before an officer for its documents alone, and that no officer has touched, gets the lane it would
have had.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from fondaco.platforms.window.adapters.gacc import gacc_book
from fondaco.platforms.window.declaration_intake import WINDOW
from fondaco.platforms.window.declaration_match import match_documents, save_verdicts
from fondaco.platforms.window.declaration_receipts import take_in
from fondaco.platforms.window.declaration_store import Live, lock_live, write_live
from fondaco.platforms.window.domain.declaration import DeclarationDraft, Receipt
from fondaco.platforms.window.domain.declaration_states import State
from fondaco.platforms.window.domain.intake import draft_of, triple_of
from fondaco.platforms.window.domain.matching import Triple
from fondaco.platforms.window.domain.messages.gacc.parse import parse_message
from fondaco.platforms.window.gacc_lists import lodged_lists
from fondaco.platforms.window.models import (
    BatchForm,
    Declaration,
    DeclarationEvent,
    EventSource,
    IntakeBatch,
    IntakeList,
    Lane,
    MatchVerdict,
    VerdictKind,
)

Case = tuple[DeclarationDraft, Triple]
_DIFFER = "documents-differ"  # the criterion of data/window/selectivity.csv
_PEOPLE = (EventSource.OFFICER, EventSource.TRADER)


def match_late(seller_id: UUID, numbers: Collection[str], *, actor: str, now: datetime) -> list[str]:
    """Match anew the lists of `seller_id` that name these orders or waybills; the LRNs released by it.

    Within the caller's transaction, after the papers are kept. Lists that matched already are left alone.
    """
    cases = list(_waiting(seller_id, numbers))
    if not cases:
        return []
    verdicts = match_documents([triple for _, triple in cases], on=now.date())
    save_verdicts(verdicts, actor=actor, now=now)
    agreed = [draft for (draft, _), one in zip(cases, verdicts, strict=True) if one.verdict == "match"]
    _give_lanes(agreed, actor=actor, now=now)
    free = Declaration.objects.house().filter(lrn__in=[one.lrn for one in agreed], state=State.RELEASED)
    return list(free.order_by("lrn").values_list("lrn", flat=True))


def _waiting(seller_id: UUID, numbers: Collection[str]) -> Iterator[Case]:
    """The lists whose documents differ and that name one of `numbers`, read anew from what was lodged."""
    differing = MatchVerdict.objects.house().filter(seller_id=seller_id).exclude(verdict=VerdictKind.MATCH)
    named = Q(declaration__reference__in=numbers) | Q(declaration__transport__tracking__in=numbers)
    rows = IntakeList.objects.filter(
        named, declaration__order_id__in=differing.values("order_id"), batch__form=BatchForm.GACC
    ).values_list("batch_id", "place", "declaration__authority_id")
    places: dict[UUID, dict[int, UUID]] = defaultdict(dict)
    for batch, place, authority in rows:
        places[batch][place] = authority
    kept = IntakeBatch.objects.house().filter(id__in=list(places)).values_list("id", "raw")
    for batch, raw in kept:
        yield from _read(seller_id, bytes(raw), places[batch])


def _read(seller_id: UUID, packed: bytes, places: Mapping[int, UUID]) -> Iterator[Case]:
    reading = parse_message(zlib.decompress(packed), book=gacc_book())
    for one in lodged_lists(seller_id, reading.message, {}, only=places):
        if one.body is not None:
            draft = draft_of(one.body, seller_id=seller_id, authority_id=places[one.place])
            yield draft, triple_of(one.body, draft)


def _give_lanes(agreed: Sequence[DeclarationDraft], *, actor: str, now: datetime) -> None:
    """Release what stands before an officer for its documents alone, unless somebody has spoken about it."""
    standing = lock_live(lrn__in=[one.lrn for one in agreed], state=State.DOCS_REQUIRED)
    events = DeclarationEvent.objects.filter(declaration_id__in=[one.id for one in standing])
    spoken = set(
        events.filter(source__in=_PEOPLE).exclude(code="lodged").values_list("declaration_id", flat=True)
    )
    asked = dict(events.filter(code="DMSDOC").values_list("declaration_id", "raw__Selectivity__hits"))
    free = [one for one in standing if one.id not in spoken and _for_documents(asked.get(one.id))]
    for one in free:
        one.lane = Lane.GREEN
    write_live(free, actor=actor, now=now)
    take_in([_release(one, now=now) for one in free], now=now, actor=actor)


def _for_documents(hits: Sequence[Mapping[str, str]] | None) -> bool:
    return bool(hits) and all(hit.get("code") == _DIFFER for hit in hits or ())


def _release(one: Live, *, now: datetime) -> Receipt:
    at = max(now, one.standing.decided_at + timedelta(microseconds=1)) if one.standing.decided_at else now
    told = {"NameCode": "DMSCLE", "FunctionalReferenceID": one.lrn, "ID": one.mrn,
            "IssueDateTime": at.isoformat(), "SelectivityLane": str(Lane.GREEN), "Source": WINDOW}  # fmt: skip
    reason = "The documents came, and agree"
    return Receipt(one.lrn, "DMSCLE", at, mrn=one.mrn, lane=str(Lane.GREEN), reason=reason, raw=told)
