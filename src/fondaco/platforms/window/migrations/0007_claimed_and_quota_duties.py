"""Measures may be duties that must be claimed, and duties within a tariff quota."""

from django.db import migrations, models

KINDS = [
    ("mfn", "Third-country duty"),
    ("preference", "Preference, against proof of origin"),
    ("additional", "Additional duty on listed goods"),
    ("country", "Additional duty on a country's goods"),
    ("manual", "Needs a person"),
    ("remedy", "Anti-dumping or countervailing duty"),
    ("agency", "Another agency asks for papers"),
    ("claimed", "Lower duty that must be claimed: suspension or authorised use"),
    ("quota", "Duty within a tariff quota"),
]


class Migration(migrations.Migration):
    dependencies = [("window", "0006_rebates")]

    operations = [
        migrations.RemoveConstraint("measure", "measure_kind"),
        migrations.AlterField("measure", "kind", models.CharField(choices=KINDS, max_length=12)),
        migrations.AddConstraint(
            "measure",
            models.CheckConstraint(
                condition=models.Q(("kind__in", [kind for kind, _ in KINDS])), name="measure_kind"
            ),
        ),
    ]
