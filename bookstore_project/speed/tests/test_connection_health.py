"""A recently used connection gets no health check."""

import time
from typing import Any
from unittest.mock import Mock

import pytest
from django.core.signals import request_finished, request_started
from django.db import connections

from bookstore_project.speed import connection_health


class Connection:
    """The attributes of Django's connection that the code uses."""

    health_check_done = False


@pytest.fixture
def connection(monkeypatch: pytest.MonkeyPatch) -> Connection:
    """The only connection that connections.all() returns."""
    only = Connection()
    monkeypatch.setattr(connection_health, "connections", Mock(all=Mock(return_value=[only])))
    return only


@pytest.mark.parametrize(("seconds", "is_trusted"), [(0, True), (0.9, True), (1.1, False)])
def test_a_connection_is_trusted_for_a_second(
    connection: Connection, monkeypatch: pytest.MonkeyPatch, seconds: float, is_trusted: bool
) -> None:
    now = time.monotonic()
    clock = Mock(monotonic=Mock(side_effect=[now, now + seconds]))
    monkeypatch.setattr(connection_health, "time", clock)

    connection_health.note_use()
    connection_health.trust_recent()

    assert connection.health_check_done is is_trusted


def test_a_connection_that_nobody_used_is_asked(connection: Connection) -> None:
    connection_health.trust_recent()

    assert connection.health_check_done is False


@pytest.mark.parametrize("is_asked", [True, False])
def test_every_request_does_so_where_a_connection_can_be_lost(is_asked: bool) -> None:
    _disconnect()
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(connections.settings["default"], "CONN_HEALTH_CHECKS", is_asked)
            connection_health.connect()
        assert _disconnect() == [is_asked, is_asked]
    finally:
        connection_health.connect()


def _disconnect() -> list[bool]:
    return [
        request_started.disconnect(connection_health.trust_recent),
        request_finished.disconnect(connection_health.note_use),
    ]


def test_each_connection_is_checked_where_the_fast_path_is_off(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.FAST_PATH = False
    monkeypatch.setattr(connection_health, "connections", None)
    connection_health.trust_recent()
