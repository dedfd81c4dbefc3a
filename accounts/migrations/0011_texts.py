"""Plain texts for the Django admin. No operation runs SQL, on SQLite or on PostgreSQL."""

import django.utils.timezone
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0010_deleted_at'),
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='authevent',
            options={'verbose_name': 'account event', 'verbose_name_plural': 'account events'},
        ),
        migrations.AlterModelOptions(
            name='user',
            options={'verbose_name': 'user', 'verbose_name_plural': 'users'},
        ),
        migrations.AlterField(
            model_name='authevent',
            name='actor_id',
            field=models.UUIDField(null=True, verbose_name='done by (public_id)'),
        ),
        migrations.AlterField(
            model_name='authevent',
            name='actor_name',
            field=models.CharField(max_length=255, verbose_name='done by'),
        ),
        migrations.AlterField(
            model_name='authevent',
            name='address',
            field=models.GenericIPAddressField(null=True, verbose_name='IP address'),
        ),
        migrations.AlterField(
            model_name='authevent',
            name='at',
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name='time'),
        ),
        migrations.AlterField(
            model_name='authevent',
            name='detail',
            field=models.CharField(max_length=255, verbose_name='detail'),
        ),
        migrations.AlterField(
            model_name='authevent',
            name='kind',
            field=models.CharField(choices=[('login', 'signed in'), ('login_failed', 'wrong name or password'), ('logout', 'signed out'), ('refresh_reused', 'old refresh token used again'), ('refresh_repeated', 'tokens sent again, to another network'), ('session_revoked', 'session ended'), ('sessions_revoked', 'all sessions, or all but one, ended'), ('password_changed', 'password changed'), ('password_reset_requested', 'password reset requested'), ('password_reset', 'password reset'), ('email_change_requested', 'email change requested'), ('email_changed', 'email changed'), ('mail_failed', 'mail could not be sent'), ('name_changed', 'name changed'), ('role_changed', 'role changed'), ('active_changed', 'activated or deactivated'), ('key_changed', 'signing key changed'), ('account_deleted', 'account deleted')], max_length=30, verbose_name='event'),
        ),
        migrations.AlterField(
            model_name='authevent',
            name='subject_id',
            field=models.UUIDField(null=True, verbose_name='account (public_id)'),
        ),
        migrations.AlterField(
            model_name='authevent',
            name='subject_name',
            field=models.CharField(max_length=255, verbose_name='account'),
        ),
        migrations.AlterField(
            model_name='authevent',
            name='user_agent',
            field=models.CharField(max_length=255, verbose_name='user agent'),
        ),
        migrations.AlterField(
            model_name='user',
            name='admin',
            field=models.BooleanField(default=False, help_text='Admins may list accounts, edit every book and use this site.', verbose_name='admin'),
        ),
        migrations.AlterField(
            model_name='user',
            name='date_joined',
            field=models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='date joined'),
        ),
        migrations.AlterField(
            model_name='user',
            name='is_active',
            field=models.BooleanField(default=True, help_text="Inactive users can't sign in. Clear this box instead of deleting the account.", verbose_name='active'),
        ),
        migrations.AlterField(
            model_name='user',
            name='name',
            field=models.CharField(help_text='The name to sign in with. Upper and lower case are the same.', max_length=150, unique=True, verbose_name='name'),
        ),
        migrations.AlterField(
            model_name='user',
            name='public_id',
            field=models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name='public id'),
        ),
        migrations.AlterConstraint(
            model_name='user',
            name='user_superuser_is_admin',
            constraint=models.CheckConstraint(condition=models.Q(('is_superuser', False), ('admin', True), _connector='OR'), name='user_superuser_is_admin', violation_error_message='A superuser must be an admin.'),
        ),
    ]
