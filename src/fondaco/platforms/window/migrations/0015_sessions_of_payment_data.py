from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('window', '0014_pieces_applied_for'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='lodgedpaper',
            name='lodged_paper_once',
        ),
        migrations.AddConstraint(
            model_name='lodgedpaper',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['sent', 'entered']), models.Q(('message', '179'), _negated=True)), fields=('declaration', 'message'), name='lodged_paper_once'),
        ),
        migrations.AddConstraint(
            model_name='lodgedpaper',
            constraint=models.UniqueConstraint(condition=models.Q(('message', '179')), fields=('reference',), name='lodged_paper_session'),
        ),
    ]
