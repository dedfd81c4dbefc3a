"""The networks from which an account has logged in, where strangers can't lock its owner out."""

from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from accounts.models import KnownNetwork, User
from accounts.models.known_network import MAXIMUM_NETWORKS
from accounts.origins import Origin
from bookstore_project.http.client_address import network_of

# A network is written again only after this time, so that most logins only read it.
NOTED_FOR = timedelta(days=1)


def is_known(network: str) -> bool:
    """Return whether any account has logged in from a network.

    One query by index, independent of the number of the account's sessions.
    """
    return KnownNetwork.objects.known().filter(network=network).exists()


def is_known_to(account: User | None, network: str) -> bool:
    """Return whether an account has logged in from a network. One query, also for no account."""
    networks = KnownNetwork.objects.known().filter(network=network)
    return networks.filter(user_id=account.pk if account else 0).exists()


def is_known_by_factor(user: User, network: str) -> bool:
    """Return whether an account has logged in from a network since it has its authenticator app.

    Anybody who knew the password before can have made the earlier ones known.
    """
    networks = KnownNetwork.objects.known().filter(user=user, network=network)
    return networks.filter(seen_at__gte=F("user__totp_factor__confirmed_at")).exists()


def network_to_note(user: User, *, origin: Origin) -> KnownNetwork | None:
    """Return the row for network_note() to store, or None if one was stored within NOTED_FOR.

    Call this before the transaction of the login, which blocks other writers on SQLite.
    """
    now, network = timezone.now(), network_of(origin.address)
    if not network:
        return None
    seen = KnownNetwork.objects.filter(user=user, network=network).first()
    epoch = user.session_epoch
    if seen is not None and seen.epoch == epoch and seen.seen_at > now - NOTED_FOR:
        return None
    noted = KnownNetwork(user=user, network=network, epoch=epoch, seen_at=now)
    noted.is_new = seen is None
    return noted


def network_note(noted: KnownNetwork | None) -> None:
    """Store a known network, and delete the account's oldest beyond MAXIMUM_NETWORKS.

    Call this in the transaction of the login, which fails with IntegrityError if the account was
    deleted.
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
