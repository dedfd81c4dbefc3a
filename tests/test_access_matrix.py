"""The access matrix is correct and complete."""

import base64
import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.contrib import admin
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest
from django.urls import get_resolver
from pytest_django import DjangoDbBlocker

from accounts.models import ApiToken, LoginSession, User
from accounts.origins import Origin
from accounts.services.api_tokens import NewToken, api_token_create
from accounts.services.email_confirmation import email_token
from accounts.services.login_tickets import ticket_make
from accounts.services.passkey_challenges import SIGN_IN, Purpose
from accounts.services.passkey_options import request_options
from accounts.services.passkeys import passkey_begin
from accounts.services.password_reset import reset_token
from accounts.services.sessions import session_open
from accounts.tests.devices import device_of, passkey_of
from accounts.tokens.classes import RefreshToken
from books.models import Book
from books.services.books import book_update
from bookstore_project.http.scopes import WRITE

from .access_matrix import (
    ACTORS,
    MATRIX,
    SUPERUSER_ACTIONS,
    SUPERUSER_MATRIX,
    SUPERUSER_PAGES,
)
from .authenticator import Authenticator
from .client import ConformingClient
from .passkey_authenticator import Device
from .routes import routes
from .standing import standing

pytestmark = pytest.mark.django_db

PASSWORD = "violet-Harbour-27"
OWNERS_LOGIN = "Basic " + base64.b64encode(f"owner:{PASSWORD}".encode()).decode()
BOOK = {"name": "Romola", "author": "George Eliot", "publisher": "Smith, Elder & Co."}
# Routes for which the owner has an authenticator app; with one, they can't log in elsewhere.
WITH_APP = {
    "/api/v1/auth/token/second-factor",
    "/api/v1/users/me/totp",
    "/api/v1/users/me/totp/confirm",
    "/api/v1/users/me/recovery-codes",
}
PASSKEY_ROUTES = ("/api/v1/auth/passkey", "/api/v1/users/me/passkeys")
JOB = NewToken(name="job", scopes=(WRITE,), days=30)
ADMIN_MODELS = (
    "accounts/apitoken",
    "accounts/authevent",
    "accounts/user",
    "books/book",
    "books/bookchange",
    "books/deletedbook",
)
ADMIN_PAGES = ("", "add/", "1/change/", "1/delete/", "1/history/")
TUTORIAL_BOOK = {
    "name": "Romola",
    "Author": "George Eliot",
    "Publisher": "Smith, Elder & Co.",
    "book_prize": 9,
}


@dataclass(frozen=True, kw_only=True)
class World:
    """The users, the book, the session and the API token in the requests."""

    users: dict[str, User]
    book: Book
    session: LoginSession
    token: ApiToken

    def body(self, route: str, method: str) -> Any:
        """Return a body that is valid for the route."""
        if route in WITH_APP:
            return self.body_with_app(route)
        if route.startswith(PASSKEY_ROUTES):
            return self.body_with_passkey(route, method)
        # The token has its own session.
        is_refreshing = route.startswith("/api/v1/auth/token/")
        refresh = str(RefreshToken.for_user(self.users["owner"])) if is_refreshing else ""
        return {
            ("/api/v1/auth/register", "POST"): {"name": "newcomer", "password": PASSWORD},
            ("/api/v1/auth/email/confirm", "POST"): {
                "token": email_token(self.users["owner"], "new@example.org")
            },
            ("/api/v1/auth/email/resend", "POST"): {"email": "owner@example.org"},
            ("/api/v1/users", "POST"): {"name": "guest", "email": "guest@example.org"},
            ("/api/v1/auth/token", "POST"): {"name": "owner", "password": PASSWORD},
            ("/api/v1/auth/token/refresh", "POST"): {"refresh": refresh},
            ("/api/v1/auth/step-up", "POST"): {"code": "492039"},
            ("/api/v1/auth/token/verify", "POST"): {"token": refresh},
            ("/api/v1/users/{public_id}", "PATCH"): {"is_active": True},
            ("/api/v1/auth/password-reset", "POST"): {"email": "owner@example.org"},
            ("/api/v1/auth/password-reset/confirm", "POST"): {
                "token": reset_token(self.users["owner"]),
                "new_password": "amber-Compass-31",
            },
            ("/api/v1/books/import", "POST"): BOOK,
            ("/api/v1/users/me", "PATCH"): {"name": "renamed", "current_password": PASSWORD},
            ("/api/v1/users/me", "DELETE"): {"password": PASSWORD},
            ("/api/v1/users/me/deletion", "POST"): {"password": PASSWORD},
            ("/api/v1/users/{public_id}", "DELETE"): {"current_password": PASSWORD},
            ("/api/v1/users/{public_id}/deletion", "POST"): {"current_password": PASSWORD},
            ("/api/v1/users/me/email", "POST"): {
                "email": "new@example.org",
                "current_password": PASSWORD,
            },
            ("/api/v1/users/me/email/confirm", "POST"): {
                "token": email_token(self.users["owner"], "new@example.org")
            },
            ("/api/v1/users/me/tokens", "POST"): {
                "name": "job",
                "scopes": ["books:read"],
                "expires_in_days": 30,
                "current_password": PASSWORD,
            },
            ("/api/v1/users/me/password", "POST"): {
                "current_password": PASSWORD,
                "new_password": "amber-Compass-31",
            },
            ("/api/v1/books", "POST"): BOOK,
            ("/api/v1/books/batch", "POST"): {
                "operations": [{"op": "change", "id": self.book.pk, "book": {"price": "3.50"}}]
            },
            ("/api/v1/books/{id}", "PUT"): BOOK,
            ("/api/v1/books/by-isbn/{isbn}", "PUT"): BOOK,
            ("/api/v1/books/{id}", "PATCH"): {"price": "3.50"},
            ("/register", "POST"): {"name": "newcomer", "password": PASSWORD},
            ("/book", "POST"): TUTORIAL_BOOK,
            ("/books", "POST"): TUTORIAL_BOOK,
            ("/books/{book_id}", "PUT"): TUTORIAL_BOOK,
        }.get((route, method))

    def body_with_app(self, route: str) -> Any:
        """Give the owner an authenticator app, and return a body that is valid for the route."""
        owner = self.users["owner"]
        app = Authenticator(owner)
        # The network of the test client.
        ticket, _ = ticket_make(user=owner, origin=Origin(address="127.0.0.1"))
        return {
            "/api/v1/auth/token/second-factor": {"ticket": ticket, "code": app.fresh()},
            "/api/v1/users/me/totp/confirm": {"code": app.fresh()},
        }.get(route, {"current_password": PASSWORD})

    def body_with_passkey(self, route: str, method: str) -> Any:
        """Return a body that is valid for the route, with the owner's latest session."""
        if (route, method) == ("/api/v1/auth/passkey", "POST"):
            return {"credential": device_of(self.users["owner"]).get(request_options(SIGN_IN))}
        if (route, method) == ("/api/v1/users/me/passkeys", "POST"):
            owner = self.users["owner"]
            login = LoginSession.objects.filter(user=owner).latest("created_at")
            purpose = Purpose.adding(owner, login)
            made = Device().create(passkey_begin(user=owner, purpose=purpose))
            return {"name": "phone", "credential": made}
        return {
            ("/api/v1/users/me/passkeys/options", "POST"): {"current_password": PASSWORD},
            ("/api/v1/users/me/passkeys/{id}", "PATCH"): {"name": "old phone"},
        }.get((route, method))

    def id(self, route: str) -> Any:
        if "/passkeys/" in route:
            return passkey_of(device_of(self.users["owner"])).pk
        if "/providers/" in route:
            return uuid4()
        return self.token.pk if "/tokens/" in route else self.book.pk

    def path(self, route: str) -> str:
        return route.format(
            public_id=self.users["other"].public_id,
            sid=self.session.sid,
            id=self.id(route) if "{id}" in route else None,
            book_id=self.book.pk,
            isbn="9780141439549",
            provider="acme",
            anything="nothing/here",
        )


def _world() -> World:
    password = make_password(PASSWORD)
    users = {
        name: User.objects.create(
            name=name, password=password, admin=name == "admin", editor=name == "editor"
        )
        for name in ("other", "owner", "editor", "admin")
    }
    book = Book.objects.create(owner=users["owner"], **{**BOOK, "name": "Middlemarch"})
    return World(
        users=users,
        # The book is in its second version, so that there is a change to undo.
        book=book_update(book=book, origin=Origin(), price=Decimal(1)),
        session=session_open(user=users["owner"], origin=Origin()),
        token=api_token_create(user=users["other"], asked=JOB, origin=Origin())[0],
    )


@pytest.fixture(scope="module")
def standing_world(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, hashing_is_quick: None
) -> Iterator[World]:
    """Created once: creating it for each cell took longer than the requests."""
    with standing(django_db_blocker, _world) as world:
        yield world


@pytest.fixture
def world(standing_world: World) -> World:
    return copy.deepcopy(standing_world)


CELLS = [
    pytest.param((route, method, actor), status, id=f"{method} {route} by {actor}")
    for route, methods in MATRIX.items()
    for method, statuses in methods.items()
    for actor, status in zip(ACTORS, statuses, strict=True)
]


@pytest.mark.parametrize(("cell", "status"), CELLS)
def test_cell(
    cell: tuple[str, str, str],
    status: int,
    world: World,
    client_of: Callable[[User], ConformingClient],
) -> None:
    route, method, actor = cell
    client = client_of(world.users[actor]) if actor in world.users else ConformingClient()
    assert send(client, world, route, method).status_code == status


def send(client: ConformingClient, world: World, route: str, method: str, **headers: str) -> Any:
    """Send a request that is valid for the route."""
    if route == "/api/session/login/" and method == "POST":
        # A browser form.
        form = {"username": "owner", "password": PASSWORD}
        return client.post(route, form, format="multipart", headers=headers)
    if route == "/login":
        # The tutorial's login reads only this header; the owner logs in for every actor.
        headers["authorization"] = OWNERS_LOGIN
    is_file = route == "/api/v1/books/import"
    return client.generic(
        method,
        world.path(route),
        json.dumps(world.body(route, method) or {}),
        # A line of JSON is a file of books.
        content_type="application/x-ndjson" if is_file else "application/json",
        headers=headers,
    )


@pytest.mark.parametrize(
    "accept", ["application/problem+json", "image/png, Application/Problem+JSON;q=0.5"]
)
@pytest.mark.parametrize(
    ("route", "method"),
    [(route, method) for route, methods in MATRIX.items() for method in methods],
)
def test_a_client_that_accepts_nothing_but_problem_details_is_served(
    route: str,
    method: str,
    accept: str,
    world: World,
    client_of: Callable[[User], ConformingClient],
) -> None:
    status = MATRIX[route][method][ACTORS.index("owner")]

    response = send(client_of(world.users["owner"]), world, route, method, accept=accept)

    assert response.status_code == status
    if route.startswith("/api/v1"):
        is_problem = response.headers.get("Content-Type") == "application/problem+json"
        assert is_problem == (status >= 400)


# --- The account of a superuser ------------------------------------------------------------------

SUPERUSER_ACTORS = ("admin", "superuser")
CHIEFS = "/admin/accounts/user/"
FORMS = {
    "change": {"name": "chief", "admin": "on", "is_active": "on", "is_superuser": "on"},
    "password": {
        "password1": "amber-Compass-31",
        "password2": "amber-Compass-31",
        "usable_password": "true",
    },
    "delete": {"post": "yes"},
}


def _cells(table: dict[str, dict[str, tuple[Any, Any]]]) -> list[Any]:
    return [
        pytest.param((route, method, actor), answer, id=f"{method} {route} by {actor}")
        for route, methods in table.items()
        for method, answers in methods.items()
        for actor, answer in zip(SUPERUSER_ACTORS, answers, strict=True)
    ]


@pytest.fixture
def chief(make_user: Callable[..., User]) -> User:
    """The superuser whose account the requests are about, logged in by token, with a job."""
    user = make_user("chief", admin=True, is_superuser=True)
    session_open(user=user, origin=Origin())
    api_token_create(user=user, asked=JOB, origin=Origin())
    Authenticator(user)
    return user


@pytest.fixture
def actor_named(make_user: Callable[..., User]) -> Callable[[str], User]:
    # Not the admin of the world above, who may exist too.
    return lambda name: make_user(f"the {name}", admin=True, is_superuser=name == "superuser")


ActorNamed = Callable[[str], User]


def _untouched(chief: User) -> tuple[Any, ...]:
    """Return the attributes of an account that only another superuser may change."""
    columns = ("name", "password", "admin", "is_active", "session_epoch")
    stored = User.objects.filter(pk=chief.pk).values_list(*columns).first() or ()
    sessions = LoginSession.objects.live().filter(user=chief)
    tokens = ApiToken.objects.live().filter(user=chief)
    return (*stored, sessions.count(), tokens.count())


@pytest.mark.parametrize(("cell", "status"), _cells(SUPERUSER_MATRIX))
def test_what_an_admin_may_do_to_a_superuser(
    cell: tuple[str, str, str],
    status: int,
    chief: User,
    actor_named: ActorNamed,
    client_of: Callable[[User], ConformingClient],
) -> None:
    route, method, actor = cell
    client, before = client_of(actor_named(actor)), _untouched(chief)
    path = route.format(public_id=chief.public_id, id=chief.api_tokens.get().pk)
    rights = ({"is_active": True}, {"is_active": False}, {"admin": False}, {"admin": True})
    bodies: Any = rights if method == "PATCH" else ({},)
    if status == 204 and route.endswith(("/deletion", "{public_id}")):
        bodies = ({"current_password": PASSWORD},)
    for body in bodies:
        response = client.generic(
            method,
            path,
            json.dumps(body),
            content_type="application/json",
        )
        assert response.status_code == status
    assert (_untouched(chief) == before) == (status == 403 or method == "GET")


@pytest.mark.parametrize(("cell", "status"), _cells(SUPERUSER_PAGES))
def test_the_pages_of_a_superuser(
    cell: tuple[str, str, str], status: int, chief: User, actor_named: ActorNamed
) -> None:
    page, method, actor = cell
    client, before = ConformingClient(), _untouched(chief)
    client.force_login(actor_named(actor))
    form = FORMS[page] if method == "POST" else {}
    response = client.generic(
        method,
        f"{CHIEFS}{chief.pk}/{page}/",
        urlencode(form),
        content_type="application/x-www-form-urlencoded",
    )
    assert response.status_code == status
    if status == 403:
        assert _untouched(chief) == before


@pytest.mark.parametrize("action", SUPERUSER_ACTIONS)
@pytest.mark.parametrize("actor", SUPERUSER_ACTORS)
def test_the_actions_on_a_superuser(
    action: str, actor: str, chief: User, actor_named: ActorNamed
) -> None:
    client, before = ConformingClient(), _untouched(chief)
    client.force_login(actor_named(actor))
    # `confirmed` and `post` confirm the actions that ask again, and mean nothing to others.
    form = {"action": action, "_selected_action": chief.pk, "confirmed": "yes", "post": "yes"}
    assert client.post(CHIEFS, form, format="multipart").status_code == 302
    is_done = SUPERUSER_ACTIONS[action][SUPERUSER_ACTORS.index(actor)]
    assert (_untouched(chief) != before) == is_done


def test_nothing_that_acts_on_another_account_is_missing() -> None:
    routes = {route for route in MATRIX if "{public_id}" in route}
    assert set(SUPERUSER_MATRIX) == routes
    for route in routes:
        admins = {method: by[ACTORS.index("admin")] for method, by in MATRIX[route].items()}
        allowed = {method for method, status in admins.items() if status != 405}
        assert set(SUPERUSER_MATRIX[route]) == allowed
    users = admin.site.get_model_admin(User)
    pages = {str(pattern.pattern) for pattern in users.get_urls() if pattern.name is not None}
    assert {page.split("/")[1] for page in pages if page.startswith("<")} == set(SUPERUSER_PAGES)
    assert set(users.get_actions(_superusers_request())) == set(SUPERUSER_ACTIONS)


def test_no_route_is_missing_from_the_matrix() -> None:
    assert set(routes(get_resolver().url_patterns)) == set(MATRIX)


def test_every_page_of_the_django_admin_sends_a_plain_user_to_its_sign_in(world: World) -> None:
    client = ConformingClient()
    client.force_login(world.users["owner"])
    pages = ["", *(f"{model}/{page}" for model in ADMIN_MODELS for page in ADMIN_PAGES)]
    for page in pages:
        response = client.get(f"/admin/{page}")
        assert (page, response.status_code) == (page, 302)
        assert response.headers["Location"].startswith("/admin/login/")


def test_an_editor_sees_the_pages_of_books_in_the_django_admin_and_no_others(world: World) -> None:
    client = ConformingClient()
    client.force_login(world.users["editor"])
    statuses = {
        f"{model}/{page}": client.get(f"/admin/{model}/{page}").status_code
        for model in ADMIN_MODELS
        for page in ADMIN_PAGES
    }
    own = {
        "books/book/": 200,
        "books/book/add/": 200,
        f"books/book/{world.book.pk}/change/": 200,
        f"books/book/{world.book.pk}/delete/": 200,
        f"books/book/{world.book.pk}/history/": 200,
        "books/bookchange/": 200,
        "books/deletedbook/": 200,
    }
    for page, status in own.items():
        assert (page, client.get(f"/admin/{page}").status_code) == (page, status)
    assert {page for page, status in statuses.items() if status == 200} <= set(own) | {
        # Changes can be looked at, and the book of the world may have the id 1.
        "books/bookchange/1/change/",
        "books/bookchange/1/history/",
    }
    # The record 1 may not exist: its history is then a redirect to the front page of the admin.
    refused = {
        status
        for page, status in statuses.items()
        if page.startswith("accounts/") and not page.endswith("/history/")
    }
    history = client.get(f"/admin/accounts/user/{world.users['editor'].pk}/history/")
    assert (refused, history.status_code) == ({403}, 403)


def test_the_django_admin_has_no_other_models() -> None:
    assert {
        f"{app['app_label']}/{model['model']._meta.model_name}"
        for app in admin.site.get_app_list(_superusers_request())
        for model in app["models"]
    } == set(ADMIN_MODELS)


def _superusers_request() -> HttpRequest:
    request = HttpRequest()
    request.user = User(admin=True, is_superuser=True)
    return request
