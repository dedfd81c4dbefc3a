"""Charsets in the WSGI and ASGI handlers, which the test client bypasses."""

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.test import RequestFactory

from bookstore_project.serving.handlers import Utf8ASGIHandler, Utf8WSGIHandler

pytestmark = pytest.mark.usefixtures("kept_connection")

QUERY = "name=%C3%89"
HOSTILE = ["hex", "idna", "rot13", "unknown-name", "a\x00b", "é"]


@pytest.mark.parametrize("charset", HOSTILE)
def test_wsgi_with_a_query_in_another_charset_is_415(charset: str) -> None:
    status, body = _answer_of_wsgi(query=QUERY, content_type=f"text/plain; charset={charset}")

    assert status == "415 Unsupported Media Type"
    assert body["code"] == "unsupported_charset"


@pytest.mark.parametrize("charset", [*HOSTILE, "latin-1", "utf-8"])
def test_wsgi_passes_over_the_charset_of_json(charset: str) -> None:
    status, body = _answer_of_wsgi(query=QUERY, content_type=f"application/json; charset={charset}")

    assert status == "200 OK"
    assert body == {"status": "ok"}


def test_a_query_of_1001_parameters_is_400_beside_a_charset() -> None:
    query = "&".join(f"x{number}=" for number in range(1001))

    status, body = _answer_of_wsgi(query=query, content_type="application/json; charset=utf-8")

    assert status == "400 Bad Request"
    assert body["code"] == "bad_request"


@pytest.mark.parametrize("charset", [*HOSTILE, "latin-1", "utf-8"])
def test_both_handlers_read_the_query_as_utf_8(charset: str) -> None:
    content_type = f"application/json; charset={charset}"
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/healthz",
        "query_string": QUERY.encode(),
        "headers": [(b"content-type", content_type.encode("latin-1"))],
    }

    from_wsgi = Utf8WSGIHandler.request_class(_environ(query=QUERY, content_type=content_type))
    from_asgi, error = Utf8ASGIHandler().create_request(scope, BytesIO())

    assert error is None
    for request in (from_wsgi, from_asgi):
        assert request is not None
        assert request.GET["name"] == "É"
        assert request.content_type == "application/json"
        assert request.content_params == {"charset": charset}


def _environ(*, query: str, content_type: str) -> dict[str, Any]:
    request = RequestFactory().get("/healthz", query_params={})
    return {
        **request.environ,
        "QUERY_STRING": query,
        "CONTENT_TYPE": content_type,
        "HTTP_ACCEPT": "application/json",
    }


def _answer_of_wsgi(*, query: str, content_type: str) -> tuple[str, Any]:
    """Return the status line and the body that a server would send."""
    statuses: list[str] = []

    def start_response(status: str, *args: Any) -> Callable[[bytes], object]:
        statuses.append(status)
        return bytes

    response = Utf8WSGIHandler()(_environ(query=query, content_type=content_type), start_response)
    return statuses[0], json.loads(b"".join(response))
