"""Measure a long list over HTTP: the time to its first byte, and the memory of the process.

    python -m benchmarks.stream DIRECTORY --programs VENV/bin

One owner has all the books of a store on SQLite, and requests them (GET /books) from each server
in turn within each round.
"""

import argparse
import json
import shutil
import statistics
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from .bench import caller_of
from .comparison import all_running, chosen
from .databases import make_store
from .report import show, table, write_json
from .servers import ROOT, Running
from .works import Work, works_for

LOOK_SECONDS = 0.005
PATIENCE = 120
HEADINGS = ("", "first byte, ms", "all of it, ms", "grown by, MB", "MB of the answer")


def main(arguments: list[str] | None = None) -> None:
    options = _options(arguments)
    servers = tuple(server for server in chosen(options.servers) if "all" in server.works)
    found: dict[str, list[dict[str, float]]] = defaultdict(list)
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=options.directory)))
        shutil.copyfile(_store(options.directory, options.books), scratch / "store.sqlite3")
        store = f"sqlite:///{scratch.resolve()}/store.sqlite3"
        caller = caller_of(store)
        started = stack.enter_context(
            all_running(servers, store=store, programs=options.programs, logs=scratch)
        )
        for number in range(options.rounds + 1):
            for one in started:
                works = works_for(one.server, caller)
                if not number:
                    # One-time memory of the process does not count.
                    _ask(one, works["one"])
                    continue
                found[one.server.name].append(_ask(one, works["all"]))
                show(f"Round {number}: {one.server.name} {found[one.server.name][-1]}")
    results = {name: _result(costs) for name, costs in found.items()}
    show(table(HEADINGS, ([name, *result.values()] for name, result in results.items())))
    write_json(options.json, [], {"books": options.books, "rounds": options.rounds, **results})


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stream")
    add = parser.add_argument
    add("directory", type=Path, help="where the store is kept, outside the repository")
    add("--programs", type=Path, default=Path(), help="the bin of the peers' environment")
    add("--books", type=int, default=100_000)
    add("--rounds", type=int, default=5)
    add("--servers", nargs="+", default=[], help="only these, by name")
    add("--json", type=Path, default=ROOT / "benchmarks" / "results" / "stream.json")
    options = parser.parse_args(arguments)
    options.programs = options.programs.absolute()
    options.directory.mkdir(parents=True, exist_ok=True)
    return options


def _store(directory: Path, books: int) -> Path:
    """Return the store, which is created if it is missing."""
    made = directory.resolve() / f"one-owner-{books}.sqlite3"
    if not made.exists():
        building = made.with_suffix(".building")
        building.unlink(missing_ok=True)
        make_store(f"sqlite:///{building}", books=books, owners=1)
        building.rename(made)
    return made


def _ask(one: Running, work: Work) -> dict[str, float]:
    """Read a complete response; return its milliseconds and its MB."""
    connection = HTTPConnection("127.0.0.1", one.port, timeout=PATIENCE)
    with _memory(one) as grown:
        began = time.perf_counter()
        connection.request(work.method, work.path, headers=work.headers)
        response = connection.getresponse()
        content = bytearray(response.read(1))
        first = time.perf_counter() - began
        while piece := response.read(65_536):
            content += piece
        whole = time.perf_counter() - began
    connection.close()
    if response.status != work.status or not work.essence(json.loads(content)):
        raise SystemExit(f"{one.server.name} answered {response.status}")
    return {
        "first": first * 1_000,
        "whole": whole * 1_000,
        "grown": grown[0],
        "size": len(content) / 2**20,
    }


@contextmanager
def _memory(one: Running) -> Iterator[list[float]]:
    """Yield a list that receives the largest growth of the largest process, in MB, at the end."""
    before, is_over = one.own_memory(), threading.Event()
    seen = [0.0]

    def watch() -> None:
        while not is_over.wait(LOOK_SECONDS):
            seen[0] = max(seen[0], one.own_memory() - before)

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield seen
    finally:
        is_over.set()
        watching.join()


def _result(costs: list[dict[str, float]]) -> dict[str, Any]:
    middle = {
        name: round(statistics.median(cost[name] for cost in costs), 1)
        for name in ("first", "whole", "size")
    }
    # A process grows with the first list, and keeps its memory.
    grown = round(max(cost["grown"] for cost in costs), 1)
    return {"first": middle["first"], "whole": middle["whole"], "grown": grown, **middle}


if __name__ == "__main__":
    main()
