"""The information board: posts, negotiations and what was said in them."""

import django.db.models.deletion
import fondaco.kernel.ids
from django.db import migrations, models

from fondaco.systems.logistics.models import DEALS, POSTS


class Migration(migrations.Migration):
    dependencies = [("logistics", "0007_splitting"), ("parties", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="BoardPost",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=fondaco.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.CharField(max_length=16, unique=True)),
                (
                    "kind",
                    models.CharField(choices=[("capacity", "Capacity"), ("cargo", "Cargo")], max_length=8),
                ),
                ("origin", models.CharField(max_length=12)),
                ("destination", models.CharField(max_length=12)),
                ("first_on", models.DateField(help_text="Departs, or is ready.")),
                ("last_on", models.DateField(help_text="Arrives, or is due.")),
                ("mass_g", models.BigIntegerField()),
                ("volume_l", models.BigIntegerField()),
                ("taken_g", models.BigIntegerField(default=0)),
                ("taken_l", models.BigIntegerField(default=0)),
                ("classes", models.IntegerField(help_text="Cargo classes as bits.")),
                ("mode", models.CharField(blank=True, max_length=8)),
                ("currency", models.CharField(max_length=3)),
                (
                    "price_minor",
                    models.BigIntegerField(
                        help_text="Capacity: the least. Cargo: the most, for the whole lot."
                    ),
                ),
                ("per_kg_minor", models.BigIntegerField(default=0)),
                ("per_m3_minor", models.BigIntegerField(default=0)),
                ("contact_name", models.CharField(max_length=120)),
                ("contact_email", models.CharField(max_length=200)),
                ("contact_phone", models.CharField(blank=True, max_length=40)),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("filled", "Agreed in full"), ("withdrawn", "Withdrawn")],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("is_demo", models.BooleanField(default=False)),
                ("posted_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                (
                    "owner",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="parties.organisation",
                    ),
                ),
            ],
            options={
                'indexes': [
                    models.Index(
                condition=models.Q(("state", "open")),
                fields=["origin", "destination", "kind", "first_on"],
                name="board_corridor",
            ),
                    models.Index(
                condition=models.Q(("state", "open")), fields=["kind", "-id"], name="board_newest"
            ),
                    models.Index(fields=["owner", "kind", "-id"], name="board_owner"),
                ],
                'constraints': [
                    models.CheckConstraint(
                condition=models.Q(("kind__in", ["capacity", "cargo"])), name="board_post_kind"
            ),
                    models.CheckConstraint(
                condition=models.Q(("state__in", ["open", "filled", "withdrawn"])), name="board_post_state"
            ),
                    models.CheckConstraint(
                condition=models.Q(("mass_g__gt", 0), ("volume_l__gt", 0)), name="board_post_positive"
            ),
                    models.CheckConstraint(
                condition=models.Q(
                    ("taken_g__gte", 0),
                    ("taken_g__lte", models.F("mass_g")),
                    ("taken_l__gte", 0),
                    ("taken_l__lte", models.F("volume_l")),
                ),
                name="board_post_not_overtaken",
            ),
                    models.CheckConstraint(
                condition=models.Q(("last_on__gte", models.F("first_on"))), name="board_post_days"
            ),
                    models.CheckConstraint(
                condition=models.Q(
                    ("per_kg_minor__gte", 0), ("per_m3_minor__gte", 0), ("price_minor__gte", 0)
                ),
                name="board_post_price",
            ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Deal",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=fondaco.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("carrier_id", models.UUIDField()),
                ("seller_id", models.UUIDField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("talking", "Talking"),
                            ("offered", "Offered"),
                            ("agreed_terms", "Terms accepted"),
                            ("agreed", "Agreed"),
                            ("declined", "Declined"),
                        ],
                        default="talking",
                        max_length=12,
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                ("price_minor", models.BigIntegerField(null=True)),
                ("offered_by", models.CharField(blank=True, max_length=8)),
                ("carrier_confirmed_at", models.DateTimeField(null=True)),
                ("seller_confirmed_at", models.DateTimeField(null=True)),
                ("opened_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                (
                    "capacity",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="logistics.boardpost",
                    ),
                ),
                (
                    "cargo",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="logistics.boardpost",
                    ),
                ),
            ],
            options={
                'indexes': [
                    models.Index(fields=["carrier_id", "-changed_at"], name="board_deal_carrier"),
                    models.Index(fields=["seller_id", "-changed_at"], name="board_deal_seller"),
                ],
                'constraints': [
                    models.UniqueConstraint(
                condition=models.Q(("state", "declined"), _negated=True),
                fields=("capacity", "cargo"),
                name="board_deal_once",
            ),
                    models.UniqueConstraint(
                condition=models.Q(("state", "agreed")), fields=("cargo",), name="board_cargo_agreed_once"
            ),
                    models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["talking", "offered", "agreed_terms", "agreed", "declined"])
                ),
                name="board_deal_state",
            ),
                    models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "agreed"), _negated=True),
                    models.Q(
                        ("carrier_confirmed_at__isnull", False),
                        ("price_minor__gt", 0),
                        ("seller_confirmed_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="board_deal_both_confirmed",
            ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DealMessage",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("side", models.CharField(help_text="carrier or seller", max_length=8)),
                (
                    "deed",
                    models.CharField(
                        help_text="say, offer, accept, confirm, agree or decline", max_length=10
                    ),
                ),
                ("text", models.CharField(blank=True, max_length=1000)),
                ("price_minor", models.BigIntegerField(null=True)),
                ("at", models.DateTimeField()),
                (
                    "deal",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="messages",
                        to="logistics.deal",
                    ),
                ),
            ],
            options={
                'indexes': [
                    models.Index(fields=["deal", "id"], name="board_message_deal"),
                ],
            },
        ),
        migrations.RunSQL(POSTS.guard_sql("logistics_boardpost"), POSTS.unguard_sql("logistics_boardpost")),
        migrations.RunSQL(DEALS.guard_sql("logistics_deal"), DEALS.unguard_sql("logistics_deal")),
        migrations.RunSQL("CREATE SEQUENCE logistics_board_serial;", "DROP SEQUENCE logistics_board_serial;"),
    ]
