"""Fixtures for tests that involve several apps."""

from collections.abc import Iterator

import pytest

from .live import LiveServer, live_server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A running server with its own database, on the engine that the suite uses."""
    with live_server(directory=tmp_path_factory.mktemp("live")) as running:
        yield running
