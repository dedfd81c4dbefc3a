"""Fixtures that every app's tests share."""

import json
from collections.abc import Callable, Iterator
from functools import cache
from importlib.util import find_spec
from typing import Any

import pytest
from django.core.cache import cache as limits
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.utils import timezone
from jwt.algorithms import RSAAlgorithm

from accounts.login.hashers import BookstoreArgon2PasswordHasher
from accounts.mail import outbox
from accounts.mail.sender import queue_send
from accounts.models import User
from accounts.origins import Origin
from accounts.services import deletion
from accounts.services.api_tokens import NewToken, api_token_create
from accounts.services.sessions import session_open
from accounts.tokens.classes import AccessToken
from books.models import Book
from books.search import budget
from books.transfer import jobs
from bookstore_project.http.scopes import WRITE
from tests.client import ConformingClient
from tests.hashing import hashing_watched
from tests.tools import examples

PASSWORD = "violet-Harbour-27"
ARGON2_COSTS = ("time_cost", "memory_cost")
REAL_COSTS = {name: getattr(BookstoreArgon2PasswordHasher, name) for name in ARGON2_COSTS}

# Hypothesis is one of the tools that may be missing.
if find_spec("hypothesis"):
    from hypothesis import HealthCheck
    from hypothesis import settings as hypothesis_settings

    # How long an example takes says how busy the machine is, and nothing about the code.
    hypothesis_settings.register_profile(
        "bookstore",
        max_examples=examples(100),
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    hypothesis_settings.load_profile("bookstore")


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    """Forget how often other tests have logged in."""
    limits.clear()


@pytest.fixture(autouse=True, scope="session")
def rsa_keys_read_once() -> Iterator[None]:
    """Remember the RSA keys read: OpenSSL searches each one's primes for 50 ms and more."""
    read = cache(RSAAlgorithm.from_jwk)

    def from_jwk(jwk: dict[str, Any]) -> Any:
        return read(json.dumps(jwk, sort_keys=True))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RSAAlgorithm, "from_jwk", staticmethod(from_jwk))
        yield


@pytest.fixture(autouse=True, scope="session")
def requests_that_hash_are_known() -> Iterator[None]:
    with hashing_watched():
        yield


@pytest.fixture(autouse=True, scope="session")
def searches_have_time() -> Iterator[None]:
    """Stop no search on a busy machine; books/tests/test_slow_search.py sets its own bounds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(budget, "SECONDS", 60.0)
        patch.setattr(budget, "STATEMENT", 60.0)
        yield


@pytest.fixture(autouse=True, scope="session")
def hashing_is_quick() -> Iterator[None]:
    """Hash at the least cost that Argon2 has; `real_hashing` is for tests of what is stored."""
    with pytest.MonkeyPatch.context() as patch:
        for name, least in zip(ARGON2_COSTS, (1, 8), strict=True):
            patch.setattr(BookstoreArgon2PasswordHasher, name, least)
        yield


@pytest.fixture
def real_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash as the product does, PASSWORD of the users of the test too."""
    for name, cost in REAL_COSTS.items():
        monkeypatch.setattr(BookstoreArgon2PasswordHasher, name, cost)


@pytest.fixture(autouse=True)
def mails_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Send each mail where it is queued, in the transaction of the test, and in no thread."""
    monkeypatch.setattr(outbox, "wake", queue_send)
    monkeypatch.setattr(outbox, "start", lambda work: None)
    monkeypatch.setattr(deletion, "start_removing", lambda: None)


@pytest.fixture(autouse=True)
def admin_imports_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Import a file of the admin in the request that queues it, and in no thread."""
    monkeypatch.setattr(jobs, "wake", jobs.run_queued)
    monkeypatch.setattr(jobs, "start", lambda: None)


@pytest.fixture
def password_hash() -> str:
    """The Argon2id hash of PASSWORD, made once for each cost."""
    return _hash_of_password(
        *(getattr(BookstoreArgon2PasswordHasher, each) for each in ARGON2_COSTS)
    )


@cache
def _hash_of_password(*costs: int) -> str:
    # Whatever PASSWORD_HASHERS the test has that comes first.
    hasher = BookstoreArgon2PasswordHasher()
    return hasher.encode(PASSWORD, hasher.salt())


@pytest.fixture
def make_user(db: None, password_hash: str) -> Callable[..., User]:
    """Store a user whose password is PASSWORD, and whose address, if any, is confirmed."""

    def make(name: str, **fields: Any) -> User:
        if "email" in fields:
            fields.setdefault("email_confirmed_at", timezone.now())
        user: User = User.objects.create(name=name, password=password_hash, **fields)
        return user

    return make


@pytest.fixture
def ada(make_user: Callable[..., User]) -> User:
    """A plain user."""
    return make_user("ada", email="ada@example.org")


@pytest.fixture
def bob(make_user: Callable[..., User]) -> User:
    """Another plain user."""
    return make_user("bob")


@pytest.fixture
def boss(make_user: Callable[..., User]) -> User:
    """An admin."""
    return make_user("boss", admin=True)


@pytest.fixture
def anonymous() -> ConformingClient:
    """A client without credentials."""
    return ConformingClient()


@pytest.fixture
def client_of() -> Callable[[User], ConformingClient]:
    """Return a client whose user has just logged in by token, with a second factor if need be."""

    def client(user: User) -> ConformingClient:
        methods = ("pwd", "otp", "mfa")
        session = session_open(user=user, origin=Origin(actor=user), methods=methods)
        return ConformingClient(HTTP_AUTHORIZATION=f"Bearer {AccessToken.of(session)}")

    return client


@pytest.fixture
def token_of() -> Callable[..., str]:
    """Make an API token of the given user. Its scope is `books:write` unless others are given."""

    def make(user: User, *scopes: str, **chosen: Any) -> str:
        asked = NewToken(**{"name": "job", "days": 30, **chosen, "scopes": scopes or (WRITE,)})
        _, token = api_token_create(user=user, asked=asked, origin=Origin(actor=user))
        return token

    return make


@pytest.fixture
def job_of(token_of: Callable[..., str]) -> Callable[..., ConformingClient]:
    """Return a client that sends a new API token: see token_of."""

    def client(user: User, *scopes: str, **chosen: Any) -> ConformingClient:
        return ConformingClient(HTTP_AUTHORIZATION=f"Bearer {token_of(user, *scopes, **chosen)}")

    return client


@pytest.fixture
def make_book() -> Callable[..., Book]:
    """Store a book; every field but the owner has a default."""

    def make(owner: User, **fields: Any) -> Book:
        defaults = {"name": "Middlemarch", "author": "George Eliot", "publisher": "Blackwood"}
        return Book.objects.create(owner=owner, **{**defaults, **fields})

    return make


@pytest.fixture
def kept_connection(db: None) -> Iterator[None]:
    """Lets a test call a server's handler: it would close the connection of the test's transaction.

    Django's test client does the same around each of its requests.
    """
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def translated(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that gettext was called with, in the order of the calls."""
    texts: list[str] = []

    def noted(message: str) -> str:
        texts.append(message)
        return message

    monkeypatch.setattr("django.utils.translation._trans.gettext", noted)
    return texts
