"""An application about a return says how many pieces it is about; those drawn up before name all of the return."""

from __future__ import annotations

from django.db import migrations, models

FILL = """
UPDATE window_returnapplication a SET pieces =
  (SELECT coalesce(sum(l.quantity), 0) FROM window_returnedline l WHERE l.case_id = a.case_id)
"""


class Migration(migrations.Migration):
    dependencies = [("window", "0013_lodged_papers")]

    operations = [
        migrations.AddField(
            "returnapplication",
            "pieces",
            models.PositiveIntegerField(default=0, help_text="Pieces that it is about."),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
