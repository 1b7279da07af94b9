"""Exchange: policies, quotes, commitments, proposals of cover and forwards, with their guards."""

import django.db.models.deletion
import fondaco.kernel.ids
from django.db import migrations, models

from fondaco.systems.finance.models import COVERS, FORWARDS, QUOTES

_MACHINES = {
    "finance_fxquote": QUOTES,
    "finance_coverproposal": COVERS,
    "finance_fxforward": FORWARDS,
}


class Migration(migrations.Migration):
    dependencies = [
        ("finance", "0008_post_single"),
    ]

    operations = [
        migrations.CreateModel(
            name="CoverProposal",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=fondaco.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("owner_id", models.UUIDField()),
                ("on", models.DateField()),
                ("currency", models.CharField(max_length=3)),
                ("bucket", models.PositiveSmallIntegerField(help_text="0: to 30 days, 1: to 60, 2: to 90.")),
                ("due_on", models.DateField()),
                ("base", models.CharField(max_length=3)),
                ("net_minor", models.BigIntegerField(help_text="Positive: coming in.")),
                ("covered_minor", models.BigIntegerField(help_text="By forwards already, same sign.")),
                ("share_pct", models.PositiveSmallIntegerField()),
                (
                    "amount_minor",
                    models.BigIntegerField(help_text="To be sold (positive) or bought forward."),
                ),
                ("spot", models.DecimalField(decimal_places=12, max_digits=24)),
                ("forward", models.DecimalField(decimal_places=12, max_digits=24)),
                ("why", models.JSONField(default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "Proposed"),
                            ("ordered", "Ordered"),
                            ("dismissed", "Dismissed"),
                        ],
                        default="proposed",
                        max_length=9,
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["owner_id", "-on"], name="cover_of_owner")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("owner_id", "on", "currency", "bucket"), name="cover_once_a_day"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["proposed", "ordered", "dismissed"])),
                        name="cover_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount_minor", 0), _negated=True), name="cover_amount"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ExchangePolicy",
            fields=[
                ("owner_id", models.UUIDField(primary_key=True, serialize=False)),
                ("base", models.CharField(max_length=3)),
                ("layers", models.JSONField(help_text="Per cent covered of each bucket, the nearest first.")),
                ("cost_currency", models.CharField(max_length=3)),
                ("margin_pct", models.DecimalField(decimal_places=2, max_digits=5)),
                (
                    "guard_pct",
                    models.DecimalField(decimal_places=2, help_text="Share of the margin.", max_digits=5),
                ),
                ("changed_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("guard_pct__gt", 0),
                            ("guard_pct__lte", 100),
                            ("margin_pct__gt", 0),
                            ("margin_pct__lt", 100),
                        ),
                        name="exchange_policy_shares",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="FxCommitment",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=fondaco.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("owner_id", models.UUIDField()),
                ("currency", models.CharField(max_length=3)),
                ("amount_minor", models.BigIntegerField()),
                ("due_on", models.DateField()),
                ("label", models.CharField(max_length=120)),
                ("is_demo", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["owner_id", "due_on"], name="fx_commitment_due")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount_minor", 0), _negated=True), name="fx_commitment_amount"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="FxForward",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=fondaco.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("owner_id", models.UUIDField()),
                ("sell_currency", models.CharField(max_length=3)),
                ("sell_minor", models.BigIntegerField()),
                ("buy_currency", models.CharField(max_length=3)),
                ("buy_minor", models.BigIntegerField(default=0)),
                ("rate", models.DecimalField(decimal_places=12, max_digits=24, null=True)),
                ("due_on", models.DateField()),
                (
                    "state",
                    models.CharField(
                        choices=[("asked", "Asked"), ("booked", "Booked"), ("refused", "Refused")],
                        default="asked",
                        max_length=8,
                    ),
                ),
                ("provider", models.CharField(blank=True, max_length=60)),
                ("reference", models.CharField(blank=True, max_length=80)),
                ("failure", models.CharField(blank=True, max_length=80)),
                ("asked_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "proposal",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="finance.coverproposal",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["owner_id", "due_on"], name="forward_of_owner")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["asked", "booked", "refused"])),
                        name="forward_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "booked"), _negated=True),
                            models.Q(("buy_minor__gt", 0), ("rate__gt", 0)),
                            _connector="OR",
                        ),
                        name="forward_booked_has_rate",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("sell_minor__gt", 0),
                            models.Q(("sell_currency", models.F("buy_currency")), _negated=True),
                        ),
                        name="forward_amounts",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FxQuote",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=fondaco.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("owner_id", models.UUIDField()),
                ("sell_currency", models.CharField(max_length=3)),
                ("sell_minor", models.BigIntegerField()),
                ("buy_currency", models.CharField(max_length=3)),
                ("buy_minor", models.BigIntegerField()),
                ("mid", models.DecimalField(decimal_places=12, max_digits=24)),
                (
                    "rate",
                    models.DecimalField(
                        decimal_places=12,
                        help_text="Buy units per sell unit, less the spread.",
                        max_digits=24,
                    ),
                ),
                ("spread_bp", models.PositiveSmallIntegerField()),
                ("provider", models.CharField(max_length=20)),
                ("rate_on", models.DateField()),
                (
                    "state",
                    models.CharField(
                        choices=[("offered", "Offered"), ("taken", "Taken"), ("lapsed", "Time is over")],
                        default="offered",
                        max_length=8,
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "journal",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="finance.journal",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["owner_id", "-made_at"], name="fx_quote_of_owner"),
                    models.Index(
                        condition=models.Q(("state", "offered")), fields=["expires_at"], name="fx_quote_open"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["offered", "taken", "lapsed"])),
                        name="fx_quote_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("buy_minor__gt", 0),
                            ("sell_minor__gt", 0),
                            models.Q(("sell_currency", models.F("buy_currency")), _negated=True),
                        ),
                        name="fx_quote_amounts",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "taken"), _negated=True),
                            ("journal__isnull", False),
                            _connector="OR",
                        ),
                        name="fx_quote_taken_is_booked",
                    ),
                ],
            },
        ),
        *(migrations.RunSQL(m.guard_sql(t), m.unguard_sql(t)) for t, m in _MACHINES.items()),
    ]
