"""Starts a provider of OpenID Connect that others wrote: oidc-provider of npm."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.live import ROOT, LiveServer, free_port, live_server
from tests.tools import require_tool

NODE = ROOT / ".venv-browser" / "bin" / "node"
MODULE = ROOT / ".venv-browser" / "node_modules" / "oidc-provider" / "lib" / "index.js"
SCRIPT = Path(__file__).with_suffix(".mjs")
ANSWER = "/account/providers/acme/answer/"


@contextmanager
def server_with_provider(directory: Path) -> Iterator[tuple[LiveServer, str]]:
    """Serve this service and a provider with which people sign in; yield it and the issuer."""
    require_tool(is_there=MODULE.exists(), name="oidc-provider", install="make browser")
    port = free_port()
    issuer = f"http://127.0.0.1:{port}"
    provider = {
        "name": "Acme",
        "issuer": issuer,
        "client_id": "bookstore",
        "client_secret": "a-secret-of-the-client",
    }
    settings = {
        "OIDC_PROVIDERS": json.dumps({"acme": provider}),
        "PUBLIC_URL": "http://127.0.0.1:{port}",
    }
    with (
        live_server(directory=directory, **settings) as server,
        _provider(port, server.url + ANSWER, directory / "provider.log"),
    ):
        yield server, issuer


@contextmanager
def _provider(port: int, redirect_uri: str, log: Path) -> Iterator[None]:
    with log.open("w") as errors:
        process = subprocess.Popen(
            [NODE, SCRIPT, MODULE, str(port), redirect_uri],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        try:
            assert process.stdout is not None
            # Its first line is the one that it listens; it writes none if it fails.
            if process.stdout.readline() != "ready\n":
                raise RuntimeError(f"the provider did not start:\n{log.read_text()}")
            yield
        finally:
            # It ends with its input.
            process.communicate()
