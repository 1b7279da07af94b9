"""The information board: posts of capacity and cargo, negotiations of a pair, and what was said in them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from fondaco.kernel.ids import new_id
from fondaco.kernel.statemachine import Machine
from fondaco.kernel.tenancy import Kind, Owned


class PostKind(models.TextChoices):
    """What is posted."""

    CAPACITY = "capacity", _("Capacity")
    CARGO = "cargo", _("Cargo")


class PostState(models.TextChoices):
    """Where a post stands."""

    OPEN = "open", _("Open")
    FILLED = "filled", _("Agreed in full")
    WITHDRAWN = "withdrawn", _("Withdrawn")


POSTS = Machine(
    "post",
    PostState,
    {(PostState.OPEN, "fill"): PostState.FILLED, (PostState.OPEN, "withdraw"): PostState.WITHDRAWN},
)


class DealState(models.TextChoices):
    """Where a negotiation stands."""

    TALKING = "talking", _("Talking")
    OFFERED = "offered", _("Offered")
    ACCEPTED = "agreed_terms", _("Terms accepted")
    AGREED = "agreed", _("Agreed")
    DECLINED = "declined", _("Declined")


_D = DealState
DEALS = Machine(
    "negotiation",
    DealState,
    {
        (_D.TALKING, "offer"): _D.OFFERED,
        (_D.TALKING, "decline"): _D.DECLINED,
        (_D.OFFERED, "offer"): _D.OFFERED,
        (_D.OFFERED, "accept"): _D.ACCEPTED,
        (_D.OFFERED, "decline"): _D.DECLINED,
        (_D.ACCEPTED, "agree"): _D.AGREED,
        (_D.ACCEPTED, "decline"): _D.DECLINED,
    },
)


class BoardPost(Owned):
    """Capacity or cargo on one corridor. Mass in grams, volume in litres; `taken_*` is what is agreed of it."""

    owners: ClassVar = {Kind.SELLER: "owner_id", Kind.CARRIER: "owner_id"}

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=16, unique=True)
    kind = models.CharField(max_length=8, choices=PostKind)
    owner = models.ForeignKey(
        "parties.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    origin = models.CharField(max_length=12)
    destination = models.CharField(max_length=12)
    first_on = models.DateField(help_text="Departs, or is ready.")
    last_on = models.DateField(help_text="Arrives, or is due.")
    mass_g = models.BigIntegerField()
    volume_l = models.BigIntegerField()
    taken_g = models.BigIntegerField(default=0)
    taken_l = models.BigIntegerField(default=0)
    classes = models.IntegerField(help_text="Cargo classes as bits.")
    mode = models.CharField(max_length=8, blank=True)
    currency = models.CharField(max_length=3)
    price_minor = models.BigIntegerField(help_text="Capacity: the least. Cargo: the most, for the whole lot.")
    per_kg_minor = models.BigIntegerField(default=0)
    per_m3_minor = models.BigIntegerField(default=0)
    contact_name = models.CharField(max_length=120)
    contact_email = models.CharField(max_length=200)
    contact_phone = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=10, choices=PostState, default=PostState.OPEN)
    is_demo = models.BooleanField(default=False)
    posted_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=PostKind.values), name="board_post_kind"),
            models.CheckConstraint(condition=Q(state__in=PostState.values), name="board_post_state"),
            models.CheckConstraint(condition=Q(mass_g__gt=0, volume_l__gt=0), name="board_post_positive"),
            models.CheckConstraint(
                condition=Q(
                    taken_g__gte=0, taken_l__gte=0, taken_g__lte=F("mass_g"), taken_l__lte=F("volume_l")
                ),
                name="board_post_not_overtaken",
            ),
            models.CheckConstraint(condition=Q(last_on__gte=F("first_on")), name="board_post_days"),
            models.CheckConstraint(
                condition=Q(price_minor__gte=0, per_kg_minor__gte=0, per_m3_minor__gte=0),
                name="board_post_price",
            ),
        ]
        indexes = [
            models.Index(
                fields=["origin", "destination", "kind", "first_on"],
                condition=Q(state="open"),
                name="board_corridor",
            ),
            models.Index(fields=["kind", "-id"], condition=Q(state="open"), name="board_newest"),
            models.Index(fields=["owner", "kind", "-id"], name="board_owner"),
        ]


class Deal(Owned):
    """The negotiation of one pair. Terms are the last offer's; both sides confirm before it is agreed."""

    owners: ClassVar = {Kind.SELLER: "seller_id", Kind.CARRIER: "carrier_id"}

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    capacity = models.ForeignKey(BoardPost, on_delete=models.PROTECT, related_name="+", db_index=False)
    cargo = models.ForeignKey(BoardPost, on_delete=models.PROTECT, related_name="+")
    carrier_id = models.UUIDField()
    seller_id = models.UUIDField()
    state = models.CharField(max_length=12, choices=DealState, default=DealState.TALKING)
    currency = models.CharField(max_length=3)
    price_minor = models.BigIntegerField(null=True)
    offered_by = models.CharField(max_length=8, blank=True)
    carrier_confirmed_at = models.DateTimeField(null=True)
    seller_confirmed_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["capacity", "cargo"], condition=~Q(state="declined"), name="board_deal_once"
            ),
            models.UniqueConstraint(
                fields=["cargo"], condition=Q(state="agreed"), name="board_cargo_agreed_once"
            ),
            models.CheckConstraint(condition=Q(state__in=DealState.values), name="board_deal_state"),
            models.CheckConstraint(
                condition=~Q(state="agreed")
                | Q(carrier_confirmed_at__isnull=False, seller_confirmed_at__isnull=False, price_minor__gt=0),
                name="board_deal_both_confirmed",
            ),
        ]
        indexes = [
            models.Index(fields=["carrier_id", "-changed_at"], name="board_deal_carrier"),
            models.Index(fields=["seller_id", "-changed_at"], name="board_deal_seller"),
        ]


class DealMessage(Owned):
    """Something said or done in a negotiation; appended and never changed."""

    owners: ClassVar = {Kind.SELLER: "deal__seller_id", Kind.CARRIER: "deal__carrier_id"}

    id = models.BigAutoField(primary_key=True)
    deal = models.ForeignKey(Deal, on_delete=models.CASCADE, related_name="messages", db_index=False)
    side = models.CharField(max_length=8, help_text="carrier or seller")
    deed = models.CharField(max_length=10, help_text="say, offer, accept, confirm, agree or decline")
    text = models.CharField(max_length=1000, blank=True)
    price_minor = models.BigIntegerField(null=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["deal", "id"], name="board_message_deal")]
