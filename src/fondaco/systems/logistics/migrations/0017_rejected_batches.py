"""Batches whose summary declaration came to nothing: a state and its guard."""

from django.db import migrations, models

from fondaco.systems.logistics.models import CLEARANCES


class Migration(migrations.Migration):

    dependencies = [
        ('logistics', '0016_conveyances'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='clearancebatch',
            name='clearance_state',
        ),
        migrations.AlterField(
            model_name='clearancebatch',
            name='state',
            field=models.CharField(choices=[('open', 'Open'), ('closed', 'Closed'), ('declared', 'Declared'), ('cleared', 'Cleared'), ('rejected', 'Rejected'), ('cancelled', 'Cancelled')], default='open', max_length=10),
        ),
        migrations.AddConstraint(
            model_name='clearancebatch',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['open', 'closed', 'declared', 'cleared', 'rejected', 'cancelled'])), name='clearance_state'),
        ),
        migrations.RunSQL(CLEARANCES.guard_sql("logistics_clearancebatch"), migrations.RunSQL.noop),
    ]
