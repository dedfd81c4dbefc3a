"""What a browser had before it was signed out opens nothing: ASVS 5.0, 7.4."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from accounts.origins import Origin
from accounts.services.deletion import user_delete
from accounts.services.users import user_change_password, user_update_access
from books.models import Book
from conftest import PASSWORD
from tests.authenticator import Authenticator
from tests.client import ConformingClient

pytestmark = pytest.mark.django_db

ME = "/api/v1/users/me"
SESSIONS = "/api/v1/auth/sessions"
PAGES = ("/admin/", "/admin/accounts/user/", ME, "/api/v1/books")


def signed_in(name: str) -> Client:
    browser = Client()
    form = {"username": name, "password": PASSWORD}
    assert browser.post("/api/session/login/", form).status_code == 302
    return browser


def with_cookies_of(browser: Client) -> Client:
    """Return another browser with the same cookies, as an attacker has who copied them."""
    copy = Client(HTTP_ACCEPT="application/json")
    for name, morsel in browser.cookies.items():
        copy.cookies[name] = morsel.value
    return copy


def answers(browser: Client) -> list[int]:
    return [browser.get(page).status_code for page in PAGES]


End = Callable[[Client, User, User], Any]

ENDS: dict[str, End] = {
    "the sign-out of the pages": lambda browser, user, root: browser.post("/api/session/logout/"),
    "the sign-out of the admin": lambda browser, user, root: browser.post("/admin/logout/"),
    "the sign-out of the API": lambda browser, user, root: browser.post("/api/v1/auth/logout"),
    "ending all": lambda browser, user, root: browser.delete(f"{SESSIONS}?all=true"),
    "a new password": lambda browser, user, root: user_change_password(
        user=user, password="amber-Compass-31", origin=Origin()
    ),
    "deactivation": lambda browser, user, root: user_update_access(
        user=user, origin=Origin(actor=root), is_active=False
    ),
    "deletion": lambda browser, user, root: user_delete(user=user, origin=Origin(actor=user)),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=list(ENDS))
def test_the_cookies_of_an_ended_session_open_no_page(
    boss: User, make_user: Callable[..., User], end: End
) -> None:
    root = make_user("root", admin=True, is_superuser=True)
    browser = signed_in("boss")
    copied = with_cookies_of(browser)
    assert answers(copied) == [200, 200, 200, 200]

    end(browser, User.objects.get(pk=boss.pk), root)

    # The admin's pages lead to its sign-in page.
    assert answers(copied) == [302, 302, 401, 401]


@pytest.mark.parametrize("page", PAGES)
def test_no_page_is_shown_again_without_asking_the_server(boss: User, page: str) -> None:
    """The back button, and the cache of a shared computer."""
    browser = signed_in("boss")
    response = browser.get(page, headers={"Accept": "text/html"})
    assert response.status_code == 200
    directives = set(response["Cache-Control"].replace(" ", "").split(","))
    assert "private" in directives
    assert directives & {"no-cache", "no-store"}


def test_after_a_factor_was_added_the_other_sessions_can_be_ended(
    ada: User, client_of: Callable[[User], ConformingClient]
) -> None:
    thief, owner = client_of(ada), client_of(ada)
    browser = signed_in("ada")
    Authenticator(ada)
    assert thief.get(ME).status_code == 200

    assert owner.delete(SESSIONS).status_code == 204

    assert thief.get(ME).status_code == 401
    assert browser.get(ME, headers={"Accept": "application/json"}).status_code == 401
    assert owner.get(ME).status_code == 200


# --- The next user of the browser ----------------------------------------------------------------


def next_user_sees(browser: Client, app: Authenticator | None) -> str:
    """Sign ada in, and return the text of each page on the way, and of her account."""
    form = {"username": "ada", "password": PASSWORD}
    pages = [browser.post("/api/session/login/", form, follow=True)]
    if app is not None:
        code = {"code": app.fresh()}
        pages.append(browser.post("/api/session/second-factor/", code, follow=True))
    pages.append(browser.get("/account/"))
    assert pages[-1].context["user"].name == "ada"
    return "".join(page.content.decode() for page in pages)


@pytest.mark.parametrize("has_factor", [False, True], ids=["password", "two steps"])
@pytest.mark.parametrize("end", ["the sign-out of the pages", "the sign-out of the admin", None])
def test_a_message_is_not_for_the_next_user(
    boss: User, ada: User, end: str | None, *, has_factor: bool
) -> None:
    """Such as the one with the button that restores what an admin has deleted."""
    app = Authenticator(ada) if has_factor else None
    browser = signed_in("boss")
    book = Book.objects.create(owner=boss, name="Emma", author="Jane Austen")
    deleted = browser.post(f"/admin/books/book/{book.pk}/delete/", {"post": "yes"})
    assert (deleted.status_code, Book.objects.count()) == (302, 0)
    if end is not None:
        ENDS[end](browser, boss, boss)
    assert "Emma" not in next_user_sees(browser, app)
