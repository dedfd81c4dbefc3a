"""The pages that lead to the export of an account, and delete it."""

import io
import re
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import AuthEvent, User
from books.models import Book

from .pages import PROOF, browser_of, error_of, text_of

pytestmark = pytest.mark.django_db

EXPORT = "/account/export/"
DELETION = "/account/deletion/"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def links(response: Any) -> list[str]:
    found = re.findall(r'href="(/api/[^"]*)"', response.content.decode())
    return [address.replace("&amp;", "&") for address in found]


def test_the_export_is_downloaded_by_a_link(ada: User, make_book: Callable[..., Book]) -> None:
    make_book(ada)
    client = browser_of(ada)
    address = "/api/v1/users/me/export"
    assert address in links(client.get(EXPORT))
    response: Any = client.get(address, headers={"Accept": BROWSER})
    assert response.status_code == 200
    assert response.headers["Content-Disposition"] == 'attachment; filename="account.zip"'
    archive = zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))
    assert "account.json" in archive.namelist()
    assert AuthEvent.objects.filter(kind="account_exported").count() == 1


def test_the_books_alone_are_downloaded_by_another(
    ada: User, bob: User, make_book: Callable[..., Book]
) -> None:
    make_book(ada, name="Romola")
    make_book(bob, name="Emma")
    client = browser_of(ada)
    [address] = [each for each in links(client.get(EXPORT)) if "books/export" in each]
    response: Any = client.get(address, headers={"Accept": BROWSER})
    assert response.headers["Content-Disposition"].startswith("attachment")
    text = b"".join(response.streaming_content).decode()
    assert "Romola" in text
    assert "Emma" not in text


def test_the_deletion_says_what_is_lost(ada: User) -> None:
    text = text_of(browser_of(ada).get(DELETION))
    assert "This can't be undone. You lose:" in text
    assert "all your books, their history" in text


def test_an_account_is_deleted_with_its_books(ada: User, make_book: Callable[..., Book]) -> None:
    make_book(ada)
    other, client = browser_of(ada), browser_of(ada)
    response = client.post(DELETION, {"name": "ADA", **PROOF})
    assert (response.status_code, response.headers["Location"]) == (302, "/")
    assert not User.objects.filter(name="ada").exists()
    assert not Book.objects.exists()
    home = text_of(client.get("/"))
    assert "Your account was deleted." in home
    assert "Sign in" in home
    assert other.get("/account/").status_code == 302
    assert AuthEvent.objects.filter(kind="account_deleted").count() == 1


@pytest.mark.parametrize(("name", "error"), [("", "required"), ("bob", "This is not your name.")])
def test_the_name_is_typed_first(name: str, error: str, ada: User, bob: User) -> None:
    response = browser_of(ada).post(DELETION, {"name": name, **PROOF})
    assert error in error_of(response, "name")
    assert User.objects.filter(name="ada").exists()
    assert User.objects.filter(name="bob").exists()


def test_the_last_admin_stays(boss: User) -> None:
    response = browser_of(boss).post(DELETION, {"name": "boss", **PROOF})
    assert "You are the last admin. Make another user an admin first." in text_of(response)
    assert User.objects.filter(name="boss").exists()
