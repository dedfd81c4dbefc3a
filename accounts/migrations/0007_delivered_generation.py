"""Columns that say whether the tokens of a refresh were delivered, and where it came from.

Both are empty in existing sessions, whose current generation counts as delivered. Servers of the
previous version can run beside it.
"""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0006_mail_queue'),
    ]

    operations = [
        migrations.AddField(
            model_name='loginsession',
            name='refreshed_address',
            field=models.GenericIPAddressField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='loginsession',
            name='undelivered_generation',
            field=models.PositiveBigIntegerField(editable=False, null=True),
        ),
        migrations.AlterField(
            model_name='authevent',
            name='kind',
            field=models.CharField(choices=[('login', 'login'), ('login_failed', 'failed login'), ('logout', 'logout'), ('refresh_reused', 'old refresh token used again'), ('refresh_repeated', 'tokens given again to another network'), ('session_revoked', 'session ended'), ('sessions_revoked', 'signed out everywhere'), ('password_changed', 'password changed'), ('password_reset_requested', 'password reset asked for'), ('password_reset', 'password reset'), ('email_change_requested', 'email change asked for'), ('email_changed', 'email changed'), ('mail_failed', 'mail could not be sent'), ('name_changed', 'name changed'), ('role_changed', 'role changed'), ('active_changed', 'activated or deactivated'), ('key_changed', 'signing key changed'), ('account_deleted', 'account deleted')], max_length=30, verbose_name='what'),
        ),
    ]
