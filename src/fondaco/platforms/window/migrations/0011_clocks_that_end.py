"""A time limit of a return ends with the return where nothing can meet it any more."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("window", "0010_declarations_by_part")]

    operations = [
        migrations.AddField(model_name="returnclock", name="over_on", field=models.DateField(null=True)),
    ]
