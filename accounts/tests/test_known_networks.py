"""From the networks that an account has logged in from, its owner is not locked out."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import EndReason, KnownNetwork, LoginSession, User
from accounts.models.known_network import KNOWN_FOR, MAXIMUM_NETWORKS
from accounts.origins import Origin
from accounts.services import sessions as session_services
from accounts.services.deletion import user_delete
from accounts.services.known_networks import network_to_note
from accounts.services.password_reset import reset_token
from accounts.services.sessions import session_open, sessions_end
from conftest import PASSWORD
from tests.client import ConformingClient

pytestmark = pytest.mark.django_db

TOKEN = "/api/v1/auth/token"
ME = "/api/v1/users/me"
NEW_PASSWORD = "amber-Compass-31"

HOME, STRANGER = "203.0.113.7", "198.51.100.1"
MORNING, EVENING = "2001:db8:1:2::aaaa", "2001:db8:1:2:9c1f:22ff:fe00:1"

ClientOf = Callable[[User], ConformingClient]


@pytest.fixture(autouse=True)
def one_failure(settings: Any) -> None:
    """Spend an account's quota by one wrong password."""
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "failed-login": (1, 3600)}


def log_in(address: str, name: str = "ada", password: str = PASSWORD) -> int:
    body = {"name": name, "password": password}
    status: int = ConformingClient(REMOTE_ADDR=address).post(TOKEN, body).status_code
    return status


def spend(name: str = "ada") -> None:
    """Let a stranger spend the account's quota of failures."""
    while log_in(STRANGER, name, "wrong") != 429:
        pass


def networks() -> set[str]:
    return set(KnownNetwork.objects.values_list("network", flat=True))


def test_the_same_ipv6_network_is_the_same_place(ada: User) -> None:
    """RFC 8981: a device has another address of it each day."""
    assert log_in(MORNING) == 200
    spend()
    assert log_in(EVENING) == 200
    assert log_in("2001:db8:1:3::aaaa") == 429
    assert networks() == {"2001:db8:1:2::/64"}


def test_it_is_known_when_the_cache_is_empty(ada: User) -> None:
    assert log_in(HOME) == 200
    cache.clear()
    spend()
    assert log_in(HOME) == 200


@pytest.mark.parametrize("path", ["/admin/login/", "/api/session/login/"])
def test_a_login_in_the_browser_makes_it_known_for_good(path: str, boss: User) -> None:
    form = {"username": "boss", "password": PASSWORD}
    assert Client(REMOTE_ADDR=HOME).post(path, form).status_code == 302
    cache.clear()
    spend("boss")
    assert log_in(HOME, "boss") == 200


def test_it_is_known_after_the_session_is_over(ada: User, client_of: ClientOf) -> None:
    assert log_in(HOME) == 200
    LoginSession.objects.all().delete()
    spend()
    assert log_in(HOME) == 200


def test_another_name_for_the_account_changes_nothing(ada: User) -> None:
    assert log_in(HOME) == 200
    ada.name = "lovelace"
    ada.save()
    spend("lovelace")
    assert log_in(HOME, "lovelace") == 200


def test_it_goes_with_the_account_and_not_to_the_next_of_its_name(
    ada: User, make_user: Callable[..., User]
) -> None:
    assert log_in(HOME) == 200
    user_delete(user=ada, origin=Origin())
    assert networks() == set()
    make_user("ada")
    spend()
    assert log_in(HOME) == 429


def changes_it(ada: User, root: User, client_of: ClientOf) -> None:
    body = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    assert client_of(ada).post(f"{ME}/password", body).status_code == 204


def resets_it(ada: User, root: User, client_of: ClientOf) -> None:
    body = {"token": reset_token(ada), "new_password": NEW_PASSWORD}
    response = ConformingClient().post("/api/v1/auth/password-reset/confirm", body)
    assert response.status_code in {200, 204}


def has_it_set_by_an_admin(ada: User, root: User, client_of: ClientOf) -> None:
    admin = Client()
    admin.force_login(root)
    form = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD, "usable_password": "true"}
    response = admin.post(f"/admin/accounts/user/{ada.pk}/password/", form)
    assert response.status_code == 302


def has_it_set_by_a_command(ada: User, root: User, client_of: ClientOf) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("getpass.getpass", lambda prompt: NEW_PASSWORD)
        call_command("changepassword", "ada")


def has_it_set_in_a_shell(ada: User, *others: object) -> None:
    ada.set_password(NEW_PASSWORD)
    ada.save()


NEW_PASSWORDS = (
    changes_it,
    resets_it,
    has_it_set_by_an_admin,
    has_it_set_by_a_command,
    has_it_set_in_a_shell,
)


@pytest.mark.parametrize("renew", NEW_PASSWORDS)
def test_a_new_password_forgets_it(
    ada: User, root: User, client_of: ClientOf, renew: Callable[..., None]
) -> None:
    assert log_in(HOME) == 200
    renew(ada, root, client_of)
    spend()
    assert log_in(HOME, password=NEW_PASSWORD) == 429
    cache.clear()
    # The next login makes it known again, with the new password.
    assert log_in(HOME, password=NEW_PASSWORD) == 200
    spend()
    assert log_in(HOME, password=NEW_PASSWORD) == 200


@pytest.mark.parametrize("reason", sorted(set(EndReason) - {"password_changed", "password_reset"}))
def test_what_else_ends_sessions_keeps_it(ada: User, reason: EndReason) -> None:
    assert log_in(HOME) == 200
    sessions_end(user=ada, reason=reason)
    spend()
    assert log_in(HOME) == 200


def test_what_a_new_password_forgot_does_not_come_back(ada: User) -> None:
    assert log_in(HOME) == 200
    has_it_set_in_a_shell(ada)
    sessions_end(user=ada, reason=EndReason.REVOKED)
    spend()
    assert log_in(HOME, password=NEW_PASSWORD) == 429


def test_a_better_hash_of_the_same_password_keeps_it(ada: User, settings: Any) -> None:
    assert log_in(HOME) == 200
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        *settings.PASSWORD_HASHERS,
    ]
    assert log_in(STRANGER) == 200
    spend()
    assert log_in(HOME) == 200


def test_a_login_that_a_new_password_overtook_makes_nothing_known(ada: User) -> None:
    read_before = User.objects.get(pk=ada.pk)
    has_it_set_in_a_shell(ada)
    session_open(user=read_before, origin=Origin(address=HOME))
    spend()
    assert log_in(HOME, password=NEW_PASSWORD) == 429


def test_it_is_known_for_30_days(clock: Any, ada: User) -> None:
    assert log_in(HOME) == 200
    clock.shift(KNOWN_FOR - timedelta(seconds=1))
    spend()
    assert log_in(HOME) == 200
    # That login has prolonged it.
    clock.shift(KNOWN_FOR)
    spend()
    assert log_in(HOME) == 429
    call_command("prune")
    assert networks() == set()


def test_prune_leaves_what_is_known(ada: User) -> None:
    log_in(HOME)
    call_command("prune")
    assert networks() == {HOME}


def test_an_account_has_a_bounded_number(ada: User, bob: User) -> None:
    assert log_in(HOME, "bob") == 200
    for number in range(MAXIMUM_NETWORKS + 5):
        session_open(user=ada, origin=Origin(address=f"192.0.2.{number}"))
    known = ada.known_networks.values_list("network", flat=True)
    assert set(known) == {f"192.0.2.{number}" for number in range(5, MAXIMUM_NETWORKS + 5)}
    assert bob.known_networks.count() == 1


def test_a_network_is_written_once_a_day(ada: User) -> None:
    def is_written() -> bool:
        return network_to_note(ada, origin=Origin(address=HOME)) is not None

    assert is_written()
    log_in(HOME)
    assert not is_written()
    KnownNetwork.objects.update(seen_at=F("seen_at") - timedelta(days=1))
    assert is_written()
    log_in(HOME)
    assert not is_written()
    assert KnownNetwork.objects.count() == 1
    assert timezone.now() - KnownNetwork.objects.get().seen_at < timedelta(minutes=1)


def test_no_address_is_no_network(ada: User) -> None:
    assert log_in("") == 200
    assert networks() == set()


@pytest.mark.django_db(transaction=True)
def test_a_browser_whose_account_is_deleted_in_that_moment_is_no_failure(
    ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deleted_first(user: User, *, origin: Origin) -> KnownNetwork | None:
        noted = network_to_note(user, origin=origin)
        User.objects.all().delete()
        return noted

    monkeypatch.setattr(session_services, "network_to_note", deleted_first)
    form = {"username": "ada", "password": PASSWORD}
    response = Client(REMOTE_ADDR=HOME).post("/api/session/login/", form)
    assert response.status_code == 302
    assert networks() == set()


def test_it_says_whose_it_is(ada: User) -> None:
    log_in(HOME)
    assert str(KnownNetwork.objects.get()).startswith(f"ada from {HOME}, 20")


@pytest.mark.parametrize("sessions", [1, 200])
def test_a_429_asks_by_index_whatever_the_number_of_sessions(
    ada: User, bob: User, sessions: int
) -> None:
    for user in (ada, bob):
        for _ in range(sessions):
            session_open(user=user, origin=Origin(address=HOME if user == ada else STRANGER))
    spend()
    with CaptureQueriesContext(connection) as queries:
        assert log_in(STRANGER, password="wrong") == 429
    asked = [query["sql"] for query in queries if query["sql"].startswith("SELECT")]
    assert len(asked) == 3
    assert not any("accounts_loginsession" in sql for sql in asked)
    assert KnownNetwork.objects.count() == 2
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for sql in asked:
                cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
                assert not any("SCAN" in row[-1] for row in cursor.fetchall())
