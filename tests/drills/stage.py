"""The service that a drill tests: two workers in production settings."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.live import MANAGE, WITHOUT_LIMITS, free_port, quickstarted
from tests.production import KEY
from tests.waiting import wait_until

from .client import Answer, ask

PRODUCTION = {
    **WITHOUT_LIMITS,
    "BOOKSTORE_ENV": "production",
    "SECRET_KEY": KEY,
    "ALLOWED_HOSTS": "127.0.0.1,localhost",
    "EMAIL_URL": "dummymail://",
    "PUBLIC_URL": "http://127.0.0.1:8000",
    # The drills have no proxy that terminates TLS.
    "SECURE_SSL_REDIRECT": "false",
}


@dataclass(frozen=True, kw_only=True)
class Service:
    """A running server: its address, its log, and the environment it was started with."""

    url: str
    log: Path
    process: "subprocess.Popen[bytes]"
    environment: dict[str, str]

    def get(self, path: str, *, token: str = "", accept: str = "application/json") -> Answer:
        return ask(self.url, path, headers={"Accept": accept, "x-access-tokens": token})

    def post(self, path: str, body: object, *, token: str = "") -> Answer:
        headers = {"x-access-tokens": token} if token else {}
        return ask(self.url, path, method="POST", body=body, headers=headers)

    def log_in(self, password: str) -> dict[str, str]:
        """Return the tokens of the admin."""
        answer = self.post("/api/v1/auth/token", {"name": "admin", "password": password})
        if answer.status != 200:
            raise RuntimeError(f"the admin can't log in: {answer.summary}")
        tokens: dict[str, str] = answer.json
        return tokens


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A directory for the files of a drill, and the static files that pages need."""

    directory: Path
    static: Path

    def environment(self, **settings: str) -> dict[str, str]:
        return {**os.environ, **PRODUCTION, "STATIC_ROOT": str(self.static), **settings}

    def prepare(self, **settings: str) -> str:
        """Migrate a database, store some books in it, and return the password of its admin."""
        environment = self.environment(**settings)
        return quickstarted(free_port(), environment=environment, directory=self.directory)

    @contextmanager
    def serve(self, *, port: int = 0, **settings: str) -> Iterator[Service]:
        """Serve until the context ends; `settings` are variables of the server's environment."""
        with self.starting(port=port, **settings) as service:
            wait_until_up(service)
            yield service

    @contextmanager
    def starting(self, *, port: int = 0, **settings: str) -> Iterator[Service]:
        """Serve without waiting for the first response."""
        port = port or free_port()
        environment = self.environment(**settings)
        log = self.directory / f"server-{port}.log"
        with log.open("ab") as output:
            process = subprocess.Popen(
                [*MANAGE, "serve", "--workers", "2", "--bind", f"127.0.0.1:{port}"],
                env=environment,
                cwd=self.directory,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            yield Service(
                url=f"http://127.0.0.1:{port}", log=log, process=process, environment=environment
            )
        finally:
            process.terminate()
            process.wait(timeout=40)


def wait_until_up(service: Service) -> float:
    """Wait until the service answers, and return the seconds. Raises RuntimeError."""
    started = time.monotonic()
    wait_until(
        lambda: service.get("/healthz").status == 200,
        failure="the server did not start",
        process=service.process,
        log=service.log,
    )
    return time.monotonic() - started


def collect_static(directory: Path) -> Path:
    """Collect the static files, once for all drills, and return their folder."""
    static = directory / "static"
    subprocess.run(
        [*MANAGE, "collectstatic", "--no-input"],
        env={
            **os.environ,
            **PRODUCTION,
            "DATABASE_URL": f"sqlite:///{directory / 'none.sqlite3'}",
            "STATIC_ROOT": str(static),
        },
        check=True,
        capture_output=True,
    )
    return static
