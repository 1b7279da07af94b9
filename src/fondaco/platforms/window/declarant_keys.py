"""Declarants' keys: entered by the declarant, approved by another person of the authority, asked at the gateway."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Case, IntegerField, Value, When

from fondaco.kernel import audit, outbox
from fondaco.kernel.audit import Deed
from fondaco.kernel.errors import Conflict, Forbidden, NotFound, Refused
from fondaco.kernel.paging import ordered_after
from fondaco.kernel.tenancy import Kind, Role, Scope
from fondaco.platforms.window.domain.certificates import Certificate, read_certificate
from fondaco.platforms.window.models import KEY_MACHINE, DeclarantKey, KeyState

_MOST = 500


class KeyUnknown(Refused):
    code = "signature-key-unknown"
    title = "The key that signed is not registered."
    remedy = "Enter its certificate under Signing keys and wait for the authority's approval."


class KeyForeign(Refused):
    code = "signature-key-foreign"
    title = "The key that signed is registered for another declarant."
    remedy = "Sign with a key of your own, or have the declarant it belongs to lodge the message."


class KeyNotApproved(Refused):
    code = "signature-key-not-approved"
    title = "The key that signed is not approved."
    remedy = "Wait for the authority's approval, or enter another key."


class KeyExpired(Refused):
    code = "signature-key-expired"
    title = "The key that signed is past its time."
    remedy = "Enter the certificate that follows it and sign with that."


class KeyTooEarly(Refused):
    code = "signature-key-too-early"
    title = "The key that signed is not valid yet."
    remedy = "Sign with the key that is in force today."


class KeyRevoked(Refused):
    code = "signature-key-revoked"
    title = "The key that signed was revoked."
    remedy = "Sign with another registered key."


class SignatureMissing(Refused):
    code = "signature-missing"
    title = "This declarant signs its lists, and this one is not signed."
    remedy = "Sign it with a registered key."


class KeyEntered(Conflict):
    code = "key-entered"
    title = "This certificate is in your register already."
    remedy = "Nothing needs to be done; its state stands in the table."


class KeyTaken(Conflict):
    code = "key-taken"
    title = "This certificate signs for another declarant."
    remedy = "Refuse it, or have the other registration revoked first."


class OwnEntry(Forbidden):
    code = "key-own-entry"
    title = "Who entered a key does not decide about it."
    remedy = "Another person of the authority approves it."


class BadSpan(Refused):
    code = "key-span"
    title = "The certificate is not valid in this span."
    remedy = "Choose days inside the certificate's own."


class KeyReasonMissing(Refused):
    code = "key-reason-missing"
    title = "Say why."
    remedy = "Give a reason of at least three letters; the declarant reads it."


@dataclass(frozen=True, slots=True)
class KeyDTO:
    """A registered key. `expired`: approved, and past its time at the moment of asking."""

    id: UUID
    declarant_id: UUID
    authority_id: UUID
    name: str
    algorithm: str
    subject: str
    fingerprint: str
    valid_from: datetime
    valid_to: datetime
    state: str
    expired: bool
    entered_by: str
    entered_at: datetime
    decided_by: str
    decided_at: datetime | None
    revoked_by: str
    revoked_at: datetime | None
    reason: str


def enter_key(
    scope: Scope,
    pem: bytes,
    *,
    name: str,
    authority_id: UUID,
    now: datetime,
    valid_from: datetime | None = None,
    valid_to: datetime | None = None,
) -> KeyDTO:
    """Enter a certificate of `scope`'s organisation; it signs once the authority approves.

    Its span is the certificate's own or a narrower one. A private key is refused unread. BadCertificate,
    BadSpan, KeyEntered; Forbidden to others than a seller's managers.
    """
    scope.require(role=Role.MANAGER, kinds=(Kind.SELLER,))
    found = read_certificate(pem)
    begins, ends = _span(found, valid_from, valid_to, now=now)
    row = DeclarantKey(
        declarant_id=scope.organisation_id, authority_id=authority_id, name=name.strip()[:80] or found.subject[:80],
        algorithm=found.algorithm, subject=found.subject[:400], fingerprint=found.fingerprint,
        certificate=found.pem, valid_from=begins, valid_to=ends, entered_by=_person(scope), entered_at=now,
    )  # fmt: skip
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            _tell(row, "entered", actor=row.entered_by, now=now)
    except IntegrityError as clash:
        raise KeyEntered(field="certificate", value=found.fingerprint) from clash
    return _dto(row, now=now)


def decide_key(scope: Scope, key_id: UUID, *, approve: bool, reason: str = "", now: datetime) -> KeyDTO:
    """Approve an entered key, or refuse it with a reason.

    Forbidden to others than the authority's clerks; OwnEntry, IllegalTransition, KeyTaken, KeyReasonMissing.
    """
    scope.require(role=Role.CLERK, kinds=(Kind.CUSTOMS,))
    if not approve:
        reason = _reason(reason)
    try:
        with transaction.atomic():
            row = _locked(scope, key_id)
            if row.entered_by == _person(scope):
                raise OwnEntry(field="key", value=key_id)
            row.state = KEY_MACHINE.after(row.state, "approve" if approve else "refuse")
            row.decided_by, row.decided_at, row.reason = _person(scope), now, "" if approve else reason
            row.save(update_fields=["state", "decided_by", "decided_at", "reason"])
            _tell(row, str(row.state), actor=row.decided_by, now=now)
    except IntegrityError as clash:
        raise KeyTaken(field="key", value=key_id) from clash
    return _dto(row, now=now)


def revoke_key(scope: Scope, key_id: UUID, *, reason: str, now: datetime) -> KeyDTO:
    """Revoke a key in force, at once: by its declarant's managers or the authority's clerks."""
    scope.require(
        role=Role.MANAGER if scope.kind == Kind.SELLER else Role.CLERK, kinds=(Kind.SELLER, Kind.CUSTOMS)
    )
    why = _reason(reason)
    with transaction.atomic():
        row = _locked(scope, key_id)
        row.state = KEY_MACHINE.after(row.state, "revoke")
        row.revoked_by, row.revoked_at, row.reason = _person(scope), now, why
        row.save(update_fields=["state", "revoked_by", "revoked_at", "reason"])
        _tell(row, "revoked", actor=row.revoked_by, now=now)
    return _dto(row, now=now)


def keys_of(scope: Scope, *, now: datetime, after: UUID | None = None, size: int = _MOST) -> list[KeyDTO]:
    """The keys that `scope` may see, those that wait first, then the newest; past key `after` where one is named."""
    waits = Case(When(state=KeyState.ENTERED, then=Value(1)), default=Value(0), output_field=IntegerField())
    rows = DeclarantKey.objects.of(scope).annotate(waits=waits)
    ordered = ordered_after(rows, after, by=("-waits", "-entered_at", "id"))
    return [_dto(row, now=now) for row in ordered[:size]]


def check_key(declarant_id: UUID, fingerprint: str, *, at: datetime) -> None:
    """Whether `fingerprint` signs for the declarant at that moment; else the error that says why not."""
    rows = list(DeclarantKey.objects.house().filter(fingerprint=fingerprint).order_by("-entered_at"))
    own = [row for row in rows if row.declarant_id == declarant_id]
    if not own:
        raise (KeyForeign if rows else KeyUnknown)(field="Signature/KeyInfo", value=fingerprint)
    row = next((one for one in own if one.state == KeyState.APPROVED), own[0])
    if fault := _fault(row, at=at):
        raise fault(row.reason, field="Signature/KeyInfo", value=fingerprint)


def must_sign(declarant_id: UUID, *, at: datetime) -> bool:
    """Whether the declarant has a key in force: then nobody lodges its lists unsigned."""
    known = DeclarantKey.objects.house().filter(declarant_id=declarant_id, state=KeyState.APPROVED)
    return bool(known.filter(valid_from__lte=at, valid_to__gt=at).exists())


def _fault(row: DeclarantKey, *, at: datetime) -> type[Refused] | None:
    if row.state == KeyState.REVOKED:
        return KeyRevoked
    if row.state != KeyState.APPROVED:
        return KeyNotApproved
    if at >= row.valid_to:
        return KeyExpired
    return KeyTooEarly if at < row.valid_from else None


def _span(
    found: Certificate, begins: datetime | None, ends: datetime | None, *, now: datetime
) -> tuple[datetime, datetime]:
    span = begins or found.valid_from, ends or found.valid_to
    if span[0] < found.valid_from or span[1] > found.valid_to or span[0] >= span[1]:
        raise BadSpan(field="valid_from", value=f"{span[0]:%Y-%m-%d} – {span[1]:%Y-%m-%d}")
    if span[1] <= now:
        raise BadSpan("It is over already.", field="valid_to", value=f"{span[1]:%Y-%m-%d}")
    return span


def _locked(scope: Scope, key_id: UUID) -> DeclarantKey:
    row: DeclarantKey | None = DeclarantKey.objects.of(scope).filter(id=key_id).select_for_update().first()
    if row is None:
        raise NotFound(field="key", value=key_id)
    return row


def _reason(text: str) -> str:
    if len(text.strip()) < 3:
        raise KeyReasonMissing(field="reason")
    return text.strip()[:300]


def _person(scope: Scope) -> str:
    return str(scope.user_id) if scope.user_id else scope.actor or str(scope.organisation_id)


def _tell(row: DeclarantKey, what: str, *, actor: str, now: datetime) -> None:
    detail = {
        "fingerprint": row.fingerprint,
        "name": row.name,
        **({"reason": row.reason} if row.reason else {}),
    }
    audit.record(
        [Deed(f"window.key.{what}", "declarant_key", str(row.id), row.declarant_id, detail)],
        actor=actor,
        at=now,
    )
    payload = {"declarant_id": str(row.declarant_id), "fingerprint": row.fingerprint}
    outbox.append([outbox.Event(f"window.key.{what}", str(row.id), payload)])


def _dto(row: DeclarantKey, *, now: datetime) -> KeyDTO:
    return KeyDTO(
        id=row.id, declarant_id=row.declarant_id, authority_id=row.authority_id, name=row.name,
        algorithm=row.algorithm, subject=row.subject, fingerprint=row.fingerprint, valid_from=row.valid_from,
        valid_to=row.valid_to, state=str(row.state), expired=row.state == KeyState.APPROVED and now >= row.valid_to,
        entered_by=row.entered_by, entered_at=row.entered_at, decided_by=row.decided_by, decided_at=row.decided_at,
        revoked_by=row.revoked_by, revoked_at=row.revoked_at, reason=row.reason,
    )  # fmt: skip
