from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('logistics', '0015_park_batches'),
    ]

    operations = [
        migrations.AddField(
            model_name='milestone',
            name='conveyance',
            field=models.JSONField(default=dict, help_text='What it travels in, where the carrier tells: bill, vessel, voyage.'),
        ),
        migrations.AddField(
            model_name='strayevent',
            name='conveyance',
            field=models.JSONField(default=dict),
        ),
    ]
