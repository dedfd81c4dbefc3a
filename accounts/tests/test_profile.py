"""GET and PATCH /api/v1/users/me."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from conftest import PASSWORD
from tests.client import ConformingClient
from tests.problems import field_codes

from .problems import JSON

ME = "/api/v1/users/me"

ClientOf = Callable[[User], ConformingClient]


def profile(user: User) -> dict[str, Any]:
    return {
        "public_id": str(user.public_id),
        "name": user.name,
        "email": user.email,
        "admin": user.admin,
        "is_active": True,
        "date_joined": user.date_joined.isoformat().replace("+00:00", "Z"),
    }


@pytest.mark.parametrize("path", [ME, ME + "/"])
def test_your_account_is_exactly_six_members(ada: User, client_of: ClientOf, path: str) -> None:
    response = client_of(ada).get(path)
    assert response.status_code == 200
    assert response.json() == profile(ada)


def test_an_admin_sees_their_own_account_there(boss: User, client_of: ClientOf) -> None:
    response = client_of(boss).get(ME)
    assert response.status_code == 200
    assert response.json() == profile(boss)


def test_changing_both_answers_the_changed_account(ada: User, client_of: ClientOf) -> None:
    response = client_of(ada).patch(ME, {"name": "Lovelace", "email": "l@example.org"})
    assert response.status_code == 200
    ada.refresh_from_db()
    assert response.json() == profile(ada)
    assert (ada.name, ada.name_key) == ("Lovelace", "lovelace")
    assert (ada.email, ada.email_key) == ("l@example.org", "l@example.org")


def test_the_new_name_logs_in_and_the_old_one_is_free(
    anonymous: ConformingClient, ada: User, client_of: ClientOf
) -> None:
    assert client_of(ada).patch(ME, {"name": "Lovelace"}).status_code == 200
    new = {"name": "LOVELACE", "password": PASSWORD}
    old = {"name": "ada", "password": PASSWORD}
    assert anonymous.post("/api/v1/auth/token", new).status_code == 200
    assert anonymous.post("/api/v1/auth/token", old).status_code == 401
    assert anonymous.post("/api/v1/auth/register", old).status_code == 201


def test_changing_the_name_keeps_the_address_and_the_other_way_round(
    ada: User, client_of: ClientOf
) -> None:
    client = client_of(ada)
    assert client.patch(ME, {"name": "lovelace"}).json()["email"] == "ada@example.org"
    assert client.patch(ME, {"email": "l@example.org"}).json()["name"] == "lovelace"
    ada.refresh_from_db()
    assert (ada.name, ada.email) == ("lovelace", "l@example.org")


def test_an_address_can_be_taken_away(ada: User, client_of: ClientOf) -> None:
    response = client_of(ada).patch(ME, {"email": None})
    assert response.status_code == 200
    assert response.json()["email"] is None
    ada.refresh_from_db()
    assert (ada.email, ada.email_key) == (None, None)


def test_a_name_can_not_be_taken_away(ada: User, client_of: ClientOf) -> None:
    response = client_of(ada).patch(ME, {"name": None})
    assert response.status_code == 400
    assert field_codes(response) == {("#/name", "null")}


def test_changing_nothing_is_200(ada: User, client_of: ClientOf) -> None:
    response = client_of(ada).patch(ME, {})
    assert response.status_code == 200
    assert response.json() == profile(ada)


@pytest.mark.parametrize("name", ["bob", "BOB", "Ｂｏｂ"])
def test_a_taken_name_is_409(ada: User, bob: User, client_of: ClientOf, name: str) -> None:
    response = client_of(ada).patch(ME, {"name": name, "email": "new@example.org"})
    assert response.status_code == 409
    assert response.json()["code"] == "name_taken"
    ada.refresh_from_db()
    assert (ada.name, ada.name_key, ada.email) == ("ada", "ada", "ada@example.org")


def test_a_taken_address_is_409(ada: User, bob: User, client_of: ClientOf) -> None:
    response = client_of(bob).patch(ME, {"name": "robert", "email": "ADA@Example.org"})
    assert response.status_code == 409
    assert response.json()["code"] == "email_taken"
    bob.refresh_from_db()
    assert (bob.name, bob.email) == ("bob", None)


def test_your_own_name_and_address_in_another_case_are_not_taken(
    ada: User, client_of: ClientOf
) -> None:
    response = client_of(ada).patch(ME, {"name": "ADA", "email": "ADA@Example.org"})
    assert response.status_code == 200
    ada.refresh_from_db()
    assert (ada.name, ada.email) == ("ADA", "ADA@Example.org")


def test_nothing_else_can_be_changed(ada: User, client_of: ClientOf) -> None:
    before = profile(ada)
    response = client_of(ada).patch(
        ME,
        {
            "admin": True,
            "is_active": False,
            "is_superuser": True,
            "is_staff": True,
            "public_id": "00000000-0000-4000-8000-000000000000",
            "date_joined": "1815-12-10T00:00:00Z",
            "password": "another-Harbour-28",
            "id": 77,
            "unknown": 1,
        },
    )
    assert response.status_code == 400
    read_only = ("admin", "is_active", "public_id", "date_joined")
    unknown = ("is_superuser", "is_staff", "password", "id", "unknown")
    assert field_codes(response) == {
        *((f"#/{member}", "read_only") for member in read_only),
        *((f"#/{member}", "unknown_member") for member in unknown),
    }
    stored = User.objects.get(pk=ada.pk)
    assert profile(stored) == before
    assert not stored.is_superuser
    assert stored.check_password(PASSWORD)


def test_an_account_may_be_sent_back_as_it_was_read(ada: User, client_of: ClientOf) -> None:
    client = client_of(ada)
    record = {**client.get(ME).json(), "name": "lovelace"}
    response = client.patch(ME, record)
    assert response.status_code == 200
    assert response.json() == record


@pytest.mark.parametrize("body", ["[]", '"x"', "1", "null"])
def test_a_body_that_is_no_object_is_400(ada: User, client_of: ClientOf, body: str) -> None:
    response = client_of(ada).patch(ME, body, content_type=JSON)
    assert response.status_code == 400


@pytest.mark.parametrize("method", ["put", "post", "delete"])
def test_an_account_is_neither_replaced_nor_deleted(
    ada: User, client_of: ClientOf, method: str
) -> None:
    response = getattr(client_of(ada), method)(ME)
    assert response.status_code == 405
    assert response.json()["code"] == "method_not_allowed"
    assert User.objects.filter(pk=ada.pk).exists()


def test_reading_your_account_asks_the_database_once(
    ada: User, client_of: ClientOf, django_assert_num_queries: Callable[[int], Any]
) -> None:
    client = client_of(ada)
    with django_assert_num_queries(1):
        client.get(ME)
