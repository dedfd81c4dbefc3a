"""The networks from which an account has logged in."""

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import F
from django.utils import timezone

from bookstore_project.db.clock import is_past

from .user import User

# How long a network stays known after the last login from it.
KNOWN_FOR = timedelta(days=30)

# For each account, the latest ones are kept.
MAXIMUM_NETWORKS = 20

# The longest text of an IPv6 network, such as 2001:db8:1234:5678::/64.
MAXIMUM_LENGTH = 43


class KnownNetworkQuerySet(models.QuerySet["KnownNetwork"]):
    def known(self, now: datetime | None = None) -> Self:
        """Return the networks that are recent enough and belong to the present password."""
        since = (now or timezone.now()) - KNOWN_FOR
        return self.filter(seen_at__gt=since, epoch=F("user__session_epoch"))

    def over(self) -> Self:
        """Return the networks that are too old, also by the database's clock."""
        return self.filter(is_past("seen_at", since=KNOWN_FOR))


class KnownNetwork(models.Model):
    """A network from which somebody logged in to an account with its present password.

    `epoch` is the account's `session_epoch` at that login. set_password() increments the account's,
    so that a new password makes all networks unknown, while their rows say that they were seen
    before. When sessions end for another reason, sessions_end() updates the networks as well. They
    are deleted with the account.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="known_networks")
    network = models.CharField(max_length=MAXIMUM_LENGTH)
    epoch = models.PositiveIntegerField()
    seen_at = models.DateTimeField()
    # Whether no row of this network is stored yet: set by network_to_note().
    is_new = False

    objects = KnownNetworkQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "network"], name="known_network_once"),
        ]
        indexes = [
            models.Index(fields=["network", "user"], name="known_network_users"),
            models.Index(fields=["seen_at"], name="known_network_seen"),
        ]

    def __str__(self) -> str:
        return f"{self.user} from {self.network}, {self.seen_at:%Y-%m-%d}"
