"""A second flag of users: editors. PostgreSQL adds the column without rewriting the table."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0011_texts'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='editor',
            field=models.BooleanField(db_default=False, default=False, help_text='Editors may edit every book and use this site for books alone.', verbose_name='editor'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Q(('deleted_at', None), ('editor', False), _connector='OR'), name='user_deleted_is_no_editor'),
        ),
    ]
