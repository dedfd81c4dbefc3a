"""Redis stopped, frozen or silent: requests with a rate limit are refused, others work."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.live import free_port
from tests.waiting import wait_until

from .client import Answer, ask, at_once, until
from .stage import Service, Stage
from .table import Bound, Row

PASSWORD = "violet-Harbour-27"
COUNTED = "limits_unavailable"
BASIC = {"Authorization": "Basic YWRtaW46d3Jvbmc="}
COOKIE = "__Host-csrftoken=" + "c" * 32
FORM = f"csrfmiddlewaretoken={'c' * 32}&username=admin&password=wrong".encode()
FORM_TYPE = "application/x-www-form-urlencoded"


@dataclass(kw_only=True)
class Redis:
    """Debian's Redis on a free port of this machine."""

    directory: Path
    port: int
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"rediscache://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        options = ["--bind", "127.0.0.1", "--port", str(self.port), "--save", ""]
        self.process = subprocess.Popen(
            ["redis-server", *options, "--dir", str(self.directory)], stdout=subprocess.DEVNULL
        )
        ping = ["redis-cli", "-p", str(self.port), "ping"]
        wait_until(
            lambda: subprocess.run(ping, capture_output=True, check=False).stdout == b"PONG\n",
            failure="Redis did not start",
            process=self.process,
        )

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    @contextmanager
    def gone(self) -> Iterator[None]:
        self.kill()
        yield
        self.start()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Stop the process; the kernel still accepts connections and data."""
        if self.process is None:
            raise RuntimeError("Redis does not run")
        os.kill(self.process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.process.pid, signal.SIGCONT)


@dataclass(frozen=True, kw_only=True)
class Played:
    """The service, and tokens of its admin."""

    service: Service
    password: str
    tokens: dict[str, str]

    def books(self) -> Answer:
        return self.service.get("/api/v1/books", token=self.tokens["access"])

    def sign_in(self) -> Answer:
        body = {"name": "admin", "password": self.password}
        return self.service.post("/api/v1/auth/token", body)

    def refresh(self) -> Answer:
        """Renew the tokens, and store them for the next call."""
        answer = self.service.post(
            "/api/v1/auth/token/refresh", {"refresh": self.tokens["refresh"]}
        )
        if answer.status == 200:
            self.tokens.update(answer.json)
        return answer

    def create(self) -> Answer:
        book = {"name": f"The Drill {time.monotonic()}", "author": "A", "publisher": "P"}
        return self.service.post("/api/v1/books", book, token=self.tokens["access"])


def rows(stage: Stage) -> Iterator[Row]:
    url = f"sqlite:///{stage.directory / 'books.sqlite3'}"
    redis = Redis(directory=stage.directory, port=free_port())
    redis.start()
    try:
        password = stage.prepare(DATABASE_URL=url, CACHE_URL=redis.url)
        with stage.serve(DATABASE_URL=url, CACHE_URL=redis.url) as service:
            tokens = service.log_in(password)
            play = Played(service=service, password=password, tokens=tokens)
            for drill, broken in (("Redis gone", redis.gone), ("Redis frozen", redis.frozen)):
                at_once(8, play.sign_in)
                began = len(service.log.read_text())
                with broken():
                    yield from _while_away(drill, play)
                yield _lines(drill, service.log.read_text()[began:])
                answer = until(play.sign_in, status=200, seconds=10)
                yield Bound(status=200, within=3).judge(drill, "a login afterwards", answer)
                ready = until(lambda: service.get("/readyz"), status=200, seconds=10)
                yield Bound(status=200, within=3, shows='"ok"').judge(
                    drill, "/readyz afterwards", ready
                )
    finally:
        redis.kill()


def _while_away(drill: str, play: Played) -> Iterator[Row]:
    counted = Bound(status=503, within=1, shows=COUNTED)
    yield counted.judge(drill, "logins", *at_once(20, play.sign_in))
    url = play.service.url
    for path, body in (
        ("/api/v1/auth/register", {"name": "drill", "password": PASSWORD}),
        ("/api/v1/auth/password-reset", {"email": "drill@example.org"}),
        ("/api/v1/auth/password-reset/confirm", {"token": "x", "new_password": PASSWORD}),
    ):
        yield counted.judge(drill, f"POST {path}", ask(url, path, method="POST", body=body))
    message = Bound(status=503, within=1, shows='{"message":')
    body = {"name": "drill", "password": PASSWORD}
    tutorial: tuple[tuple[str, Callable[[], Answer]], ...] = (
        ("/register", lambda: ask(url, "/register", method="POST", body=body)),
        ("/login", lambda: ask(url, "/login", method="POST", headers=BASIC)),
    )
    for path, call in tutorial:
        yield message.judge(drill, f"POST {path}", call())
    page = Bound(status=503, within=1, shows="<html")
    headers = {"Accept": "text/html", "Cookie": COOKIE, "Content-Type": FORM_TYPE}
    for path in ("/admin/login/", "/api/session/login/"):
        answer = ask(url, path, method="POST", body=FORM, headers=headers)
        yield page.judge(drill, f"POST {path}", answer)
    well = Bound(status=200, within=1)
    yield well.judge(drill, "refresh", play.refresh())
    yield well.judge(drill, "a list of books", *at_once(8, play.books))
    yield Bound(status=201, within=1).judge(drill, "a new book", play.create())
    yield Bound(status=200, within=1, shows='"degraded"').judge(
        drill, "/readyz", *(play.service.get("/readyz") for _ in range(4))
    )


def _lines(drill: str, log: str) -> Row:
    """Each of the two workers logs once a minute that the limits are unavailable."""
    errors = [line for line in log.splitlines() if " ERROR " in line]
    tracebacks = log.count("Traceback")
    return Row(
        drill=drill,
        asked="the log",
        came=f"{len(errors)} lines of errors, {tracebacks} tracebacks",
        bound="1 line a minute by each worker, no traceback",
        passed=len(errors) <= 2 and not tracebacks,
    )
