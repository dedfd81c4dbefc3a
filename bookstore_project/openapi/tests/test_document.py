"""Tests of tests/openapi.py, which checks every response of the HTTP tests."""

from typing import Any

import pytest

from books.api.examples import BOOK
from tests.openapi import UndocumentedError, check_response, documented_path

PROBLEM = {
    "type": "about:blank",
    "title": "Not Found",
    "status": 404,
    "detail": "Not found.",
    "code": "not_found",
    "request_id": "1",
}


def check(
    body: Any,
    *,
    path: str = "/api/v1/books/31",
    method: str = "GET",
    status: int = 200,
    content_type: str = "application/json",
) -> None:
    headers = {"Content-Type": content_type, "X-Request-Id": "1"}
    check_response(path=path, method=method, status=status, headers=headers, body=body)


def test_a_documented_response_passes() -> None:
    check(BOOK)
    check(PROBLEM, status=404, content_type="application/problem+json")
    check("", method="DELETE", status=204, content_type="")


def test_a_parameter_of_the_content_type_is_no_part_of_it() -> None:
    check(BOOK, content_type="application/json; charset=utf-8")


def test_an_undocumented_member_is_refused() -> None:
    with pytest.raises(UndocumentedError, match="'password' was unexpected"):
        check({**BOOK, "password": "argon2$..."})


def test_an_undocumented_member_deep_inside_is_refused() -> None:
    page = {"next": None, "previous": None, "results": [{**BOOK, "password": "argon2$..."}]}

    with pytest.raises(UndocumentedError, match="'password' was unexpected"):
        check(page, path="/api/v1/books")


def test_a_missing_member_is_refused() -> None:
    with pytest.raises(UndocumentedError, match="'price' is a required property"):
        check({name: value for name, value in BOOK.items() if name != "price"})


def test_a_value_of_another_type_is_refused() -> None:
    with pytest.raises(UndocumentedError, match=r"12\.5 is not of type 'string', 'null'"):
        check({**BOOK, "price": 12.5})


def test_a_value_of_another_format_is_refused() -> None:
    with pytest.raises(UndocumentedError, match="'17' is not a 'uuid'"):
        check({**BOOK, "owner": "17"})


def test_an_undocumented_status_is_refused() -> None:
    with pytest.raises(UndocumentedError, match=r"-> 418 .*: the status is not documented"):
        check(BOOK, status=418)


def test_an_undocumented_header_is_refused() -> None:
    with pytest.raises(UndocumentedError, match=r"the headers \{'x-secret'\} are not documented"):
        check_response(
            path="/api/v1/books/31",
            method="GET",
            status=200,
            headers={"Content-Type": "application/json", "ETag": '"31-1"', "X-Secret": "1"},
            body=BOOK,
        )


def test_an_undocumented_content_type_is_refused() -> None:
    with pytest.raises(UndocumentedError, match=r"documented are \['application/json'\]"):
        check("<html>", content_type="text/html")


def test_a_problem_in_plain_json_is_refused() -> None:
    with pytest.raises(UndocumentedError, match=r"documented are \['application/problem\+json'\]"):
        check(PROBLEM, status=404)


def test_a_body_where_none_is_documented_is_refused() -> None:
    with pytest.raises(UndocumentedError, match="no body is documented"):
        check({}, method="DELETE", status=204)


@pytest.mark.parametrize(("path", "method"), [("/nothing", "GET"), ("/api/v1/books/31", "POST")])
def test_what_the_document_does_not_have_is_passed_over(path: str, method: str) -> None:
    check("anything", path=path, method=method, status=418, content_type="text/plain")


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/api/v1/users/me", "/api/v1/users/me"),
        ("/api/v1/users/0b7e2f5c-6d1a-4b8e-9f3c-2a1d4e5f6a7b", "/api/v1/users/{public_id}"),
        ("/api/v1/books/31/", "/api/v1/books/{id}"),
        ("/api/v1/books/31/pages", None),
        ("/api/v1/book", None),
    ],
)
def test_a_path_is_found_by_its_template(path: str, template: str | None) -> None:
    assert documented_path(path) == template
