"""`manage.py serve`: its arguments, its refusals, and the configuration of the server."""

import gc
import logging.config
import multiprocessing
import os
import socket
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpResponse, StreamingHttpResponse
from granian.server import mp

from bookstore_project.management.commands import serve
from bookstore_project.serving import server
from bookstore_project.serving.server import behind_bulkhead
from tests.live import free_port


@pytest.fixture
def production_server(db: None, monkeypatch: pytest.MonkeyPatch) -> Mock:
    """A mock of the server, which would take over this process."""
    # The connection belongs to the test and its transaction.
    monkeypatch.setattr(connection, "close", Mock())
    made = Mock()
    monkeypatch.setattr(serve, "production_server", made)
    monkeypatch.setattr(multiprocessing, "set_start_method", Mock())
    return made


def test_a_worker_for_each_cpu_serves_on_loopback(
    production_server: Mock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "_require_free_address", Mock())
    monkeypatch.setattr(serve, "available_cpus", lambda: 3)
    call_command("serve")
    production_server.assert_called_once_with(host="127.0.0.1", port=8000, workers=3)
    production_server.return_value.serve.assert_called_once_with(
        target_loader=server.load_frozen, wrap_loader=False
    )


def test_a_reload_takes_up_new_code(production_server: Mock) -> None:
    call_command("serve", bind=("127.0.0.1", free_port()))
    multiprocessing.set_start_method.assert_called_once_with("spawn", force=True)  # type: ignore[attr-defined]  # a Mock, by the fixture


@pytest.mark.parametrize(
    ("bind", "host"), [("127.0.0.1", "127.0.0.1"), ("[::1]", "::1"), ("localhost", "localhost")]
)
def test_an_address_and_workers_can_be_given(
    bind: str, host: str, production_server: Mock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "_require_free_address", Mock())
    call_command("serve", "--bind", f"{bind}:8123", "--workers", "5")
    production_server.assert_called_once_with(host=host, port=8123, workers=5)


@pytest.mark.parametrize("bind", ["", "8000", ":8000", "host:", "host:0", "host:65536", "host:x"])
def test_an_address_that_is_none_is_refused(bind: str, production_server: Mock) -> None:
    with pytest.raises(CommandError, match="is not HOST:PORT, such as"):
        call_command("serve", "--bind", bind)
    production_server.assert_not_called()


@pytest.mark.parametrize("workers", ["0", "-1", "two", ""])
def test_a_number_of_workers_that_is_none_is_refused(workers: str, production_server: Mock) -> None:
    with pytest.raises(CommandError, match="is not a number of processes, 1 or more"):
        call_command("serve", f"--workers={workers}")
    production_server.assert_not_called()


@pytest.fixture
def lacking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the database lack the migrations of books."""
    recorded = MigrationRecorder.applied_migrations

    def without_books(recorder: MigrationRecorder) -> Any:
        return {key: each for key, each in recorded(recorder).items() if key[0] != "books"}

    monkeypatch.setattr(MigrationRecorder, "applied_migrations", without_books)


@pytest.mark.usefixtures("lacking")
def test_a_database_without_its_migrations_is_not_served(production_server: Mock) -> None:
    with pytest.raises(CommandError, match=r"lacks \d+ migrations, books\.0001_initial first"):
        call_command("serve", bind=("127.0.0.1", free_port()))
    production_server.assert_not_called()


def test_a_database_that_is_away_for_now_is_served(
    production_server: Mock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MigrationRecorder, "has_table", Mock(side_effect=OperationalError))
    call_command("serve", bind=("127.0.0.1", free_port()))
    production_server.assert_called_once()


@pytest.mark.parametrize("is_collected", [True, False])
def test_pages_without_their_static_files_are_warned_of(
    is_collected: bool,
    production_server: Mock,
    settings: Any,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    backend = "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": backend}}
    settings.STATIC_ROOT = tmp_path
    if is_collected:
        (tmp_path / "staticfiles.json").write_text('{"paths": {}, "version": "1.1", "hash": ""}')
    call_command("serve", bind=("127.0.0.1", free_port()))
    production_server.assert_called_once()
    assert ("manage.py collectstatic" in capsys.readouterr().err) is not is_collected


@pytest.mark.parametrize("cache", ["locmem.LocMemCache", "redis.RedisCache"])
@pytest.mark.parametrize("workers", [1, 2])
def test_limits_that_each_process_counts_are_warned_of(
    workers: int,
    cache: str,
    production_server: Mock,
    settings: Any,
    capsys: pytest.CaptureFixture[str],
) -> None:
    backend = f"django.core.cache.backends.{cache}"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": "redis://127.0.0.1:1"}}
    call_command("serve", bind=("127.0.0.1", free_port()), workers=workers)
    production_server.assert_called_once()
    is_warned = "CACHE_URL" in capsys.readouterr().err
    assert is_warned is (workers > 1 and cache == "locmem.LocMemCache")


def test_debug_is_not_served(production_server: Mock, settings: Any) -> None:
    settings.DEBUG = True
    with pytest.raises(CommandError, match=r"DEBUG is on.*BOOKSTORE_ENV=production"):
        call_command("serve")
    production_server.assert_not_called()


@pytest.mark.parametrize(
    ("family", "host"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "[::1]")]
)
def test_an_address_that_another_server_shares_is_refused(
    family: socket.AddressFamily, host: str, production_server: Mock
) -> None:
    with socket.socket(family) as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        try:
            other.bind((host.strip("[]"), 0))
        except OSError:
            pytest.skip("this machine has no IPv6")
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(CommandError, match=f"port {port} can't be used .*--bind"):
            call_command("serve", "--bind", f"{host}:{port}")
    production_server.assert_not_called()


def test_the_cpus_are_those_that_the_process_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {4, 5, 6}, raising=False)
    assert server.available_cpus() == 3


@pytest.mark.parametrize(("count", "workers"), [(7, 7), (None, 1)])
def test_without_an_affinity_all_cpus_count(
    count: int | None, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: count)
    assert server.available_cpus() == workers


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch) -> Mock:
    """A mock of dictConfig(), which would change the whole process."""
    configure = Mock()
    monkeypatch.setattr(logging.config, "dictConfig", configure)
    return configure


def test_what_waits_and_what_may_be_slow_is_bounded(configured: Mock) -> None:
    made = server.production_server(host="127.0.0.1", port=8123, workers=2)
    assert (made.bind_addr, made.bind_port, made.workers) == ("127.0.0.1", 8123, 2)
    assert made.blocking_threads == 1
    assert (made.backlog, made.backpressure) == (1_024, 512)
    assert made.http1_settings is not None
    assert made.http1_settings.header_read_timeout == 15_000
    assert made.respawn_interval == 10
    assert (made.respawn_failed_workers, made.workers_kill_timeout) == (True, 30)
    assert made.static_path == ([("/healthz", str(server.HEALTHZ))], "ok.json", None)


def test_the_server_logs_as_the_application_does(configured: Mock, settings: Any) -> None:
    settings.LOG_LEVEL = "WARNING"
    made = server.production_server(host="127.0.0.1", port=8123, workers=2)
    assert made.log_access is False
    [written] = configured.call_args.args
    assert written["formatters"] == settings.LOGGING["formatters"]
    assert written["loggers"] == {
        "_granian": {"handlers": ["console"], "propagate": False, "level": logging.WARNING}
    }


def test_a_worker_starts_with_all_loaded_and_frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    monkeypatch.setattr(gc, "collect", lambda: done.append("collect"))
    monkeypatch.setattr(gc, "freeze", lambda: done.append("freeze"))
    application = Mock()
    monkeypatch.setattr(server, "import_string", {server.APPLICATION: application}.get)
    monkeypatch.setattr(server, "get_resolver", lambda: Mock(url_patterns=[]))
    monkeypatch.setattr(server, "wait_for_migrations", lambda: done.append("migrations"))
    monkeypatch.setattr(mp, "_wsgi_call_wrap", None)
    application.return_value = Mock(streaming=True)
    assert server.load_frozen()({}, None) is application.return_value
    assert done == ["migrations", "collect", "freeze"]
    assert vars(mp)["_wsgi_call_wrap"] is behind_bulkhead


def test_a_whole_body_is_given_in_one_piece() -> None:
    response = HttpResponse("all of it")
    closed: list[bool] = []
    response.close = lambda: closed.append(True)  # type: ignore[method-assign]  # noted
    assert server.in_one_piece(lambda environ, start_response: response)({}, None) == [b"all of it"]
    assert closed == [True]


def test_a_streamed_body_is_not_read() -> None:
    response = StreamingHttpResponse(iter([b"a", b"b"]))
    assert server.in_one_piece(lambda environ, start_response: response)({}, None) is response
    assert list(response) == [b"a", b"b"]
