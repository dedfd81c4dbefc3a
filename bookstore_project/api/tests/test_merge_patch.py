"""JSON merge patches (RFC 7396), and the header that announces them (RFC 5789)."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from books.models import Book
from tests.client import ConformingClient
from tests.problems import field_codes

MERGE_PATCH = "application/merge-patch+json"
FORMATS = "application/merge-patch+json, application/json"
ME = "/api/v1/users/me"


@pytest.fixture
def as_ada(ada: User, client_of: Callable[[User], ConformingClient]) -> ConformingClient:
    return client_of(ada)


@pytest.fixture
def address(ada: User, make_book: Callable[..., Book]) -> str:
    return f"/api/v1/books/{make_book(ada, price=3, isbn='9780141439549').pk}"


def patch(client: ConformingClient, path: str, body: str, media_type: str = MERGE_PATCH) -> Any:
    return client.generic("PATCH", path, body, content_type=media_type)


@pytest.mark.parametrize("media_type", [MERGE_PATCH, f"{MERGE_PATCH}; charset=utf-8"])
def test_a_merge_patch_changes_sets_and_unsets_members(
    as_ada: ConformingClient, address: str, media_type: str
) -> None:
    response = patch(as_ada, address, '{"name": "Romola", "isbn": null}', media_type)

    assert response.status_code == 200
    changed = response.json()
    assert (changed["name"], changed["isbn"], changed["price"]) == ("Romola", None, "3.00")


def test_every_route_with_patch_takes_one(
    ada: User, boss: User, client_of: Callable[[User], ConformingClient]
) -> None:
    access = patch(client_of(boss), f"/api/v1/users/{ada.public_id}", '{"editor": true}')
    profile = patch(client_of(ada), ME, "{}")

    assert (access.status_code, access.json()["editor"]) == (200, True)
    assert profile.status_code == 200


@pytest.mark.parametrize("body", ["[]", "1", "null", '"x"'])
def test_a_patch_that_would_replace_the_record_is_400(
    as_ada: ConformingClient, address: str, body: str
) -> None:
    assert patch(as_ada, address, body).status_code == 400


def test_its_errors_are_those_of_json(as_ada: ConformingClient, address: str) -> None:
    assert field_codes(patch(as_ada, address, '{"name": null}')) == {("#/name", "null")}
    assert patch(as_ada, address, '{"name": "a", "name": "b"}').json()["code"] == "parse_error"


@pytest.mark.parametrize("media_type", ["application/json-patch+json", "text/plain"])
def test_another_format_is_415_with_the_formats(
    as_ada: ConformingClient, address: str, media_type: str
) -> None:
    for path in (address, ME):
        response = patch(as_ada, path, "[]", media_type)
        assert response.status_code == 415
        assert response.headers["Accept-Patch"] == FORMATS


def test_options_names_the_formats_where_there_is_a_patch(
    as_ada: ConformingClient, address: str
) -> None:
    for path in (address, ME):
        assert as_ada.options(path).headers["Accept-Patch"] == FORMATS
    assert "Accept-Patch" not in as_ada.options("/api/v1/books").headers


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_other_methods_take_no_merge_patch(
    as_ada: ConformingClient, address: str, method: str
) -> None:
    path = address if method == "PUT" else "/api/v1/books"
    response = as_ada.generic(method, path, "{}", content_type=MERGE_PATCH)

    assert response.status_code == 415
    assert "Accept-Patch" not in response.headers
