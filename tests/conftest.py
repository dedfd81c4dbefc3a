"""Fixtures of the tests that cross the apps."""

from collections.abc import Iterator

import pytest

from .live import LiveServer, live_server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A running server with a database of its own, on the engine that the suite runs on."""
    with live_server(directory=tmp_path_factory.mktemp("live")) as running:
        yield running
