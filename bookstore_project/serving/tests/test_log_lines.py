"""Log messages are one line each, without control characters for terminals."""

import logging
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from bookstore_project.http.api_token_text import new_token
from bookstore_project.serving.log_lines import LineFormatter


def line(message: str) -> str:
    record = logging.LogRecord("django.server", logging.INFO, __file__, 1, message, None, None)
    return LineFormatter("%(levelname)s %(message)s").format(record)


def test_control_characters_are_escaped() -> None:
    assert line("GET /\x1b[31mX\r\nFAKE \x9b") == r"INFO GET /\x1b[31mX\x0d\x0aFAKE \x9b"


def test_text_in_any_script_stays() -> None:
    for text in ("GET /война", "名前", "ß ς naïve", "हिन्दी", "📚", "e\u0301"):
        assert line(text) == f"INFO {text}"


@pytest.mark.parametrize(
    "character",
    [
        *"\u2028\u2029\u0085",  # line and paragraph separators
        *"\u202e\u202d\u2066\u2069\u200e\u200f\u061c",  # the order of writing
        *"\u00a0\u3000\u2000\u2009\u202f\u205f\u1680",  # spaces
        *"\u200b\u200d\ufeff\u00ad\u2060\U000e0041",  # invisible
        *"\u3164\uffa0\u115f\u2800",  # blank
        *"\ud800\ue000\uffff",  # no characters
    ],
)
def test_what_makes_a_line_look_like_another_is_escaped(character: str) -> None:
    written = line(f"a{character}status=200")
    assert written.isascii()
    assert written.startswith("INFO a\\")
    assert written.endswith("status=200")


def test_no_line_of_a_traceback_looks_like_a_line_of_the_log() -> None:
    error = ValueError("a\n2026-01-01 INFO bookstore.request \u202e\x1b[31m\rb")
    record = logging.LogRecord(
        "a", logging.ERROR, __file__, 1, "It failed", None, (ValueError, error, None)
    )
    first, *others = LineFormatter("%(levelname)s %(message)s").format(record).split("\n")
    assert first == "ERROR It failed"
    assert all(each.startswith("  ") for each in others)
    assert others[-1] == "  2026-01-01 INFO bookstore.request \\u202e\\x1b[31m\\x0db"


def test_no_secret_of_an_api_token_is_written() -> None:
    token = new_token()
    error = ValueError(f"bad {token}")
    record = logging.LogRecord(
        "a", logging.ERROR, __file__, 1, f"GET /x/{token}", None, (ValueError, error, None)
    )
    text = LineFormatter("%(levelname)s %(message)s").format(record)
    assert text.split("\n")[0] == "ERROR GET /x/bks_[redacted]"
    assert text.split("\n")[-1] == "  ValueError: bad bks_[redacted]"


def test_no_token_of_a_mail_is_written() -> None:
    line = 'GET /account/reset-password/?x=1&token=0a1b.c-2:d3_ HTTP/1.1" 302 0 see /?a=b'
    record = logging.LogRecord("django.server", logging.INFO, __file__, 1, line, None, None)
    assert LineFormatter("%(message)s").format(record) == line.replace("0a1b.c-2:d3_", "[redacted]")


@pytest.mark.django_db
def test_a_token_in_an_address_is_in_no_line_of_its_request(
    client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    token = new_token()
    handler = logging.StreamHandler()
    handler.setFormatter(LineFormatter("%(message)s"))
    logger = logging.getLogger("django.request")
    logger.addHandler(handler)
    try:
        assert client.delete(f"/api/v1/users/me/tokens/{token}").status_code == 404
    finally:
        logger.removeHandler(handler)
    written = capsys.readouterr().err
    assert "/api/v1/users/me/tokens/bks_[redacted]" in written
    assert token[4:20] not in written


def test_the_settings_write_lines_this_way(settings: object) -> None:
    formatters = settings.LOGGING["formatters"]  # type: ignore[attr-defined]  # pytest-django's
    assert formatters["line"]["class"] == "bookstore_project.serving.log_lines.LineFormatter"


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


@pytest.mark.parametrize("path", ["/admin/login/", "/api/session/login/"])
def test_a_form_that_can_not_be_read_is_one_line(
    db: None, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    form = "application/x-www-form-urlencoded"
    response = Client().post(path, "username=%ff", content_type=form)

    assert response.status_code == 400
    written = [LineFormatter("%(message)s").format(record) for record in caplog.records]
    assert written
    assert not any("\n" in line for line in written)


FORGED = "x INFO bookstore.request [0] method=GET path=/ status=200 bytes=1 address=8.8.8.8"


@pytest.mark.parametrize(
    ("method", "path", "host"),
    [
        ("GET", f"/{FORGED}", "localhost"),
        ("GET", f"/api/v1/books/{FORGED}", "localhost"),
        ("POST", f"/admin/{FORGED} \u202e", "localhost"),
        ("GET", "/", f"localhost {FORGED}"),
    ],
)
def test_no_line_of_djangos_goes_on_as_a_line_of_the_request_log(
    method: str, path: str, host: str, caplog: pytest.LogCaptureFixture
) -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.generic(method, quote(path), HTTP_HOST=host)

    assert 400 <= response.status_code < 500
    told = [record for record in caplog.records if record.name.startswith("django.")]
    assert told
    for record in told:
        written = LineFormatter("%(levelname)s %(message)s").format(record)
        assert " INFO bookstore.request" not in written
        assert "x%20INFO%20bookstore.request%20[0]" in written
        assert " status=200" not in written


@pytest.mark.parametrize("header", ["HTTP_ORIGIN", "HTTP_REFERER"])
def test_neither_does_a_refusal_of_a_foreign_form(
    header: str, caplog: pytest.LogCaptureFixture
) -> None:
    client = Client(enforce_csrf_checks=True)
    sent: Any = {header: f"https://x/ {FORGED}"}
    response = client.generic("POST", "/admin/logout/", secure=header == "HTTP_REFERER", **sent)
    assert response.status_code == 403
    [record] = [record for record in caplog.records if record.name == "django.security.csrf"]
    written = LineFormatter("%(levelname)s %(message)s").format(record)
    assert "x%20INFO%20bookstore.request" in written
    assert " status=200" not in written
