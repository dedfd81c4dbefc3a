"""A server whose PostgreSQL is silent answers 503 in time, also to queued requests."""

import re
from collections.abc import Iterator

import pytest

from bookstore_project import __version__

from .drills.client import Answer, at_once, until
from .drills.stage import Service, Stage, wait_until_up
from .postgres_server import postgres_server, socket_of
from .relay import Relay, relay

pytestmark = pytest.mark.live

# The server's statement timeout. The defaults are longer: see tests/drills/postgresql.py.
TIMEOUT = 1
# Seconds: a statement, the client's grace, and an allowance for a busy machine.
BOUND = TIMEOUT + 4


@pytest.fixture(scope="module")
def database() -> Iterator[tuple[str, Relay]]:
    """The URL of a database behind a relay."""
    with postgres_server() as url, relay(socket_of(url)) as between:
        user, name = re.findall(r"//(\w+)@/(\w+)\?", url)[0]
        yield f"postgres://{user}@127.0.0.1:{between.port}/{name}", between


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    directory = tmp_path_factory.mktemp("away")
    return Stage(directory=directory, static=directory / "static")


@pytest.fixture(scope="module")
def password(stage: Stage, database: tuple[str, Relay]) -> str:
    return stage.prepare(DATABASE_URL=database[0])


def is_503(answer: Answer) -> bool:
    return (answer.status, answer.json["code"]) == (503, "database_unavailable")


def test_everybody_who_waits_is_answered_in_time(
    stage: Stage, database: tuple[str, Relay], password: str
) -> None:
    url, between = database
    with stage.serve(DATABASE_URL=url, DATABASE_STATEMENT_TIMEOUT=str(TIMEOUT)) as service:
        token = service.log_in(password)["access"]

        def books() -> Answer:
            return service.get("/api/v1/books", token=token)

        assert {answer.status for answer in at_once(8, books)} == {200}
        with between.silent():
            answers = at_once(20, books)
            assert all(map(is_503, answers))
            assert all(answer.headers["retry-after"] == "5" for answer in answers)
            assert max(answer.seconds for answer in answers) < BOUND
            assert is_503(service.get("/readyz"))
            assert service.get("/healthz").status == 200
        assert until(books, status=200, seconds=30).status == 200
        assert until(lambda: service.get("/readyz"), status=200, seconds=30).json == {
            "status": "ok",
            "version": __version__,
        }
        assert "Traceback" not in service.log.read_text()


@pytest.mark.usefixtures("password")
def test_the_server_starts_without_it(stage: Stage, database: tuple[str, Relay]) -> None:
    url, between = database

    def ready(service: Service) -> Answer:
        return service.get("/readyz")

    with between.silent(), stage.starting(DATABASE_URL=url) as service:
        wait_until_up(service)
        assert is_503(ready(service))
        assert "Traceback" not in service.log.read_text()
