"""How passwords are stored, and how older hashes are brought up to date."""

import pytest
from django.contrib.auth.hashers import (
    Argon2PasswordHasher,
    BasePasswordHasher,
    PBKDF2PasswordHasher,
    PBKDF2SHA1PasswordHasher,
    ScryptPasswordHasher,
)

from accounts.models import User
from conftest import PASSWORD
from tests.client import ConformingClient

pytestmark = pytest.mark.usefixtures("real_hashing")

TOKEN = "/api/v1/auth/token"
ARGON2ID = "argon2$argon2id$v=19$m=19456,t=2,p=1$"
OLD_HASHERS = [PBKDF2PasswordHasher, PBKDF2SHA1PasswordHasher, ScryptPasswordHasher]


def old_hash(hasher: BasePasswordHasher) -> str:
    """Return a hash of PASSWORD as an older database has it, with few rounds to be quick."""
    if isinstance(hasher, PBKDF2PasswordHasher):
        return hasher.encode(PASSWORD, "saltsaltsaltsaltsaltsa", 1000)
    if isinstance(hasher, ScryptPasswordHasher):
        return hasher.encode(PASSWORD, "saltsaltsaltsaltsaltsa", n=1024)
    return hasher.encode(PASSWORD, "saltsaltsaltsaltsaltsa")


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
