"""Tables of the kernel: outbox, audit trail, idempotency keys, reference sets."""

from __future__ import annotations

from django.db import models
from django.db.models.expressions import RawSQL
from django.db.models.functions import Now

from fondaco.kernel.ids import new_id


class OutboxEvent(models.Model):
    """An event, written in the transaction of the change it tells of; relayed after commit.

    `xid` is the writing transaction: the relay reads only below the oldest one still open, so a late
    commit is never skipped.
    """

    id = models.BigAutoField(primary_key=True)
    event_id = models.UUIDField(default=new_id, unique=True)
    xid = models.BigIntegerField(db_default=RawSQL("pg_current_xact_id()::text::bigint", []))
    topic = models.CharField(max_length=80)
    key = models.CharField(max_length=80)
    payload = models.JSONField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["xid", "id"], name="outbox_order")]


class OutboxCursor(models.Model):
    """How far one consumer has read; its row lock lets one relay at a time serve the consumer."""

    consumer = models.CharField(max_length=80, primary_key=True)
    xid = models.BigIntegerField(default=0)
    last_id = models.BigIntegerField(default=0)


class Consumed(models.Model):
    """That a consumer has handled an event: written in the transaction of the handler's effect."""

    id = models.BigAutoField(primary_key=True)
    consumer = models.CharField(max_length=80)
    event_id = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        db_table = "kernel_consumed"
        constraints = [models.UniqueConstraint(fields=["consumer", "event_id"], name="consumed_once")]
        indexes = [models.Index(fields=["at"], name="consumed_at")]


class ParkedEvent(models.Model):
    """An event that a consumer could not handle yet (waiting for its next attempt) or at all (dead)."""

    class State(models.TextChoices):
        WAITING = "waiting"
        DEAD = "dead"

    id = models.BigAutoField(primary_key=True)
    consumer = models.CharField(max_length=80)
    event = models.ForeignKey(OutboxEvent, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=80)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["consumer", "event"], name="parked_once"),
            models.CheckConstraint(condition=models.Q(state__in=["waiting", "dead"]), name="parked_state"),
        ]
        indexes = [models.Index(fields=["consumer", "state", "next_at"], name="parked_due")]


class AuditEvent(models.Model):
    """Who did what to what, and when: appended only; sealed by a hash chain after commit."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=120)
    organisation_id = models.UUIDField(null=True)
    action = models.CharField(max_length=80)
    subject_type = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=60)
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["subject_type", "subject_id", "id"], name="audit_subject")]


class AuditSeal(models.Model):
    """One link of the hash chain over the audit trail: `hash` = SHA-256(`prev` + canonical event)."""

    seq = models.BigIntegerField(primary_key=True)
    event_id = models.BigIntegerField(unique=True)
    prev = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)


class IdempotencyKey(models.Model):
    """A request that was answered: its key, the hash of its body, and the answer."""

    id = models.BigAutoField(primary_key=True)
    scope = models.CharField(max_length=80)
    key = models.CharField(max_length=200)
    body_hash = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(null=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope", "key"], name="idempotency_once")]
        indexes = [models.Index(fields=["expires_at"], name="idempotency_expiry")]


class ReferenceSet(models.Model):
    """One version of a body of reference data: where it came from, when it holds, when it was checked."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=80)
    version = models.CharField(max_length=80)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, help_text="First day on which it no longer holds.")
    source = models.CharField(max_length=500)
    licence = models.CharField(max_length=120)
    checked_on = models.DateField()
    review_days = models.PositiveIntegerField(default=365)
    sha256 = models.CharField(max_length=64)
    row_count = models.PositiveIntegerField()
    loaded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "version"], name="reference_version_once"),
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True) | models.Q(valid_to__gt=models.F("valid_from")),
                name="reference_dates",
            ),
            models.CheckConstraint(
                condition=models.Q(sha256__regex=r"^[0-9a-f]{64}$"), name="reference_sha256"
            ),
        ]
