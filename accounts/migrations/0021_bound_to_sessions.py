"""What was made in a session, and ends with it. Servers of version 1.2 leave the columns empty."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0020_passkeys'),
    ]

    operations = [
        migrations.AddField(
            model_name='loginsession',
            name='browser',
            field=models.UUIDField(default=None, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='totpfactor',
            name='begun_in',
            field=models.UUIDField(default=None, editable=False, null=True),
        ),
    ]
