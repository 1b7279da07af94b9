"""Forwards are delivered on their day: two more states, the posting, and the guard with the new edges."""

import django.db.models.deletion
from django.db import migrations, models

from fondaco.systems.finance.models import FORWARDS


class Migration(migrations.Migration):
    dependencies = [
        ("finance", "0011_escrow_clock"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="fxforward",
            name="forward_state",
        ),
        migrations.RemoveConstraint(
            model_name="fxforward",
            name="forward_booked_has_rate",
        ),
        migrations.AddField(
            model_name="fxforward",
            name="attempt",
            field=models.PositiveSmallIntegerField(
                default=0, help_text="Deliveries begun: each has its own posting."
            ),
        ),
        migrations.AddField(
            model_name="fxforward",
            name="journal",
            field=models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="finance.journal"
            ),
        ),
        migrations.AddField(
            model_name="fxforward",
            name="settled_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name="fxforward",
            name="state",
            field=models.CharField(
                choices=[
                    ("asked", "Asked"),
                    ("booked", "Booked"),
                    ("refused", "Refused"),
                    ("due", "Being delivered"),
                    ("settled", "Delivered"),
                ],
                default="asked",
                max_length=8,
            ),
        ),
        migrations.AddConstraint(
            model_name="fxforward",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["asked", "booked", "refused", "due", "settled"])),
                name="forward_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="fxforward",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["booked", "due", "settled"]), _negated=True),
                    models.Q(("buy_minor__gt", 0), ("rate__gt", 0)),
                    _connector="OR",
                ),
                name="forward_booked_has_rate",
            ),
        ),
        migrations.AddConstraint(
            model_name="fxforward",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "settled"), _negated=True),
                    models.Q(("journal__isnull", False), ("settled_at__isnull", False)),
                    _connector="OR",
                ),
                name="forward_settled_is_posted",
            ),
        ),
        migrations.RunSQL(
            FORWARDS.guard_sql("finance_fxforward"),
            migrations.RunSQL.noop,
        ),
    ]
