"""Linked providers of sign-ins. The table is new, and of an existing one nothing but the choices of a column changes."""

import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0021_bound_to_sessions'),
    ]

    operations = [
        migrations.AlterField(
            model_name='authevent',
            name='kind',
            field=models.CharField(choices=[('login', 'signed in'), ('login_failed', 'wrong name or password'), ('login_refused', 'sign-in refused by a limit'), ('password_wrong', 'wrong current password'), ('second_factor_asked', 'right password; second factor asked for'), ('second_factor_failed', 'wrong code of a second factor'), ('stepped_up', 'identity proved again'), ('logout', 'signed out'), ('refresh_reused', 'old refresh token used again'), ('refresh_repeated', 'tokens sent again, to another network'), ('session_revoked', 'session ended'), ('sessions_revoked', 'all sessions ended'), ('other_sessions_revoked', 'all other sessions ended'), ('api_token_created', 'API token made'), ('api_token_ended', 'API token ended'), ('password_changed', 'password changed'), ('password_reset_requested', 'password reset requested'), ('password_reset', 'password reset'), ('email_change_requested', 'email change requested'), ('email_changed', 'email changed'), ('email_confirmed', 'email confirmed'), ('email_dropped', 'email confirmed by another account'), ('mail_failed', 'mail could not be sent'), ('name_changed', 'name changed'), ('role_changed', 'role changed'), ('active_changed', 'activated or deactivated'), ('key_changed', 'signing key changed'), ('totp_added', 'authenticator app added'), ('totp_removed', 'authenticator app removed'), ('passkey_added', 'passkey added'), ('passkey_removed', 'passkey removed'), ('passkey_failed', 'passkey refused'), ('passkey_copied', 'passkey refused: perhaps a copy'), ('provider_linked', 'provider linked'), ('provider_unlinked', 'provider removed'), ('recovery_codes_made', 'recovery codes made'), ('recovery_code_used', 'recovery code used'), ('factors_removed', 'second factors removed by an admin'), ('account_invited', 'account made, and invited'), ('account_exported', 'account data exported'), ('account_deleted', 'account deleted')], max_length=30, verbose_name='event'),
        ),
        migrations.CreateModel(
            name='ProviderLink',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('issuer', models.CharField(editable=False, max_length=255)),
                ('subject', models.CharField(editable=False, max_length=255)),
                ('shown_as', models.CharField(blank=True, default='', editable=False, max_length=254)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='created')),
                ('last_used_at', models.DateTimeField(default=None, null=True, verbose_name='last used')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='provider_links', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'linked provider',
                'verbose_name_plural': 'linked providers',
                'constraints': [models.UniqueConstraint(fields=('issuer', 'subject'), name='provider_link_subject'), models.UniqueConstraint(fields=('user', 'issuer'), name='provider_link_user'), models.CheckConstraint(condition=models.Q(('subject', ''), _negated=True), name='provider_link_of_subject')],
            },
        ),
    ]
