"""Second factors. PostgreSQL adds the column of users without rewriting the table."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0014_event_kinds_of_proof'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='has_factor',
            field=models.BooleanField(db_default=False, default=False, editable=False, verbose_name='second factor'),
        ),
        migrations.CreateModel(
            name='TotpFactor',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='totp_factor', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('secret', models.CharField(editable=False, max_length=255)),
                ('last_counter', models.BigIntegerField(default=-1, editable=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('confirmed_at', models.DateTimeField(default=None, null=True)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('confirmed_at', None)), fields=['created_at'], name='totp_pending')],
            },
        ),
        migrations.CreateModel(
            name='LoginTicket',
            fields=[
                ('digest', models.CharField(editable=False, max_length=64, primary_key=True, serialize=False)),
                ('network', models.CharField(max_length=43)),
                ('epoch', models.PositiveIntegerField()),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('expires_at', models.DateTimeField()),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='login_tickets', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['expires_at'], name='login_ticket_expires')],
            },
        ),
        migrations.CreateModel(
            name='RecoveryCode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(editable=False, max_length=64)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='recovery_codes', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('user', 'digest'), name='recovery_code_once')],
            },
        ),
    ]
