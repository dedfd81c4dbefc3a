"""The modes of files that commands and the server create with the usual umask 022."""

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .live import ROOT, SERVED, call, live_server, post
from .production import PRODUCTION

pytestmark = pytest.mark.live


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_database_and_the_secret_key_are_for_their_owner(tmp_path: Path) -> None:
    database = tmp_path / "db.sqlite3"
    environment = {"BOOKSTORE_ENV": "development", "DATABASE_URL": f"sqlite:///{database}"}

    manage("migrate", **environment)

    assert mode(database) == 0o600
    assert mode(ROOT / ".secret_key") == 0o600

    # A file that an older version created.
    assert "bookstore.W001" not in manage("check", **environment).stderr
    database.chmod(0o644)
    warned = manage("check", **environment).stderr
    assert f"(bookstore.W001) Everybody on this machine can read or change {database}" in (
        warned.replace("the database ", "")
    )
    assert f"HINT: chmod o= {database}" in warned


def test_what_a_server_writes_is_for_its_owner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A file, regardless of the engine that the suite uses.
    monkeypatch.delenv("DATABASE_URL", raising=False)
    settings = {**SERVED, "DATABASE_CONN_MAX_AGE": "60"}
    with live_server(directory=tmp_path, command="serve", **settings) as server:
        credentials = {"name": "admin", "password": server.admin_password}
        status, tokens = post(server, "auth/token", credentials)
        assert status == 200
        assert call(server, "GET", "books", token=tokens["access"])[0] == 200

        made = {path.name: mode(path) for path in tmp_path.glob("live.sqlite3*")}

    assert made == {f"live.sqlite3{suffix}": 0o600 for suffix in ("", "-wal", "-shm")}


def test_static_files_are_for_everybody(tmp_path: Path) -> None:
    static = tmp_path / "static"

    manage("collectstatic", "--no-input", **{**PRODUCTION, "STATIC_ROOT": str(static)})

    made = [static, *static.rglob("*")]
    assert any(path.suffix == ".gz" for path in made)
    assert {mode(path) for path in made} == {0o755, 0o644}
