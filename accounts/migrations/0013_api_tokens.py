"""Personal API tokens, and the kinds of events that record them."""

import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0012_editors'),
    ]

    operations = [
        migrations.AlterField(
            model_name='authevent',
            name='kind',
            field=models.CharField(choices=[('login', 'signed in'), ('login_failed', 'wrong name or password'), ('logout', 'signed out'), ('refresh_reused', 'old refresh token used again'), ('refresh_repeated', 'tokens sent again, to another network'), ('session_revoked', 'session ended'), ('sessions_revoked', 'all sessions, or all but one, ended'), ('api_token_created', 'API token made'), ('api_token_ended', 'API token ended'), ('password_changed', 'password changed'), ('password_reset_requested', 'password reset requested'), ('password_reset', 'password reset'), ('email_change_requested', 'email change requested'), ('email_changed', 'email changed'), ('mail_failed', 'mail could not be sent'), ('name_changed', 'name changed'), ('role_changed', 'role changed'), ('active_changed', 'activated or deactivated'), ('key_changed', 'signing key changed'), ('account_deleted', 'account deleted')], max_length=30, verbose_name='event'),
        ),
        migrations.CreateModel(
            name='ApiToken',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('digest', models.CharField(editable=False, max_length=64)),
                ('scope', models.CharField(max_length=100, verbose_name='scopes')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='created')),
                ('expires_at', models.DateTimeField(null=True, verbose_name='expires')),
                ('epoch', models.PositiveIntegerField(editable=False)),
                ('keep_on_sign_out', models.BooleanField(default=False, verbose_name='kept on sign-out')),
                ('last_used_at', models.DateTimeField(null=True)),
                ('last_used_network', models.CharField(max_length=43, null=True, verbose_name='last used from')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='api_tokens', to=settings.AUTH_USER_MODEL, verbose_name='user')),
            ],
            options={
                'verbose_name': 'API token',
                'verbose_name_plural': 'API tokens',
                'indexes': [models.Index(fields=['user', 'created_at', 'id'], name='api_token_user_created'), models.Index(fields=['created_at', 'id'], name='api_token_created'), models.Index(fields=['expires_at'], name='api_token_expires')],
                'constraints': [models.UniqueConstraint(fields=('digest',), name='api_token_digest'), models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='api_token_name_not_empty'), models.CheckConstraint(condition=models.Q(('scope', ''), _negated=True), name='api_token_scope_not_empty')],
            },
        ),
    ]
