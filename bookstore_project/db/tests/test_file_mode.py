"""The system check that warns of a SQLite file that other users of the machine can read."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.checks import run_checks

from bookstore_project.db.file_mode import check_database_file

SQLITE = "django.db.backends.sqlite3"


Configure = Callable[..., None]


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch) -> Configure:
    """Return a function that sets another database in the settings."""

    def configure(name: str, engine: str = SQLITE) -> None:
        databases = {"default": {"ENGINE": engine, "NAME": name}}
        changed = SimpleNamespace(DATABASES=databases)
        monkeypatch.setattr("bookstore_project.db.file_mode.settings", changed)

    return configure


@pytest.fixture
def database(tmp_path: Path, configured: Configure) -> Path:
    """The SQLite file in the settings."""
    path = tmp_path / "db.sqlite3"
    path.touch(mode=0o600)
    configured(str(path))
    return path


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o602, 0o666])
def test_a_file_for_everybody_is_a_warning_that_says_what_to_do(database: Path, mode: int) -> None:
    database.chmod(mode)

    (warning,) = [each for each in run_checks() if each.id == "bookstore.W001"]

    assert warning.msg == f"Everybody on this machine can read or change the database {database}."
    assert warning.hint == f"chmod o= {database}"
    assert not warning.is_serious()


@pytest.mark.parametrize("suffix", ["-wal", "-shm", "-journal"])
def test_so_is_a_file_beside_it(database: Path, suffix: str) -> None:
    beside = database.with_name(database.name + suffix)
    beside.touch()
    beside.chmod(0o644)

    (warning,) = check_database_file()

    assert warning.hint == f"chmod o= {beside}"


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o660])
def test_a_file_for_its_owner_and_group_is_not(database: Path, mode: int) -> None:
    database.chmod(mode)

    assert check_database_file() == []


@pytest.mark.parametrize("name", [":memory:", "file:memory?mode=memory", "/no/such/folder/db"])
def test_what_is_no_file_is_not(name: str, configured: Configure) -> None:
    configured(name)

    assert check_database_file() == []


def test_a_database_server_has_no_file_of_ours(database: Path, configured: Configure) -> None:
    database.chmod(0o644)
    configured(str(database), engine="django.db.backends.postgresql")

    assert check_database_file() == []
