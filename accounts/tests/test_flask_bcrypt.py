"""Hashes of Flask-Bcrypt verify at the next login, which upgrades them to Argon2id."""

import base64

import bcrypt
import pytest
from django.contrib.auth.hashers import get_hasher, identify_hasher

from accounts.login.flask_bcrypt import stored_form
from accounts.models import User
from tests.client import ConformingClient

pytestmark = pytest.mark.django_db

PASSWORD = "violet-Harbour-27"
# Written by Flask-Bcrypt 1.0.1 with four rounds.
OLD = "$2b$04$TD.QlhKh5MY0ob0l58LMI.ApZ9xzF5aZxpH/mAxDHp4tjqXJzryuy"
STORED = f"flask_bcrypt${OLD}"


@pytest.fixture
def newcomer() -> User:
    user: User = User.objects.create(name="grace", password=STORED)
    return user


def log_in(password: str) -> int:
    credentials = base64.b64encode(f"grace:{password}".encode()).decode()
    response = ConformingClient().post("/login", HTTP_AUTHORIZATION=f"Basic {credentials}")
    status: int = response.status_code
    return status


@pytest.mark.usefixtures("real_hashing")
def test_the_old_password_logs_in_and_its_hash_becomes_argon2id(newcomer: User) -> None:
    assert log_in(PASSWORD) == 200
    newcomer.refresh_from_db()
    assert newcomer.password.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert log_in(PASSWORD) == 200


@pytest.mark.parametrize("password", ["violet-Harbour-28", "x" * 1024, "\0"])
def test_a_wrong_password_is_401_and_leaves_the_hash(password: str, newcomer: User) -> None:
    assert log_in(password) == 401
    newcomer.refresh_from_db()
    assert newcomer.password == STORED


def test_a_wrong_password_costs_a_hash_of_ours_too(newcomer: User, hash_calls: list[str]) -> None:
    assert log_in("violet-Harbour-28") == 401
    assert hash_calls.count("argon2.encode") == 1


@pytest.mark.parametrize("version", ["2a", "2b", "2y"])
def test_each_version_verifies(version: str) -> None:
    stored = stored_form(OLD.replace("2b", version, 1))
    assert stored is not None
    assert get_hasher("flask_bcrypt").verify(PASSWORD, stored)


def test_what_is_behind_the_72nd_byte_does_not_count_as_it_never_did() -> None:
    stored = stored_form(bcrypt.hashpw(b"x" * 72, bcrypt.gensalt(4)).decode())
    assert stored is not None
    assert get_hasher("flask_bcrypt").verify("x" * 80, stored)


def test_a_summary_shows_no_part_of_salt_or_hash() -> None:
    assert identify_hasher(STORED).safe_summary(STORED) == {
        "algorithm": "flask_bcrypt",
        "version": "2b",
        "cost": "04",
    }


def test_django_never_hardens_with_it() -> None:
    hasher = get_hasher("flask_bcrypt")
    hasher.harden_runtime(PASSWORD, STORED)
    assert hasher.verify(PASSWORD, STORED)


@pytest.mark.parametrize(
    "old_hash",
    [
        "",
        OLD[:-1],
        f"{OLD}\n",
        f"{OLD[:-1]}!",
        OLD.replace("2b", "2x", 1),
        OLD.replace("58LMI.", "58LMIx"),
        OLD.replace("$04$", "$03$"),
        OLD.replace("$04$", "$16$"),
    ],
)
def test_what_could_not_be_verified_or_would_take_minutes_has_none(old_hash: str) -> None:
    assert stored_form(old_hash) is None
