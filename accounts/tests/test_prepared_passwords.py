"""Passwords are compared in the form of RFC 8265, with one hash for each attempt."""

import base64
import unicodedata
from collections.abc import Callable
from io import StringIO
from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, PBKDF2PasswordHasher, make_password
from django.core.management import call_command
from django.test import Client

from accounts.api.serializers.fields import NewPasswordField
from accounts.identity.passwords import is_of_prepared, is_opaque_string, prepared
from accounts.login.hashers import BookstoreArgon2PasswordHasher
from accounts.models import User
from accounts.services.password_reset import reset_token
from conftest import PASSWORD
from tests.client import ConformingClient
from tests.problems import field_codes

ClientOf = Callable[[User], ConformingClient]

TOKEN = "/api/v1/auth/token"
REGISTER = "/api/v1/auth/register"

# U+00A0 and U+3000 are spaces of other kinds.
NFC = "Grüße an\u00a0Zoë"
NFD = unicodedata.normalize("NFD", "Grüße\u3000an Zoë")
WRONG = "Grüsse an Zoe"


def by_json(name: str, password: str) -> bool:
    response = ConformingClient().post(TOKEN, {"name": name, "password": password})
    return bool(response.status_code == 200)


def by_basic(name: str, password: str) -> bool:
    credentials = base64.b64encode(f"{name}:{password}".encode()).decode()
    response = ConformingClient().post(TOKEN, HTTP_AUTHORIZATION=f"Basic {credentials}")
    return bool(response.status_code == 200)


def by_tutorial(name: str, password: str) -> bool:
    credentials = base64.b64encode(f"{name}:{password}".encode()).decode()
    response = ConformingClient().post("/login", HTTP_AUTHORIZATION=f"Basic {credentials}")
    return bool(response.status_code == 200)


def by_form(name: str, password: str) -> bool:
    form = {"username": name, "password": password}
    return bool(Client().post("/api/session/login/", form).status_code == 302)


def by_admin(name: str, password: str) -> bool:
    form = {"username": name, "password": password}
    return bool(Client().post("/admin/login/", form).status_code == 302)


DOORS = [by_json, by_basic, by_tutorial, by_form, by_admin]
Door = Callable[[str, str], bool]


def old_hash(password: str) -> str:
    """Return the hash that the release before makes of a password as it is typed."""
    hasher = BookstoreArgon2PasswordHasher()
    encoded: str = Argon2PasswordHasher.encode(hasher, password, Argon2PasswordHasher.salt(hasher))
    return encoded


@pytest.mark.parametrize(("stored", "typed"), [(NFC, NFD), (NFD, NFC)])
@pytest.mark.parametrize("door", DOORS)
def test_a_password_logs_in_in_each_of_its_forms_with_one_hash(
    db: None, hash_calls: list[str], door: Door, stored: str, typed: str
) -> None:
    User.objects.create_user("ada", stored, admin=True)
    for password, is_right in [(typed, True), (stored, True), (WRONG, False)]:
        hash_calls.clear()
        assert door("ada", password) is is_right
        assert hash_calls == ["argon2.verify"]


@pytest.mark.parametrize("door", DOORS)
def test_an_old_hash_is_verified_as_typed_and_replaced(
    make_user: Callable[..., User], hash_calls: list[str], door: Door
) -> None:
    user = make_user("ada", admin=True)
    User.objects.filter(pk=user.pk).update(password=old_hash(NFD))
    hash_calls.clear()
    assert door("ada", WRONG) is False
    assert hash_calls == ["argon2.verify"]
    hash_calls.clear()
    assert door("ada", NFD) is True
    assert hash_calls == ["argon2.verify", "argon2.encode"]
    hash_calls.clear()
    assert door("ada", NFC) is True
    assert hash_calls == ["argon2.verify"]


def test_an_old_hash_of_ascii_stays(make_user: Callable[..., User], hash_calls: list[str]) -> None:
    user = make_user("ada")
    stored = old_hash(PASSWORD)
    User.objects.filter(pk=user.pk).update(password=stored)
    hash_calls.clear()
    assert by_json("ada", PASSWORD)
    assert hash_calls == ["argon2.verify"]
    user.refresh_from_db()
    assert user.password == stored


@pytest.mark.parametrize("password", [NFC, NFD, WRONG, PASSWORD, "\x7f\u200d\U0001f9d1", "\u0378"])
@pytest.mark.parametrize("door", DOORS)
def test_an_unknown_name_an_old_hash_and_a_new_one_take_one_hash_for_a_wrong_password(
    make_user: Callable[..., User], hash_calls: list[str], door: Door, password: str
) -> None:
    old, _ = make_user("old", admin=True), make_user("new", admin=True)
    User.objects.filter(pk=old.pk).update(password=old_hash("something else"))
    numbers = []
    for name in ("nobody", "old", "new"):
        hash_calls.clear()
        if name != "new" or password != PASSWORD:
            assert door(name, password) is False
            numbers.append(len(hash_calls))
    assert set(numbers) == {1}


def test_a_server_of_the_release_before_verifies_a_new_hash(hash_calls: list[str]) -> None:
    made = make_password(NFC)
    before = Argon2PasswordHasher()
    for name in ("time_cost", "memory_cost", "parallelism"):
        setattr(before, name, getattr(BookstoreArgon2PasswordHasher, name))
    assert is_of_prepared(made)
    assert before.verify(prepared(NFC), made)
    # It doesn't replace the hash.
    assert not before.must_update(made)


def test_a_hash_of_another_program_is_verified_as_typed(db: None) -> None:
    old = PBKDF2PasswordHasher().encode(NFD, "saltsaltsaltsaltsaltsa", 1000)
    assert not is_of_prepared(old)
    User.objects.create(name="ada", password=old)
    assert not by_json("ada", NFC)
    assert by_json("ada", NFD)
    assert by_json("ada", NFC)


def change(client: ConformingClient, user: User, password: str) -> Any:
    body = {"current_password": PASSWORD, "new_password": password}
    return client.post("/api/v1/users/me/password", body)


def reset(client: ConformingClient, user: User, password: str) -> Any:
    body = {"token": reset_token(user), "new_password": password}
    return client.post("/api/v1/auth/password-reset/confirm", body)


@pytest.mark.parametrize("way", [change, reset])
def test_a_new_password_of_each_way_is_prepared(
    ada: User, client_of: ClientOf, way: Callable[..., Any]
) -> None:
    assert way(client_of(ada), ada, NFD).status_code in (200, 204)
    assert by_json("ada", NFC)
    ada.refresh_from_db()
    assert is_of_prepared(ada.password)


@pytest.mark.django_db
@pytest.mark.parametrize("path", [REGISTER, "/register"])
def test_a_registered_password_is_prepared(anonymous: ConformingClient, path: str) -> None:
    body = {"name": "ada", "password": NFD}
    assert anonymous.post(path, body).status_code in (200, 201)
    assert by_json("ada", NFC)


def test_the_commands_and_the_admin_prepare_a_password(
    boss: User, admin_of: Callable[[User], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", NFD)
    call_command("createsuperuser", "--noinput", "--name", "root", verbosity=0)
    assert by_json("root", NFC)
    ada = User.objects.create(name="ada")
    with patch("getpass.getpass", return_value=NFD):
        call_command("changepassword", "ada", stdout=StringIO())
    assert by_json("ada", NFC)
    form = {"usable_password": "true", "password1": f"{NFD}!", "password2": f"{NFD}!"}
    path = f"/admin/accounts/user/{ada.pk}/password/"
    assert admin_of(boss).post(path, form).status_code == 302
    assert by_json("ada", f"{NFC}!")


@pytest.mark.parametrize("typed", [NFC, NFD])
def test_the_current_password_is_taken_in_each_form(
    db: None, client_of: ClientOf, hash_calls: list[str], typed: str
) -> None:
    client = client_of(User.objects.create_user("ada", NFC))
    hash_calls.clear()
    body = {"name": "lovelace", "current_password": typed}
    assert client.patch("/api/v1/users/me", body).status_code == 200
    assert hash_calls == ["argon2.verify"]


REFUSED = [
    pytest.param("violet\tHarbour-27", id="tab"),
    pytest.param("violet\x7fHarbour-27", id="delete"),
    pytest.param("violet\u200bHarbour-27", id="zero-width space"),
    pytest.param("violet\u200dHarbour-27", id="joiner out of its context"),
    pytest.param("violet\ufe0fHarbour-27", id="variation selector"),
    pytest.param("violet\u0378Harbour-27", id="unassigned"),
    pytest.param("violet\ue000Harbour-27", id="private use"),
]


@pytest.mark.parametrize("password", REFUSED)
def test_what_rfc_8265_refuses_is_400_for_a_new_password(
    ada: User, anonymous: ConformingClient, client_of: ClientOf, password: str
) -> None:
    answers = [
        anonymous.post(REGISTER, {"name": "kim", "password": password}),
        change(client_of(ada), ada, password),
        reset(anonymous, ada, password),
    ]
    for answer, field in zip(answers, ("password", "new_password", "new_password"), strict=True):
        assert answer.status_code == 400
        assert field_codes(answer) == {(f"#/{field}", "password_characters")}
    response = anonymous.post("/register", {"name": "kim", "password": password})
    assert response.status_code == 400
    assert "invisible characters" in response.json()["message"]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("password", [case.values[0] for case in REFUSED])
def test_who_has_such_a_password_from_before_logs_in(
    make_user: Callable[..., User], door: Door, password: str
) -> None:
    user = make_user("ada", admin=True)
    User.objects.filter(pk=user.pk).update(password=old_hash(password))
    assert door("ada", password) is True
    assert door("ada", f"{password}x") is False


@pytest.mark.django_db
def test_a_letter_and_its_accent_are_one_character_of_the_least_length(
    anonymous: ConformingClient,
) -> None:
    for password, status in [("u\u0308o\u0308a\u0308x" * 2, 201), ("e\u0308x" * 3, 400)]:
        body = {"name": f"ada{status}", "password": password}
        assert anonymous.post(REGISTER, body).status_code == status


@pytest.mark.django_db
def test_the_least_length_is_a_setting(anonymous: ConformingClient, settings: Any) -> None:
    validators = settings.AUTH_PASSWORD_VALIDATORS
    settings.AUTH_PASSWORD_VALIDATORS = [
        {**each, "OPTIONS": {"min_length": 15}}
        if each["NAME"].endswith(".MinimumLengthValidator")
        else each
        for each in validators
    ]
    response = anonymous.post(REGISTER, {"name": "ada", "password": "kV7-x-kV7-x-kV"})
    assert field_codes(response) == {("#/password", "password_too_short")}
    assert "at least 15 characters" in response.json()["errors"][0]["detail"]
    body = {"name": "ada", "password": "kV7-x-kV7-x-kV7"}
    assert anonymous.post(REGISTER, body).status_code == 201


def test_the_least_length_is_in_the_document(settings: Any) -> None:
    settings.PASSWORD_MIN_LENGTH = 15
    schema = NewPasswordField().request_schema
    assert schema["minLength"] == 15
    assert schema["description"].startswith("At least 15 characters")


@pytest.mark.parametrize(
    ("typed", "form"),
    [
        ("abc", "abc"),
        ("a\tb", "a\tb"),
        ("e\u0301", "é"),
        ("a\u00a0b\u2003c\u3000d\u1680e", "a b c d e"),
        ("\u212b", "Å"),
        # Not compatibility forms: these stay different (RFC 8265 section 4.2.2).
        ("ﬁ２", "ﬁ２"),
        ("Σ", "Σ"),
        ("", ""),
    ],
)
def test_the_prepared_form_is_that_of_the_rfc(typed: str, form: str) -> None:
    assert prepared(typed) == form
    assert prepared(form) == form


def test_the_empty_text_is_no_password() -> None:
    assert not is_opaque_string("")
    assert is_opaque_string(NFD)
