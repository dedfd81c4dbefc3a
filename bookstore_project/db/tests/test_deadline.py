"""A deadline for calls that have no timeout of their own."""

from collections.abc import Callable
from threading import Event
from typing import NoReturn
from unittest.mock import Mock

import pytest

from bookstore_project.db.deadline import first_within


def refuse() -> NoReturn:
    raise ConnectionRefusedError("refused")


@pytest.fixture
def released() -> Event:
    """An event that ends the calls that wait for it."""
    return Event()


def test_the_result_of_the_one_call_is_returned() -> None:
    assert first_within(5, [lambda: "done"], discard=Mock()) == "done"


def test_its_error_is_raised() -> None:
    with pytest.raises(ConnectionRefusedError, match="refused"):
        first_within(5, [refuse], discard=Mock())


def test_a_call_that_does_not_end_is_left_and_what_it_gives_is_discarded(released: Event) -> None:
    discarded = Event()
    with pytest.raises(TimeoutError, match=r"No answer within 0\.05 s"):
        first_within(0.05, [lambda: released.wait(5)], discard=lambda result: discarded.set())
    released.set()
    assert discarded.wait(5)


def test_an_error_that_comes_too_late_is_nobodys(released: Event) -> None:
    ended = Event()

    def fail_late() -> NoReturn:
        released.wait(5)
        ended.set()
        refuse()

    discard = Mock()
    with pytest.raises(TimeoutError):
        first_within(0.05, [fail_late], discard=discard)
    released.set()
    assert ended.wait(5)
    discard.assert_not_called()


def test_the_next_one_is_tried_at_once_after_an_error() -> None:
    assert first_within(60, [refuse, refuse, lambda: "third"], discard=Mock()) == "third"


def test_the_next_one_is_tried_beside_one_that_is_silent(released: Event) -> None:
    assert first_within(0.3, [released.wait, lambda: "second"], discard=Mock()) == "second"
    released.set()


@pytest.mark.parametrize("is_first", [True, False])
def test_an_error_tells_more_than_silence(is_first: bool, released: Event) -> None:
    attempts: list[Callable[[], object]] = [refuse, released.wait]
    if not is_first:
        attempts.reverse()
    with pytest.raises(ConnectionRefusedError):
        first_within(0.1, attempts, discard=Mock())
    released.set()


def test_of_two_that_succeed_one_is_discarded() -> None:
    both, discarded = Event(), Event()

    def first() -> str:
        both.wait(5)
        return "first"

    def second() -> str:
        both.set()
        return "second"

    result = first_within(0.2, [first, second], discard=lambda result: discarded.set())
    assert result in ("first", "second")
    assert discarded.wait(5)
