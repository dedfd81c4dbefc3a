"""/healthz says that the process is up, /readyz that the database answers."""

from collections.abc import Iterator
from typing import NoReturn

import pytest
from django.db import InterfaceError, OperationalError, connection
from pytest_django import DjangoAssertNumQueries

from .client import ConformingClient


@pytest.fixture
def no_database(db: None) -> Iterator[None]:
    """A database that does not answer."""

    def refuse(*args: object, **kwargs: object) -> NoReturn:
        raise OperationalError("the server is not running")

    with pytest.MonkeyPatch.context() as patch:
        # Undone before the test's transaction is rolled back.
        patch.setattr(connection, "cursor", refuse)
        yield


@pytest.mark.usefixtures("no_database")
def test_healthz_works_without_a_database(anonymous: ConformingClient) -> None:
    response = anonymous.get("/healthz")

    assert response.status_code == 200
    assert response.json() == {"status": "ok"}


@pytest.mark.django_db
def test_healthz_asks_the_database_nothing(
    anonymous: ConformingClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        assert anonymous.get("/healthz").status_code == 200


@pytest.mark.django_db
def test_readyz_asks_the_database_once(
    anonymous: ConformingClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        response = anonymous.get("/readyz")

    assert response.status_code == 200
    assert response.json() == {"status": "ok"}


@pytest.mark.usefixtures("no_database")
def test_readyz_is_503_without_a_database(anonymous: ConformingClient) -> None:
    response = anonymous.get("/readyz")

    assert response.status_code == 503
    assert response.json() == {"status": "unavailable"}


@pytest.mark.django_db
def test_readyz_is_503_when_the_connection_breaks(
    anonymous: ConformingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_off(*args: object) -> NoReturn:
        raise InterfaceError("connection already closed")

    monkeypatch.setattr(type(connection.cursor()), "execute", break_off)

    assert anonymous.get("/readyz").status_code == 503


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_token_that_is_no_good_is_not_in_a_probes_way(
    db: None, anonymous: ConformingClient, path: str
) -> None:
    assert anonymous.get(path, HTTP_AUTHORIZATION="Bearer junk").status_code == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_probe_is_only_read(anonymous: ConformingClient, path: str) -> None:
    response = anonymous.post(path)

    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS"
