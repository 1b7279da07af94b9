"""UK declarations lodged with the house: DEC messages in, DMS notifications (RES) out.

A declaration is taken in like any list: validated, matched where papers are known, put into a lane, recorded. An
amendment (COR) is a whole declaration that follows the one it names as its next version; a cancellation (INV)
withdraws it. Both are granted until the goods are released or an officer has them in hand, as at HMRC; what was
wished and what came of it stands in the declaration's log.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from fondaco.kernel.ids import new_id
from fondaco.kernel.money import UnknownCurrency
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.platforms.window.adapters.cds import cds_book
from fondaco.platforms.window.declaration_intake import (
    WINDOW,
    Acknowledged,
    Outcome,
    keep_batch,
    said_before,
    take_in_lists,
)
from fondaco.platforms.window.declaration_receipts import take_in
from fondaco.platforms.window.declaration_store import Live, LogLine, lock_live, write_log
from fondaco.platforms.window.domain.declaration import Receipt
from fondaco.platforms.window.domain.declaration_codes import find_code
from fondaco.platforms.window.domain.declaration_states import State
from fondaco.platforms.window.domain.intake import Lodged, lodged_body
from fondaco.platforms.window.domain.messages.cds.check import CdsRefused, check_message
from fondaco.platforms.window.domain.messages.cds.lodged import body_of, wish_of
from fondaco.platforms.window.domain.messages.cds.responses import write_response
from fondaco.platforms.window.domain.messages.cds.tree import (
    CdsMessage,
    Node,
    NotCds,
    read_message,
    write_message,
)
from fondaco.platforms.window.models import BatchForm, EventSource, IntakeBatch

_OPEN = (State.ACCEPTED, State.DOCS_REQUIRED, State.UNDER_REVIEW)
_TOLD = {State.RELEASED: "DMSCLE", State.DOCS_REQUIRED: "DMSDOC", State.INSPECTION: "DMSCTL"}


def take_in_cds(scope: Scope, raw: bytes, *, authorities: Mapping[str, UUID], now: datetime) -> Acknowledged:
    """Take in one declaration, amendment or cancellation; `notifications_of` says it in CDS's words.

    MalformedXml, OversizedXml, EntitiesRefused, NotCds, WrongNamespace; CdsRefused where the message breaks
    the schema. Nothing is recorded then. What breaks a rule beside it is refused by name (DMSREJ).
    """
    scope.require(role=Role.CLERK, kinds=(Kind.SELLER,))
    message = read_message(raw)
    if message.kind != "DEC":
        raise NotCds("This is an answer.", field="message", value=message.kind)
    faults = check_message(message, book=cds_book())
    if broken := [fault for fault in faults if fault.level == "schema"]:
        raise CdsRefused(broken)
    if said := said_before(scope.organisation_id, raw):
        return said
    root = message.roots[0]
    wish = wish_of(root)
    if wish == "lodge":
        reasons = tuple(
            {"field": one.path, "code": one.code, "message": one.problem, "remedy": one.remedy}
            for one in faults
        )
        return _lodge(scope, _lodged(root, reasons), raw, authorities=authorities, now=now)
    return _change(scope, root, wish, raw, authorities=authorities, now=now)


def notifications_of(said: Acknowledged) -> bytes:
    """The RES message that answers a DEC message, the same each time it is asked for."""
    told = json.loads(said.text)
    batch = UUID(told["batch_id"])
    at = IntakeBatch.objects.house().values_list("received_at", flat=True).get(id=batch)
    responses = [node for one in told["lists"] for node in _notices(one, at)]
    return write_message(CdsMessage("RES", tuple(responses)))


def _notices(one: Mapping[str, Any], at: datetime) -> list[Node]:
    """What is said of one declaration: accepted and what its lane led to, or refused with its errors."""
    lrn, mrn = str(one["lrn"]), str(one.get("mrn") or "")
    if one["status"] == "refused":
        errors = [("CDS12056", f"{reason['field']}: {reason['message']}"[:512]) for reason in one["reasons"]]
        code = "DMSREQ" if one.get("wish") else "DMSREJ"
        return [write_response(_number(code), lrn=lrn, mrn=mrn, at=at, errors=errors)]
    if one.get("wish") == "cancel":
        codes = ["DMSINV"]
    else:
        first = "DMSRES" if one.get("wish") == "amend" else "DMSACC"
        codes = [first, *([_TOLD[State(one["state"])]] if one.get("state") in _TOLD else [])]
    return [
        write_response(_number(code), lrn=lrn, mrn=mrn, at=at + timedelta(seconds=place))
        for place, code in enumerate(codes)
    ]


def _number(name: str) -> str:
    code = find_code(name, vocabulary="cds")
    return code.number if code else ""


def _lodged(root: Node, reasons: tuple[dict[str, Any], ...]) -> Lodged:
    lrn = root.get("FunctionalReferenceID")[:22]
    if reasons:
        return Lodged(1, lrn, "", None, reasons)
    try:
        return lodged_body(1, body_of(root))
    except UnknownCurrency as fault:
        told = {"field": "currency", "code": fault.code, "message": fault.title, "remedy": fault.remedy}
        return Lodged(1, lrn, "", None, (told,))


def _lodge(
    scope: Scope,
    one: Lodged,
    raw: bytes,
    *,
    authorities: Mapping[str, UUID],
    now: datetime,
    told: Mapping[str, Any] | None = None,
) -> Acknowledged:
    return take_in_lists(
        scope, [one], raw, form=BatchForm.CDS, authorities=authorities, now=now, papers_asked=False, told=told
    )


def _change(
    scope: Scope, root: Node, wish: str, raw: bytes, *, authorities: Mapping[str, UUID], now: datetime
) -> Acknowledged:
    """Withdraw the declaration that `root` names; an amendment then takes its place."""
    lrn = root.get("FunctionalReferenceID")[:22]
    one = _lodged(root, ()) if wish == "amend" else None
    with transaction.atomic():
        live = _named(scope, lrn, root.get("ID"))
        refusal = _why_not(live) or (one.reasons[0] if one and one.body is None and one.reasons else None)
        if refusal or live is None:
            told = {"wish": wish, "reasons": [refusal]}
            outcome = Outcome(1, lrn, "refused", told)
            return keep_batch(scope, new_id(), [outcome], raw=raw, form=BatchForm.CDS, now=now)
        _withdraw(live, wish, actor=scope.actor or str(scope.user_id), now=now)
        if one is None or one.body is None:
            outcome = Outcome(1, lrn, "taken", {"wish": wish, "mrn": live.mrn, "state": str(State.CANCELLED)})
            return keep_batch(scope, new_id(), [outcome], raw=raw, form=BatchForm.CDS, now=now)
        follower = lodged_body(1, {**one.body, "lrn": _next(lrn)})
        return _lodge(
            scope, follower, raw, authorities=authorities, now=now, told={"wish": wish, "amends": lrn}
        )


def _next(lrn: str) -> str:
    """The reference of the version that follows: the old one may not be used twice."""
    stem, _, count = lrn.rpartition("V")
    known = bool(stem) and count.isdigit()
    tail = f"V{int(count) + 1 if known else 2}"
    return f"{(stem if known else lrn)[: 22 - len(tail)]}{tail}"


def _named(scope: Scope, lrn: str, mrn: str) -> Live | None:
    found = lock_live(lrn=lrn, seller_id=scope.organisation_id)
    return next((one for one in found if not mrn or one.mrn == mrn), None)


def _why_not(live: Live | None) -> dict[str, Any] | None:
    """Why a declaration can no longer be changed, if so."""
    if live is None:
        return _reason("FunctionalReferenceID", "unknown-declaration", "No declaration of yours has it.",
                       "Give the reference, and the movement reference number, of the one you mean.")  # fmt: skip
    if live.standing.state in _OPEN:
        return None
    return _reason("Declaration/ID", "not-open", f"The declaration is {live.standing.state}.",
                   "Ask the office; what is released is corrected by a claim, not by a message.")  # fmt: skip


def _reason(field: str, code: str, message: str, remedy: str) -> dict[str, Any]:
    return {"field": field, "code": code, "message": message, "remedy": remedy}


def _withdraw(live: Live, wish: str, *, actor: str, now: datetime) -> None:
    """The wish, and that it was granted (DMSINV), in the log; the declaration is cancelled."""
    at = max(now, live.standing.decided_at + timedelta(microseconds=1)) if live.standing.decided_at else now
    line = LogLine(live.id, EventSource.TRADER, wish, at, before=live.was, after=live.was)
    write_log([line], actor=actor, now=now)
    why = "Withdrawn by the declarant" if wish == "cancel" else "Followed by an amended version"
    told = {"NameCode": "DMSINV", "FunctionalReferenceID": live.lrn, "ID": live.mrn,
            "IssueDateTime": at.isoformat(), "Source": WINDOW}  # fmt: skip
    take_in([Receipt(live.lrn, "DMSINV", at, mrn=live.mrn, reason=why, raw=told)], now=now, actor=actor)
