"""Schemathesis against a running server: no 5xx, and no undocumented response.

Every built-in check is on. One of them, `object_level_authorization`, has no effect here: it is
about records that other users must not see, but every registered user may see the catalogue. The
access matrix specifies the permissions.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from .live import LiveServer, live_server
from .tools import require_module

pytestmark = pytest.mark.live

HERE = Path(__file__).resolve().parent
PASSWORD = "violet-Harbour-27"

# Statuses that only authorised requests get. Without them, a run whose requests were all refused
# would pass.
REACHED = {
    "admin": (
        "GET /api/v1/users 200",
        "POST /api/v1/users 201",
        "PATCH /api/v1/users/{id} 200",
        "GET /users 200",
    ),
    "plain": (
        "GET /api/v1/users 403",
        "POST /api/v1/users 403",
        "PATCH /api/v1/users/{id} 403",
        "GET /users 403",
    ),
}
REACHED_BY_BOTH = (
    "GET /api/v1/books 200",
    "POST /api/v1/books 201",
    "GET /api/v1/books/export 200",
    "POST /api/v1/books/import 422",
    "PUT /api/v1/books/{id} 200",
    "PATCH /api/v1/books/{id} 200",
    "DELETE /api/v1/books/{id} 204",
    "PATCH /api/v1/users/me 200",
    "DELETE /api/v1/users/me 403",
    "POST /api/v1/users/me/email 403",
    "POST /api/v1/users/me/email/confirm 403",
    "POST /api/v1/auth/password-reset 202",
    "POST /api/v1/auth/password-reset/confirm 403",
    "POST /api/v1/auth/email/confirm 403",
    "POST /api/v1/auth/email/resend 202",
    "POST /api/v1/auth/register 201",
    "POST /book 200",
    # It gets the bodies that POST /book got, whose books exist by then.
    "POST /books 409",
    "PUT /api/v1/books/by-isbn/{id} 201",
    "POST /login 200",
)


@dataclass(frozen=True, kw_only=True)
class Account:
    """An account on the server, made over HTTP."""

    name: str
    password: str
    public_id: str
    token: str
    sid: str


@pytest.fixture
def fuzzed_server(tmp_path: Path) -> Iterator[LiveServer]:
    """A server for one test only: the run deletes the books, and registers generated names."""
    require_module("schemathesis")
    with live_server(directory=tmp_path) as running:
        yield running


@pytest.mark.parametrize("role", ["admin", "plain"])
def test_schemathesis_finds_nothing(role: str, fuzzed_server: LiveServer, tmp_path: Path) -> None:
    bystander = _register(fuzzed_server, f"bystander-of-{role}")
    account = (
        _log_in(fuzzed_server, "admin", fuzzed_server.admin_password)
        if role == "admin"
        else _register(fuzzed_server, role)
    )
    logged_before = fuzzed_server.log.stat().st_size

    run = _run(fuzzed_server, account, bystander, directory=tmp_path)

    assert run.returncode == 0, run.stdout
    answered = _answered(fuzzed_server.log.read_bytes()[logged_before:].decode())
    assert {*REACHED[role], *REACHED_BY_BOTH} <= answered
    assert not {line for line in answered if line.split()[-1].startswith("5")}
    assert _call(fuzzed_server, "/api/v1/users/me", token=account.token)["admin"] is (
        role == "admin"
    )


def _run(
    server: LiveServer, account: Account, bystander: Account, *, directory: Path
) -> subprocess.CompletedProcess[str]:
    """Run Schemathesis as `account`; `bystander` is the account that logs in with Basic."""
    configuration = HERE / "schemathesis.toml"
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(configuration)]
    return subprocess.run(
        [*command, "run", f"{server.url}/api/schema", "--checks", "all", "--no-color"],
        # Secrets are passed in the environment, which the process list does not show.
        env={
            **os.environ,
            "PYTHONPATH": str(HERE.parent),
            "SCHEMATHESIS_HOOKS": str(HERE / "schemathesis_hooks.py"),
            "SCHEMATHESIS_TOKEN": account.token,
            "SCHEMATHESIS_NAME": bystander.name,
            "SCHEMATHESIS_PASSWORD": bystander.password,
            "SCHEMATHESIS_KEEP": f"{account.public_id} {bystander.public_id} {account.sid}",
        },
        cwd=directory,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _answered(log: str) -> set[str]:
    """Return `METHOD /path status` of each request in the server's log."""
    requests = re.findall(r'"([A-Z]+) ([^ ?"]*)[^"]* HTTP/1\.[01]" (\d{3})', log)
    return {
        f"{method} {re.sub(r'(?<=/)(?:[0-9]+|[0-9a-f-]{36})$', '{id}', path)} {status}"
        for method, path, status in requests
    }


def _register(server: LiveServer, name: str) -> Account:
    _call(server, "/api/v1/auth/register", {"name": name, "password": PASSWORD})
    return _log_in(server, name, PASSWORD)


def _log_in(server: LiveServer, name: str, password: str) -> Account:
    tokens = _call(server, "/api/v1/auth/token", {"name": name, "password": password})
    token = tokens["access"]
    public_id = _call(server, "/api/v1/users/me", token=token)["public_id"]
    (session,) = (
        session
        for session in _call(server, "/api/v1/auth/sessions", token=token)["results"]
        if session["is_current"]
    )
    return Account(
        name=name, password=password, public_id=public_id, token=token, sid=session["sid"]
    )


def _call(server: LiveServer, path: str, body: Any = None, *, token: str = "") -> Any:
    headers = {"Content-Type": "application/json", "x-access-tokens": token}
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(server.url + path, data=data, headers=headers)) as response:
        return json.load(response)
