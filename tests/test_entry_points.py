"""The entry points as an operator uses them: production needs its settings."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from .production import PRODUCTION

ROOT = Path(settings.BASE_DIR)

pytestmark = pytest.mark.live


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("module", ["wsgi", "asgi"])
def test_an_entry_point_refuses_to_start_without_its_secrets(module: str) -> None:
    finished = run("-c", f"import bookstore_project.{module}")
    assert finished.returncode == 1
    assert (
        "Production needs SECRET_KEY, ALLOWED_HOSTS, DATABASE_URL, EMAIL_URL, PUBLIC_URL"
        in finished.stderr
    )


@pytest.mark.parametrize("module", ["wsgi", "asgi"])
def test_an_entry_point_refuses_to_start_without_its_keys(module: str, tmp_path: Path) -> None:
    environment = {**PRODUCTION, "JWT_KEYRING": str(tmp_path / "keys.json")}
    finished = run("-c", f"import bookstore_project.{module}", **environment)
    assert finished.returncode == 1
    assert f"ImproperlyConfigured: {tmp_path}/keys.json can't be read" in finished.stderr


@pytest.mark.parametrize("module", ["wsgi", "asgi"])
def test_an_entry_point_starts_with_them(module: str) -> None:
    code = f"from bookstore_project.{module} import application; print(type(application).__name__)"
    environment = {key: value for key, value in PRODUCTION.items() if key != "BOOKSTORE_ENV"}
    finished = run("-c", code, **environment)
    assert finished.stdout.strip() == f"Utf8{module.upper()}Handler", finished.stderr


@pytest.mark.parametrize(
    "name", ["SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "EMAIL_URL", "PUBLIC_URL"]
)
def test_serve_runs_in_production_and_refuses_to_start_without(name: str) -> None:
    environment = {key: value for key, value in PRODUCTION.items() if key != "BOOKSTORE_ENV"}
    del environment[name]
    finished = run("manage.py", "serve", **environment)
    assert finished.returncode == 1
    assert finished.stderr.startswith(
        f"Production needs {name} in the environment. docs/settings.md lists every setting."
    )
    assert "Traceback" not in finished.stderr


def test_a_traceback_of_a_wrong_setting_can_be_asked_for() -> None:
    finished = run("manage.py", "serve", "--traceback")
    assert finished.returncode == 1
    assert finished.stderr.startswith("Traceback")
    assert "Production needs SECRET_KEY, ALLOWED_HOSTS" in finished.stderr


def test_serve_refuses_to_start_without_its_keys(tmp_path: Path) -> None:
    finished = run("manage.py", "serve", **PRODUCTION, JWT_KEYRING=str(tmp_path / "keys.json"))
    assert finished.returncode == 1
    assert f"{tmp_path}/keys.json can't be read" in finished.stderr


def test_check_deploy_is_clean_in_production() -> None:
    finished = run("manage.py", "check", "--deploy", "--fail-level", "INFO", **PRODUCTION)
    assert finished.stdout == "System check identified no issues (0 silenced).\n", finished.stderr
    assert finished.returncode == 0


def test_production_collects_and_serves_its_static_files(tmp_path: Path) -> None:
    finished = run(
        "manage.py",
        "collectstatic",
        "--no-input",
        **{**PRODUCTION, "STATIC_ROOT": str(tmp_path / "static")},
    )
    assert finished.returncode == 0, finished.stderr
    assert list((tmp_path / "static" / "bookstore").glob("pages.*.css"))


def test_sqlite_keeps_what_was_answered(tmp_path: Path) -> None:
    """Read the pragmas in a new process: WAL, a flush at every commit, and foreign keys."""
    code = (
        "import django; django.setup()\n"
        "from django.db import connection as c\n"
        "names = ['journal_mode', 'synchronous', 'foreign_keys', 'busy_timeout']\n"
        "print([c.cursor().execute(f'PRAGMA {name}').fetchone()[0] for name in names])\n"
        "print(c.settings_dict['OPTIONS']['transaction_mode'])"
    )
    finished = run(
        "-c",
        code,
        DJANGO_SETTINGS_MODULE="bookstore_project.settings",
        BOOKSTORE_ENV="development",
        DATABASE_URL=f"sqlite:///{tmp_path / 'books.sqlite3'}",
    )
    # synchronous: 2 is FULL. The timeout is in milliseconds.
    assert finished.stdout.splitlines() == ["['wal', 2, 1, 5000]", "IMMEDIATE"]
