"""Fixtures of the tests that cross the apps."""

from collections.abc import Iterator

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from .live import LiveServer, live_server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A running server with a database of its own, on the engine that the suite runs on."""
    with live_server(directory=tmp_path_factory.mktemp("live")) as running:
        yield running


@pytest.fixture
def kept_connection(db: None) -> Iterator[None]:
    """Lets a test call a server's handler: it would close the connection of the test's transaction.

    Django's test client does the same around each of its requests.
    """
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)
