"""A log line is one line, and drives no terminal."""

import logging

import pytest
from django.test import Client

from bookstore_project.logs import LineFormatter


def line(message: str) -> str:
    record = logging.LogRecord("django.server", logging.INFO, __file__, 1, message, None, None)
    return LineFormatter("%(levelname)s %(message)s").format(record)


def test_control_characters_are_escaped() -> None:
    assert line("GET /\x1b[31mX\r\nFAKE \x9b") == r"INFO GET /\x1b[31mX\x0d\x0aFAKE \x9b"


def test_text_in_any_script_stays() -> None:
    assert line("GET /война") == "INFO GET /война"


def test_the_settings_write_lines_this_way(settings: object) -> None:
    formatters = settings.LOGGING["formatters"]  # type: ignore[attr-defined]  # pytest-django's
    assert formatters["line"]["class"] == "bookstore_project.logs.LineFormatter"


def test_a_host_that_is_not_allowed_is_named_without_a_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    response = Client().get("/healthz", HTTP_HOST="made.up")

    assert response.status_code == 400
    [told] = [record for record in caplog.records if record.exc_info]
    assert told.name == "django.security.DisallowedHost"
    written = LineFormatter("%(levelname)s %(message)s").format(told)
    assert written.startswith("ERROR Invalid HTTP_HOST header: 'made.up'. You may need to add")
    assert "\n" not in written
