"""A log line is one line, and drives no terminal."""

import logging

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
