"""When and how the user of a session last proved who they are. PostgreSQL rewrites no table."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0016_factors'),
    ]

    operations = [
        migrations.AddField(
            model_name='loginsession',
            name='amr',
            field=models.CharField(blank=True, db_default='pwd', default='pwd', editable=False, max_length=60),
        ),
        migrations.AddField(
            model_name='loginsession',
            name='authenticated_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
    ]
