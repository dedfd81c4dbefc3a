"""POST /api/v1/auth/register."""

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from accounts.models import User
from conftest import PASSWORD
from tests.client import ConformingClient
from tests.problems import field_codes

from .problems import JSON

REGISTER = "/api/v1/auth/register"


def register(client: ConformingClient, **body: Any) -> Any:
    return client.post(REGISTER, {"name": "Ada", "password": PASSWORD, **body})


@pytest.mark.django_db
def test_registering_is_201_with_the_whole_account(anonymous: ConformingClient) -> None:
    response = register(anonymous, email="ada@example.org")
    assert response.status_code == 201
    body = response.json()
    user = User.objects.get()
    assert uuid.UUID(body.pop("public_id")) == user.public_id
    assert datetime.fromisoformat(body.pop("date_joined")) == user.date_joined
    assert body == {
        "name": "Ada",
        "email": "ada@example.org",
        "admin": False,
        "editor": False,
        "is_active": True,
        "second_factor": False,
    }
    assert user.name == "Ada"
    assert user.email == "ada@example.org"
    assert user.check_password(PASSWORD)


@pytest.mark.django_db
def test_the_answer_holds_neither_the_password_nor_its_hash(anonymous: ConformingClient) -> None:
    response = register(anonymous)
    assert response.status_code == 201
    assert PASSWORD not in response.content.decode()
    assert "argon2" not in response.content.decode()


@pytest.mark.django_db
def test_a_refusal_does_not_repeat_the_password(anonymous: ConformingClient) -> None:
    response = register(anonymous, name="a:b")
    assert response.status_code == 400
    assert PASSWORD not in response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("body", [{}, {"email": None}])
def test_an_address_is_optional(anonymous: ConformingClient, body: dict[str, Any]) -> None:
    response = register(anonymous, **body)
    assert response.status_code == 201
    assert response.json()["email"] is None
    user = User.objects.get()
    assert user.email is None
    assert user.email_key is None


@pytest.mark.django_db
def test_two_accounts_without_an_address_do_not_conflict(anonymous: ConformingClient) -> None:
    assert register(anonymous, name="ada").status_code == 201
    assert register(anonymous, name="bob").status_code == 201
    assert User.objects.count() == 2


@pytest.mark.django_db
def test_nobody_registers_as_an_admin_or_under_an_id_of_their_choice(
    anonymous: ConformingClient,
) -> None:
    chosen = "00000000-0000-4000-8000-000000000000"
    response = register(
        anonymous,
        admin=True,
        is_superuser=True,
        is_staff=True,
        is_active=False,
        public_id=chosen,
        id=77,
        date_joined="1815-12-10T00:00:00Z",
    )
    assert response.status_code == 400
    read_only = ("admin", "is_active", "public_id", "date_joined")
    unknown = ("is_superuser", "is_staff", "id")
    assert field_codes(response) == {
        *((f"#/{member}", "read_only") for member in read_only),
        *((f"#/{member}", "unknown_member") for member in unknown),
    }
    assert not User.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("member", ["name", "password"])
@pytest.mark.parametrize(
    ("value", "code"), [(None, "null"), ("", "blank"), ([], "invalid"), (True, "invalid")]
)
def test_name_and_password_must_be_text(
    anonymous: ConformingClient, member: str, value: Any, code: str
) -> None:
    response = register(anonymous, **{member: value})
    assert response.status_code == 400
    assert field_codes(response) == {(f"#/{member}", code)}
    assert not User.objects.exists()


@pytest.mark.django_db
def test_name_and_password_are_required(anonymous: ConformingClient) -> None:
    response = anonymous.post(REGISTER, {})
    assert response.status_code == 400
    assert response.json()["code"] == "validation_error"
    assert field_codes(response) == {("#/name", "required"), ("#/password", "required")}


@pytest.mark.django_db
def test_a_body_that_is_no_object_is_400(anonymous: ConformingClient) -> None:
    response = anonymous.post(REGISTER, "[1]", content_type=JSON)
    assert response.status_code == 400
    assert field_codes(response) == {("#", "invalid")}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("taken", "wanted"),
    [
        ("ada", "ada"),
        ("ada", "ADA"),
        ("Straße", "STRASSE"),
        ("STRASSE", "straße"),
        ("ada", "Ａｄａ"),
        ("é", "e\u0301"),
        ("ada", "  ada  "),
    ],
)
def test_a_name_is_taken_in_any_case_and_unicode_form(
    *,
    anonymous: ConformingClient,
    make_user: Callable[..., User],
    hash_calls: list[str],
    taken: str,
    wanted: str,
) -> None:
    make_user(taken)
    response = register(anonymous, name=wanted)
    assert response.status_code == 409
    assert response.json()["code"] == "name_taken"
    assert hash_calls == []
    assert [user.name for user in User.objects.all()] == [taken]


@pytest.mark.django_db
def test_the_name_of_an_inactive_account_stays_taken(
    anonymous: ConformingClient, make_user: Callable[..., User]
) -> None:
    make_user("ada", is_active=False)
    response = register(anonymous, name="ada")
    assert response.status_code == 409
    assert response.json()["code"] == "name_taken"


@pytest.mark.django_db
def test_an_address_is_taken_in_any_case(anonymous: ConformingClient, ada: User) -> None:
    response = register(anonymous, name="lovelace", email="ADA@Example.ORG")
    assert response.status_code == 409
    assert response.json()["code"] == "email_taken"
    assert User.objects.get() == ada


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("rival", "code"),
    [({"name": "ADA"}, "name_taken"), ({"name": "b", "email": "A@EXAMPLE.ORG"}, "email_taken")],
)
def test_of_two_registrations_at_once_the_second_is_409(
    *,
    anonymous: ConformingClient,
    make_user: Callable[..., User],
    monkeypatch: pytest.MonkeyPatch,
    rival: dict[str, str],
    code: str,
) -> None:
    set_password = User.set_password

    def overtaken(user: User, password: str | None) -> None:
        """The rival is stored while this registration, already checked, hashes its password."""
        make_user(**rival)
        set_password(user, password)

    monkeypatch.setattr(User, "set_password", overtaken)
    response = register(anonymous, name="ada", email="a@example.org")
    assert response.status_code == 409
    assert response.json()["code"] == code
    assert User.objects.get().name == rival["name"]


@pytest.mark.django_db
def test_a_stale_token_is_not_in_the_way(anonymous: ConformingClient) -> None:
    response = anonymous.post(
        REGISTER, {"name": "Ada", "password": PASSWORD}, HTTP_AUTHORIZATION="Bearer stale"
    )
    assert response.status_code == 201


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_register_takes_post_alone(anonymous: ConformingClient, method: str) -> None:
    response = getattr(anonymous, method)(REGISTER)
    assert response.status_code == 405
    assert response.json()["code"] == "method_not_allowed"
