"""The request log: one line for each response."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.test import RequestFactory

from bookstore_project.http.request_log import RequestLogMiddleware

Get = Callable[..., str]


@pytest.fixture
def logged(settings: Any, caplog: pytest.LogCaptureFixture) -> Get:
    """Send a GET, and return its log line."""
    settings.REQUEST_LOG = True
    caplog.set_level(logging.INFO, logger="bookstore.request")

    def get(path: str, response: HttpResponseBase, address: str = "127.0.0.1") -> str:
        request = RequestFactory(REMOTE_ADDR=address).get(path)
        assert RequestLogMiddleware(lambda request: response)(request) is response
        [record] = [each for each in caplog.records if each.name == "bookstore.request"]
        return record.getMessage()

    return get


def test_a_line_holds_what_was_asked_and_answered(logged: Get) -> None:
    line = logged("/api/v1/books", HttpResponse(b"12345", status=404))
    before, _, after = line.partition(" ms=")
    assert before == "method=GET path=/api/v1/books status=404 bytes=5"
    milliseconds, _, address = after.partition(" ")
    assert float(milliseconds) >= 0
    assert address == "address=127.0.0.1"


def test_what_somebody_looks_for_is_not_logged(logged: Get) -> None:
    assert "secret" not in logged("/api/v1/books?q=secret", HttpResponse())


def test_a_value_ends_where_it_seems_to(logged: Get) -> None:
    line = logged("/api/v1/a%20status=200", HttpResponse(status=404))
    assert " path=/api/v1/a%20status=200 status=404 " in line


@pytest.mark.parametrize(
    ("sent", "logged_as"),
    [
        ("/a%E2%80%A8FAKE", "/a%E2%80%A8FAKE"),
        ("/a%E2%80%AE002=sutats", "/a%E2%80%AE002=sutats"),
        ("/a%E3%80%80status=200%E3%80%80address=8.8.8.8", None),
        ("/a%C2%A0status=200", None),
        ("/a%C2%85b", None),
        ("/a%0D%0Ab%1B%5B31m%00", "/a%0D%0Ab%1B[31m%00"),
        ("/%D0%B2%D0%BE%D0%B9%D0%BD%D0%B0", None),
        ("/%F0%9F%93%9A", None),
        ("/a%7F", None),
        ("/a%20b%09c", None),
        ("/a!$&'()*+,;=:@~-._", None),
        ("/100%25", "/100%"),
        # Bytes that are not UTF-8, which Django leaves percent-encoded.
        ("/a%FF", None),
    ],
)
def test_a_path_is_printable_ascii(logged: Get, sent: str, logged_as: str | None) -> None:
    line = logged(sent, HttpResponse(status=404))
    assert line.isascii()
    assert line.isprintable()
    assert line.startswith(f"method=GET path={logged_as or sent} status=404 bytes=0 ms=")
    assert len(line.split(" ")) == 6


@pytest.mark.parametrize("method", ["G\u2028T", "GET status=200", "G\u3000T", "G\ud800T", "é"])
def test_a_method_is_printable_ascii_too(
    method: str, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.REQUEST_LOG = True
    caplog.set_level(logging.INFO, logger="bookstore.request")
    request = RequestFactory().generic(method, "/")
    request.method = method
    RequestLogMiddleware(lambda request: HttpResponse())(request)
    line = caplog.records[-1].getMessage()
    assert line.isascii()
    assert line.isprintable()
    assert len(line.split(" ")) == 6


def test_the_size_of_a_stream_is_not_known(logged: Get) -> None:
    assert " bytes=- " in logged("/books", StreamingHttpResponse([b"a", b"b"]))


def test_a_client_on_a_unix_socket_has_no_address(logged: Get) -> None:
    assert logged("/", HttpResponse(), address="").endswith(" address=-")


def test_no_line_is_made_where_none_is_wanted(settings: Any) -> None:
    settings.REQUEST_LOG = True
    logger = logging.getLogger("bookstore.request")
    logger.setLevel(logging.WARNING)
    try:
        response = HttpResponse()
        answered = RequestLogMiddleware(lambda request: response)(RequestFactory().get("/"))
    finally:
        logger.setLevel(logging.NOTSET)
    assert answered is response


def test_it_is_left_out_where_the_server_logs_itself(settings: Any) -> None:
    settings.REQUEST_LOG = False
    with pytest.raises(MiddlewareNotUsed):
        RequestLogMiddleware(lambda request: HttpResponse())
