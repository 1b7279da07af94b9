"""Tables of returned goods: what may come back, what came, where it went, what happened.

The database holds what must never be wrong: no line comes back above what was sold, no piece leaves that did
not arrive, nothing is claimed or refunded above what was paid, and what happened is never rewritten.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from fondaco.kernel.ids import new_id
from fondaco.kernel.tenancy import Kind, Owned
from fondaco.platforms.window.models.returned_states import (
    Grade,
    MoveKind,
    ReturnReason,
    ReturnStage,
)


class ReturnableLine(Owned):
    """The account of one order line: pieces sold and brought back, what was paid, refunded and claimed for it.

    Minor units of `currency`. The CHECKs are what two returns of the same line at once run into.
    """

    order_line_id = models.UUIDField(primary_key=True)
    order_id = models.UUIDField(db_index=True)
    seller_id = models.UUIDField()
    buyer_id = models.UUIDField()
    line_no = models.PositiveIntegerField()
    sku = models.CharField(max_length=64)
    title = models.CharField(max_length=300)
    hs_code = models.CharField(max_length=12, blank=True)
    origin = models.CharField(max_length=2, blank=True)
    currency = models.CharField(max_length=3)
    sold = models.PositiveIntegerField()
    claimed = models.PositiveIntegerField(default=0, help_text="Pieces of returns that are open or done.")
    price_minor = models.BigIntegerField()
    duty_minor = models.BigIntegerField(help_text="As assessed, else as charged.")
    tax_minor = models.BigIntegerField()
    refunded_minor = models.BigIntegerField(default=0)
    duty_claimed_minor = models.BigIntegerField(default=0)
    tax_claimed_minor = models.BigIntegerField(default=0)

    owners = {Kind.SELLER: "seller_id", Kind.BUYER: "buyer_id"}

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(claimed__lte=F("sold")), name="return_not_above_sold"),
            models.CheckConstraint(
                condition=Q(refunded_minor__gte=0) & Q(refunded_minor__lte=F("price_minor")),
                name="return_refund_within_price",
            ),
            models.CheckConstraint(
                condition=Q(duty_claimed_minor__gte=0, tax_claimed_minor__gte=0)
                & Q(duty_claimed_minor__lte=F("duty_minor"), tax_claimed_minor__lte=F("tax_minor")),
                name="return_claim_within_paid",
            ),
        ]


class ReturnCase(Owned):
    """One return from asking to the end. `authority_id` supervises the place where the goods are gathered."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=20, unique=True)
    order_id = models.UUIDField(db_index=True)
    order_number = models.CharField(max_length=20)
    credit_note_id = models.UUIDField(null=True, unique=True, help_text="The seller's own credit note.")
    seller_id = models.UUIDField()
    buyer_id = models.UUIDField()
    authority_id = models.UUIDField(null=True)
    sold_into = models.CharField(max_length=2)
    sent_from = models.CharField(max_length=2)
    centre = models.CharField(max_length=12)
    centre_country = models.CharField(max_length=2)
    regimes = models.JSONField(default=dict, help_text="Procedure by side: sold_into, sent_from.")
    scheme = models.CharField(max_length=24, blank=True)
    reason = models.CharField(max_length=20, choices=ReturnReason)
    note = models.CharField(max_length=1000, blank=True)
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=12, choices=ReturnStage, default=ReturnStage.REQUESTED)
    days = models.JSONField(default=dict, help_text="Day of each event that a clock knows, ISO.")
    next_due_on = models.DateField(null=True, help_text="Last day of the soonest clock that runs.")
    next_clock = models.CharField(max_length=24, blank=True)
    has_missed = models.BooleanField(default=False, help_text="A clock has run out.")
    tracking = models.CharField(max_length=40, blank=True)
    refund_minor = models.BigIntegerField(null=True)
    refund_state = models.CharField(max_length=12, blank=True)
    reimport_id = models.UUIDField(null=True, help_text="The declaration of the goods' coming home.")
    is_demo = models.BooleanField(default=False)
    opened_at = models.DateTimeField()
    state_at = models.DateTimeField()

    owners = {Kind.SELLER: "seller_id", Kind.BUYER: "buyer_id", Kind.CUSTOMS: "authority_id"}

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=ReturnStage.values), name="return_case_state"),
            models.CheckConstraint(condition=Q(reason__in=ReturnReason.values), name="return_case_reason"),
        ]
        indexes = [
            models.Index(fields=["seller_id", "next_due_on", "id"], name="return_case_seller"),
            models.Index(fields=["buyer_id", "id"], name="return_case_buyer"),
            models.Index(fields=["authority_id", "next_due_on", "id"], name="return_case_authority"),
            models.Index(fields=["state", "next_due_on", "id"], name="return_case_due"),
        ]

    def __str__(self) -> str:
        return self.number


OF_CASE = {
    Kind.SELLER: "case__seller_id",
    Kind.BUYER: "case__buyer_id",
    Kind.CUSTOMS: "case__authority_id",
}
OF_LINE = {kind: f"line__{column}" for kind, column in OF_CASE.items()}


class ReturnedLine(Owned):
    """Pieces of one order line in one return. The counters are kept by a trigger on ReturnMove, by nothing else."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(ReturnCase, on_delete=models.PROTECT, related_name="lines", db_index=False)
    account = models.ForeignKey(ReturnableLine, on_delete=models.PROTECT, related_name="returns")
    quantity = models.PositiveIntegerField()
    price_minor = models.BigIntegerField(help_text="What the buyer paid for these pieces.")
    duty_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    received = models.PositiveIntegerField(default=0)
    restock = models.PositiveIntegerField(default=0)
    reexport = models.PositiveIntegerField(default=0)
    domestic = models.PositiveIntegerField(default=0)
    donate = models.PositiveIntegerField(default=0)
    destroy = models.PositiveIntegerField(default=0)

    owners = OF_CASE

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "account"], name="returned_line_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="returned_line_quantity"),
            models.CheckConstraint(condition=Q(received__lte=F("quantity")), name="returned_line_received"),
            models.CheckConstraint(
                condition=Q(
                    received__gte=F("restock") + F("reexport") + F("domestic") + F("donate") + F("destroy")
                ),
                name="returned_line_conserved",
            ),
        ]


class ReturnVerdict(Owned):
    """What the inspection said of some pieces of a line, and the route they take, with every route as weighed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    line = models.ForeignKey(ReturnedLine, on_delete=models.PROTECT, related_name="verdicts", db_index=False)
    grade = models.CharField(max_length=1, choices=Grade)
    quantity = models.PositiveIntegerField()
    refund_minor = models.BigIntegerField()
    finding = models.CharField(max_length=500, blank=True)
    graded_by = models.CharField(max_length=120)
    graded_at = models.DateTimeField()
    route = models.CharField(max_length=8, choices=MoveKind, blank=True)
    weighed = models.JSONField(default=list)
    overruled_why = models.CharField(max_length=500, blank=True)
    routed_by = models.CharField(max_length=120, blank=True)
    routed_at = models.DateTimeField(null=True)
    witnessed_by = models.CharField(max_length=120, blank=True)
    witness_note = models.CharField(max_length=500, blank=True)
    witnessed_at = models.DateTimeField(null=True)
    moved_at = models.DateTimeField(null=True)

    owners = OF_LINE

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["line", "grade"], name="return_verdict_once"),
            models.CheckConstraint(condition=Q(grade__in=Grade.values), name="return_verdict_grade"),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, refund_minor__gte=0), name="return_verdict_amounts"
            ),
            models.CheckConstraint(
                condition=~Q(route="destroy") | Q(moved_at__isnull=True) | Q(witnessed_at__isnull=False),
                name="return_destroyed_before_witness",
            ),
        ]


class ReturnMove(Owned):
    """Pieces that came or left, once per key; appended only, and what the counters of a line are made of."""

    id = models.BigAutoField(primary_key=True)
    line = models.ForeignKey(ReturnedLine, on_delete=models.PROTECT, related_name="moves")
    kind = models.CharField(max_length=8, choices=MoveKind)
    grade = models.CharField(max_length=1, blank=True)
    quantity = models.PositiveIntegerField()
    key = models.CharField(max_length=80, unique=True)
    document = models.CharField(max_length=80, blank=True)
    actor = models.CharField(max_length=120)
    at = models.DateTimeField()

    owners = OF_LINE

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="return_move_quantity"),
            models.CheckConstraint(condition=Q(kind__in=MoveKind.values), name="return_move_kind"),
        ]


class ReturnEvent(Owned):
    """The log of a return: appended only; an answer of customs once per application, code and time."""

    id = models.BigAutoField(primary_key=True)
    case = models.ForeignKey(ReturnCase, on_delete=models.PROTECT, related_name="events")
    application = models.ForeignKey(
        "window.ReturnApplication", on_delete=models.PROTECT, null=True, related_name="+"
    )
    code = models.CharField(max_length=24)
    before = models.CharField(max_length=12, blank=True)
    after = models.CharField(max_length=12, blank=True)
    detail = models.JSONField(default=dict)
    actor = models.CharField(max_length=120)
    at = models.DateTimeField()

    owners = OF_CASE

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["application", "code", "at"],
                condition=Q(application__isnull=False),
                name="return_answer_once",
            )
        ]


class ReturnPhoto(Owned):
    """A photograph that a buyer gives as evidence, with the SHA-256 of its bytes."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(ReturnCase, on_delete=models.PROTECT, related_name="photos", db_index=False)
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=40)
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()
    added_at = models.DateTimeField()

    owners = OF_CASE

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "sha256"], name="return_photo_once")]


# The counters of a line are the sum of its moves; a move or log entry is never changed or taken away.
RETURN_GUARD_SQL = """
CREATE OR REPLACE FUNCTION window_returnmove_count() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE window_returnedline l SET
    received = l.received + CASE WHEN NEW.kind = 'arrive' THEN NEW.quantity ELSE 0 END,
    restock = l.restock + CASE WHEN NEW.kind = 'restock' THEN NEW.quantity ELSE 0 END,
    reexport = l.reexport + CASE WHEN NEW.kind = 'reexport' THEN NEW.quantity ELSE 0 END,
    domestic = l.domestic + CASE WHEN NEW.kind = 'domestic' THEN NEW.quantity ELSE 0 END,
    donate = l.donate + CASE WHEN NEW.kind = 'donate' THEN NEW.quantity ELSE 0 END,
    destroy = l.destroy + CASE WHEN NEW.kind = 'destroy' THEN NEW.quantity ELSE 0 END
  WHERE l.id = NEW.line_id;
  RETURN NULL;
END $$;
CREATE TRIGGER window_returnmove_count AFTER INSERT ON window_returnmove
  FOR EACH ROW EXECUTE FUNCTION window_returnmove_count();
CREATE OR REPLACE FUNCTION window_return_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'what happened to a return is never rewritten' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER window_returnmove_kept BEFORE UPDATE OR DELETE ON window_returnmove
  FOR EACH ROW EXECUTE FUNCTION window_return_kept();
CREATE TRIGGER window_returnevent_kept BEFORE UPDATE OR DELETE ON window_returnevent
  FOR EACH ROW EXECUTE FUNCTION window_return_kept();
"""

RETURN_UNGUARD_SQL = """
DROP TRIGGER IF EXISTS window_returnmove_count ON window_returnmove;
DROP TRIGGER IF EXISTS window_returnmove_kept ON window_returnmove;
DROP TRIGGER IF EXISTS window_returnevent_kept ON window_returnevent;
DROP FUNCTION IF EXISTS window_returnmove_count();
DROP FUNCTION IF EXISTS window_return_kept();
"""
