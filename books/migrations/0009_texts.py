"""Plain texts for the Django admin. No operation runs SQL, on SQLite or on PostgreSQL."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('books', '0008_long_writes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='book',
            options={'verbose_name': 'book', 'verbose_name_plural': 'books'},
        ),
        migrations.AlterModelOptions(
            name='bookchange',
            options={'verbose_name': 'book change', 'verbose_name_plural': 'book changes'},
        ),
        migrations.AlterField(
            model_name='book',
            name='author',
            field=models.CharField(max_length=255, verbose_name='author'),
        ),
        migrations.AlterField(
            model_name='book',
            name='created_at',
            field=models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='created at'),
        ),
        migrations.AlterField(
            model_name='book',
            name='name',
            field=models.CharField(help_text='The title.', max_length=255, verbose_name='name'),
        ),
        migrations.AlterField(
            model_name='book',
            name='owner',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='books', to=settings.AUTH_USER_MODEL, verbose_name='owner'),
        ),
        migrations.AlterField(
            model_name='book',
            name='price',
            field=models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True, verbose_name='price'),
        ),
        migrations.AlterField(
            model_name='book',
            name='published_on',
            field=models.DateField(blank=True, null=True, verbose_name='published on'),
        ),
        migrations.AlterField(
            model_name='book',
            name='publisher',
            field=models.CharField(max_length=255, verbose_name='publisher'),
        ),
        migrations.AlterField(
            model_name='book',
            name='updated_at',
            field=models.DateTimeField(auto_now=True, verbose_name='updated at'),
        ),
        migrations.AlterField(
            model_name='book',
            name='version',
            field=models.PositiveIntegerField(default=1, editable=False, help_text='Increases with every change.', verbose_name='version'),
        ),
        migrations.AlterField(
            model_name='bookchange',
            name='actor_id',
            field=models.UUIDField(null=True, verbose_name='done by (public_id)'),
        ),
        migrations.AlterField(
            model_name='bookchange',
            name='actor_name',
            field=models.CharField(max_length=255, verbose_name='done by'),
        ),
        migrations.AlterField(
            model_name='bookchange',
            name='after',
            field=models.JSONField(help_text='Null if the change deleted the book.', null=True, verbose_name='after'),
        ),
        migrations.AlterField(
            model_name='bookchange',
            name='at',
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name='time'),
        ),
        migrations.AlterField(
            model_name='bookchange',
            name='before',
            field=models.JSONField(help_text='Null if the book did not exist before.', null=True, verbose_name='before'),
        ),
        migrations.AlterField(
            model_name='bookchange',
            name='kind',
            field=models.CharField(choices=[('changed', 'changed'), ('deleted', 'deleted'), ('restored', 'restored')], max_length=10, verbose_name='change'),
        ),
        migrations.AlterField(
            model_name='bookchange',
            name='owner',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='owner'),
        ),
        migrations.AlterField(
            model_name='bookchange',
            name='version',
            field=models.PositiveIntegerField(help_text='The version that this change made.', verbose_name='version'),
        ),
    ]
