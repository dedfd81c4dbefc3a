"""A relay in front of a server that can stop forwarding, like a broken network."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

BUFFER = 65_536


class Relay:
    """Accepts connections on a loopback port and forwards their data, until it is silenced."""

    def __init__(self, target: str | tuple[str, int]) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._speaks = threading.Event()
        self._speaks.set()
        self._is_closed = False
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Forward nothing: the kernel accepts connections, but no response arrives."""
        self._speaks.clear()
        try:
            yield
        finally:
            self._speaks.set()

    def close(self) -> None:
        self._is_closed = True
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while not self._is_closed:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        self._speaks.wait()
        is_path = isinstance(self._target, str)
        server = socket.socket(socket.AF_UNIX if is_path else socket.AF_INET)
        with client, server, suppress(OSError):
            server.connect(self._target)
            there = threading.Thread(target=self._hand_on, args=(client, server), daemon=True)
            there.start()
            self._hand_on(server, client)
            there.join()

    def _hand_on(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(BUFFER):
                self._speaks.wait()
                sink.sendall(data)
        # The other direction ends with this one.
        for each in (source, sink):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


@contextmanager
def relay(target: str | tuple[str, int]) -> Iterator[Relay]:
    """Relay to the path of a Unix socket, or to a host and a port."""
    made = Relay(target)
    try:
        yield made
    finally:
        made.close()
