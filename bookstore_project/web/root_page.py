"""The routes that the root of the API names, and its page, which leaves out what is not for you."""

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext_lazy as _
from rest_framework.reverse import reverse

from .view_page import Row, ViewPage

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Audience(Enum):
    """The people whom the page shows a route."""

    ANYONE = "anyone"
    STRANGERS = "strangers"
    USERS = "users"
    ADMINS = "admins"


class Route(NamedTuple):
    """A member of the root, the name and the path of its route, and what the page says of it.

    `page` is the name of the page that does the same for people, where a route is for programs.
    """

    member: str
    name: str
    path: str
    text: "StrOrPromise"
    audience: Audience
    page: str = ""


_USERS, _STRANGERS = Audience.USERS, Audience.STRANGERS
ROUTES = (
    Route("books", "book-list", "/api/v1/books", _("Books"), _USERS),
    Route("deleted_books", "books-deleted", "/api/v1/books/deleted", _("Deleted books"), _USERS),
    Route("book_changes", "books-changes", "/api/v1/books/changes", _("Feed of changes"), _USERS),
    Route("book_batch", "books-batch", "/api/v1/books/batch", _("Many changes at once"), _USERS),
    Route("book_export", "book-export", "/api/v1/books/export", _("Export"), _USERS),
    Route("book_import", "book-import", "/api/v1/books/import", _("Import"), _USERS),
    Route("me", "user-me", "/api/v1/users/me", _("Your account"), _USERS),
    Route("password", "password", "/api/v1/users/me/password", _("Password"), _USERS),
    Route("email", "email", "/api/v1/users/me/email", _("Email address"), _USERS),
    Route("sessions", "session-list", "/api/v1/auth/sessions", _("Sessions"), _USERS),
    Route("events", "event-list", "/api/v1/users/me/events", _("Events"), _USERS),
    Route("factors", "factors", "/api/v1/users/me/factors", _("Second factors"), _USERS),
    Route("passkeys", "passkey-list", "/api/v1/users/me/passkeys", _("Passkeys"), _USERS),
    Route("api_tokens", "api-token-list", "/api/v1/users/me/tokens", _("API tokens"), _USERS),
    Route(
        "account_export",
        "account-export",
        "/api/v1/users/me/export",
        _("Export of your account"),
        _USERS,
    ),
    Route("users", "user-list", "/api/v1/users", _("Accounts of all users"), Audience.ADMINS),
    Route(
        "register",
        "register",
        "/api/v1/auth/register",
        _("Register"),
        _STRANGERS,
        page="account:register",
    ),
    Route(
        "token",
        "token",
        "/api/v1/auth/token",
        _("Access token"),
        Audience.ANYONE,
        page="account:access-token",
    ),
    Route(
        "passkey_options",
        "passkey-options",
        "/api/v1/auth/passkey/options",
        _("Sign in with a passkey: the challenge"),
        _STRANGERS,
    ),
    Route(
        "passkey",
        "passkey-login",
        "/api/v1/auth/passkey",
        _("Sign in with a passkey: the answer"),
        _STRANGERS,
    ),
    Route(
        "password_reset",
        "password-reset",
        "/api/v1/auth/password-reset",
        _("Forgotten password"),
        _STRANGERS,
        page="account:forgotten-password",
    ),
    Route("logout", "logout", "/api/v1/auth/logout", _("End this session"), _USERS),
    Route("schema", "schema", "/api/schema", _("OpenAPI document"), Audience.ANYONE),
)


class RootPage(ViewPage):
    """The routes that the visitor may use, by what they are for."""

    def rows(self) -> list[Row]:
        user = self.request.user
        audiences = {Audience.ANYONE}
        if not user.is_authenticated:
            audiences.add(Audience.STRANGERS)
        else:
            audiences |= {Audience.USERS, *([Audience.ADMINS] if user.admin else [])}
        return [
            Row(
                text=each.text,
                address=reverse(each.page or each.name),
                note=reverse(each.page) if each.page else each.path,
            )
            for each in ROUTES
            if self.is_success and each.audience in audiences
        ]
