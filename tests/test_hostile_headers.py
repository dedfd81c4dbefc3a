"""Headers that Django and Python would parse before any error handler runs."""

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.test import RequestFactory

from bookstore_project.http.hostile_headers import UNREADABLE
from bookstore_project.serving.handlers import Utf8ASGIHandler, Utf8WSGIHandler

pytestmark = pytest.mark.usefixtures("kept_connection")

UNREADABLE_MEDIA_TYPES = [
    "a/b;a*=zzz''x",
    "a/b;a*=idna''%ff",
    "a/b;a*=undefined''%ff",
    f"a/b;a*{'9' * 5_000}*=x",
    'a/b;x="' + ";" * 60_000,
]


def environ(**headers: str) -> dict[str, Any]:
    return {**RequestFactory().post("/api/v1/auth/register").environ, **headers}


def answer(**headers: str) -> tuple[int, Any]:
    """Return the status and the JSON body that a server would send."""
    statuses: list[str] = []

    def start_response(status: str, *args: Any) -> Callable[[bytes], object]:
        statuses.append(status)
        return bytes

    response = Utf8WSGIHandler()(environ(**headers), start_response)
    return int(statuses[0].split()[0]), json.loads(b"".join(response))


@pytest.mark.parametrize("media_type", UNREADABLE_MEDIA_TYPES, ids=range(5))
def test_a_content_type_that_can_not_be_read_is_415(media_type: str) -> None:
    status, body = answer(CONTENT_TYPE=media_type)
    assert (status, body["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize("media_types", UNREADABLE_MEDIA_TYPES, ids=range(5))
def test_an_accept_that_can_not_be_read_accepts_anything(media_types: str) -> None:
    status, body = answer(
        PATH_INFO="/api/v1/nothing/here", HTTP_ACCEPT=f"text/html, {media_types}", CONTENT_TYPE=""
    )
    assert (status, body["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    "media_types", ["text/html", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", ""]
)
def test_ordinary_media_types_are_left_alone(media_types: str) -> None:
    request = Utf8WSGIHandler.request_class(
        environ(HTTP_ACCEPT=media_types, CONTENT_TYPE=media_types)
    )
    assert request.META["HTTP_ACCEPT"] == media_types
    assert request.META["CONTENT_TYPE"] == media_types


def test_both_handlers_make_the_same_of_hostile_headers() -> None:
    hostile = UNREADABLE_MEDIA_TYPES[0]
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/healthz",
        "query_string": b"",
        "headers": [
            (b"content-type", hostile.encode()),
            (b"accept", hostile.encode()),
            (b"cookie", rb'a="\000\\\\"'),
        ],
    }
    from_asgi, _ = Utf8ASGIHandler().create_request(scope, BytesIO())
    from_wsgi = Utf8WSGIHandler.request_class(
        environ(CONTENT_TYPE=hostile, HTTP_ACCEPT=hostile, HTTP_COOKIE=r'a="\000\\\\"')
    )
    for request in (from_asgi, from_wsgi):
        assert request is not None
        assert request.META["CONTENT_TYPE"] == UNREADABLE
        assert "HTTP_ACCEPT" not in request.META
        # Unquoting backslashes takes quadratic time.
        assert request.META["HTTP_COOKIE"] == 'a="000"'
        assert request.COOKIES == {"a": "000"}


@pytest.mark.parametrize("cookie", ['sessionid="\\000aaaaaaaaaaa"', "sessionid=aa\x00aaaaaaaaa"])
def test_a_session_cookie_with_a_nul_is_nobodys(cookie: str) -> None:
    status, body = answer(
        REQUEST_METHOD="GET",
        PATH_INFO="/api/v1/books",
        CONTENT_TYPE="",
        HTTP_ACCEPT="application/json",
        HTTP_COOKIE=cookie,
    )
    assert (status, body["code"]) == (401, "not_authenticated")
