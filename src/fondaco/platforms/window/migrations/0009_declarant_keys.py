import fondaco.kernel.ids
from django.db import migrations, models

from fondaco.platforms.window.models.keys import KEY_MACHINE


class Migration(migrations.Migration):

    dependencies = [
        ('window', '0008_returns'),
    ]

    operations = [
        migrations.CreateModel(
            name='DeclarantKey',
            fields=[
                ('id', models.UUIDField(default=fondaco.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('declarant_id', models.UUIDField()),
                ('authority_id', models.UUIDField()),
                ('name', models.CharField(help_text='What the declarant calls it.', max_length=80)),
                ('algorithm', models.CharField(help_text='Such as RSA 2048.', max_length=20)),
                ('subject', models.CharField(max_length=400)),
                ('fingerprint', models.CharField(help_text='SHA-256 of the certificate (DER), hexadecimal.', max_length=64)),
                ('certificate', models.TextField(help_text='PEM.')),
                ('valid_from', models.DateTimeField()),
                ('valid_to', models.DateTimeField(help_text='The first moment at which it no longer signs.')),
                ('state', models.CharField(choices=[('entered', 'Waits for approval'), ('approved', 'In force'), ('refused', 'Refused'), ('revoked', 'Revoked')], default='entered', max_length=8)),
                ('entered_by', models.CharField(max_length=120)),
                ('entered_at', models.DateTimeField()),
                ('decided_by', models.CharField(blank=True, max_length=120)),
                ('decided_at', models.DateTimeField(null=True)),
                ('revoked_by', models.CharField(blank=True, max_length=120)),
                ('revoked_at', models.DateTimeField(null=True)),
                ('reason', models.CharField(blank=True, help_text='Why it was refused or revoked.', max_length=300)),
            ],
            options={
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('state__in', ['entered', 'approved', 'refused', 'revoked'])), name='declarant_key_state'),
                    models.CheckConstraint(condition=models.Q(('decided_by', models.F('entered_by')), _negated=True), name='declarant_key_four_eyes'),
                    models.CheckConstraint(condition=models.Q(('valid_to__gt', models.F('valid_from'))), name='declarant_key_span'),
                    models.CheckConstraint(condition=models.Q(('fingerprint__regex', '^[0-9a-f]{64}$')), name='declarant_key_fingerprint'),
                    models.UniqueConstraint(condition=models.Q(('state__in', ['entered', 'approved'])), fields=('fingerprint', 'declarant_id'), name='declarant_key_once'),
                    models.UniqueConstraint(condition=models.Q(('state', 'approved')), fields=('fingerprint',), name='declarant_key_one_owner'),
                ],
                'indexes': [
                    models.Index(fields=['declarant_id', '-entered_at'], name='declarant_key_of'),
                    models.Index(fields=['authority_id', 'state'], name='declarant_key_queue'),
                ],
            },
        ),
        migrations.RunSQL(
            KEY_MACHINE.guard_sql("window_declarantkey"), KEY_MACHINE.unguard_sql("window_declarantkey")
        ),
    ]
