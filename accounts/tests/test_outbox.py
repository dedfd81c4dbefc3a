"""The thread that sends mails: the events that wake and stop it."""

import logging
import os
from collections.abc import Callable, Iterator
from threading import Event, Thread, current_thread, main_thread
from typing import Any

import pytest
from django.db import transaction

from accounts.mail import outbox
from bookstore_project.serving import background
from bookstore_project.serving.background import BackgroundWorker, start_background_work

# The real functions, before conftest.py replaces them for each test.
start, wake = outbox.start, outbox.wake

SECONDS = 60
NEVER = 1_000.0

Start = Callable[[Callable[[], object]], BackgroundWorker]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Start the test's own outbox, which does not poll."""
    monkeypatch.setattr(background, "POLL_SECONDS", NEVER)
    monkeypatch.setattr("atexit.register", lambda function: None)
    boxes: list[BackgroundWorker] = []

    def start(work: Callable[[], object]) -> BackgroundWorker:
        box = BackgroundWorker(name="outbox", complaint="Mails can't be sent now: %s. They wait.")
        boxes.append(box)
        box.start(work)
        return box

    yield start
    for box in boxes:
        box.stop()
        assert box._thread is not None  # noqa: SLF001  # there is no other way to look
        box._thread.join(SECONDS)  # noqa: SLF001  # the same


class Work:
    """Work that fails a given number of times, and signals when it is done."""

    def __init__(self, *failures: BaseException) -> None:
        self.failures = list(failures)
        self.done = Event()
        self.threads: list[Thread] = []

    def __call__(self) -> None:
        self.threads.append(current_thread())
        try:
            if self.failures:
                raise self.failures.pop(0)
        finally:
            self.done.set()

    def wait(self) -> None:
        assert self.done.wait(SECONDS)
        self.done.clear()


def test_it_works_at_the_start_and_when_it_is_woken_in_one_thread_of_its_own(
    started: Start,
) -> None:
    work = Work()
    box = started(work)
    work.wait()
    box.wake()
    work.wait()
    assert len(work.threads) == 2
    assert len({*work.threads}) == 1
    assert main_thread() not in work.threads
    # It does not keep a process from ending.
    assert work.threads[0].daemon


def test_it_looks_for_what_others_left_by_itself(
    started: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = Work()
    monkeypatch.setattr(background, "POLL_SECONDS", 0.0)
    started(work)
    for _ in range(3):
        work.wait()


def test_waking_before_the_start_does_nothing() -> None:
    box = BackgroundWorker(name="outbox", complaint="Mails can't be sent now: %s. They wait.")
    box.wake()
    assert box._thread is None  # noqa: SLF001  # there is no other way to look


class PanicError(BaseException):
    """Like the panic of a library that is written in Rust, this is no Exception."""


@pytest.mark.parametrize("kind", [ValueError, PanicError])
def test_a_failure_is_logged_once_without_what_it_was_about_and_stops_nothing(
    kind: type[BaseException], started: Start, caplog: pytest.LogCaptureFixture
) -> None:
    work = Work(kind("ada@example.org"), kind("ada@example.org"))
    box = started(work)
    work.wait()
    for _ in range(3):
        box.wake()
        work.wait()
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert record.getMessage().startswith(f"Mails can't be sent now: {kind.__name__} at ")
    assert "ada@example.org" not in caplog.text


def test_stopping_waits_for_what_was_begun(started: Start) -> None:
    begun, may_end = Event(), Event()
    noted: list[str] = []
    boxes: list[BackgroundWorker] = []

    def work() -> None:
        if boxes and not noted:
            with boxes[0].finished_before_exit():
                begun.set()
                assert may_end.wait(SECONDS)
                noted.append("sent")

    boxes.append(started(work))
    boxes[0].wake()
    assert begun.wait(SECONDS)
    stopping = Thread(target=boxes[0].stop)
    stopping.start()
    assert noted == []
    may_end.set()
    stopping.join(SECONDS)
    assert noted == ["sent"]
    assert boxes[0].is_stopping


def test_stopping_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "STOP_SECONDS", 0.0)
    box = BackgroundWorker(name="outbox", complaint="Mails can't be sent now: %s. They wait.")
    with box.finished_before_exit():
        box.stop()
    assert box.is_stopping


def test_a_process_that_was_forked_gets_a_thread_of_its_own(
    started: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = Work()
    box = started(work)
    work.wait()
    first = box._thread  # noqa: SLF001  # there is no other way to look
    assert first is not None
    box.stop()
    first.join(SECONDS)
    monkeypatch.setattr(os, "getpid", lambda: -1)
    box.wake()
    work.wait()
    assert box._thread is not first  # noqa: SLF001  # the same
    assert not box.is_stopping


@pytest.mark.django_db
def test_the_module_wakes_its_thread_once_the_transaction_is_committed(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    woken: list[bool] = []
    monkeypatch.setattr(outbox._outbox, "wake", lambda: woken.append(True))  # noqa: SLF001  # the thread of this process
    with django_capture_on_commit_callbacks(execute=True):
        with transaction.atomic():
            wake()
        assert woken == []
    assert woken == [True]


def test_a_server_starts_it_with_the_mails(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []
    monkeypatch.setattr(outbox, "start", start)
    monkeypatch.setattr(outbox._outbox, "start", lambda work: started.append(work.__name__))  # noqa: SLF001  # the same
    start_background_work()
    assert started == ["queue_send"]
