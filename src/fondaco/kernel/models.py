"""Tables of the kernel: the outbox and the audit trail."""

from __future__ import annotations

from django.db import models

from fondaco.kernel.ids import new_id


class OutboxEvent(models.Model):
    """An event, written in the transaction of the change it tells of; relayed after commit.

    `xid` is the writing transaction: the relay reads only below the oldest one still open, so a late
    commit is never skipped.
    """

    id = models.BigAutoField(primary_key=True)
    event_id = models.UUIDField(default=new_id, unique=True)
    xid = models.BigIntegerField(db_default=models.expressions.RawSQL("pg_current_xact_id()::text::bigint", []))
    topic = models.CharField(max_length=80)
    key = models.CharField(max_length=80)
    payload = models.JSONField()
    created_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        indexes = [models.Index(fields=["xid", "id"], name="outbox_order")]


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
