"""Bodies that can't be parsed or have the wrong type: a client's mistake is never a 500."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from accounts.models import User
from books.models import Book
from tests.client import ConformingClient
from tests.problems import a_problem, field_codes, problem_of

BOOKS = "/api/v1/books"
FORM = "application/x-www-form-urlencoded"
TOO_MANY_FIELDS = {f"field{number}": "" for number in range(1001)}

NOT_JSON = {
    "unclosed": b'{"name": "Emma"',
    "single quotes": b"{'name': 'Emma'}",
    "two values": b"{} {}",
    "nothing but a space": b" ",
    "NaN": b'{"price": NaN}',
    "Infinity": b'{"price": Infinity}',
    "minus Infinity": b'{"price": -Infinity}',
    "an integer of 5000 digits": b'{"price": ' + b"9" * 5000 + b"}",
    "invalid UTF-8": b'{"name": "\xff"}',
    "an encoded surrogate": b'{"name": "\xed\xa0\x80"}',
    "UTF-16": '{"name": "Emma"}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "a control character": b'{"name": "\x01"}',
    "a list nested 100,000 deep": b"[" * 100_000,
    "an object nested 100,000 deep": b'{"a":' * 100_000,
    "a closed list nested 100,000 deep": b"[" * 100_000 + b"]" * 100_000,
}

NOT_AN_OBJECT = {
    "list": ("[]", "invalid", "Invalid data. Expected a dictionary, but got list."),
    "list of objects": ("[{}]", "invalid", "Invalid data. Expected a dictionary, but got list."),
    "string": ('"Emma"', "invalid", "Invalid data. Expected a dictionary, but got str."),
    "number": ("1", "invalid", "Invalid data. Expected a dictionary, but got int."),
    "true": ("true", "invalid", "Invalid data. Expected a dictionary, but got bool."),
    "null": ("null", "null", "No data provided"),
}


@pytest.fixture
def as_ada(ada: User, client_of: Callable[[User], ConformingClient]) -> ConformingClient:
    return client_of(ada)


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON.keys())
def test_what_is_not_json_is_400(as_ada: ConformingClient, body: bytes) -> None:
    response = as_ada.post(BOOKS, data=body, content_type="application/json")

    assert response.status_code == 400
    problem = problem_of(response)
    assert problem.pop("detail").startswith(("The body is not valid JSON", "The JSON is nested"))
    assert problem == {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "code": "parse_error",
    }
    assert not Book.objects.exists()


def test_too_long_an_integer_is_called_so(as_ada: ConformingClient) -> None:
    body = b'{"price": ' + b"9" * 5000 + b"}"

    response = as_ada.post(BOOKS, data=body, content_type="application/json")

    assert response.status_code == 400
    assert problem_of(response)["detail"] == (
        "The body is not valid JSON: a number has more than 4000 digits"
    )


@pytest.mark.parametrize(
    ("body", "code", "detail"), NOT_AN_OBJECT.values(), ids=NOT_AN_OBJECT.keys()
)
def test_json_that_is_no_object_is_400_and_points_at_the_whole(
    as_ada: ConformingClient, body: str, code: str, detail: str
) -> None:
    response = as_ada.post(BOOKS, data=body, content_type="application/json")

    assert response.status_code == 400
    assert problem_of(response) == a_problem(
        400, "validation_error", detail, errors=[{"pointer": "#", "code": code, "detail": detail}]
    )


def test_no_body_lacks_every_field(as_ada: ConformingClient) -> None:
    response = as_ada.post(BOOKS)

    assert response.status_code == 400
    assert [error["pointer"] for error in problem_of(response)["errors"]] == [
        "#/name",
        "#/author",
    ]


def test_a_member_that_stands_twice_is_400(as_ada: ConformingClient) -> None:
    body = '{"name": "Emma", "name": "Persuasion", "author": "Jane Austen", "publisher": "P"}'

    response = as_ada.post(BOOKS, data=body, content_type="application/json")

    assert response.status_code == 400
    assert problem_of(response)["code"] == "parse_error"
    assert "the member 'name' occurs twice" in problem_of(response)["detail"]
    assert not Book.objects.exists()


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("&".join(f"{name}=" for name in TOO_MANY_FIELDS), FORM),
        (encode_multipart(BOUNDARY, TOO_MANY_FIELDS), MULTIPART_CONTENT),
    ],
    ids=["urlencoded", "multipart"],
)
def test_a_form_of_1001_fields_is_400(
    as_ada: ConformingClient, body: str | bytes, content_type: str
) -> None:
    response = as_ada.post(BOOKS, data=body, content_type=content_type)

    assert response.status_code == 400
    assert problem_of(response)["code"] == "parse_error"
    assert problem_of(response)["detail"] == "The request can't be read."


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b""),
        ("multipart/form-data", b"--x--"),
        ("multipart/form-data; boundary=x", b"--y\r\n"),
        ("multipart/form-data; boundary=\xe9", b"--x--"),
        ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="a'),
    ],
)
def test_a_multipart_form_that_breaks_off_is_400(
    as_ada: ConformingClient, content_type: str, body: bytes
) -> None:
    response = as_ada.post(BOOKS, data=body, content_type=content_type)

    assert response.status_code == 400
    assert problem_of(response)["status"] == 400
    assert not Book.objects.exists()


@pytest.mark.parametrize("content_type", [FORM, MULTIPART_CONTENT])
def test_a_form_makes_a_book_too(as_ada: ConformingClient, content_type: str) -> None:
    fields = {"name": "Emma", "author": "Jane Austen", "publisher": "John Murray"}
    body = (
        encode_multipart(BOUNDARY, fields)
        if content_type == MULTIPART_CONTENT
        else "name=Emma&author=Jane+Austen&publisher=John%20Murray"
    )

    response = as_ada.post(BOOKS, data=body, content_type=content_type)

    assert response.status_code == 201
    assert response.json().items() >= fields.items()


def test_a_member_of_an_unexpected_name_is_pointed_at(as_ada: ConformingClient) -> None:
    body: dict[str, Any] = {"name": "a", "author": "b", "publisher": "c", "a/b~c": [], "": None}

    response = as_ada.post(BOOKS, data=json.dumps(body), content_type="application/json")

    assert response.status_code == 400
    # Escaped as in RFC 6901 section 3.
    assert field_codes(response) == {("#/a~1b~0c", "unknown_member"), ("#/", "unknown_member")}
    assert not Book.objects.exists()


def test_decoding_does_not_round_a_price(as_ada: ConformingClient) -> None:
    body = '{"name": "a", "author": "b", "publisher": "c", "price": 1234567890.12}'

    response = as_ada.post(BOOKS, data=body, content_type="application/json")

    assert response.status_code == 201
    assert response.json()["price"] == "1234567890.12"
