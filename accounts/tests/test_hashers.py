"""The hashes of passwords, and the upgrade of older ones."""

from base64 import b64encode

import pytest
from django.contrib.auth.hashers import (
    Argon2PasswordHasher,
    BasePasswordHasher,
    PBKDF2PasswordHasher,
    PBKDF2SHA1PasswordHasher,
    ScryptPasswordHasher,
    make_password,
)
from hypothesis import example, given
from hypothesis import strategies as st

from accounts.login.hashers import BookstoreArgon2PasswordHasher
from accounts.models import User
from conftest import PASSWORD
from tests.client import ConformingClient

pytestmark = pytest.mark.usefixtures("real_hashing")

TOKEN = "/api/v1/auth/token"
ARGON2ID = "argon2$argon2id$v=19$m=19456,t=2,p=1$"
OLD_HASHERS = [PBKDF2PasswordHasher, PBKDF2SHA1PasswordHasher, ScryptPasswordHasher]


def old_hash(hasher: BasePasswordHasher) -> str:
    """Return an older hash of PASSWORD, with few rounds to be quick."""
    if isinstance(hasher, PBKDF2PasswordHasher):
        return hasher.encode(PASSWORD, "saltsaltsaltsaltsaltsa", 1000)
    if isinstance(hasher, ScryptPasswordHasher):
        return hasher.encode(PASSWORD, "saltsaltsaltsaltsaltsa", n=1024)
    return hasher.encode(PASSWORD, "saltsaltsaltsaltsaltsa")


def base64(size: int) -> st.SearchStrategy[str]:
    """Return random bytes as Argon2 writes them, without padding."""
    encoded = st.binary(min_size=size, max_size=size).map(b64encode)
    return encoded.map(lambda text: text.decode().rstrip("="))


@given(
    variety=st.sampled_from(["argon2id", "argon2i"]),
    version=st.sampled_from([16, 19]),
    costs=st.tuples(st.sampled_from([19455, 19456]), st.integers(1, 3), st.integers(1, 2)),
    salt=st.integers(20, 24).flatmap(base64),
    digest=st.integers(31, 33).flatmap(base64),
)
@example("argon2id", 19, (19456, 2, 1), "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dg", "a" * 43)
def test_django_says_which_hash_is_of_today(
    variety: str, version: int, costs: tuple[int, int, int], salt: str, digest: str
) -> None:
    memory, time, lanes = costs
    stored = f"argon2${variety}$v={version}$m={memory},t={time},p={lanes}${salt}${digest}"
    hasher = BookstoreArgon2PasswordHasher()
    assert hasher.must_update(stored) == Argon2PasswordHasher.must_update(hasher, stored)


def test_a_hash_that_is_made_now_is_not_taken_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    made = make_password(PASSWORD)
    monkeypatch.setattr(Argon2PasswordHasher, "must_update", None)
    assert not BookstoreArgon2PasswordHasher().must_update(made)


@pytest.mark.parametrize("cost", ["memory_cost", "time_cost", "parallelism"])
def test_a_hash_of_another_cost_is_replaced_once_the_cost_is_raised(
    cost: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_password(PASSWORD)
    hasher = BookstoreArgon2PasswordHasher()
    assert not hasher.must_update(made)
    monkeypatch.setattr(BookstoreArgon2PasswordHasher, cost, 2 * getattr(hasher, cost))
    assert hasher.must_update(made)


@pytest.mark.django_db
def test_a_registered_password_is_stored_as_argon2id(anonymous: ConformingClient) -> None:
    response = anonymous.post("/api/v1/auth/register", {"name": "ada", "password": PASSWORD})
    assert response.status_code == 201
    assert User.objects.get().password.startswith(ARGON2ID)


@pytest.mark.django_db
@pytest.mark.parametrize("hasher", [*OLD_HASHERS, Argon2PasswordHasher])
def test_an_old_hash_verifies_and_becomes_argon2id_at_login(
    anonymous: ConformingClient, hasher: type[BasePasswordHasher]
) -> None:
    ada = User.objects.create(name="ada", password=old_hash(hasher()))
    body = {"name": "ada", "password": PASSWORD}
    assert anonymous.post(TOKEN, body).status_code == 200
    ada.refresh_from_db()
    assert ada.password.startswith(ARGON2ID)
    assert anonymous.post(TOKEN, body).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("hasher", OLD_HASHERS)
def test_a_wrong_password_leaves_an_old_hash_alone(
    anonymous: ConformingClient, hasher: type[BasePasswordHasher]
) -> None:
    stored = old_hash(hasher())
    ada = User.objects.create(name="ada", password=stored)
    response = anonymous.post(TOKEN, {"name": "ada", "password": "wrong"})
    assert response.status_code == 401
    ada.refresh_from_db()
    assert ada.password == stored


@pytest.mark.django_db
@pytest.mark.parametrize("stored", ["", "!", "plain", "md5$salt$hash"])
def test_a_hash_that_can_not_be_read_is_a_wrong_password(
    anonymous: ConformingClient, stored: str
) -> None:
    User.objects.create(name="ada", password=stored)
    response = anonymous.post(TOKEN, {"name": "ada", "password": PASSWORD})
    assert response.status_code == 401
    assert response.json()["code"] == "invalid_credentials"


def test_an_up_to_date_hash_is_not_written_again(anonymous: ConformingClient, ada: User) -> None:
    assert anonymous.post(TOKEN, {"name": "ada", "password": PASSWORD}).status_code == 200
    stored = ada.password
    ada.refresh_from_db()
    assert ada.password == stored
