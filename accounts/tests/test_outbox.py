"""The outbox: the caller goes on at once, and one piece of work that fails stops no other."""

import logging
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore, Event, current_thread, main_thread
from typing import Any

import pytest

from accounts import outbox
from bookstore_project.request_id import current_request_id
from tests.client import ConformingClient

# The one of the module, before conftest.py replaces it for each test.
submit = outbox.submit

SECONDS = 10


@pytest.fixture(autouse=True)
def worker(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A worker of the test's own, with room for one piece of work."""
    worker = ThreadPoolExecutor(max_workers=1)
    monkeypatch.setattr(outbox, "_worker", worker)
    yield worker
    worker.shutdown()


def fail_for(email: str) -> None:
    raise ValueError(email)


def test_the_caller_does_not_wait(worker: ThreadPoolExecutor) -> None:
    begun, may_end, ended = Event(), Event(), Event()

    def work(*, by: list[Any]) -> None:
        begun.set()
        may_end.wait(SECONDS)
        by.append((current_thread(), current_request_id()))
        ended.set()

    ConformingClient().get("/healthz", HTTP_X_REQUEST_ID="req-1")
    by: list[Any] = []
    submit(work, by=by)
    assert begun.wait(SECONDS)
    assert not ended.is_set()
    may_end.set()
    assert ended.wait(SECONDS)
    ((thread, request_id),) = by
    assert (thread is main_thread(), request_id) == (False, "req-1")


def test_a_failure_is_logged_without_what_it_was_about_and_stops_nothing(
    worker: ThreadPoolExecutor, caplog: pytest.LogCaptureFixture
) -> None:
    done = Event()
    submit(fail_for, email="ada@example.org")
    submit(done.set)
    assert done.wait(SECONDS)
    worker.shutdown()
    (record,) = caplog.records
    assert record.getMessage().startswith("Failed: fail_for, by ValueError at ")
    assert "ada@example.org" not in caplog.text


def test_too_much_is_dropped(
    worker: ThreadPoolExecutor, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "_places", BoundedSemaphore(2))
    may_end = Event()
    done: list[int] = []

    def note(*, number: int) -> None:
        may_end.wait(SECONDS)
        done.append(number)

    for number in (1, 2, 3):
        submit(note, number=number)
    may_end.set()
    worker.shutdown()
    assert done == [1, 2]
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert caplog.records[0].getMessage() == "Too much is waiting: dropped note."


def test_a_place_is_free_again_when_its_work_is_done(
    worker: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "_places", BoundedSemaphore(1))
    for work in (lambda: None, lambda: fail_for("")):
        submit(work)
        worker.submit(lambda: None).result(SECONDS)
        assert outbox._places._value == 1  # noqa: SLF001  # there is no other way to look


def test_a_server_that_goes_down_takes_nothing_more(
    worker: ThreadPoolExecutor, caplog: pytest.LogCaptureFixture
) -> None:
    worker.shutdown()
    submit(fail_for, email="ada@example.org")
    assert "The server is going down: dropped fail_for." in caplog.text
    assert outbox._places._value == outbox.CAPACITY  # noqa: SLF001  # there is no other way to look
