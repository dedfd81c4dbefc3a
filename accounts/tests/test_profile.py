"""GET and PATCH /api/v1/users/me."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import AuthEvent, User
from conftest import PASSWORD
from tests.client import ConformingClient
from tests.problems import field_codes

from .problems import JSON

ME = "/api/v1/users/me"

ClientOf = Callable[[User], ConformingClient]


def renaming(name: str | None, password: str = PASSWORD) -> dict[str, Any]:
    return {"name": name, "current_password": password}


def profile(user: User) -> dict[str, Any]:
    return {
        "public_id": str(user.public_id),
        "name": user.name,
        "email": user.email,
        "email_confirmed_at": user.email_confirmed_at
        and user.email_confirmed_at.isoformat().replace("+00:00", "Z"),
        "admin": user.admin,
        "editor": user.editor,
        "is_active": True,
        "second_factor": False,
        "date_joined": user.date_joined.isoformat().replace("+00:00", "Z"),
    }


@pytest.mark.parametrize("path", [ME, ME + "/"])
def test_your_account_has_these_members_alone(ada: User, client_of: ClientOf, path: str) -> None:
    response = client_of(ada).get(path)
    assert response.status_code == 200
    assert response.json() == profile(ada)


def test_an_admin_sees_their_own_account_there(boss: User, client_of: ClientOf) -> None:
    response = client_of(boss).get(ME)
    assert response.status_code == 200
    assert response.json() == profile(boss)


def test_changing_the_name_answers_the_changed_account(ada: User, client_of: ClientOf) -> None:
    response = client_of(ada).patch(ME, renaming("Lovelace"))
    assert response.status_code == 200
    ada.refresh_from_db()
    assert response.json() == profile(ada)
    assert (ada.name, ada.name_key) == ("Lovelace", "lovelace")
    assert (ada.email, ada.email_key) == ("ada@example.org", "ada@example.org")


@pytest.mark.parametrize("email", ["l@example.org", None])
def test_an_address_is_refused_rather_than_passed_over(
    ada: User, client_of: ClientOf, email: str | None
) -> None:
    response = client_of(ada).patch(ME, {"name": "lovelace", "email": email})
    assert response.status_code == 400
    assert field_codes(response) == {("#/email", "read_only")}
    (error,) = response.json()["errors"]
    assert error["detail"] == "Change it with POST /api/v1/users/me/email."
    ada.refresh_from_db()
    assert (ada.name, ada.email) == ("ada", "ada@example.org")


def test_the_new_name_logs_in_and_the_old_one_does_not(
    anonymous: ConformingClient, ada: User, client_of: ClientOf
) -> None:
    assert client_of(ada).patch(ME, renaming("Lovelace")).status_code == 200
    new = {"name": "LOVELACE", "password": PASSWORD}
    old = {"name": "ada", "password": PASSWORD}
    assert anonymous.post("/api/v1/auth/token", new).status_code == 200
    assert anonymous.post("/api/v1/auth/token", old).status_code == 401


@pytest.mark.parametrize("name", ["lovelace", "ADA", "Ａｄａ"])
def test_another_name_needs_the_password(ada: User, client_of: ClientOf, name: str) -> None:
    client = client_of(ada)
    missing = client.patch(ME, {"name": name})
    assert missing.status_code == 400
    assert field_codes(missing) == {("#/current_password", "required")}
    wrong = client.patch(ME, renaming(name, "wrong"))
    assert wrong.status_code == 403
    assert wrong.json()["code"] == "wrong_password"
    ada.refresh_from_db()
    assert ada.name == "ada"
    assert client.patch(ME, renaming(name)).status_code == 200


def test_a_browser_is_asked_for_the_password_too(ada: User) -> None:
    browser = ConformingClient()
    browser.force_login(ada)
    assert browser.patch(ME, {"name": "lovelace"}).status_code == 400
    assert browser.patch(ME, renaming("lovelace", "wrong")).status_code == 403
    assert browser.patch(ME, renaming("lovelace")).status_code == 200


def test_a_wrong_password_is_recorded_and_limited(
    ada: User, bob: User, client_of: ClientOf, settings: Any
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "failed-login": (2, 3600)}
    client = client_of(ada)
    # Checked before the response says whether the name is taken.
    answers = [client.patch(ME, renaming(bob.name, "wrong")).status_code for _ in range(3)]
    assert answers == [403, 403, 429]
    assert AuthEvent.objects.filter(kind="password_wrong", subject_id=ada.public_id).count() == 2


@pytest.mark.parametrize("body", [{}, {"name": "ada"}, {"name": " ada "}])
def test_no_other_name_needs_no_password(
    ada: User, client_of: ClientOf, body: dict[str, str], hash_calls: list[str]
) -> None:
    client = client_of(ada)
    for sent in (body, {**body, "current_password": "wrong"}):
        response = client.patch(ME, sent)
        assert response.status_code == 200
        assert response.json() == profile(ada)
    assert hash_calls == []
    assert not AuthEvent.objects.exclude(kind="login").exists()


def test_a_name_can_not_be_taken_away(ada: User, client_of: ClientOf) -> None:
    response = client_of(ada).patch(ME, {"name": None})
    assert response.status_code == 400
    assert field_codes(response) == {("#/name", "null")}


@pytest.mark.parametrize("name", ["bob", "BOB", "Ｂｏｂ"])
def test_a_taken_name_is_409(ada: User, bob: User, client_of: ClientOf, name: str) -> None:
    response = client_of(ada).patch(ME, renaming(name))
    assert response.status_code == 409
    assert response.json()["code"] == "name_taken"
    ada.refresh_from_db()
    assert (ada.name, ada.name_key) == ("ada", "ada")


def test_your_own_name_in_another_case_is_not_taken(ada: User, client_of: ClientOf) -> None:
    response = client_of(ada).patch(ME, renaming("ADA"))
    assert response.status_code == 200
    ada.refresh_from_db()
    assert ada.name == "ADA"


def test_changing_nothing_is_200(ada: User, client_of: ClientOf) -> None:
    response = client_of(ada).patch(ME, {})
    assert response.status_code == 200
    assert response.json() == profile(ada)


def test_nothing_else_can_be_changed(ada: User, client_of: ClientOf) -> None:
    before = profile(ada)
    response = client_of(ada).patch(
        ME,
        {
            "admin": True,
            "editor": True,
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
    read_only = ("admin", "editor", "is_active", "public_id", "date_joined")
    unknown = ("is_superuser", "is_staff", "password", "id", "unknown")
    assert field_codes(response) == {
        *((f"#/{member}", "read_only") for member in read_only),
        *((f"#/{member}", "unknown_member") for member in unknown),
    }
    stored = User.objects.get(pk=ada.pk)
    assert profile(stored) == before
    assert not stored.is_superuser
    assert stored.check_password(PASSWORD)


@pytest.mark.parametrize("whose", ["ada", "bob"])
def test_an_account_may_be_sent_back_as_it_was_read(
    whose: str, request: pytest.FixtureRequest, client_of: ClientOf
) -> None:
    # The other account has no address.
    client = client_of(request.getfixturevalue(whose))
    record = client.get(ME).json()
    assert client.patch(ME, record).json() == record
    changed = {**record, "name": "lovelace"}
    response = client.patch(ME, {**changed, "current_password": PASSWORD})
    assert response.status_code == 200
    assert response.json() == changed


@pytest.mark.parametrize("body", ["[]", '"x"', "1", "null"])
def test_a_body_that_is_no_object_is_400(ada: User, client_of: ClientOf, body: str) -> None:
    response = client_of(ada).patch(ME, body, content_type=JSON)
    assert response.status_code == 400


@pytest.mark.parametrize("method", ["put", "post"])
def test_an_account_is_not_replaced(ada: User, client_of: ClientOf, method: str) -> None:
    response = getattr(client_of(ada), method)(ME)
    assert response.status_code == 405
    assert response.json()["code"] == "method_not_allowed"


def test_reading_your_account_asks_the_database_once(
    ada: User, client_of: ClientOf, django_assert_num_queries: Callable[[int], Any]
) -> None:
    client = client_of(ada)
    with django_assert_num_queries(1):
        client.get(ME)
