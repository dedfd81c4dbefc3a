"""Keys that change under a running server: no client is refused, and tokens stay verifiable."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import jwt
import pytest
from django.conf import settings

from .live import LiveServer, live_server

pytestmark = pytest.mark.live

CLIENTS = 4
PATIENCE = 2_000
ALGORITHMS = ("EdDSA", "ES256", "RS256")


def jwt_keys(path: Path, *arguments: str) -> str:
    """Run the command in a new process, as an operator does; return the kid that it prints.

    It does not use the database of the developer who runs the tests.
    """
    nowhere = f"sqlite:///{path.with_suffix('.sqlite3')}"
    finished = subprocess.run(
        [sys.executable, "manage.py", "jwt_keys", *arguments],
        cwd=settings.BASE_DIR,
        env={**os.environ, "JWT_KEYRING": str(path), "DATABASE_URL": nowhere},
        check=True,
        capture_output=True,
        text=True,
    )
    return finished.stdout.split()[1].rstrip(".")


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("ring") / "keys.json"
    jwt_keys(path, "add", "--alg", "EdDSA")
    return path


@pytest.fixture(scope="module")
def rotating(ring: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server whose keys are in a key-ring file."""
    with live_server(directory=tmp_path_factory.mktemp("live"), JWT_KEYRING=str(ring)) as running:
        yield running


def call(server: LiveServer, path: str, body: Any = None, token: str = "") -> tuple[int, Any]:
    request = Request(
        f"{server.url}/api/v1/{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json", "x-access-tokens": token},
    )
    try:
        with urlopen(request) as response:
            return response.status, json.load(response)
    except HTTPError as error:
        return error.code, json.load(error)


def log_in(server: LiveServer) -> Any:
    status, tokens = call(
        server, "auth/token", {"name": "admin", "password": server.admin_password}
    )
    assert status == 200
    return tokens


def signer(tokens: Any) -> str:
    kid: str = jwt.get_unverified_header(tokens["access"])["kid"]
    return kid


@contextmanager
def clients(server: LiveServer) -> Iterator[list[tuple[int, str]]]:
    """Use and renew sessions without pause; yield each response's status and its tokens' key."""
    answers: list[tuple[int, str]] = []
    is_over = threading.Event()

    def use(tokens: Any) -> None:
        while not is_over.is_set():
            status, _ = call(server, "users/me", token=tokens["access"])
            answers.append((status, signer(tokens)))
            status, answer = call(server, "auth/token/refresh", {"refresh": tokens["refresh"]})
            answers.append((status, signer(tokens)))
            if status == 200:
                tokens = answer

    with ThreadPoolExecutor(CLIENTS) as threads:
        using = [threads.submit(use, log_in(server)) for _ in range(CLIENTS)]
        try:
            yield answers
        finally:
            is_over.set()
    for each in using:
        each.result()


def test_rotating_under_load_ends_no_session(rotating: LiveServer, ring: Path) -> None:
    with clients(rotating) as answers:
        before = signer(log_in(rotating))
        for alg in ALGORITHMS:
            let_sign(rotating, before, answers)
            added = jwt_keys(ring, "add", "--alg", alg, "--lead", "0s")
            # The command has ended, so the next token is signed with the new key.
            assert signer(log_in(rotating)) == added
            jwt_keys(ring, "retire", before)
            before = added
        let_sign(rotating, before, answers)

    assert {status for status, _ in answers} == {200}


def let_sign(server: LiveServer, kid: str, answers: list[tuple[int, str]]) -> None:
    """Send requests until a key has signed a token for each client."""
    for _ in range(PATIENCE):
        if sum(signed == kid for _, signed in answers) >= 2 * CLIENTS:
            return
        call(server, "auth/token/verify", {"token": "any"})
    pytest.fail(f"{kid} signs nothing")


def test_a_revoked_key_is_refused_by_the_running_server(rotating: LiveServer, ring: Path) -> None:
    jwt_keys(ring, "add", "--alg", "EdDSA", "--lead", "0s")
    old = log_in(rotating)
    jwt_keys(ring, "add", "--alg", "EdDSA", "--lead", "0s")
    new = log_in(rotating)

    jwt_keys(ring, "retire", signer(old), "--now")

    assert call(rotating, "users/me", token=old["access"])[0] == 401
    assert call(rotating, "auth/token/refresh", {"refresh": old["refresh"]})[0] == 401
    assert call(rotating, "users/me", token=new["access"])[0] == 200


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_a_foreign_service_verifies_tokens_with_the_published_keys(
    alg: str, rotating: LiveServer, ring: Path
) -> None:
    kid = jwt_keys(ring, "add", "--alg", alg, "--lead", "0s")
    access = log_in(rotating)["access"]

    key = jwt.PyJWKClient(f"{rotating.url}/.well-known/jwks.json").get_signing_key_from_jwt(access)
    claims = jwt.decode(access, key, algorithms=["EdDSA", "ES256", "RS256"])

    assert (key.key_id, key.algorithm_name, claims["token_type"]) == (kid, alg, "access")
    header, payload, _ = access.split(".")
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(f"{header}.{payload}.AAAA", key, algorithms=[alg])


def test_a_broken_file_leaves_the_running_server_as_it_was(
    rotating: LiveServer, ring: Path
) -> None:
    good = ring.read_text()
    tokens = log_in(rotating)
    ring.write_text("{")
    try:
        assert signer(log_in(rotating)) == signer(tokens)
        assert call(rotating, "users/me", token=tokens["access"])[0] == 200
    finally:
        ring.write_text(good)
    lines = [line for line in rotating.log.read_text().splitlines() if "last good keys" in line]
    assert len(lines) == 1
    assert f"{ring} is not JSON" in lines[0]
