"""The visitor of the browser tests notices the faults of a page."""

import pytest

from .visitor import Visitor

pytestmark = pytest.mark.live


def test_a_page_error_is_noticed(visitor: Visitor) -> None:
    visitor.open("/")

    with visitor.page.expect_event("pageerror"):
        visitor.page.evaluate("setTimeout(() => { throw new Error('broken') })")

    assert ["broken" in complaint for complaint in _take(visitor)] == [True]


def test_an_inline_handler_is_noticed(visitor: Visitor) -> None:
    visitor.open("/")

    with visitor.page.expect_console_message(lambda message: "violation" in message.text):
        visitor.page.evaluate("document.body.setAttribute('onclick', 'alert(1)')")

    assert any("policy violation: script-src-attr" in complaint for complaint in _take(visitor))


def test_another_host_is_noticed(visitor: Visitor) -> None:
    visitor.open("/")

    with visitor.page.expect_console_message(lambda message: "violation" in message.text):
        visitor.page.evaluate("new Image().src = 'https://elsewhere.invalid/logo.svg'")

    complaints = _take(visitor)
    assert any("asks https://elsewhere.invalid/logo.svg" in complaint for complaint in complaints)


def test_an_error_status_that_nobody_expects_is_noticed(visitor: Visitor) -> None:
    with visitor.page.expect_console_message(lambda message: "401" in message.text):
        visitor.open("/api/v1/books")

    assert ["status of 401" in complaint for complaint in _take(visitor)] == [True]


def _take(visitor: Visitor) -> list[str]:
    """Return and clear the complaints, so that the test does not fail at its end."""
    complaints = [*visitor.complaints]
    visitor.complaints.clear()
    return complaints
