"""The requests to each server, and the parts of responses that must be equal."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .servers import Server

SEARCHES = ("few", "many", "none")


@dataclass(frozen=True, kw_only=True)
class Work:
    """A request, and `essence`: the part of the response that is the same for all servers."""

    name: str
    method: str
    path: str
    headers: dict[str, str]
    body: dict[str, Any] | None
    essence: Callable[[Any], Any]
    status: int = 200

    def script(self, run: str) -> str:
        """Return the Lua script for wrk; each request for a new book has another title."""
        headers = "".join(
            f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}\n"
            for name, value in self.headers.items()
        )
        lines = f'wrk.method = "{self.method}"\nwrk.path = "{self.path}"\n{headers}'
        if self.body is not None:
            before, after = json.dumps({**self.body, "name": "@"}).split("@")
            lines += CREATE.format(before=before, run=run, after=after)
        return lines + DONE


# Each thread of wrk has its own counter.
CREATE = """
local threads = 0
function setup(thread) thread:set("id", threads); threads = threads + 1 end
local made = 0
function request()
  made = made + 1
  return wrk.format(nil, nil, nil, '{before}{run} ' .. id .. ' ' .. made .. '{after}')
end
"""
DONE = """
function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '\\n@{"requests": %d, "seconds": %f, "p50": %f, "p99": %f, "failed": %d}\\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
"""
BOOK = {
    "author": "George Eliot",
    "publisher": "Blackwood",
    "price": "12.50",
    "isbn": "9780141439549",
}


def works_for(server: Server, caller: dict[str, Any]) -> dict[str, Work]:
    """Return the works that a server supports, by name."""
    kind = "bolt" if server.has_tokens_of_its_own else "token"
    reading = {"Authorization": f"Bearer {caller['reader'][kind]}"}
    writing = {"Authorization": f"Bearer {caller['writer'][kind]}"}
    credentials = f"{caller['reader']['name']}:{caller['reader']['password']}"
    basic = {"Authorization": f"Basic {base64.b64encode(credentials.encode()).decode()}"}
    works = [
        _read("page", "/api/v1/books?owner=me", reading, lambda body: body["results"]),
        _read("all", "/books", reading, lambda body: body["list_of_books"]),
        _read("one", f"/api/v1/books/{caller['book']}", reading, lambda body: body),
        Work(
            name="create",
            method="POST",
            path="/api/v1/books",
            headers={**writing, "Content-Type": "application/json"},
            body=BOOK,
            essence=lambda body: {name: body[name] for name in (*BOOK, "owner", "version")},
            status=201,
        ),
        Work(
            name="login",
            method="POST",
            path="/login",
            # Some servers require a Content-Length also without a body.
            headers={**basic, "Content-Length": "0"},
            body=None,
            essence=lambda body: bool(body["token"]),
        ),
        *(
            _read(name, f"/api/v1/books?q={caller[name]}", reading, lambda body: body["results"])
            for name in SEARCHES
        ),
    ]
    return {work.name: work for work in works if work.name in server.works}


def _read(name: str, path: str, headers: dict[str, str], essence: Callable[[Any], Any]) -> Work:
    return Work(name=name, method="GET", path=path, headers=headers, body=None, essence=essence)
