"""PostgreSQL that is silent, frozen, locked, read-only or full."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from shutil import chown
from time import sleep

from bookstore_project.db.breaker import REST

from .client import Answer, ask, at_once, until
from .disk_full import fill, small_disk
from .postgresql_server import USER, Network, PostgreSQL
from .stage import Service, Stage, wait_until_up
from .table import Bound, Row

PORT = 5432
BOOK = {"name": "The Drill", "author": "A. Sergeant", "publisher": "Barracks"}
AWAY = '"code":"database_unavailable"'
# Seconds: for requests while everything works, and for the duration of a silent network.
WELL, SILENT = 2, 5
# A connection that was used less than a second ago is trusted: see connection_health.py.
UNTRUSTED = 1.5
# The defaults of the settings, plus a little for the response.
LOCK, STATEMENT = 6, 17
BASIC = {"Authorization": "Basic YWRtaW46d3Jvbmc="}


@dataclass(frozen=True, kw_only=True)
class Played:
    """The service on a database, and its client."""

    service: Service
    database: PostgreSQL
    password: str
    token: str

    def books(self) -> Answer:
        return self.service.get("/api/v1/books", token=self.token)

    def create(self, name: str) -> Answer:
        return self.service.post("/api/v1/books", {**BOOK, "name": name}, token=self.token)

    def ready(self) -> Answer:
        return self.service.get("/readyz")

    def sign_in(self) -> Answer:
        body = {"name": "admin", "password": self.password}
        return self.service.post("/api/v1/auth/token", body)

    def everything(self, drill: str, *, within: float) -> Iterator[Row]:
        """Send requests that need the database to each surface, one after another."""
        away = Bound(status=503, within=within, shows=AWAY)
        yield away.judge(drill, "a list of books", self.books())
        yield away.judge(drill, "a new book", self.create("refused"))
        yield away.judge(drill, "a login", self.sign_in())
        tutorial = ask(self.service.url, "/login", method="POST", headers=BASIC)
        yield Bound(status=503, within=within, shows='{"message":"The database').judge(
            drill, "the tutorial's login", tutorial
        )
        page = Bound(status=503, within=within, shows="<html")
        headers = {
            "Cookie": "__Host-sessionid=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "Accept": "text/html",
        }
        yield page.judge(drill, "the admin", ask(self.service.url, "/admin/", headers=headers))
        yield Bound(status=503, within=within, shows="unavailable", is_probe=True).judge(
            drill, "/readyz", self.ready()
        )

    def back(self, drill: str) -> Row:
        answer = until(self.books, status=200, seconds=20)
        return Bound(status=200, within=SILENT).judge(drill, "a list of books afterwards", answer)


def rows(stage: Stage) -> Iterator[Row]:
    with Network.made() as network:
        primary = PostgreSQL(
            directory=stage.directory / "primary",
            address=network.there,
            port=PORT,
            namespace=network.name,
        )
        primary.create()
        primary.start()
        try:
            password = stage.prepare(DATABASE_URL=primary.url)
            with played(stage, primary, password) as play:
                yield from silent(play, network)
                yield from frozen(play)
                yield from locked(play)
                yield from read_only(play)
            yield from silent_start(stage, primary, network)
            yield from standby(stage, primary, password)
            yield from full(stage, primary)
        finally:
            primary.stop()


@contextmanager
def played(stage: Stage, database: PostgreSQL, password: str, url: str = "") -> Iterator[Played]:
    url = url or database.url
    with stage.serve(DATABASE_URL=url) as service:
        token = service.log_in(password)["access"]
        yield Played(service=service, database=database, password=password, token=token)


def silent(play: Played, network: Network) -> Iterator[Row]:
    """The network loses all packets, of open connections and of new ones."""
    drill = "PostgreSQL silent"
    away = Bound(status=503, within=SILENT, shows=AWAY)
    at_once(8, play.books)
    with network.silent():
        yield away.judge(drill, "books, connections in use", *at_once(20, play.books))
        yield from play.everything(drill, within=SILENT)
        sleep(UNTRUSTED)
        yield away.judge(drill, "books, no connections", *at_once(20, play.books))
        yield away.judge(drill, "logins", *at_once(8, play.sign_in))
        healthy = at_once(4, lambda: play.service.get("/healthz"))
        yield Bound(status=200, within=1).judge(drill, "/healthz", *healthy)
    yield play.back(drill)


def silent_start(stage: Stage, database: PostgreSQL, network: Network) -> Iterator[Row]:
    drill = "PostgreSQL silent"
    with network.silent(), stage.starting(DATABASE_URL=database.url) as service:
        seconds = wait_until_up(service)
        up = Answer(status=200, seconds=seconds)
        yield Bound(status=200, within=10).judge(drill, "serve starts: /healthz", up)
        yield Bound(status=503, within=SILENT, shows="unavailable", is_probe=True).judge(
            drill, "serve has started: /readyz", service.get("/readyz")
        )


def frozen(play: Played) -> Iterator[Row]:
    """All processes of the server are stopped; the kernel still accepts data."""
    drill = "PostgreSQL frozen"
    away = Bound(status=503, within=STATEMENT, shows=AWAY)
    at_once(8, play.books)
    with play.database.frozen():
        yield away.judge(drill, "books, connections in use", *at_once(20, play.books))
    yield play.back(drill)
    sleep(UNTRUSTED)
    with play.database.frozen():
        away = Bound(status=503, within=SILENT, shows=AWAY)
        yield away.judge(drill, "books, connections kept", *at_once(20, play.books))
        yield from play.everything(drill, within=SILENT)
    yield play.back(drill)


def locked(play: Played) -> Iterator[Row]:
    """Another session locks a table, as a migration does."""
    drill = "PostgreSQL locked"
    away = Bound(status=503, within=LOCK, shows=AWAY)
    with play.database.locked("books_book"):
        yield away.judge(drill, "books", *at_once(20, play.books))
    yield play.back(drill)
    # One worker is back. Each worker's breaker stays open for a while, and the next
    # request would be refused by it, instead of meeting the next fault.
    sleep(REST)


def read_only(play: Played) -> Iterator[Row]:
    """An operator, or a service that runs out of disk, makes the server read-only."""
    drill = "PostgreSQL read-only"
    switch = "ALTER SYSTEM SET default_transaction_read_only = {}".format
    play.database.query(switch("on"), "SELECT pg_reload_conf()")
    yield from play.everything(drill, within=WELL)
    yield Bound(status=503, within=WELL, shows="read_only", is_probe=True).judge(
        drill, "/readyz", *(play.ready() for _ in range(4))
    )
    begun = "SET default_transaction_read_only = off"
    play.database.query(begun, switch("off"), "SELECT pg_reload_conf()")
    yield play.back(drill)


def standby(stage: Stage, primary: PostgreSQL, password: str) -> Iterator[Row]:
    """The address points to a standby, as after a switchover; then the standby is promoted."""
    drill = "PostgreSQL standby"
    copy = PostgreSQL(
        directory=stage.directory / "standby",
        address=primary.address,
        port=PORT + 1,
        namespace=primary.namespace,
    )
    with played(stage, primary, password) as play:
        # Both have the same keys, so the token is valid on the standby too.
        token = play.token
    copy.copy_of(primary)
    copy.start()
    try:
        with stage.serve(DATABASE_URL=copy.url) as service:
            play = Played(service=service, database=copy, password=password, token=token)
            yield from play.everything(drill, within=WELL)
            yield Bound(status=503, within=WELL, shows="read_only", is_probe=True).judge(
                drill, "/readyz", *(play.ready() for _ in range(4))
            )
            copy.query("SELECT pg_promote()")
            yield play.back("PostgreSQL promoted")
            yield Bound(status=201, within=WELL).judge(
                "PostgreSQL promoted", "a new book", play.create("promoted")
            )
    finally:
        copy.stop()


def full(stage: Stage, primary: PostgreSQL) -> Iterator[Row]:
    """The disk with the data is full, but not the disk with the WAL."""
    drill = "PostgreSQL full"
    with small_disk(stage.directory / "disk", megabytes=64) as disk:
        chown(disk, USER)
        primary.query(
            f"CREATE TABLESPACE small LOCATION '{disk}'", "CREATE DATABASE small TABLESPACE small"
        )
        url = primary.url_of("small")
        password = stage.prepare(DATABASE_URL=url)
        with played(stage, primary, password, url) as play:
            fill(disk)
            answers = [play.create(f"{number} {'x' * 200}") for number in range(200)]
            stored = next((each for each in answers if each.status != 201), answers[-1])
            yield Bound(status=503, within=WELL, shows=AWAY).judge(drill, "new books", stored)
            yield Bound(status=200, within=WELL).judge(drill, "a list of books", play.books())
            # Each worker learns it from a failed write of its own.
            told = until(play.ready, status=503, seconds=5)
            yield Bound(status=503, within=5, shows="disk_full", is_probe=True).judge(
                drill, "/readyz", told
            )
            (disk / "rubbish").unlink()
            yield Bound(status=201, within=5).judge(
                drill,
                "a new book afterwards",
                until(lambda: play.create("again"), status=201, seconds=9),
            )
        primary.query("DROP DATABASE small", "DROP TABLESPACE small")
