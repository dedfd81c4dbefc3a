"""Bodies over DATA_UPLOAD_MAX_MEMORY_SIZE are answered 413, regardless of their content."""

from collections.abc import Callable
from io import BytesIO

import pytest
from django.conf import settings
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from accounts.models import User
from books.models import Book
from bookstore_project.api.errors import PayloadTooLarge
from bookstore_project.api.parsers import JSONParser
from tests.client import ConformingClient
from tests.problems import problem_of

BOOKS = "/api/v1/books"
LIMIT = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
TOO_LARGE = {
    "type": "about:blank",
    "title": "Request Entity Too Large",
    "status": 413,
    "detail": "The request body is too large.",
    "code": "payload_too_large",
}

BODIES = {
    "json": ("application/json", b'{"name": "%s"}', b'{"name": ""}'),
    "form": ("application/x-www-form-urlencoded", b"name=%s", b"name="),
    "multipart": (
        MULTIPART_CONTENT,
        encode_multipart(BOUNDARY, {"name": "%s"}),
        encode_multipart(BOUNDARY, {"name": ""}),
    ),
}


@pytest.fixture
def as_ada(ada: User, client_of: Callable[[User], ConformingClient]) -> ConformingClient:
    return client_of(ada)


@pytest.mark.parametrize(("content_type", "template", "empty"), BODIES.values(), ids=BODIES.keys())
def test_a_byte_over_the_limit_is_413(
    as_ada: ConformingClient, content_type: str, template: bytes, empty: bytes
) -> None:
    body = template.replace(b"%s", b"x" * (LIMIT - len(empty) + 1))
    assert len(body) == LIMIT + 1

    response = as_ada.post(BOOKS, data=body, content_type=content_type)

    assert response.status_code == 413
    assert problem_of(response) == TOO_LARGE
    assert not Book.objects.exists()


@pytest.mark.parametrize(("content_type", "template", "empty"), BODIES.values(), ids=BODIES.keys())
def test_a_body_of_just_the_limit_is_read(
    as_ada: ConformingClient, content_type: str, template: bytes, empty: bytes
) -> None:
    body = template.replace(b"%s", b"x" * (LIMIT - len(empty)))
    assert len(body) == LIMIT

    response = as_ada.post(BOOKS, data=body, content_type=content_type)

    assert response.status_code == 400
    assert {
        "pointer": "#/name",
        "code": "max_length",
        "detail": "Ensure this field has no more than 255 characters.",
    } in problem_of(response)["errors"]


def test_a_body_that_a_session_sends_is_bounded_as_well(
    ada: User, anonymous: ConformingClient
) -> None:
    # Django reads this form first, to find the CSRF token.
    anonymous.force_login(ada)
    anonymous.handler.enforce_csrf_checks = True
    anonymous.cookies["csrftoken"] = "x" * 32
    content_type, template, _ = BODIES["form"]

    response = anonymous.post(
        BOOKS, data=template.replace(b"%s", b"x" * LIMIT), content_type=content_type
    )

    assert response.status_code == 413
    assert problem_of(response) == TOO_LARGE


def test_a_body_of_undeclared_length_is_bounded_while_it_is_read() -> None:
    body = BytesIO(b'"' + b"x" * (2 * LIMIT) + b'"')

    with pytest.raises(PayloadTooLarge):
        JSONParser().parse(body)
    assert body.tell() == LIMIT + 1


def test_a_body_of_undeclared_length_within_the_limit_is_parsed() -> None:
    assert JSONParser().parse(BytesIO(b'{"price": 1}'), parser_context={}) == {"price": 1}
