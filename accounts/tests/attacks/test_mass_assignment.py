"""Members that the client may not set are refused; the tutorial's routes ignore them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.forms.models import model_to_dict

from accounts.models import LoginSession, User
from books.models import Book
from tests.client import ConformingClient
from tests.problems import field_codes

REGISTER = "/api/v1/auth/register"
ME = "/api/v1/users/me"
ACCOUNT = {"name": "eve", "password": "violet-Harbour-27"}
CHOSEN = "00000000-0000-4000-8000-000000000000"

READ_ONLY = {"admin", "editor", "is_active", "public_id", "date_joined"}

ClientOf = Callable[[User], ConformingClient]

each_member = pytest.mark.parametrize(
    ("member", "value"),
    [
        ("admin", True),
        ("editor", True),
        ("is_superuser", True),
        ("is_staff", True),
        ("is_active", False),
        ("id", 1),
        ("pk", 1),
        ("public_id", CHOSEN),
        ("session_epoch", 99),
        ("name_key", "boss"),
        ("email_key", "boss@example.org"),
        ("date_joined", "1815-12-10T00:00:00Z"),
        ("last_login", "1815-12-10T00:00:00Z"),
        ("password_hash", "md5$$1bc29b36f623ba82aaf6724fd3b16718"),
        ("groups", [1]),
        ("user_permissions", [1]),
        ("books", [1]),
        ("login_sessions", [CHOSEN]),
        ("user", {"admin": True, "is_superuser": True}),
        ("user.admin", True),
        ("user__admin", True),
        ("admin[]", True),
        ("user[admin]", True),
        ("Admin", True),
        ("ａｄｍｉｎ", True),
        ("__proto__", {"admin": True}),
        ("__class__", {"admin": True}),
        ("_state", {"adding": False}),
    ],
)


def access_of(user: User) -> tuple[object, ...]:
    """Return the values that no user may set for themselves."""
    return (
        user.admin,
        user.editor,
        user.is_superuser,
        user.is_active,
        user.session_epoch,
        user.name_key,
        user.email_key,
        user.last_login,
        user.groups.count() + user.user_permissions.count(),
    )


def code_of(member: str) -> str:
    return "read_only" if member in READ_ONLY else "unknown_member"


@pytest.mark.django_db
@pytest.mark.parametrize("surface", ["json", "multipart"])
@each_member
def test_who_asks_for_more_than_an_account_gets_none(
    anonymous: ConformingClient, surface: str, member: str, value: Any
) -> None:
    sent = value if surface == "json" else str(value)
    response = anonymous.post(REGISTER, {**ACCOUNT, member: sent}, format=surface)
    assert response.status_code == 400
    assert field_codes(response) == {(f"#/{member}", code_of(member))}
    assert not User.objects.exists()


@pytest.mark.django_db
@each_member
def test_the_tutorials_route_gives_nobody_more_than_an_account(
    anonymous: ConformingClient, member: str, value: Any
) -> None:
    """The tutorial's routes ignore unknown members, as their clients expect."""
    response = anonymous.post("/register", {**ACCOUNT, member: value})
    assert response.status_code == 200
    user = User.objects.get()
    assert access_of(user) == (False, False, False, True, 1, "eve", None, None, 0)
    assert str(user.public_id) != CHOSEN
    assert user.date_joined.year != 1815
    assert user.check_password(ACCOUNT["password"])
    assert not LoginSession.objects.exists()


@each_member
def test_who_asks_for_more_than_a_name_gets_neither(
    ada: User, client_of: ClientOf, member: str, value: Any
) -> None:
    client, before = client_of(ada), model_to_dict(ada)
    response = client.patch(ME, {"name": "lovelace", member: value})
    assert response.status_code == 400
    assert field_codes(response) == {(f"#/{member}", code_of(member))}
    after = User.objects.get()
    assert model_to_dict(after) == before
    assert (after.public_id, after.date_joined) == (ada.public_id, ada.date_joined)
    assert after.session_epoch == ada.session_epoch


@pytest.mark.parametrize(
    ("member", "value", "code"),
    [
        ("is_superuser", True, "unknown_member"),
        ("is_staff", True, "unknown_member"),
        ("name", "mallory", "read_only"),
        ("email", "mallory@example.org", "read_only"),
        ("password", "amber-Compass-31", "unknown_member"),
        ("public_id", CHOSEN, "read_only"),
        ("session_epoch", 99, "unknown_member"),
        ("user_permissions", [1], "unknown_member"),
    ],
)
def test_an_admin_sets_flags_and_nothing_else(  # noqa: PLR0913  # fixtures and the table's columns
    *, ada: User, boss: User, client_of: ClientOf, member: str, value: Any, code: str
) -> None:
    before = model_to_dict(ada)
    body = {"admin": True, member: value}
    response = client_of(boss).patch(f"/api/v1/users/{ada.public_id}", body)
    assert response.status_code == 400
    assert field_codes(response) == {(f"#/{member}", code)}
    assert model_to_dict(User.objects.get(pk=ada.pk)) == before


@pytest.mark.parametrize("member", ["id", "owner", "owner_id", "owner.public_id", "user"])
def test_a_book_is_made_for_nobody_else(
    ada: User, bob: User, client_of: ClientOf, member: str
) -> None:
    book = {"name": "Emma", "author": "Jane Austen", "publisher": "John Murray"}
    response = client_of(ada).post("/api/v1/books", {**book, member: str(bob.public_id)})
    assert response.status_code == 400
    code = "read_only" if member in {"id", "owner"} else "unknown_member"
    assert field_codes(response) == {(f"#/{member}", code)}
    assert not Book.objects.exists()


@pytest.mark.parametrize("member", ["owner", "owner_id", "user_id", "user"])
def test_a_book_of_the_tutorial_is_its_makers(
    ada: User, bob: User, client_of: ClientOf, member: str
) -> None:
    book = {"name": "Emma", "Author": "Jane Austen", "Publisher": "John Murray", "book_prize": 1}
    response = client_of(ada).post("/book", {**book, member: bob.pk, "id": 77})
    assert response.status_code == 200
    stored = Book.objects.get()
    assert stored.owner == ada
    assert stored.pk != 77


@pytest.mark.parametrize(
    "member", ["sid", "epoch", "generation", "user", "expires_at", "public_id"]
)
def test_a_login_chooses_nothing_of_its_session(
    anonymous: ConformingClient, ada: User, member: str
) -> None:
    response = anonymous.post("/api/v1/auth/token", {**ACCOUNT, member: CHOSEN})
    assert response.status_code == 400
    assert field_codes(response) == {(f"#/{member}", "unknown_member")}
    assert not LoginSession.objects.exists()
