"""How pages write a time."""

from datetime import UTC, date, datetime, timedelta, timezone

from django.template import engines
from django.utils import translation

from bookstore_project.web.moments import day, moment, moment_text

NOON = datetime(2026, 3, 1, 12, 5, 59, 999_999, tzinfo=UTC)


def test_a_time_has_its_zone() -> None:
    assert moment_text(NOON) == "2026-03-01 12:05 UTC"


def test_a_time_of_another_zone_is_shown_in_that_of_the_server() -> None:
    assert moment_text(NOON.astimezone(timezone(timedelta(hours=5)))) == "2026-03-01 12:05 UTC"


def test_a_time_is_exact_for_programs() -> None:
    assert moment(NOON) == (
        '<time datetime="2026-03-01T12:05:59+00:00">2026-03-01 12:05 UTC</time>'
    )


def test_a_day() -> None:
    assert day(date(2026, 3, 1)) == '<time datetime="2026-03-01">2026-03-01</time>'


def test_a_time_is_the_same_in_every_language() -> None:
    with translation.override("de"):
        assert moment_text(NOON) == "2026-03-01 12:05 UTC"


def test_templates_write_times_with_the_filters() -> None:
    text = "{% load moments %}{{ at|moment }} {{ on|day }} {{ at|moment_text }}"
    page = engines["django"].from_string(text).render({"at": NOON, "on": NOON.date()})
    assert page == f"{moment(NOON)} {day(NOON.date())} {moment_text(NOON)}"
