"""Requests are UTF-8: another charset in Content-Type is a 415, except that JSON ignores it."""

import pytest
from django.test.client import BOUNDARY
from rest_framework.test import APIClient

from accounts.models import User
from accounts.tokens.classes import AccessToken
from books.models import Book
from tests.problems import a_problem, problem_of

BOOKS = "/api/v1/books"
FORM = "application/x-www-form-urlencoded"
BODY = "name=%C3%89mile&author=Rousseau&publisher=N%C3%A9aulme"
# Other character sets, codecs that do not decode text, and unknown codecs.
REFUSED = ["hex", "idna", "rot13", "latin-1", "utf-16", "utf-7", "unknown-name", "x" * 200, "é"]
UNSUPPORTED = a_problem(
    415,
    "unsupported_charset",
    "Send the request in UTF-8, or leave the charset out of Content-Type.",
)


@pytest.fixture
def client(ada: User) -> APIClient:
    """A client without the check against the OpenAPI document: any route may answer 415 here."""
    return APIClient(HTTP_AUTHORIZATION=f"Bearer {AccessToken.for_user(ada)}")


@pytest.mark.parametrize("charset", REFUSED)
def test_a_form_in_another_charset_is_415(client: APIClient, charset: str) -> None:
    response = client.post(BOOKS, data=BODY, content_type=f"{FORM}; charset={charset}")

    assert response.status_code == 415
    assert problem_of(response) == UNSUPPORTED
    assert not Book.objects.exists()


@pytest.mark.parametrize("charset", REFUSED)
def test_a_multipart_form_in_another_charset_is_415(client: APIClient, charset: str) -> None:
    response = client.post(
        BOOKS,
        data=f"--{BOUNDARY}--",
        content_type=f"multipart/form-data; boundary={BOUNDARY}; charset={charset}",
    )

    assert response.status_code == 415
    assert problem_of(response) == UNSUPPORTED


@pytest.mark.parametrize("charset", REFUSED)
@pytest.mark.parametrize("path", [BOOKS, "/healthz", "/", "/admin/login/"])
def test_a_get_in_another_charset_is_415(client: APIClient, path: str, charset: str) -> None:
    response = client.generic("GET", path, content_type=f"text/plain; charset={charset}")

    assert response.status_code == 415
    assert problem_of(response) == UNSUPPORTED


@pytest.mark.parametrize("charset", REFUSED)
def test_on_json_it_is_passed_over(client: APIClient, charset: str) -> None:
    response = client.post(
        BOOKS,
        data='{"name": "Émile", "author": "Rousseau", "publisher": "Néaulme"}'.encode(),
        content_type=f"application/json; charset={charset}",
    )

    assert response.status_code == 201
    assert Book.objects.get().name == "Émile"


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", "utf8", "us-ascii", '"utf-8"'])
def test_utf_8_is_welcome(client: APIClient, charset: str) -> None:
    response = client.post(BOOKS, data=BODY, content_type=f"{FORM}; charset={charset}")

    assert response.status_code == 201
    assert Book.objects.get().name == "Émile"
