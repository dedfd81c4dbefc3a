"""Serves examples/spa on origins of its own, and a person who uses it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.live import ROOT, LiveServer, free_port

FOLDER = ROOT / "examples" / "spa"
# The address in index.html.
ADDRESS = "http://127.0.0.1:8000"


class _AppHandler(SimpleHTTPRequestHandler):
    """Serves the folder, with the address of the test's server in index.html."""

    def __init__(self, *args: Any, api: str, **kwargs: Any) -> None:
        self._api = api
        super().__init__(*args, directory=str(FOLDER), **kwargs)

    def do_GET(self) -> None:
        if self.path != "/":
            super().do_GET()
            return
        page = Path(FOLDER / "index.html").read_text(encoding="utf-8")
        body = page.replace(ADDRESS, self._api).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Stay silent: a test reads the log of the API."""


@contextmanager
def app_server(server: LiveServer, port: int) -> Iterator[None]:
    """Serve the app on a loopback port, for both names of this machine."""
    handler = partial(_AppHandler, api=server.url)
    with ThreadingHTTPServer(("127.0.0.1", port), handler) as app:
        thread = threading.Thread(target=app.serve_forever)
        thread.start()
        try:
            yield
        finally:
            app.shutdown()
            thread.join()


def free_ports(number: int) -> list[int]:
    """Return different free ports."""
    ports: set[int] = set()
    while len(ports) < number:
        ports.add(free_port())
    return sorted(ports)
