"""The request id is accepted or generated, sent in the response, and in every log record."""

import logging
import re
from collections.abc import Iterator
from typing import NoReturn

import pytest
from django.test import Client

from bookstore_project.http.request_id import RequestIdFilter, current_request_id
from tests.client import ConformingClient

MADE = re.compile(r"[0-9a-f]{32}")

HOSTILE = [
    "",
    "two words",
    " padded ",
    "a\nb",
    "a\r\nSet-Cookie: x=1",
    "a\x00b",
    "<script>alert(1)</script>",
    '"quoted"',
    "été",
    "１２",
    "x" * 129,
    "x" * 200,
]


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """The log records, as a handler with the project's filter receives them."""
    log_filter = RequestIdFilter()
    caplog.handler.addFilter(log_filter)
    yield caplog
    caplog.handler.removeFilter(log_filter)


@pytest.mark.parametrize("path", ["/", "/healthz", "/api/v1", "/api/v1/nothing", "/nothing"])
@pytest.mark.parametrize("request_id", ["a", "x" * 128, "3f2b8f1e-7c1d-4a", "Root=1-67~a.b_c+/="])
def test_an_acceptable_id_goes_out_as_it_came_in(
    anonymous: ConformingClient, path: str, request_id: str
) -> None:
    response = anonymous.get(path, HTTP_X_REQUEST_ID=request_id)

    assert response.headers["X-Request-Id"] == request_id


@pytest.mark.parametrize("request_id", HOSTILE)
def test_a_hostile_id_is_replaced(anonymous: ConformingClient, request_id: str) -> None:
    response = anonymous.get("/api/v1/nothing", HTTP_X_REQUEST_ID=request_id)

    assert MADE.fullmatch(response.headers["X-Request-Id"])
    assert response.json()["request_id"] == response.headers["X-Request-Id"]


def test_each_request_without_one_is_given_its_own(anonymous: ConformingClient) -> None:
    made = {anonymous.get("/healthz").headers["X-Request-Id"] for _ in range(3)}

    assert len(made) == 3
    assert all(MADE.fullmatch(request_id) for request_id in made)


def test_it_stands_in_the_records_of_django(
    anonymous: ConformingClient, log: pytest.LogCaptureFixture
) -> None:
    anonymous.get("/api/v1/nothing", HTTP_X_REQUEST_ID="first")
    anonymous.get("/api/v1/nothing", HTTP_X_REQUEST_ID="second")

    assert [(record.name, vars(record)["request_id"]) for record in log.records] == [
        ("django.request", "first"),
        ("django.request", "second"),
    ]


def test_it_stands_in_the_record_of_a_failure(
    log: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **kwargs: object) -> NoReturn:
        raise RuntimeError("the cause")

    monkeypatch.setattr("bookstore_project.web.home.render", fail)
    client = Client(raise_request_exception=False)

    response = client.get("/", headers={"X-Request-Id": "reported", "Accept": "text/html"})

    assert response.status_code == 500
    assert "reported" in response.content.decode()
    (record,) = log.records
    assert (record.name, record.levelname) == ("django.request", "ERROR")
    assert vars(record)["request_id"] == "reported"
    assert record.exc_info is not None
    assert str(record.exc_info[1]) == "the cause"


def test_code_that_runs_for_a_request_can_ask_for_it(
    anonymous: ConformingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    monkeypatch.setattr(
        "bookstore_project.web.health.HealthView.initial",
        lambda *args, **kwargs: seen.append(current_request_id()),
    )

    anonymous.get("/healthz", HTTP_X_REQUEST_ID="asked")

    assert seen == ["asked"]


def test_the_configured_log_line_carries_it() -> None:
    (handler,) = (
        handler
        for handler in logging.getLogger().handlers
        if any(isinstance(log_filter, RequestIdFilter) for log_filter in handler.filters)
    )
    record = logging.LogRecord("books", logging.INFO, __file__, 1, "stored", None, None)

    handler.filter(record)

    assert f"INFO books [{current_request_id()}] stored" in handler.format(record)
