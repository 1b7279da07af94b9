"""Stock: stores, lots, balances, reservations, waves, packing and proposals, with their guards."""

import django.db.models.deletion
import fondaco.kernel.ids
from django.db import migrations, models

from fondaco.kernel.sql import append_only_sql, appendable_sql
from fondaco.systems.logistics.models import PACKS, PROPOSALS, RESERVATIONS, WAVES

_MACHINES = {
    "logistics_reservation": RESERVATIONS,
    "logistics_wave": WAVES,
    "logistics_packjob": PACKS,
    "logistics_proposal": PROPOSALS,
}
_APPENDED = ("logistics_stockmovement", "logistics_packscan")


class Migration(migrations.Migration):
    dependencies = [
        ("logistics", "0005_tracking"),
        ("parties", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Location",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("code", models.CharField(max_length=24)),
                ("aisle", models.PositiveSmallIntegerField()),
                ("bay", models.PositiveSmallIntegerField()),
                ("level", models.PositiveSmallIntegerField(default=0)),
                ("x_mm", models.PositiveIntegerField(help_text="Across the aisles.")),
                ("y_mm", models.PositiveIntegerField(help_text="Along the aisle, from its front end.")),
                ("saleable", models.BooleanField(default=True, help_text="False: quarantine.")),
            ],
        ),
        migrations.CreateModel(
            name="Lot",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=fondaco.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("sku", models.CharField(max_length=80)),
                ("code", models.CharField(max_length=60)),
                ("origin", models.CharField(help_text="Country of origin.", max_length=2)),
                ("supplier", models.CharField(blank=True, max_length=120)),
                (
                    "document",
                    models.CharField(blank=True, help_text="The supplier's document.", max_length=120),
                ),
                (
                    "customs_document",
                    models.CharField(blank=True, help_text="The entry into bond.", max_length=60),
                ),
                ("expires_on", models.DateField(null=True)),
                ("received_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="PackJob",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=fondaco.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("place", models.PositiveIntegerField(help_text="Its tote on the trolley, 1 for the first.")),
                ("order_id", models.UUIDField()),
                ("number", models.CharField(max_length=20)),
                (
                    "state",
                    models.CharField(
                        choices=[("to_pack", "To pack"), ("complete", "Packed"), ("dropped", "Taken out")],
                        default="to_pack",
                        max_length=10,
                    ),
                ),
                ("ended_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="PackScan",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("code", models.CharField(max_length=80)),
                (
                    "verdict",
                    models.CharField(help_text="packed, undone, wrong-item or too-many", max_length=12),
                ),
                ("at", models.DateTimeField()),
                ("actor", models.CharField(max_length=120)),
                (
                    "job",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="scans",
                        to="logistics.packjob",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="StockBin",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("sku", models.CharField(max_length=80)),
                (
                    "customs",
                    models.CharField(
                        choices=[
                            ("free", "Free circulation"),
                            ("inward", "Bonded"),
                            ("cleared", "Cleared from bond"),
                        ],
                        default="free",
                        max_length=8,
                    ),
                ),
                ("on_hand", models.BigIntegerField(default=0)),
                ("allocated", models.BigIntegerField(default=0, help_text="Pieces on pick lists.")),
                (
                    "location",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="logistics.location"
                    ),
                ),
                (
                    "lot",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="logistics.lot",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Store",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=fondaco.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("code", models.CharField(max_length=24)),
                ("name", models.CharField(max_length=120)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("own", "Own"),
                            ("park", "Park"),
                            ("bonded", "Bonded"),
                            ("overseas", "Overseas"),
                        ],
                        max_length=10,
                    ),
                ),
                ("country", models.CharField(max_length=2)),
                ("city", models.CharField(blank=True, max_length=80)),
                (
                    "rank",
                    models.PositiveSmallIntegerField(
                        default=10, help_text="Lower is asked first for an order."
                    ),
                ),
                ("is_demo", models.BooleanField(default=False, help_text="Its quantities are made up.")),
                (
                    "lead_mean_days",
                    models.FloatField(default=14.0, help_text="Replenishment lead time: mean."),
                ),
                (
                    "lead_sd_days",
                    models.FloatField(default=0.0, help_text="Replenishment lead time: standard deviation."),
                ),
                (
                    "lead_source",
                    models.CharField(blank=True, help_text="The route it was taken from.", max_length=160),
                ),
                ("review_days", models.PositiveSmallIntegerField(default=7)),
                (
                    "operator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="parties.organisation",
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="parties.organisation",
                    ),
                ),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=("seller", "code"), name="store_code_once"),
                    models.CheckConstraint(
                condition=models.Q(("kind__in", ["own", "park", "bonded", "overseas"])), name="store_kind"
            ),
                    models.CheckConstraint(
                condition=models.Q(
                    ("lead_mean_days__gte", 0), ("lead_sd_days__gte", 0), ("review_days__gte", 1)
                ),
                name="store_lead",
            ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StockMovement",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("sku", models.CharField(max_length=80)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("receive", "Received"),
                            ("issue", "Shipped"),
                            ("move", "Moved"),
                            ("count", "Counted"),
                            ("clear", "Cleared from bond"),
                            ("restock", "Returned to stock"),
                            ("quarantine", "Put in quarantine"),
                            ("destroy", "Destroyed"),
                        ],
                        max_length=10,
                    ),
                ),
                ("quantity", models.BigIntegerField()),
                (
                    "key",
                    models.CharField(
                        help_text="What it is about; a repeat has no second effect.", max_length=120
                    ),
                ),
                ("reference", models.CharField(blank=True, max_length=80)),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("actor", models.CharField(max_length=120)),
                ("at", models.DateTimeField()),
                (
                    "bin",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="logistics.stockbin"
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="logistics.store",
                    ),
                ),
            ],
            options={
                'indexes': [
                    models.Index(fields=["store", "-id"], name="movement_of_store"),
                    models.Index(fields=["store", "sku", "-id"], name="movement_of_sku"),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=("bin", "key"), name="movement_once"),
                    models.CheckConstraint(
                condition=models.Q(("quantity", 0), _negated=True), name="movement_moves"
            ),
                ],
            },
        ),
        migrations.AddField(
            model_name="stockbin",
            name="store",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="logistics.store",
            ),
        ),
        migrations.CreateModel(
            name="StockBalance",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("sku", models.CharField(max_length=80)),
                ("title", models.CharField(blank=True, max_length=300)),
                ("on_hand", models.BigIntegerField(default=0)),
                ("reserved", models.BigIntegerField(default=0)),
                ("quarantined", models.BigIntegerField(default=0)),
                (
                    "on_order",
                    models.BigIntegerField(default=0, help_text="Accepted proposals that have not come yet."),
                ),
                (
                    "seller",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="parties.organisation",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="logistics.store",
                    ),
                ),
            ],
            options={
                'indexes': [
                    models.Index(fields=["seller", "sku"], name="balance_of_seller"),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=("store", "sku"), name="balance_once"),
                    models.CheckConstraint(
                condition=models.Q(("on_hand__gte", models.F("reserved")), ("reserved__gte", 0)),
                name="balance_never_oversold",
            ),
                    models.CheckConstraint(
                condition=models.Q(("on_order__gte", 0), ("quarantined__gte", 0)), name="balance_whole"
            ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Reservation",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=fondaco.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("order_id", models.UUIDField()),
                (
                    "number",
                    models.CharField(blank=True, help_text="The order's number, for pages.", max_length=20),
                ),
                ("sku", models.CharField(max_length=80)),
                ("quantity", models.BigIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("held", "Held"),
                            ("committed", "Shipped"),
                            ("released", "Released"),
                            ("expired", "Expired"),
                        ],
                        default="held",
                        max_length=10,
                    ),
                ),
                ("held_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField(help_text="Empty: until shipped or let go.", null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "seller",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="parties.organisation",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="logistics.store",
                    ),
                ),
            ],
            options={
                'indexes': [
                    models.Index(
                condition=models.Q(("state", "held")), fields=["expires_at"], name="reservation_due"
            ),
                    models.Index(
                condition=models.Q(("state", "held")), fields=["store", "held_at"], name="reservation_held"
            ),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=("order_id", "sku", "store"), name="reservation_once"),
                    models.CheckConstraint(
                condition=models.Q(("quantity__gt", 0)), name="reservation_positive"
            ),
                    models.CheckConstraint(
                condition=models.Q(("state__in", ["held", "committed", "released", "expired"])),
                name="reservation_state",
            ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Proposal",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=fondaco.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("sku", models.CharField(max_length=80)),
                ("title", models.CharField(blank=True, max_length=300)),
                ("on", models.DateField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("suggested", "Proposed"),
                            ("ordered", "Ordered"),
                            ("dismissed", "Dismissed"),
                            ("lapsed", "Lapsed"),
                            ("arrived", "Arrived"),
                        ],
                        default="suggested",
                        max_length=10,
                    ),
                ),
                ("policy", models.CharField(max_length=12)),
                ("proposed", models.PositiveIntegerField(help_text="Pieces proposed.")),
                (
                    "decided",
                    models.PositiveIntegerField(help_text="Pieces that a person ordered.", null=True),
                ),
                ("why", models.JSONField(help_text="Inputs, forecast, costs and steps.")),
                ("decided_at", models.DateTimeField(null=True)),
                ("decided_by", models.CharField(blank=True, max_length=120)),
                (
                    "seller",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="parties.organisation",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="logistics.store",
                    ),
                ),
            ],
            options={
                'indexes': [
                    models.Index(fields=["seller", "state", "-proposed"], name="proposal_of_seller"),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=("store", "sku", "on"), name="proposal_once_a_day"),
                    models.CheckConstraint(
                condition=models.Q(("state__in", ["suggested", "ordered", "dismissed", "lapsed", "arrived"])),
                name="proposal_state",
            ),
                    models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["ordered", "arrived"]), _negated=True),
                    ("decided__gt", 0),
                    _connector="OR",
                ),
                name="proposal_decided",
            ),
                ],
            },
        ),
        migrations.AddField(
            model_name="lot",
            name="store",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="logistics.store",
            ),
        ),
        migrations.AddField(
            model_name="location",
            name="store",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="locations",
                to="logistics.store",
            ),
        ),
        migrations.CreateModel(
            name="Wave",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=fondaco.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.CharField(max_length=20, unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("picking", "Picking"), ("picked", "Picked"), ("abandoned", "Abandoned")],
                        default="picking",
                        max_length=10,
                    ),
                ),
                ("walk_mm", models.PositiveBigIntegerField(help_text="Length of the walk.")),
                (
                    "s_shape_mm",
                    models.PositiveBigIntegerField(help_text="Length of the usual S-shaped walk."),
                ),
                ("method", models.CharField(max_length=20)),
                ("made_at", models.DateTimeField()),
                ("made_by", models.CharField(max_length=120)),
                (
                    "store",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="logistics.store",
                    ),
                ),
            ],
            options={
                'indexes': [
                    models.Index(fields=["store", "-made_at"], name="wave_of_store"),
                ],
                'constraints': [
                    models.CheckConstraint(
                condition=models.Q(("state__in", ["picking", "picked", "abandoned"])), name="wave_state"
            ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Pick",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("place", models.PositiveIntegerField()),
                ("sku", models.CharField(max_length=80)),
                ("quantity", models.PositiveIntegerField()),
                (
                    "job",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="picks",
                        to="logistics.packjob",
                    ),
                ),
                (
                    "location",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="logistics.location",
                    ),
                ),
                (
                    "reservation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="logistics.reservation",
                    ),
                ),
                (
                    "bin",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="logistics.stockbin"
                    ),
                ),
                (
                    "wave",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="picks",
                        to="logistics.wave",
                    ),
                ),
            ],
            options={
                'indexes': [
                    models.Index(fields=["wave", "place"], name="pick_walk"),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=("wave", "bin", "reservation"), name="pick_once"),
                ],
            },
        ),
        migrations.AddField(
            model_name="packjob",
            name="wave",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="jobs", to="logistics.wave"
            ),
        ),
        migrations.CreateModel(
            name="PackLine",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("sku", models.CharField(max_length=80)),
                ("title", models.CharField(blank=True, max_length=300)),
                ("expected", models.PositiveIntegerField()),
                ("packed", models.PositiveIntegerField(default=0)),
                (
                    "job",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="logistics.packjob",
                    ),
                ),
                (
                    "reservation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="logistics.reservation",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("job", "sku"), name="pack_line_once"),
                    models.CheckConstraint(
                        condition=models.Q(("packed__lte", models.F("expected"))), name="pack_line_never_over"
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="stockbin",
            index=models.Index(fields=["store", "sku"], name="bin_of_sku"),
        ),
        migrations.AddConstraint(
            model_name="stockbin",
            constraint=models.UniqueConstraint(fields=("lot", "location", "customs"), name="bin_once"),
        ),
        migrations.AddConstraint(
            model_name="stockbin",
            constraint=models.CheckConstraint(
                condition=models.Q(("allocated__gte", 0), ("on_hand__gte", models.F("allocated"))),
                name="bin_never_below",
            ),
        ),
        migrations.AddConstraint(
            model_name="stockbin",
            constraint=models.CheckConstraint(
                condition=models.Q(("customs__in", ["free", "inward", "cleared"])), name="bin_customs"
            ),
        ),
        migrations.AddConstraint(
            model_name="lot",
            constraint=models.UniqueConstraint(fields=("store", "sku", "code"), name="lot_once"),
        ),
        migrations.AddConstraint(
            model_name="lot",
            constraint=models.CheckConstraint(
                condition=models.Q(("origin__regex", "^[A-Z]{2}$")), name="lot_origin"
            ),
        ),
        migrations.AddConstraint(
            model_name="location",
            constraint=models.UniqueConstraint(fields=("store", "code"), name="location_code_once"),
        ),
        migrations.AddConstraint(
            model_name="packjob",
            constraint=models.UniqueConstraint(fields=("wave", "order_id"), name="pack_job_once"),
        ),
        migrations.AddConstraint(
            model_name="packjob",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "to_pack")), fields=("order_id",), name="pack_job_one_open"
            ),
        ),
        migrations.AddConstraint(
            model_name="packjob",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["to_pack", "complete", "dropped"])), name="pack_job_state"
            ),
        ),
        *(migrations.RunSQL(m.guard_sql(t), m.unguard_sql(t)) for t, m in _MACHINES.items()),
        *(migrations.RunSQL(append_only_sql(t), appendable_sql(t)) for t in _APPENDED),
        migrations.RunSQL("CREATE SEQUENCE logistics_wave_serial;", "DROP SEQUENCE logistics_wave_serial;"),
    ]
