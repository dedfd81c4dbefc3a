"""Measure the rate of pages during a flood of logins.

    python -m benchmarks.flood DIRECTORY --programs VENV/bin

In each round, each server in turn gets requests for pages over 16 connections, and again while
another 16 log in without pause. All passwords are right, so only a busy server refuses them.
"""

import argparse
import shutil
import tempfile
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from .bench import caller_of
from .comparison import all_running, chosen
from .databases import databases
from .load import LOGIN_TIMES, Load, press
from .report import median, show, table, write_json
from .servers import CORE, ROOT, Running
from .works import works_for

# Seconds by which the logins begin before the pages and end after them.
MARGIN = 1
HEADINGS = ("", "pages/s", "in a flood", "share", "p99, ms", "in a flood", "logins/s in it")


def main(arguments: list[str] | None = None) -> None:
    options = _options(arguments)
    servers = tuple(one for one in chosen(options.servers) if set(CORE) <= set(one.works))
    found: dict[str, list[dict[str, Load]]] = defaultdict(list)
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        stores = stack.enter_context(databases(options.directory, ["sqlite"]))
        store = stack.enter_context(stores.copy("sqlite", options.books))
        caller = caller_of(store)
        started = stack.enter_context(
            all_running(servers, store=store, programs=options.programs, logs=scratch)
        )
        for number in range(options.rounds):
            for one in started:
                loads = _loads(one, caller, seconds=options.seconds)
                found[one.server.name].append(loads)
                show(f"Round {number + 1}: {one.server.name} {loads['flooded'].rate:,.0f}/s")
    results = {name: _result(rounds) for name, rounds in found.items()}
    show(table(HEADINGS, ([name, *result.values()] for name, result in results.items())))
    write_json(
        options.json, [], {"books": options.books, "rounds": options.rounds, "servers": results}
    )


def _loads(one: Running, caller: dict[str, Any], *, seconds: float) -> dict[str, Load]:
    works = works_for(one.server, caller)
    press(one, works["page"], seconds=1, run="warm")
    alone = press(one, works["page"], seconds=seconds, run="alone")
    with ThreadPoolExecutor(1) as thread:
        lasting = (seconds + 2 * MARGIN) / LOGIN_TIMES
        logins = thread.submit(press, one, works["login"], seconds=lasting, run="logins")
        time.sleep(MARGIN)
        flooded = press(one, works["page"], seconds=seconds, run="flooded")
        return {"alone": alone, "flooded": flooded, "logins": logins.result()}


def _result(rounds: list[dict[str, Load]]) -> dict[str, float]:
    def middle(name: str, what: str) -> float:
        return round(median(getattr(loads[name], what) for loads in rounds), 1)

    shares = (loads["flooded"].rate / loads["alone"].rate for loads in rounds)
    return {
        "pages": middle("alone", "rate"),
        "flooded_pages": middle("flooded", "rate"),
        "share": round(median(shares), 2),
        "p99_ms": middle("alone", "p99"),
        "flooded_p99_ms": middle("flooded", "p99"),
        "logins": middle("logins", "rate"),
    }


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.flood")
    add = parser.add_argument
    add("directory", type=Path, help="where stores are kept, outside the repository")
    add("--programs", type=Path, default=Path(), help="the bin of the peers' environment")
    add("--books", type=int, default=1_000, help="books in the store")
    add("--rounds", type=int, default=5)
    add("--seconds", type=float, default=4, help="whole seconds of load in each step")
    add("--servers", nargs="+", default=[], help="only these, by name")
    add("--json", type=Path, default=ROOT / "benchmarks" / "results" / "flood.json")
    options = parser.parse_args(arguments)
    if shutil.which("wrk") is None:
        parser.error("wrk is missing. Install it: apt-get install wrk")
    options.programs = options.programs.absolute()
    return options


if __name__ == "__main__":
    main()
