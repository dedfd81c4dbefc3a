"""The client of the drills: it times each response, and also records missing ones."""

import json
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

# Seconds after which a response counts as missing.
PATIENCE = 60
# Characters of a body that are shown if a response is not as required.
SHOWN = 120


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A response and its time in seconds. Status 0 means none; the body then has the reason.

    The names of `headers` are in lower case.
    """

    status: int
    seconds: float
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def summary(self) -> str:
        return " ".join(f"{self.status} {self.body[:SHOWN]}".split())


def ask(
    url: str,
    path: str,
    *,
    method: str = "GET",
    body: Any = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Send a request over a new connection. A `body` is sent as JSON, unless it is bytes."""
    head = {"Connection": "close", **(headers or {})}
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body).encode()
        head["Content-Type"] = "application/json"
    started = time.monotonic()
    connection = HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE)
    try:
        connection.request(method, path, body=body, headers=head)
        response = connection.getresponse()
        text = response.read().decode(errors="replace")
    except (OSError, HTTPException) as error:
        return Answer(status=0, seconds=time.monotonic() - started, body=repr(error))
    finally:
        connection.close()
    return Answer(
        status=response.status,
        seconds=time.monotonic() - started,
        body=text,
        headers={name.lower(): value for name, value in response.getheaders()},
    )


def at_once(count: int, call: Callable[[], Answer]) -> list[Answer]:
    """Make the same call several times in parallel."""
    with ThreadPoolExecutor(count) as threads:
        return [each.result() for each in [threads.submit(call) for _ in range(count)]]


def until(call: Callable[[], Answer], *, status: int, seconds: float) -> Answer:
    """Repeat a request until the response has a status; return it with the total seconds."""
    started = time.monotonic()
    while True:
        answer = call()
        passed = time.monotonic() - started
        if answer.status == status or passed > seconds:
            return Answer(
                status=answer.status, seconds=passed, body=answer.body, headers=answer.headers
            )
        # Asks again, as wait_until() does, but the answer and the time are what the drill judges.
        time.sleep(0.1)
