"""Failed logins are limited for each address and each account, on every route that logs in."""

import base64
from collections.abc import Callable, Iterator
from typing import Any

import environ
import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.cache import cache
from django.test import Client

from accounts.models import LoginSession, User
from accounts.tokens.classes import RefreshToken
from bookstore_project.http.rate_limits import Limit
from tests.client import ConformingClient
from tests.redis_server import redis_server

pytestmark = pytest.mark.django_db

PASSWORD = "violet-Harbour-27"
HOME, STRANGER = "203.0.113.7", "198.51.100.1"

Limits = Callable[..., None]


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    with redis_server() as url:
        yield url


@pytest.fixture(autouse=True, params=["memory", "redis"])
def counters(request: pytest.FixtureRequest, settings: Any) -> None:
    """Count in the memory of this process, and in a cache that several processes share."""
    if request.param == "redis":
        url = request.getfixturevalue("redis_url")
        settings.CACHES = {"default": environ.Env.cache_url_config(url)}
        cache.clear()


@pytest.fixture
def limits(settings: Any) -> Limits:
    """Set quotas, all in a window of an hour."""

    def set_quotas(**quotas: int) -> None:
        named = {name.replace("_", "-"): (quota, 3600) for name, quota in quotas.items()}
        settings.RATE_LIMITS = {**settings.RATE_LIMITS, **named}

    return set_quotas


def by_json(name: str, password: str, address: str = STRANGER) -> Any:
    return ConformingClient(REMOTE_ADDR=address).post(
        "/api/v1/auth/token", {"name": name, "password": password}
    )


def by_basic(path: str, name: str, password: str, address: str = STRANGER) -> Any:
    credentials = base64.b64encode(f"{name}:{password}".encode()).decode()
    return ConformingClient(REMOTE_ADDR=address).post(
        path, HTTP_AUTHORIZATION=f"Basic {credentials}"
    )


DOORS: dict[str, Callable[[str, str], Any]] = {
    "JSON": by_json,
    "Basic": lambda name, password: by_basic("/api/v1/auth/token", name, password),
    "tutorial": lambda name, password: by_basic("/login", name, password),
    "tutorial's body": lambda name, password: ConformingClient().post(
        "/login", {"email": f"{name}@example.org", "password": password}
    ),
}


@pytest.mark.parametrize("door", DOORS)
def test_an_address_is_429_when_its_quota_is_spent(door: str, limits: Limits, ada: User) -> None:
    limits(login=2)
    statuses = [DOORS[door]("ada", PASSWORD).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    assert by_json("ada", PASSWORD, HOME).status_code == 200


@pytest.mark.parametrize("door", DOORS)
def test_failures_on_an_account_count_across_addresses_and_doors(
    door: str, limits: Limits, ada: User
) -> None:
    limits(failed_login=3)
    assert by_json("ada", "wrong", "192.0.2.1").status_code == 401
    assert by_basic("/login", "ADA", "wrong", "192.0.2.2").status_code == 401
    assert by_basic("/api/v1/auth/token", "Ａｄａ", "wrong", "192.0.2.3").status_code == 401
    # The counter of an address that was typed is not spent, and nobody is told that it is ada's.
    by_address = door == "tutorial's body"
    assert DOORS[door]("ada", PASSWORD).status_code == (401 if by_address else 429)
    assert not LoginSession.objects.exists()


def test_an_unknown_name_is_limited_like_a_known_one(limits: Limits) -> None:
    limits(failed_login=1)
    assert [by_json("nobody", "wrong").status_code for _ in range(2)] == [401, 429]


def test_names_too_long_to_be_anyones_share_a_quota(limits: Limits) -> None:
    limits(failed_login=1)
    statuses = [by_json(name * 300, "wrong").status_code for name in ("a", "b")]
    assert statuses == [401, 429]


def test_a_success_does_not_count_as_a_failure(limits: Limits, ada: User) -> None:
    limits(failed_login=2)
    assert {by_json("ada", PASSWORD).status_code for _ in range(5)} == {200}


def test_a_stranger_does_not_lock_the_owner_out(limits: Limits, ada: User) -> None:
    limits(failed_login=2, known_address=2)
    assert by_json("ada", PASSWORD, HOME).status_code == 200
    assert [by_json("ada", "wrong").status_code for _ in range(3)] == [401, 401, 429]

    # A successful login does not use up the allowance.
    assert [by_json("ada", PASSWORD, HOME).status_code for _ in range(3)] == [200] * 3
    assert by_json("ada", PASSWORD, STRANGER).status_code == 429
    # It is small, because others may share the network, and a wrong password does not reveal it.
    assert [by_json("ada", "wrong", HOME).status_code for _ in range(2)] == [429] * 2
    assert by_json("ada", PASSWORD, HOME).status_code == 429


@pytest.mark.parametrize("path", ["/admin/login/", "/api/session/login/"])
def test_an_address_is_known_by_a_login_in_the_browser_too(
    path: str, limits: Limits, boss: User
) -> None:
    limits(failed_login=1)
    form = {"username": "boss", "password": PASSWORD}
    assert Client(REMOTE_ADDR=HOME).post(path, form).status_code == 302
    assert [by_json("boss", "wrong").status_code for _ in range(2)] == [401, 429]
    assert Client(REMOTE_ADDR=HOME).post(path, form).status_code == 302
    assert Client(REMOTE_ADDR=STRANGER).post(path, form).status_code == 200


def test_a_name_that_no_database_takes_is_limited_all_the_same(limits: Limits) -> None:
    limits(failed_login=1)
    statuses = [by_basic("/login", "a\0b", "wrong", HOME).status_code for _ in range(2)]
    assert statuses == [401, 429]


def test_a_network_of_another_account_has_no_allowance(
    limits: Limits, ada: User, bob: User
) -> None:
    limits(failed_login=1, known_address=5)
    assert by_json("bob", PASSWORD).status_code == 200
    assert by_json("ada", "wrong").status_code == 401
    assert by_json("ada", PASSWORD).status_code == 429


def test_no_address_has_no_allowance(limits: Limits, ada: User) -> None:
    limits(failed_login=1, known_address=5)
    assert by_json("ada", PASSWORD, "").status_code == 200
    assert by_json("ada", "wrong", "").status_code == 401
    assert by_json("ada", PASSWORD, "").status_code == 429


def test_a_refused_attempt_is_not_hashed(
    limits: Limits, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits(login=0)

    def fail(*args: object) -> None:
        raise AssertionError("a password was hashed")

    monkeypatch.setattr(Argon2PasswordHasher, "verify", fail)
    monkeypatch.setattr(Argon2PasswordHasher, "encode", fail)
    assert by_json("ada", PASSWORD).status_code == 429
    assert by_json("nobody", PASSWORD).status_code == 429


def test_the_answers_say_how_the_limits_stand(limits: Limits, ada: User) -> None:
    limits(login=2, failed_login=5)
    response = by_json("ada", "wrong")
    assert response.headers["RateLimit-Policy"] == '"login";q=2;w=3600, "failed-login";q=5;w=3600'
    login, failed = response.headers["RateLimit"].split(", ")
    assert login.startswith('"login";r=1;t=')
    assert failed.startswith('"failed-login";r=4;t=')

    by_json("ada", "wrong")
    response = by_json("ada", "wrong")
    assert response.status_code == 429
    assert response.json()["code"] == "throttled"
    assert 1 <= int(response.headers["Retry-After"]) <= 3600
    assert response.headers["RateLimit"].startswith('"login";r=0;t=')


def test_an_answer_that_no_limit_is_for_has_no_such_fields(anonymous: ConformingClient) -> None:
    response = anonymous.get("/healthz")
    assert "RateLimit" not in response.headers


@pytest.mark.parametrize("path", ["/api/v1/auth/register", "/register"])
def test_registering_is_limited_for_each_address(path: str, limits: Limits) -> None:
    limits(register=1)
    answers = [
        ConformingClient(REMOTE_ADDR=address).post(path, {"name": name, "password": PASSWORD})
        for name, address in (("a1", STRANGER), ("a2", STRANGER), ("a3", HOME))
    ]
    success = 200 if path == "/register" else 201
    assert [answer.status_code for answer in answers] == [success, 429, success]
    assert answers[1].headers["RateLimit"].startswith('"register";r=0;t=')
    assert not User.objects.filter(name="a2").exists()


def test_refreshing_is_limited_for_each_address(limits: Limits, ada: User) -> None:
    limits(refresh=1)
    body = {"refresh": str(RefreshToken.for_user(ada))}
    statuses = [
        ConformingClient(REMOTE_ADDR=address).post("/api/v1/auth/token/refresh", body).status_code
        for address in (STRANGER, STRANGER, HOME)
    ]
    assert statuses == [200, 429, 200]


def test_a_forged_forwarding_header_changes_nothing(limits: Limits, ada: User) -> None:
    limits(login=1)
    statuses = [
        ConformingClient(REMOTE_ADDR=STRANGER, HTTP_X_FORWARDED_FOR=f"203.0.113.{number}")
        .post("/api/v1/auth/token", {"name": "ada", "password": PASSWORD})
        .status_code
        for number in range(2)
    ]
    assert statuses == [200, 429]


@pytest.mark.parametrize("path", ["/admin/login/", "/api/session/login/"])
def test_the_sign_in_pages_are_limited_too(path: str, limits: Limits, boss: User) -> None:
    limits(failed_login=1)
    client = Client(REMOTE_ADDR=STRANGER)
    client.post(path, {"username": "boss", "password": "wrong"})

    response = client.post(path, {"username": "boss", "password": PASSWORD})

    assert response.status_code == 200
    assert "There were too many attempts. Try again in" in response.content.decode()
    assert "_auth_user_id" not in client.session


def test_a_login_without_a_request_is_not_counted(limits: Limits, ada: User) -> None:
    """Django's own checks, and tests, have no address to count."""
    limits(login=0, failed_login=0)
    assert Client().login(username="ada", password=PASSWORD) is True


def test_a_window_that_ends_while_it_is_counted_begins_again() -> None:
    limit = Limit(name="test", quota=1, window=60)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cache, "add", lambda *args, **options: False)
        first = limit.take("someone")
    assert first.used == 1
    assert limit.take("someone").is_exceeded
    cache.clear()
    # Its window has passed, and nothing can be given back.
    first.give_back()
    assert not cache.get(first.counter)
