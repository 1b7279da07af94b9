"""What stopped the sharing out of free money, kept with the order's clock."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("finance", "0014_baskets")]

    operations = [
        migrations.AddField(
            "escrowclock", "stuck_by", models.CharField(max_length=40, blank=True, default="")
        ),
        migrations.AddField(
            "escrowclock", "stuck_detail", models.CharField(max_length=300, blank=True, default="")
        ),
        migrations.AddIndex(
            "escrowclock",
            models.Index(fields=["order_id"], condition=~models.Q(stuck_by=""), name="escrow_clock_stuck"),
        ),
    ]
