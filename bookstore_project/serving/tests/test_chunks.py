"""The development server joins the chunks of a body (RFC 9112 section 7.1)."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from io import BufferedReader, BytesIO
from socketserver import ThreadingMixIn
from typing import Any

import pytest

from bookstore_project.management.commands.runserver import Command
from bookstore_project.serving.chunks import MAXIMUM_REST, JoinedChunks, MalformedChunkError

HEAD = b"POST / HTTP/1.1\r\nHost: x\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n"
SECONDS = 60


@pytest.mark.parametrize(
    "chunks",
    [
        b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n",
        b"B\r\nhello world\r\n0\r\n\r\n",
        b"0000000b \r\nhello world\r\n000\r\n\r\n",
        b"b;name=value;other\r\nhello world\r\n0;last\r\nDigest: x\r\nOther: y\r\n\r\n",
    ],
)
@pytest.mark.parametrize("size", [1, 4, 100, -1])
def test_chunks_are_joined_and_the_next_request_is_left(chunks: bytes, size: int) -> None:
    file = BytesIO(chunks + b"GET / HTTP/1.1\r\n")
    joined = BufferedReader(JoinedChunks(file))
    assert b"".join(iter(lambda: joined.read(size), b"")) == b"hello world"
    assert joined.read(1) == b""
    assert file.read() == b"GET / HTTP/1.1\r\n"


@pytest.mark.parametrize(
    "chunks",
    [
        b"",
        b"5",
        b"5\r\nhel",
        b"5\r\nhello",
        b"5\r\nhello\r\n",
        b"5\r\nhello\r\n0\r\n",
        b"5\r\nhello\r\n0\r\nTrailer: x\r\n",
        b"5\nhello\n0\n\n",
        b"4\r\nhello\r\n0\r\n\r\n",
        b"6\r\nhello\r\n0\r\n\r\n",
        b"x\r\nhello\r\n0\r\n\r\n",
        b"\r\nhello\r\n0\r\n\r\n",
        b"-5\r\nhello\r\n0\r\n\r\n",
        b"0x5\r\nhello\r\n0\r\n\r\n",
        b"123456789\r\nhello\r\n0\r\n\r\n",
        b"5;" + b"x" * 2_000 + b"\r\nhello\r\n0\r\n\r\n",
    ],
)
def test_chunks_that_do_not_add_up_are_refused(chunks: bytes) -> None:
    with pytest.raises(MalformedChunkError):
        BufferedReader(JoinedChunks(BytesIO(chunks))).read()


class Server(ThreadingMixIn, Command.server_cls):  # type: ignore[misc,valid-type]  # as Django makes it
    daemon_threads = True


def answer(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Read at most 20 bytes of a body, and answer with them."""
    start_response("200 OK", [("Content-Length", "22")])
    is_joined = environ.get("wsgi.input_terminated", False)
    return [environ["wsgi.input"].read(20).ljust(20) + (b"+" if is_joined else b"-") + b"\n"]


@pytest.fixture
def client() -> Iterator[socket.socket]:
    """A connection to a development server with `answer` as its application."""
    server = Server(("127.0.0.1", 0), None)
    server.set_app(answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    with socket.create_connection(server.server_address, timeout=SECONDS) as connection:
        yield connection
    server.shutdown()
    thread.join(SECONDS)
    server.server_close()


def received(client: socket.socket) -> list[bytes]:
    """Return the bodies of all responses until the server closes the connection."""
    client.shutdown(socket.SHUT_WR)
    whole = b"".join(iter(lambda: client.recv(65_536), b""))
    return [part.partition(b"\r\n\r\n")[2].rstrip() for part in whole.split(b"HTTP/1.1 ")[1:]]


def test_a_connection_is_used_again_after_chunks(client: socket.socket) -> None:
    client.sendall(CHUNKED + b"\r\n5\r\nhello\r\n0\r\n\r\n")
    client.sendall(CHUNKED + b"Content-Length: 2\r\n\r\n5\r\nworld\r\n0\r\n\r\n")
    # The rest of this one is not read by the application.
    client.sendall(CHUNKED + b"\r\n40\r\n" + b"x" * 64 + b"\r\n0\r\n\r\n")
    client.sendall(HEAD + b"Content-Length: 5\r\n\r\nplain")
    bodies = received(client)
    assert [body[:20].rstrip() for body in bodies] == [b"hello", b"world", b"x" * 20, b"plain"]
    assert [body.endswith(b"+") for body in bodies] == [True, True, True, False]


@pytest.mark.parametrize(
    "rest",
    [b"zz\r\n", b"%x\r\n%b\r\n0\r\n\r\n" % (2 * MAXIMUM_REST, b"x" * 2 * MAXIMUM_REST)],
    ids=["malformed", "long"],
)
def test_nothing_is_read_as_a_request_after_chunks_that_do_not_end(
    client: socket.socket, rest: bytes
) -> None:
    client.sendall(CHUNKED + b"\r\n14\r\n" + b"x" * 20 + b"\r\n")
    assert client.recv(10) == b"HTTP/1.1 2"
    bodies: list[bytes] = []
    # The server closes the connection before it has received everything.
    with suppress(OSError):
        client.sendall(rest + CHUNKED + b"\r\n0\r\n\r\n")
        bodies = received(client)
    assert bodies == []
