"""Each answer is one line of the log: what was asked, and how it was answered."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.test import RequestFactory

from bookstore_project.request_log import RequestLogMiddleware

Get = Callable[..., str]


@pytest.fixture
def logged(settings: Any, caplog: pytest.LogCaptureFixture) -> Get:
    """Answer a GET, and return the line that is logged."""
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
