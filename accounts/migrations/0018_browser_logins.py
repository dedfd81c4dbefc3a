"""Sessions of browsers in a table of their own, each bound to its login; notices of events.

PostgreSQL adds the columns without rewriting a table. The table of queued mails, whose constraints
are checked again, is small. Servers of the previous version can run beside it: they keep browser
sessions in Django's own table, insert logins of programs, and leave `event_kind` out.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0017_proof_of_sessions'),
    ]

    operations = [
        migrations.CreateModel(
            name='BrowserSession',
            fields=[
                ('session_key', models.CharField(max_length=40, primary_key=True, serialize=False, verbose_name='session key')),
                ('session_data', models.TextField(verbose_name='session data')),
                ('expire_date', models.DateTimeField(db_index=True, verbose_name='expire date')),
            ],
            options={
                'verbose_name': 'session',
                'verbose_name_plural': 'sessions',
                'abstract': False,
            },
        ),
        migrations.RemoveConstraint(
            model_name='queuedmail',
            name='mail_kind_known',
        ),
        migrations.RemoveConstraint(
            model_name='queuedmail',
            name='mail_origin_of_a_reset',
        ),
        migrations.AddField(
            model_name='loginsession',
            name='kind',
            field=models.CharField(choices=[('token', 'program'), ('browser', 'browser')], db_default='token', default='token', editable=False, max_length=10),
        ),
        migrations.AddField(
            model_name='queuedmail',
            name='event_kind',
            field=models.CharField(db_default='', default='', max_length=30),
        ),
        migrations.AlterField(
            model_name='queuedmail',
            name='kind',
            field=models.CharField(choices=[('reset', 'password reset'), ('confirmation', 'confirmation of an address'), ('changed', 'notice of a changed address'), ('removed', 'notice of a removed address'), ('notice', 'notice of an event'), ('resend', 'request for a confirmation'), ('invitation', 'invitation')], max_length=20),
        ),
        migrations.AddConstraint(
            model_name='queuedmail',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['reset', 'confirmation', 'changed', 'removed', 'notice', 'resend', 'invitation'])), name='mail_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='queuedmail',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['reset', 'notice']), models.Q(('client_address__isnull', True), ('user_agent', '')), _connector='OR'), name='mail_origin_of_a_reset'),
        ),
        migrations.AddConstraint(
            model_name='queuedmail',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'notice'), models.Q(('event_kind', ''), _negated=True)), models.Q(models.Q(('kind', 'notice'), _negated=True), ('event_kind', '')), _connector='OR'), name='mail_notice_has_event'),
        ),
        migrations.AddField(
            model_name='browsersession',
            name='login',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.loginsession'),
        ),
    ]
