"""Which networks an account has logged in from: there, strangers can't lock its owner out."""

from datetime import timedelta

from django.utils import timezone

from accounts.models import KnownNetwork, User
from accounts.models.known_network import MAXIMUM_NETWORKS
from accounts.origins import Origin
from bookstore_project.http.client_address import network_of

# A network is noted again after this time: most logins only read.
NOTED_FOR = timedelta(days=1)


def is_known(network: str, *, name: str | None = None) -> bool:
    """Return whether anybody has logged in from a network; with `name`, whether that account has.

    One query by index, however many sessions the account has.
    """
    networks = KnownNetwork.objects.known().filter(network=network)
    if name is not None:
        networks = networks.filter(user__in=User.objects.named(name))
    return networks.exists()


def network_to_note(user: User, *, origin: Origin) -> KnownNetwork | None:
    """Return what network_note() stores of a login; None if it was noted within NOTED_FOR.

    Call it before the transaction of the login, which on SQLite keeps other writers out.
    """
    now, network = timezone.now(), network_of(origin.address)
    noted = KnownNetwork.objects.filter(
        user=user, network=network, epoch=user.session_epoch, seen_at__gt=now - NOTED_FOR
    )
    if not network or noted.exists():
        return None
    return KnownNetwork(user=user, network=network, epoch=user.session_epoch, seen_at=now)


def network_note(noted: KnownNetwork | None) -> None:
    """Store that a network is known, and forget all but the latest of the account's.

    Part of the transaction of a login, which fails with IntegrityError if the account is gone.
    """
    if noted is None:
        return
    KnownNetwork.objects.bulk_create(
        [noted],
        update_conflicts=True,
        unique_fields=["user", "network"],
        update_fields=["epoch", "seen_at"],
    )
    latest_first = KnownNetwork.objects.filter(user=noted.user).order_by("-seen_at", "-pk")
    surplus = latest_first.values("pk")[MAXIMUM_NETWORKS:]
    KnownNetwork.objects.filter(pk__in=surplus).delete()
