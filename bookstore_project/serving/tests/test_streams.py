"""Streamed responses are sent by other threads, so slow readers do not delay other requests."""

import threading
from collections.abc import Iterator
from typing import Any
from unittest.mock import Mock

import pytest
from django.db import connection, connections

from bookstore_project.http.refusal import REFUSAL, STREAMS_BUSY, Refusal
from bookstore_project.http.request_id import current_request_id, request_id_of
from bookstore_project.serving import streams
from bookstore_project.serving.streams import Streams

SECONDS = 60
LIST = {"PATH_INFO": "/books"}
PAGE = {"PATH_INFO": "/page"}


class Parts:
    """Parts that record the threads that generate them, and whether they were closed."""

    def __init__(self, number: int) -> None:
        self._left = number
        self.threads: set[int] = set()
        self.request_ids: set[str] = set()
        self.is_closed = False

    def __next__(self) -> bytes:
        self.threads.add(threading.get_ident())
        self.request_ids.add(current_request_id())
        if not self._left:
            raise StopIteration
        self._left -= 1
        return b"part"

    def close(self) -> None:
        self.is_closed = True


class Server:
    """An application and a server whose clients read only after the test releases them."""

    def __init__(self, *, places: int) -> None:
        self.let = threading.Event()
        self.is_sent = threading.Semaphore(0)
        self.parts: list[Parts] = []
        self.sent: list[tuple[int, list[Any], list[bytes]]] = []
        self.refused: list[Refusal] = []
        self.protocol = Mock()
        self.protocol.response_iter.side_effect = self._send
        self.streams = Streams(self._answer, places=places)

    def _answer(self, protocol: Any, environ: dict[str, Any]) -> None:
        if refusal := environ.get(REFUSAL):
            self.refused.append(refusal)
            protocol.response_bytes(refusal.status, [], b"")
        elif environ == PAGE:
            protocol.response_bytes(200, [], b"page")
        else:
            self.parts.append(Parts(3))
            protocol.response_iter(200, [("Allow", "GET")], self.parts[-1])

    def _send(self, status: int, headers: list[Any], parts: Any) -> None:
        first = parts.__next__()
        assert self.let.wait(SECONDS)
        self.sent.append((status, headers, [first, *_rest(parts)]))
        parts.close()
        self.is_sent.release()


def _rest(parts: Any) -> Iterator[bytes]:
    try:
        while True:
            yield parts.__next__()
    except StopIteration:
        return


def test_others_are_answered_while_a_client_does_not_read() -> None:
    server = Server(places=2)
    with request_id_of("req-1"):
        server.streams(server.protocol, LIST)
        server.streams(server.protocol, LIST)
    server.streams(server.protocol, PAGE)

    server.protocol.response_bytes.assert_called_once_with(200, [], b"page")
    assert server.sent == []
    server.let.set()
    for _ in range(2):
        assert server.is_sent.acquire(timeout=SECONDS)
    assert server.sent == [(200, [("Allow", "GET")], [b"part"] * 3)] * 2
    for each in server.parts:
        assert each.is_closed
        assert threading.get_ident() not in each.threads
        # Log records of the generator have the id of its request.
        assert each.request_ids == {"req-1"}


def test_who_finds_no_place_is_told_so_and_places_come_free() -> None:
    server = Server(places=1)
    server.streams(server.protocol, LIST)
    server.streams(server.protocol, LIST)
    assert server.refused == [STREAMS_BUSY]
    assert server.parts[1].is_closed
    assert server.parts[1].threads == set()
    server.let.set()
    assert server.is_sent.acquire(timeout=SECONDS)
    while len(server.sent) < 2:
        server.streams(server.protocol, LIST)
        server.is_sent.acquire(timeout=0.01)


def test_a_list_that_fails_gives_its_place_back() -> None:
    server = Server(places=1)
    server.protocol.response_iter.side_effect = RuntimeError
    server.streams(server.protocol, LIST)
    server.protocol.response_iter.side_effect = server._send  # noqa: SLF001  # as before
    server.let.set()
    while not server.sent:
        server.streams(server.protocol, LIST)
        server.is_sent.acquire(timeout=0.01)


def test_no_two_parts_are_made_at_a_time() -> None:
    making, most, lock = 0, 0, threading.Lock()

    class Slow(Parts):
        def __next__(self) -> bytes:
            nonlocal making, most
            with lock:
                making += 1
                most = max(most, making)
            part = b""
            try:
                part = super().__next__()
            finally:
                with lock:
                    making -= 1
            return part

    done = threading.Semaphore(0)
    protocol = Mock()

    def send(status: int, headers: list[Any], parts: Any) -> None:
        assert list(_rest(parts)) == [b"part"] * 200
        done.release()

    protocol.response_iter.side_effect = send
    streams = Streams(lambda protocol, environ: protocol.response_iter(200, [], Slow(200)))
    for _ in range(4):
        streams(protocol, LIST)
    for _ in range(4):
        assert done.acquire(timeout=SECONDS)
    assert most == 1


def test_the_connection_of_a_thread_is_closed_with_its_list(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    closed: list[int] = []
    monkeypatch.setattr(connections, "close_all", lambda: closed.append(threading.get_ident()))
    server = Server(places=1)
    server.let.set()
    server.streams(server.protocol, LIST)
    assert server.is_sent.acquire(timeout=SECONDS)
    server.streams._threads.shutdown()  # noqa: SLF001  # waits until the thread has ended
    assert set(closed) == server.parts[0].threads
    assert connection.connection is None or threading.get_ident() not in closed


def test_a_part_does_not_wait_long_for_a_slow_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "PATIENCE", 0.0)
    turn = threading.Lock()
    part = streams._InTurn(Parts(1), turn)  # noqa: SLF001  # what a server iterates over
    with turn:
        assert part.__next__() == b"part"
        assert turn.locked()
    with pytest.raises(StopIteration):
        part.__next__()
    assert not turn.locked()
