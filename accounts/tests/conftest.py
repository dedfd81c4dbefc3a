"""Fixtures of the accounts tests."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import BasePasswordHasher, PBKDF2PasswordHasher
from django.test import Client

from accounts.login.hashers import BookstoreArgon2PasswordHasher
from accounts.login.oidc.metadata import forget
from accounts.models import User
from tests.authenticator import Authenticator
from tests.tools import require_module

from .provider import Provider, served
from .rings import START


@pytest.fixture
def root(make_user: Callable[..., User]) -> User:
    """A superuser."""
    return make_user("root", admin=True, is_superuser=True)


@pytest.fixture
def session_of() -> Callable[[User], Client]:
    """Return a browser with a session of the given user; it must send CSRF tokens."""

    def browser(user: User) -> Client:
        client = Client(enforce_csrf_checks=True)
        client.force_login(user)
        return client

    return browser


@pytest.fixture
def admin_of() -> Callable[[User], Client]:
    """Return a browser with a session of the given user, for forms whose CSRF token is not the
    point.
    """

    def browser(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return browser


@pytest.fixture
def hash_calls(password_hash: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The calls of password hashers during the test, as `algorithm.method`."""
    calls: list[str] = []

    def count(hasher: type[BasePasswordHasher], method: str) -> None:
        original = getattr(hasher, method)

        def counted(self: BasePasswordHasher, *args: Any, **kwargs: Any) -> Any:
            calls.append(f"{self.algorithm}.{method}")
            return original(self, *args, **kwargs)

        monkeypatch.setattr(hasher, method, counted)

    count(BookstoreArgon2PasswordHasher, "encode")
    count(BookstoreArgon2PasswordHasher, "verify")
    # Its verify() calls encode().
    count(PBKDF2PasswordHasher, "encode")
    return calls


@pytest.fixture
def clock() -> Iterator[Any]:
    """A clock that stands at START until a test calls `clock.move_to()`."""
    with require_module("time_machine").travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def app(ada: User) -> Authenticator:
    """The authenticator app of ada."""
    return Authenticator(ada)


@pytest.fixture
def ring_path(tmp_path: Path, settings: Any) -> Path:
    """The file that JWT_KEYRING names. It does not exist yet."""
    path: Path = tmp_path / "keys.json"
    settings.JWT_KEYRING = path
    return path


@pytest.fixture
def provider(settings: Any) -> Iterator[Provider]:
    """A provider of OpenID Connect, the one with which people sign in."""
    forget()
    with served() as found:
        settings.OIDC_PROVIDERS = found.setting
        yield found
