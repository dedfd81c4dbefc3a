"""The networks that an account has logged in from, filled from the existing sessions."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from ipaddress import ip_network
from itertools import groupby, islice
from operator import itemgetter
from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Max
from django.utils import timezone

# As in accounts/models/known_network.py when this was written.
KNOWN_FOR = timedelta(days=30)
MAXIMUM_NETWORKS = 20
BATCH = 1_000

# The account, the address, the epoch and the time.
Login = tuple[int, str, int, datetime]


def network_of(address: str) -> str:
    return str(ip_network(f"{address}/64", strict=False)) if ":" in address else address


def networks_of_user(logins: Iterable[Login]) -> Iterator[tuple[str, tuple[int, int, datetime]]]:
    """Return the latest networks of one user's logins, which come latest first."""
    latest: dict[str, tuple[int, int, datetime]] = {}
    for user_id, address, epoch, seen_at in logins:
        latest.setdefault(network_of(address), (user_id, epoch, seen_at))
    return islice(latest.items(), MAXIMUM_NETWORKS)


def remember(apps: Any, schema_editor: Any) -> None:
    sessions = apps.get_model("accounts", "LoginSession").objects
    known = apps.get_model("accounts", "KnownNetwork")
    logins = (
        sessions.filter(
            address__isnull=False,
            created_at__gt=timezone.now() - KNOWN_FOR,
            epoch=F("user__session_epoch"),
        )
        .values_list("user_id", "address", "epoch")
        .annotate(seen=Max("created_at"))
        .order_by("user_id", "-seen")
    )
    rows = (
        known(user_id=user_id, network=network, epoch=epoch, seen_at=seen_at)
        for _, of_user in groupby(logins.iterator(), key=itemgetter(0))
        for network, (user_id, epoch, seen_at) in networks_of_user(of_user)
    )
    while batch := list(islice(rows, BATCH)):
        known.objects.bulk_create(batch)


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0007_delivered_generation'),
    ]

    operations = [
        migrations.CreateModel(
            name='KnownNetwork',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('network', models.CharField(max_length=43)),
                ('epoch', models.PositiveIntegerField()),
                ('seen_at', models.DateTimeField()),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='known_networks', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['network', 'user'], name='known_network_users'), models.Index(fields=['seen_at'], name='known_network_seen')],
                'constraints': [models.UniqueConstraint(fields=('user', 'network'), name='known_network_once')],
            },
        ),
        migrations.RunPython(remember, migrations.RunPython.noop),
    ]
