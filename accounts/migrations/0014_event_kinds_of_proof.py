"""The kinds of events of confirmed addresses, second factors, and exact session ends."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0013_api_tokens'),
    ]

    operations = [
        migrations.AlterField(
            model_name='authevent',
            name='kind',
            field=models.CharField(choices=[('login', 'signed in'), ('login_failed', 'wrong name or password'), ('login_refused', 'sign-in refused by a limit'), ('password_wrong', 'wrong current password'), ('second_factor_asked', 'right password; second factor asked for'), ('second_factor_failed', 'wrong code of a second factor'), ('stepped_up', 'identity proved again'), ('logout', 'signed out'), ('refresh_reused', 'old refresh token used again'), ('refresh_repeated', 'tokens sent again, to another network'), ('session_revoked', 'session ended'), ('sessions_revoked', 'all sessions ended'), ('other_sessions_revoked', 'all other sessions ended'), ('api_token_created', 'API token made'), ('api_token_ended', 'API token ended'), ('password_changed', 'password changed'), ('password_reset_requested', 'password reset requested'), ('password_reset', 'password reset'), ('email_change_requested', 'email change requested'), ('email_changed', 'email changed'), ('email_confirmed', 'email confirmed'), ('email_dropped', 'email confirmed by another account'), ('mail_failed', 'mail could not be sent'), ('name_changed', 'name changed'), ('role_changed', 'role changed'), ('active_changed', 'activated or deactivated'), ('key_changed', 'signing key changed'), ('totp_added', 'authenticator app added'), ('totp_removed', 'authenticator app removed'), ('recovery_codes_made', 'recovery codes made'), ('recovery_code_used', 'recovery code used'), ('factors_removed', 'second factors removed by an admin'), ('account_invited', 'account made, and invited'), ('account_exported', 'account data exported'), ('account_deleted', 'account deleted')], max_length=30, verbose_name='event'),
        ),
    ]
