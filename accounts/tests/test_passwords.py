"""The rules for passwords. Long ones are refused before they are hashed."""

import base64

import pytest
from django.contrib.auth.password_validation import password_validators_help_texts
from django.core.exceptions import ValidationError

from accounts.login.passwords import MAXIMUM_LENGTH, MaximumLengthValidator
from accounts.models import User
from conftest import PASSWORD
from tests.client import ConformingClient
from tests.problems import field_codes

from .problems import JSON, ascii_json

REGISTER = "/api/v1/auth/register"
TOKEN = "/api/v1/auth/token"


def long_password(length: int) -> str:
    return (PASSWORD * 100)[:length]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("password", "codes"),
    [
        pytest.param("kV7-x", {"password_too_short"}, id="short"),
        pytest.param("sunshine1", {"password_too_common"}, id="common"),
        pytest.param("9184650273619", {"password_entirely_numeric"}, id="numeric"),
        pytest.param("lovelace-ada", {"password_too_similar"}, id="like the name"),
        pytest.param("countess-byron", {"password_too_similar"}, id="like the address"),
        pytest.param(
            "12345",
            {"password_too_short", "password_too_common", "password_entirely_numeric"},
            id="several",
        ),
    ],
)
def test_each_validator_refuses_with_its_code(
    anonymous: ConformingClient, hash_calls: list[str], password: str, codes: set[str]
) -> None:
    body = {"name": "lovelace-ada", "email": "countess-byron@example.org", "password": password}
    response = anonymous.post(REGISTER, body)
    assert response.status_code == 400
    assert field_codes(response) == {("#/password", code) for code in codes}
    assert hash_calls == []
    assert not User.objects.exists()


@pytest.mark.django_db
def test_1024_characters_register_and_log_in(anonymous: ConformingClient) -> None:
    body = {"name": "ada", "password": long_password(1024)}
    assert anonymous.post(REGISTER, body).status_code == 201
    assert anonymous.post(TOKEN, body).status_code == 200
    basic = base64.b64encode(f"ada:{body['password']}".encode()).decode()
    assert anonymous.post(TOKEN, HTTP_AUTHORIZATION=f"Basic {basic}").status_code == 200


@pytest.mark.django_db
def test_1024_characters_are_counted_not_bytes(anonymous: ConformingClient) -> None:
    body = {"name": "ada", "password": "\U0001f4d6x-Ü" * 256}
    assert anonymous.post(REGISTER, body).status_code == 201
    assert anonymous.post(TOKEN, body).status_code == 200


@pytest.mark.django_db
def test_registering_with_1025_characters_is_400_and_hashes_nothing(
    anonymous: ConformingClient, hash_calls: list[str]
) -> None:
    response = anonymous.post(REGISTER, {"name": "ada", "password": long_password(1025)})
    assert response.status_code == 400
    assert field_codes(response) == {("#/password", "max_length")}
    assert hash_calls == []
    assert not User.objects.exists()


@pytest.mark.django_db
def test_the_whole_password_counts(anonymous: ConformingClient) -> None:
    password = long_password(1024)
    anonymous.post(REGISTER, {"name": "ada", "password": password})
    response = anonymous.post(TOKEN, {"name": "ada", "password": password[:-1] + "!"})
    assert response.status_code == 401


@pytest.mark.django_db
def test_surrounding_spaces_are_part_of_a_password(anonymous: ConformingClient) -> None:
    padded = f"  {PASSWORD} "
    assert anonymous.post(REGISTER, {"name": "ada", "password": padded}).status_code == 201
    assert anonymous.post(TOKEN, {"name": "ada", "password": padded}).status_code == 200
    response = anonymous.post(TOKEN, {"name": "ada", "password": PASSWORD})
    assert response.status_code == 401


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("character", "code"),
    [
        pytest.param("\x00", "null_characters_not_allowed", id="NUL"),
        pytest.param("\ud800", "surrogate_characters_not_allowed", id="surrogate"),
    ],
)
def test_what_can_not_be_encoded_is_400(
    anonymous: ConformingClient, character: str, code: str
) -> None:
    body = ascii_json({"name": "ada", "password": PASSWORD + character})
    response = anonymous.post(REGISTER, body, content_type=JSON)
    assert response.status_code == 400
    assert field_codes(response) == {("#/password", code)}


def test_the_validator_of_forms_has_the_same_limit() -> None:
    validator = MaximumLengthValidator()
    validator.validate("x" * MAXIMUM_LENGTH)
    with pytest.raises(ValidationError) as refused:
        validator.validate("x" * (MAXIMUM_LENGTH + 1))
    assert refused.value.code == "password_too_long"


def test_the_limit_is_told_beside_the_other_rules() -> None:
    assert "The password can have at most 1,024 characters." in password_validators_help_texts()
