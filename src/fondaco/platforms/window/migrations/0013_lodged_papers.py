import django.db.models.deletion
from django.db import migrations, models

from fondaco.platforms.window.models.papers import PAPER_MACHINE


class Migration(migrations.Migration):

    dependencies = [
        ('window', '0012_returns_by_declaration'),
    ]

    operations = [
        migrations.CreateModel(
            name='LodgedPaper',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('message', models.CharField(help_text="GACC's number, such as 507.", max_length=3)),
                ('reference', models.CharField(help_text='The number that the answer names.', max_length=60)),
                ('state', models.CharField(choices=[('sent', 'Sent'), ('entered', 'Entered by customs'), ('refused', 'Refused')], default='sent', max_length=8)),
                ('sent_at', models.DateTimeField()),
                ('acknowledged_at', models.DateTimeField(help_text='Empty: it goes again with the next run.', null=True)),
                ('answered_at', models.DateTimeField(null=True)),
                ('status', models.CharField(blank=True, help_text="Customs' returnStatus.", max_length=10)),
                ('reason', models.CharField(blank=True, max_length=300)),
                ('told', models.JSONField(default=dict, help_text='Bill, vessel, voyage, moment, and how many go together.')),
                ('text', models.TextField(blank=True)),
                ('declaration', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='window.declaration')),
            ],
            options={
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('state__in', ['sent', 'entered', 'refused'])), name='lodged_paper_state'),
                    models.UniqueConstraint(condition=models.Q(('state__in', ['sent', 'entered'])), fields=('declaration', 'message'), name='lodged_paper_once'),
                ],
                'indexes': [
                    models.Index(fields=['reference', 'message'], name='lodged_paper_reference'),
                    models.Index(condition=models.Q(('acknowledged_at__isnull', True)), fields=['sent_at'], name='lodged_paper_unheard'),
                ],
            },
        ),
        migrations.RunSQL(
            PAPER_MACHINE.guard_sql("window_lodgedpaper"), PAPER_MACHINE.unguard_sql("window_lodgedpaper")
        ),
    ]
