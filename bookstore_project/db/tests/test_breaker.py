"""The circuit breaker: after one caller waited without an answer, the others fail at once."""

from unittest.mock import Mock

import pytest

from bookstore_project.db import breaker
from bookstore_project.db.breaker import REST, TRIAL, Breaker


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Mock:
    """A clock that the test sets, in seconds."""
    seconds = Mock(return_value=100.0)
    monkeypatch.setattr(breaker, "time", Mock(monotonic=seconds))
    return seconds


def test_a_failure_that_took_long_refuses_all_for_a_moment_and_then_one_tries(clock: Mock) -> None:
    guard = Breaker(slow=0.5)
    assert guard.lets_through()
    guard.failed(0.5)

    assert guard.is_open
    clock.return_value += REST - 0.01
    assert not guard.lets_through()
    clock.return_value += 0.01
    assert guard.lets_through()
    # The others are refused until the trial has a result.
    assert not guard.lets_through()
    guard.succeeded()
    assert [guard.lets_through() for _ in range(3)] == [True, True, True]


def test_a_trial_that_fails_opens_it_again(clock: Mock) -> None:
    guard = Breaker(slow=0.5)
    guard.failed(3)
    clock.return_value += REST
    assert guard.lets_through()
    guard.failed(3)
    assert not guard.lets_through()
    clock.return_value += REST
    assert guard.lets_through()


def test_a_trial_that_is_lost_is_made_again(clock: Mock) -> None:
    guard = Breaker(slow=0.5)
    guard.failed(3)
    clock.return_value += REST
    assert guard.lets_through()
    clock.return_value += TRIAL
    assert guard.lets_through()


def test_a_failure_that_took_no_time_keeps_nobody_out(clock: Mock) -> None:
    guard = Breaker(slow=0.5)
    guard.failed(0.49)
    assert guard.lets_through()
    guard.failed(3)
    clock.return_value += REST
    assert guard.lets_through()
    guard.failed(0.01)
    assert guard.lets_through()


def test_a_success_while_it_is_closed_changes_nothing(clock: Mock) -> None:
    guard = Breaker(slow=0.5)
    guard.succeeded()
    assert not guard.is_open
