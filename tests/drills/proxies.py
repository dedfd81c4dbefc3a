"""Clients that forge the header fields of a proxy, behind real proxies."""

import http.client
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from tests.production import KEY
from tests.proxies import PACKAGES, proxy

from .stage import Service, Stage
from .table import Row

CLIENT = "127.0.0.2"
SECONDS = 30
FORGED: dict[str, dict[str, str]] = {
    "nothing forged": {},
    "X_Forwarded_For": {"X_Forwarded_For": "6.6.6.6"},
    "X-Forwarded-For": {"X-Forwarded-For": "6.6.6.6"},
    "X_Proxy_Secret": {"X_Proxy_Secret": "guessed 6.6.6.6"},
}
BOOKS = 24_000
LINES = (f"Book {number},{'A' * 60},{'P' * 60}" for number in range(BOOKS))
FILE = "\n".join(["name,author,publisher", *LINES]).encode()


def rows(stage: Stage) -> Iterator[Row]:
    url = f"sqlite:///{stage.directory / 'books.sqlite3'}"
    password = stage.prepare(DATABASE_URL=url)
    with stage.serve(TRUSTED_PROXIES="1", PROXY_SECRET=KEY, DATABASE_URL=url) as service:
        for name in PACKAGES:
            directory = stage.directory / name
            upstream = urlsplit(service.url).netloc
            with proxy(name, directory, upstream=upstream, secret=KEY) as address:
                yield from _asked(name, address, service, password)


def _asked(name: str, address: str, service: Service, password: str) -> Iterator[Row]:
    body = json.dumps({"name": "admin", "password": password}).encode()
    for forged, fields in FORGED.items():
        status, answer = _ask(address, "POST", "/api/v1/auth/token", body, fields)
        recorded = ""
        if status == 200:
            events = service.get("/api/v1/users/me/events?limit=1", token=answer["access"])
            recorded = events.json["results"][0]["address"]
        yield Row(
            drill=f"behind {name}",
            asked=f"a login, {forged}",
            came=f"{status}, recorded {recorded or '-'}",
            bound=f"200, recorded {CLIENT}",
            passed=recorded == CLIENT,
        )
    if name == "haproxy":
        # It buffers bodies of up to 1 MiB, so that none arrives slowly, and refuses longer ones.
        return
    access = service.log_in(password)["access"]
    fields = {"Authorization": f"Bearer {access}", "Content-Type": "text/csv"}
    status, report = _ask(address, "POST", "/api/v1/books/import?dry_run=true", FILE, fields)
    created = report.get("created", "-")
    yield Row(
        drill=f"behind {name}",
        asked=f"an import of {len(FILE):,} bytes",
        came=f"{status}, {created} books",
        bound=f"200, {BOOKS} books",
        passed=(status, created) == (200, BOOKS),
    )


def _ask(
    address: str, method: str, path: str, body: bytes, fields: dict[str, str]
) -> tuple[int, Any]:
    connection = http.client.HTTPConnection(address, timeout=SECONDS, source_address=(CLIENT, 0))
    headers = {"Content-Type": "application/json", **fields}
    connection.request(method, path, body, headers)
    response = connection.getresponse()
    content = response.read()
    connection.close()
    return response.status, json.loads(content or b"{}")
