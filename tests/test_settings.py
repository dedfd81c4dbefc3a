"""The one settings module: safe in production, ready to use in development."""

import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

ROOT = Path(settings.BASE_DIR)
SETTINGS = str(ROOT / "bookstore_project" / "settings.py")

# Made for the test; fifty characters or more, so that Django's own check is content too.
KEY = "".join(chr(ord("a") + number * 7 % 26) for number in range(64))

PRODUCTION = {
    "BOOKSTORE_ENV": "production",
    "SECRET_KEY": KEY,
    "ALLOWED_HOSTS": "books.example.org",
    "DATABASE_URL": "postgres://shop:secret@db.example.org:5432/books",
    "EMAIL_URL": "smtp://mail.example.org:25",
}
VARIABLES = {
    "ALLOWED_HOSTS",
    "BOOKSTORE_ENV",
    "CACHE_URL",
    "CSRF_TRUSTED_ORIGINS",
    "DATABASE_CONN_MAX_AGE",
    "DATABASE_URL",
    "DEBUG",
    "DEFAULT_FROM_EMAIL",
    "EMAIL_CONFIRM_URL",
    "EMAIL_URL",
    "IMPORT_MAX_BYTES",
    "JWT_KEYRING",
    "JWT_SIGNING_KEY",
    "LIMIT_FAILED_LOGIN",
    "AUTH_EVENT_DAYS",
    "LIMIT_KNOWN_ADDRESS",
    "LIMIT_LOGIN",
    "LIMIT_REFRESH",
    "LIMIT_REGISTER",
    "LIMIT_RESET",
    "LIMIT_RESET_MAIL",
    "LOG_LEVEL",
    "PASSWORD_RESET_URL",
    "REQUEST_LOG",
    "SECRET_KEY",
    "SECURE_HSTS_INCLUDE_SUBDOMAINS",
    "SECURE_HSTS_PRELOAD",
    "SECURE_HSTS_SECONDS",
    "SECURE_SSL_REDIRECT",
    "STATIC_ROOT",
    "TRUSTED_PROXIES",
    "TRUST_X_FORWARDED_PROTO",
}

Load = Callable[..., dict[str, Any]]


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Load:
    """Run the settings module in an environment of the given variables alone."""

    def run(**environment: str) -> dict[str, Any]:
        for name in VARIABLES:
            monkeypatch.delenv(name, raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(SETTINGS)

    return run


def test_development_needs_nothing(load: Load) -> None:
    values = load()
    assert values["DEBUG"] is True
    assert values["SECRET_KEY"] == (ROOT / ".secret_key").read_text().strip()
    assert values["DATABASES"]["default"]["NAME"] == str(ROOT / "db.sqlite3")
    assert not values["DATABASES"]["default"]["CONN_HEALTH_CHECKS"]
    assert values["SESSION_COOKIE_SECURE"] is False


def test_production_is_production(load: Load) -> None:
    values = load(**PRODUCTION)
    assert values["DEBUG"] is False
    assert values["SECRET_KEY"] == KEY
    assert values["ALLOWED_HOSTS"] == ["books.example.org"]
    assert values["DATABASES"]["default"]["ENGINE"] == "django.db.backends.postgresql"
    assert values["DATABASES"]["default"]["CONN_MAX_AGE"] == 60
    assert values["DATABASES"]["default"]["CONN_HEALTH_CHECKS"]
    assert values["SESSION_COOKIE_SECURE"] is True
    assert values["CSRF_COOKIE_SECURE"] is True
    assert values["SECURE_SSL_REDIRECT"] is True
    assert "whitenoise.middleware.WhiteNoiseMiddleware" in values["MIDDLEWARE"]


@pytest.mark.parametrize("name", ["SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "EMAIL_URL"])
@pytest.mark.parametrize("state", ["missing", "empty"])
def test_production_refuses_to_start_without(name: str, state: str, load: Load) -> None:
    environment = {key: value for key, value in PRODUCTION.items() if key != name}
    if state == "empty":
        environment[name] = ""
    with pytest.raises(ImproperlyConfigured, match=f"Production needs {name} in"):
        load(**environment)


def test_production_names_everything_that_is_missing(load: Load) -> None:
    with pytest.raises(
        ImproperlyConfigured, match="SECRET_KEY, ALLOWED_HOSTS, DATABASE_URL, EMAIL"
    ):
        load(BOOKSTORE_ENV="production")


@pytest.mark.parametrize("name", ["SECRET_KEY", "JWT_SIGNING_KEY"])
@pytest.mark.parametrize("environment", ["development", "production"])
def test_a_key_of_31_bytes_is_refused(name: str, environment: str, load: Load) -> None:
    variables = {**PRODUCTION, "BOOKSTORE_ENV": environment, name: "k" * 31}
    with pytest.raises(ImproperlyConfigured, match=f"{name} must have at least 32 bytes"):
        load(**variables)


def test_a_key_of_32_bytes_is_taken(load: Load) -> None:
    assert load(**{**PRODUCTION, "SECRET_KEY": "k" * 32})["SECRET_KEY"] == "k" * 32


def test_tokens_are_signed_with_the_secret_key_unless_they_have_their_own(load: Load) -> None:
    assert load(**PRODUCTION)["SIMPLE_JWT"]["SIGNING_KEY"] == KEY
    own = load(**PRODUCTION, JWT_SIGNING_KEY="j" * 32)
    assert own["SIMPLE_JWT"]["SIGNING_KEY"] == "j" * 32


def test_a_ring_of_keys_is_a_file_wherever_the_server_is_started(load: Load) -> None:
    assert load()["JWT_KEYRING"] is None
    assert load(JWT_KEYRING="")["JWT_KEYRING"] is None
    assert load(JWT_KEYRING="keys.json")["JWT_KEYRING"] == Path.cwd() / "keys.json"
    assert load(JWT_KEYRING="/etc/keys.json")["JWT_KEYRING"] == Path("/etc/keys.json")


def test_answers_are_logged_where_no_runserver_does(load: Load) -> None:
    assert load()["REQUEST_LOG"] is False
    assert load(**PRODUCTION)["REQUEST_LOG"] is True
    assert load(**PRODUCTION, REQUEST_LOG="false")["REQUEST_LOG"] is False


def test_debug_is_refused_in_production(load: Load) -> None:
    with pytest.raises(ImproperlyConfigured, match="DEBUG"):
        load(**PRODUCTION, DEBUG="true")


def test_an_unknown_environment_is_refused(load: Load) -> None:
    with pytest.raises(ImproperlyConfigured, match="'staging'"):
        load(BOOKSTORE_ENV="staging")


def test_a_limit_is_a_quota_and_seconds(load: Load) -> None:
    assert load(LIMIT_LOGIN="7/30")["RATE_LIMITS"]["login"] == (7, 30)


@pytest.mark.parametrize("rate", ["", "10", "10/0", "-1/60", "ten/60", "10/60s"])
def test_a_limit_that_is_none_is_refused(rate: str, load: Load) -> None:
    with pytest.raises(ImproperlyConfigured, match="LIMIT_LOGIN must be a quota and seconds"):
        load(LIMIT_LOGIN=rate)


@pytest.mark.parametrize("variable", ["PASSWORD_RESET_URL", "EMAIL_CONFIRM_URL"])
def test_a_link_in_a_mail_has_a_place_for_the_token(variable: str, load: Load) -> None:
    assert load()[variable] == ""
    url = "https://shop.example.org/mail#{token}"
    assert load(**{variable: url})[variable] == url
    for wrong in ("https://shop.example.org/mail", "shop.example.org/{token}"):
        with pytest.raises(ImproperlyConfigured, match=f"{variable} must be an address"):
            load(**{variable: wrong})


def test_a_token_in_a_mail_is_good_for_an_hour_and_a_mail_server_may_not_hang(load: Load) -> None:
    values = load()
    assert (values["PASSWORD_RESET_TIMEOUT"], values["EMAIL_TIMEOUT"]) == (3600, 10)


def test_the_forwarded_protocol_is_trusted_only_when_told(load: Load) -> None:
    assert "SECURE_PROXY_SSL_HEADER" not in load(**PRODUCTION)
    trusting = load(**PRODUCTION, TRUST_X_FORWARDED_PROTO="true")
    assert trusting["SECURE_PROXY_SSL_HEADER"] == ("HTTP_X_FORWARDED_PROTO", "https")


def test_the_cache_in_memory_has_room_for_the_counters(load: Load) -> None:
    assert load()["CACHES"]["default"]["OPTIONS"]["MAX_ENTRIES"] == 100_000


def test_urls_choose_the_cache_and_the_mailer(load: Load) -> None:
    urls = {
        "CACHE_URL": "rediscache://127.0.0.1:6379/1",
        "EMAIL_URL": "smtp+tls://shop:secret@mail.example.org:587",
    }
    values = load(**{**PRODUCTION, **urls})
    assert values["CACHES"]["default"]["LOCATION"] == "redis://127.0.0.1:6379/1"
    assert values["EMAIL_HOST"] == "mail.example.org"
    assert values["EMAIL_USE_TLS"] is True


def test_the_settings_read_exactly_the_variables_that_the_readme_lists() -> None:
    source = Path(SETTINGS).read_text()
    readme = (ROOT / "README.md").read_text()
    for name in VARIABLES:
        assert f'"{name}"' in source
        assert f"| `{name}` |" in readme
    assert readme.count("\n| `") >= len(VARIABLES)


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
    assert "Production needs SECRET_KEY, ALLOWED_HOSTS, DATABASE_URL, EMAIL_URL" in finished.stderr


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


@pytest.mark.parametrize("module", ["wsgi", "asgi"])
def test_an_entry_point_is_an_application(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # What it sets by default would stay set in this process, which runs other tests too.
    monkeypatch.setenv("BOOKSTORE_ENV", "development")
    application = runpy.run_path(str(ROOT / "bookstore_project" / f"{module}.py"))["application"]
    # Django's own would let a client choose the codec of the query string: see handlers.py.
    assert type(application).__name__ == f"Utf8{module.upper()}Handler"


def test_manage_runs_in_development_by_default(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("BOOKSTORE_ENV", raising=False)
    monkeypatch.setattr(sys, "argv", ["manage.py", "version"])
    runpy.run_path(str(ROOT / "manage.py"), run_name="__main__")
    assert capsys.readouterr().out.startswith("5.2")


@pytest.mark.parametrize("name", ["SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "EMAIL_URL"])
def test_serve_runs_in_production_and_refuses_to_start_without(name: str) -> None:
    environment = {key: value for key, value in PRODUCTION.items() if key != "BOOKSTORE_ENV"}
    del environment[name]
    finished = run("manage.py", "serve", **environment)
    assert finished.returncode == 1
    assert finished.stderr.startswith(f"Production needs {name} in the environment. README.md")
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
    """Ask a connection of a fresh process: WAL, a flush at every commit, and foreign keys."""
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
    assert finished.stdout.splitlines() == ["['wal', 2, 1, 20000]", "IMMEDIATE"]
