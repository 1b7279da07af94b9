"""A return has one application, claim and clock for each declaration that its pieces came under.

Lines of earlier returns get their import side as one part without a declaration; ended returns show no next clock.
"""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

FILL = """
INSERT INTO window_returnpart
  (line_id, side, part, item, declared, before, quantity, given_back, duty_minor, tax_minor)
SELECT l.id, 'import', 1, 0, a.sold, 0, l.quantity,
  CASE WHEN c.state IN ('requested', 'authorised', 'in_transit') THEN 0 ELSE l.quantity - l.received END,
  l.duty_minor, l.tax_minor
FROM window_returnedline l
JOIN window_returncase c ON c.id = l.case_id
JOIN window_returnableline a ON a.order_line_id = l.account_id;
UPDATE window_returncase SET next_due_on = NULL, next_clock = ''
WHERE state IN ('closed', 'refused', 'cancelled', 'lapsed') AND next_due_on IS NOT NULL;
"""


def once(model: str, name: str, *fields: str) -> migrations.AddConstraint:
    return migrations.AddConstraint(model, models.UniqueConstraint(fields=list(fields), name=name))


class Migration(migrations.Migration):
    dependencies = [("window", "0011_clocks_that_end")]

    operations = [
        migrations.CreateModel(
            name="ReturnPart",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "side",
                    models.CharField(choices=[("export", "Export"), ("import", "Import")], max_length=8),
                ),
                ("part", models.PositiveSmallIntegerField(default=1)),
                ("declaration_id", models.UUIDField(null=True)),
                ("item", models.PositiveIntegerField(default=0)),
                ("on", models.DateField(help_text="Day of the declaration's release.", null=True)),
                ("declared", models.PositiveIntegerField()),
                ("before", models.PositiveIntegerField(default=0)),
                ("quantity", models.PositiveIntegerField()),
                (
                    "given_back",
                    models.PositiveIntegerField(default=0, help_text="Pieces of them that never came."),
                ),
                ("duty_minor", models.BigIntegerField(default=0)),
                ("tax_minor", models.BigIntegerField(default=0)),
                (
                    "line",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parts",
                        to="window.returnedline",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("line", "side", "part"), name="return_part_once"),
                    models.CheckConstraint(
                        condition=models.Q(("side__in", ["export", "import"])), name="return_part_side"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("given_back__lte", models.F("quantity")),
                            ("quantity__gt", 0),
                            ("declared__gte", models.F("before") + models.F("quantity")),
                        ),
                        name="return_part_within_declared",
                    ),
                ],
            },
        ),
        migrations.AddField("dutyclaim", "part", models.PositiveSmallIntegerField(default=1)),
        migrations.AddField("dutyclaim", "declaration_id", models.UUIDField(null=True)),
        migrations.AddField("returnapplication", "part", models.PositiveSmallIntegerField(default=1)),
        migrations.AddField("returnapplication", "declaration_id", models.UUIDField(null=True)),
        migrations.AddField("returnclock", "part", models.PositiveSmallIntegerField(default=0)),
        migrations.RemoveConstraint("dutyclaim", "duty_claim_once"),
        migrations.RemoveConstraint("returnapplication", "return_application_once"),
        migrations.RemoveConstraint("returnclock", "return_clock_once"),
        once("dutyclaim", "duty_claim_once", "case", "code", "part"),
        once("returnapplication", "return_application_once", "case", "message", "part"),
        once("returnclock", "return_clock_once", "case", "code", "part"),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
