"""Members of a body that name what the sender may not choose: passed over, wherever they stand."""

from collections.abc import Callable
from typing import Any

import pytest
from django.forms.models import model_to_dict

from accounts.models import LoginSession, User
from books.models import Book
from tests.client import ConformingClient

REGISTER = "/api/v1/auth/register"
ME = "/api/v1/users/me"
ACCOUNT = {"name": "eve", "password": "violet-Harbour-27"}
CHOSEN = "00000000-0000-4000-8000-000000000000"

ClientOf = Callable[[User], ConformingClient]

each_member = pytest.mark.parametrize(
    ("member", "value"),
    [
        ("admin", True),
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


@pytest.fixture(autouse=True)
def quick_hashes(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def access_of(user: User) -> tuple[object, ...]:
    """Return what nobody chooses for themselves."""
    return (
        user.admin,
        user.is_superuser,
        user.is_active,
        user.session_epoch,
        user.name_key,
        user.email_key,
        user.last_login,
        user.groups.count() + user.user_permissions.count(),
    )


@pytest.mark.django_db
@pytest.mark.parametrize("surface", ["JSON", "form", "tutorial"])
@each_member
def test_registering_gives_nobody_more_than_an_account(
    anonymous: ConformingClient, surface: str, member: str, value: Any
) -> None:
    body = {**ACCOUNT, member: value}
    if surface == "form":
        response = anonymous.post(
            REGISTER, {name: str(text) for name, text in body.items()}, format="multipart"
        )
    else:
        response = anonymous.post("/register" if surface == "tutorial" else REGISTER, body)
    assert response.status_code == (200 if surface == "tutorial" else 201)
    user = User.objects.get()
    assert access_of(user) == (False, False, True, 1, "eve", None, None, 0)
    assert str(user.public_id) != CHOSEN
    assert user.date_joined.year != 1815
    assert user.check_password(ACCOUNT["password"])
    assert not LoginSession.objects.exists()


@each_member
def test_changing_your_account_changes_its_name_alone(
    ada: User, client_of: ClientOf, member: str, value: Any
) -> None:
    client, before = client_of(ada), model_to_dict(ada)
    response = client.patch(ME, {"name": "lovelace", member: value})
    assert response.status_code == 200
    after = User.objects.get()
    assert model_to_dict(after) == {**before, "name": "lovelace"}
    assert (after.public_id, after.date_joined) == (ada.public_id, ada.date_joined)
    assert after.session_epoch == ada.session_epoch


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("is_superuser", True),
        ("is_staff", True),
        ("name", "mallory"),
        ("email", "mallory@example.org"),
        ("password", "amber-Compass-31"),
        ("public_id", CHOSEN),
        ("session_epoch", 99),
        ("user_permissions", [1]),
    ],
)
def test_an_admin_sets_flags_and_nothing_else(
    *, ada: User, boss: User, client_of: ClientOf, member: str, value: Any
) -> None:
    before = model_to_dict(ada)
    response = client_of(boss).patch(f"/api/v1/users/{ada.public_id}", {member: value})
    assert response.status_code == 200
    assert model_to_dict(User.objects.get(pk=ada.pk)) == before


@pytest.mark.parametrize("surface", ["canonical", "tutorial"])
@pytest.mark.parametrize("member", ["owner", "owner_id", "owner.public_id", "user", "user_id"])
def test_a_book_is_nobodys_but_its_makers(
    *, ada: User, bob: User, client_of: ClientOf, surface: str, member: str
) -> None:
    bodies: dict[str, tuple[str, dict[str, Any]]] = {
        "canonical": ("/api/v1/books", {"name": "Emma", "author": "J. Austen", "publisher": "M."}),
        "tutorial": ("/book", {"name": "Emma", "Author": "J.", "Publisher": "M.", "book_prize": 1}),
    }
    path, body = bodies[surface]
    value = str(bob.public_id) if member.startswith("owner") else bob.pk
    response = client_of(ada).post(path, {**body, member: value, "id": 77})
    assert response.status_code == (201 if surface == "canonical" else 200)
    book = Book.objects.get()
    assert book.owner == ada
    assert book.pk != 77


@pytest.mark.parametrize(
    "member", ["sid", "epoch", "generation", "user", "expires_at", "public_id"]
)
def test_a_login_chooses_nothing_of_its_session(
    anonymous: ConformingClient, db: None, member: str
) -> None:
    user = User.objects.create_user("eve", ACCOUNT["password"])
    response = anonymous.post("/api/v1/auth/token", {**ACCOUNT, member: CHOSEN})
    assert response.status_code == 200
    session = LoginSession.objects.get()
    assert (session.user, session.epoch, session.generation) == (user, user.session_epoch, 0)
    assert str(session.sid) != CHOSEN
    assert str(user.public_id) != CHOSEN
