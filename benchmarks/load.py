"""Load by wrk over keep-alive connections, and single requests to compare responses."""

import json
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from .servers import Running
from .works import Work

CONNECTIONS = 16
THREADS = 2
PATIENCE = 120
# Slower requests are not sent by wrk, but timed one at a time for each process.
TOO_SLOW = 0.25
# Hashes are slow on purpose: one second is enough for only a few.
LOGIN_TIMES = 2
# A step without a completed request is repeated with this many times the duration.
LONGER = 5


class LoadError(Exception):
    """A request failed, which ends the whole run."""


@dataclass(frozen=True, kw_only=True)
class Load:
    """Requests per second, and response times in milliseconds."""

    rate: float
    p50: float
    p99: float


def ask(running: Running, work: Work, *, title: str = "compared") -> tuple[Any, float]:
    """Return the body of a response, and its seconds."""
    body = None if work.body is None else json.dumps({**work.body, "name": title}).encode()
    request = Request(
        f"{running.url}{work.path}", data=body, headers=work.headers, method=work.method
    )
    began = time.perf_counter()
    try:
        with urlopen(request, timeout=PATIENCE) as response:
            status, content = response.status, json.load(response)
    except (OSError, ValueError) as error:
        raise LoadError(f"{work.name} of {running.server.name}: {error}") from error
    took = time.perf_counter() - began
    if status != work.status:
        raise LoadError(f"{work.name} of {running.server.name} was answered {status}")
    return work.essence(content), took


def is_slow(running: Running, work: Work) -> bool:
    """Return whether the faster of two single requests takes too long for wrk."""
    if work.body is not None or running.server.name == "hello":
        return False
    return min(ask(running, work)[1] for _ in range(2)) > TOO_SLOW


def press(running: Running, work: Work, *, seconds: float, run: str) -> Load:
    """Keep 16 connections busy. Raises LoadError if a single request failed."""
    if work.name == "login":
        seconds *= LOGIN_TIMES
    found = _wrk(running, work, seconds=seconds, run=run)
    if not found["requests"]:
        # The machine may have paused, which should not end a run of half an hour.
        found = _wrk(running, work, seconds=seconds * LONGER, run=f"{run} again")
    if not found["requests"]:
        raise LoadError(f"{work.name} of {running.server.name}: none done in {seconds:g} s")
    if found["failed"]:
        raise LoadError(f"{work.name} of {running.server.name}: {found['failed']} requests failed")
    return Load(rate=found["requests"] / found["seconds"], p50=found["p50"], p99=found["p99"])


def _wrk(running: Running, work: Work, *, seconds: float, run: str) -> dict[str, Any]:
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(work.script(run))
        script.flush()
        finished = subprocess.run(
            # wrk accepts only whole seconds.
            [
                *("wrk", f"-t{THREADS}", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s"),
                *("--timeout", f"{PATIENCE}s", "-s", script.name, running.url),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
    _, at, result = finished.stdout.partition("\n@")
    if not at:
        raise LoadError(f"wrk: {finished.stderr or finished.stdout}")
    found: dict[str, Any] = json.loads(result)
    return found


def time_slow(running: Running, work: Work, *, processes: int = 2) -> Load:
    """Send one request per process at a time; wrk would always wait for sixteen."""
    with ThreadPoolExecutor(processes) as threads:
        began = time.perf_counter()
        took = list(threads.map(lambda _: ask(running, work)[1], range(processes)))
        whole = time.perf_counter() - began
    return Load(rate=processes / whole, p50=min(took) * 1e3, p99=max(took) * 1e3)


def wrk_version() -> str:
    finished = subprocess.run(["wrk", "-v"], capture_output=True, text=True, check=False)
    return finished.stdout.partition("Copyright")[0].strip()


def log_tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-20:])
