"""Measure how long other requests wait while the largest allowed import runs.

    python -m benchmarks.import_beside DIRECTORY

For each engine: `serve` with two workers, and three clients that read a page, store a book and log
in, each repeatedly with a short pause. They are timed alone, while 50,000 new books are
imported, while the same books are changed or added to (half of each), and while a dry run of that
is done. An unexpected response ends the benchmark.
"""

import argparse
import csv
import io
import json
import random
import string
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from .bench import ENGINES, caller_of
from .databases import databases
from .report import percentile, show, table, write_json
from .servers import OURS, ROOT, Running, running
from .works import Work, works_for

ROWS = 50_000
# Just below the 8,388,608 bytes of a request's file.
BYTES_OF_A_ROW = 165
BOOKS = 20_000
ASKED = ("page", "create", "login")
# Seconds between two requests of a client, and of the timing without an import.
REST = 0.02
ALONE = 10
GOALS = {"sqlite": 1.0, "postgresql": 0.5}
NAME, PASSWORD = "importer", "violet-Harbour-27"  # of an invented user in an invented store
HEADINGS = ("", "import, s", *(f"{name}, max ms" for name in ASKED), "p99 ms", "goal, ms")


@dataclass
class Waits:
    """The response times of a kind of request, in seconds."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in ASKED})

    def result(self) -> dict[str, Any]:
        return {
            name: {
                "requests": len(found),
                "p50_ms": percentile((1_000 * each for each in found), 50),
                "p99_ms": percentile((1_000 * each for each in found), 99),
                "max_ms": round(1_000 * max(found), 1),
            }
            for name, found in self.seconds.items()
        }


def main(arguments: list[str] | None = None) -> None:
    options = _options(arguments)
    results = {}
    with databases(options.directory, options.engines) as stores:
        for engine in options.engines:
            with stores.copy(engine, options.books) as store, tempfile.TemporaryDirectory() as logs:
                results[engine] = _measure(store, Path(logs), rows=options.rows)
                show(f"{engine}: {json.dumps(results[engine])}")
    lines = [
        [f"{engine}, {kind}", *_line(found), 1_000 * GOALS[engine]]
        for engine, kinds in results.items()
        for kind, found in kinds.items()
    ]
    show(table(HEADINGS, lines))
    write_json(options.json, [], {"rows": options.rows, "books": options.books, **results})


def _measure(store: str, logs: Path, *, rows: int) -> dict[str, Any]:
    server = replace(OURS, environment={**OURS.environment, "LIMIT_REFRESH": "1000000/60"})
    works = works_for(server, caller_of(store))
    with running(server, store=store, programs=Path(), log=logs / "serve.log") as one:
        token = _importer(one)
        with _clients(one, works) as alone:
            time.sleep(ALONE)
        results = {"alone": {"import_seconds": None, **alone.result()}}
        for kind, file, query in (
            ("new books", new_books(rows), ""),
            ("half changed", half_changed(rows), ""),
            ("dry run", new_books(rows, seed=2), "?dry_run=true"),
        ):
            with _clients(one, works) as beside:
                began = time.monotonic()
                report = _send(one, token, file, query)
                seconds = time.monotonic() - began
            results[kind] = {
                "import_seconds": round(seconds, 1),
                "bytes": len(file),
                "created": report["created"],
                "changed": report["changed"],
                **beside.result(),
            }
        return results


def new_books(rows: int, *, seed: int = 1) -> bytes:
    """Return a file with this number of valid rows, almost as large as allowed."""
    return _file(_books(rows, seed=seed))


def half_changed(rows: int) -> bytes:
    """Return a file in which every second row changes a book of new_books(); the rest are new."""
    known, others = _books(rows, seed=1), _books(rows, seed=3)
    changed = [[*book[:2], f"{book[2]} Sons", "7.25", *book[4:]] for book in known[::2]]
    return _file([row for pair in zip(changed, others[1::2], strict=True) for row in pair])


def _books(rows: int, *, seed: int) -> list[list[str]]:
    chance = random.Random(seed)  # words, no secrets
    words = [
        "".join(chance.choices(string.ascii_lowercase, k=chance.randint(3, 9)))
        for _ in range(20_000)
    ]
    return [
        [
            f"{_text(chance, words, BYTES_OF_A_ROW - 107)} {seed} {number}",
            _text(chance, words, 30),
            _text(chance, words, 24),
            f"{number % 100}.50",
            _isbn(number),
            f"19{number % 100:02}-02-03",
        ]
        for number in range(rows)
    ]


def _text(chance: random.Random, words: list[str], length: int) -> str:
    return " ".join(chance.choices(words, k=length // 4))[:length].strip()


def _isbn(number: int) -> str:
    digits = f"978{number:09}"
    weighed = sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(digits))
    return f"{digits}{-weighed % 10}"


def _file(books: list[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(("name", "author", "publisher", "price", "isbn", "published_on"))
    writer.writerows(books)
    return text.getvalue().encode()


@contextmanager
def _clients(one: Running, works: dict[str, Work]) -> Iterator[Waits]:
    """Send each kind of request repeatedly, and fill in the response times at the end."""
    waits, ends = Waits(), threading.Event()
    failures: list[OSError] = []

    def ask(work: Work) -> None:
        numbers = count()
        while not (ends.is_set() and waits.seconds[work.name]):
            try:
                waits.seconds[work.name].append(_ask(one, work, f"{began} {next(numbers)}"))
            except OSError as error:
                failures.append(error)
                return
            ends.wait(REST)

    began = time.monotonic()
    threads = [threading.Thread(target=ask, args=(works[name],)) for name in ASKED]
    for thread in threads:
        thread.start()
    try:
        yield waits
    finally:
        ends.set()
        for thread in threads:
            thread.join()
    if failures:
        raise SystemExit(f"A client was not answered: {failures[0]!r}")


def _ask(one: Running, work: Work, title: str) -> float:
    """Send a request, and return its seconds; a new book gets the title."""
    data = None if work.body is None else json.dumps({**work.body, "name": title}).encode()
    request = Request(f"{one.url}{work.path}", data, work.headers, method=work.method)
    began = time.monotonic()
    with urlopen(request, timeout=120) as response:
        response.read()
    return time.monotonic() - began


def _importer(one: Running) -> str:
    account = {"name": NAME, "password": PASSWORD}
    _call(one, "auth/register", account)
    token: str = _call(one, "auth/token", account)["access"]
    return token


def _call(one: Running, path: str, body: dict[str, Any]) -> Any:
    headers = {"Content-Type": "application/json"}
    with urlopen(Request(f"{one.url}/api/v1/{path}", json.dumps(body).encode(), headers)) as found:
        return json.load(found)


def _send(one: Running, token: str, file: bytes, query: str) -> Any:
    headers = {"Content-Type": "text/csv", "Authorization": f"Bearer {token}"}
    request = Request(f"{one.url}/api/v1/books/import{query}", file, headers)
    try:
        with urlopen(request, timeout=120) as response:
            return json.load(response)
    except HTTPError as error:
        raise SystemExit(f"The import was refused: {error.read().decode()}") from error


def _line(found: dict[str, Any]) -> list[Any]:
    p99 = max(found[name]["p99_ms"] for name in ASKED)
    return [found["import_seconds"], *(found[name]["max_ms"] for name in ASKED), p99]


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.import_beside")
    add = parser.add_argument
    add("directory", type=Path, help="where stores are kept, outside the repository")
    add("--engines", nargs="+", choices=ENGINES, default=list(ENGINES))
    add("--books", type=int, default=BOOKS, help="books in the store before")
    add("--rows", type=int, default=ROWS, help="rows of a file")
    add("--json", type=Path, default=ROOT / "benchmarks" / "results" / "import_beside.json")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
