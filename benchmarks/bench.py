"""Compare the product with the same work in other frameworks, by HTTP load.

python -m benchmarks.bench DIRECTORY --programs VENV/bin [--quick]
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from . import ratios
from .comparison import Comparison, Progress, all_running, chosen, tail_of_logs
from .databases import databases
from .load import LoadError, wrk_version
from .servers import KEY, ROOT

ENGINES = ("sqlite", "postgresql")
SIZES = (1_000, 1_000_000)
# Not imported as a package, whose __init__ sets another database.
CALLER = (
    "import django, runpy; django.setup(); runpy.run_path('benchmarks/caller.py', {}, '__main__')"
)


def main() -> None:
    options = _options()
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is missing. Install it: apt-get install wrk")
    began = time.monotonic()
    found: dict[str, Any] = {}
    servers = chosen(options.servers)
    steps = options.rounds * len(options.engines) * len(options.sizes)
    progress = Progress(steps * sum(len(server.works) for server in servers))
    with databases(options.directory, options.engines) as stores:
        stores.make(options.engines, options.sizes)
        for books in options.sizes:
            for engine in options.engines:
                with stores.copy(engine, books) as store:
                    name = f"{engine}, {books:,} books"
                    found[name] = _compare(name, store, options, progress)
    _write(options, found, minutes=(time.monotonic() - began) / 60)


def _compare(
    name: str, store: str, options: argparse.Namespace, progress: Progress
) -> dict[str, Any]:
    caller = caller_of(store)
    with tempfile.TemporaryDirectory() as directory:
        logs = Path(directory)
        try:
            with all_running(
                chosen(options.servers), store=store, programs=options.programs, logs=logs
            ) as started:
                comparison = Comparison(name, started, caller)
                comparison.compare()
                comparison.find_slow()
                if not options.quick:
                    comparison.warm_up()
                for number in range(options.rounds):
                    comparison.round(number, seconds=options.seconds, progress=progress)
                return comparison.results()
        except LoadError as error:
            raise SystemExit(f"\n{error}\n{tail_of_logs(logs)}") from error


def caller_of(store: str) -> dict[str, Any]:
    """Return the accounts that send the requests: see caller.py."""
    finished = subprocess.run(
        [sys.executable, "-c", CALLER],
        cwd=ROOT,
        env={
            **os.environ,
            "SECRET_KEY": KEY,
            "DATABASE_URL": store,
            "BOOKSTORE_ENV": "development",
            "DJANGO_SETTINGS_MODULE": "bookstore_project.settings",
        },
        stdout=subprocess.PIPE,
        check=True,
    )
    caller: dict[str, Any] = json.loads(finished.stdout)
    return caller


def _write(options: argparse.Namespace, found: dict[str, Any], *, minutes: float) -> None:
    summary = {
        "date": datetime.now(UTC).date().isoformat(),
        "minutes": round(minutes, 1),
        "rounds": options.rounds,
        "seconds": options.seconds,
        "machine": {"cores": os.cpu_count(), "system": platform.platform()},
        "versions": {"python": platform.python_version(), **_versions(options.programs)},
        "stores": found,
    }
    options.results.mkdir(parents=True, exist_ok=True)
    content = json.dumps(summary, indent=1) + "\n"
    (options.results / "serving.json").write_text(content)
    (options.results / "serving.md").write_text(ratios.tables(found))
    for name, results in found.items():
        file = f"serving-{name.partition(' ')[0].rstrip(',')}-{name.split()[1].replace(',', '')}"
        drawn = ratios.chart(f"Requests a second: {name}", results)
        (options.charts / f"{file}.svg").write_text(drawn)
    sys.stdout.write(f"\n{ratios.tables(found)}\n{minutes:.0f} minutes\n")


def _versions(programs: Path) -> dict[str, str]:
    listed = subprocess.run(
        [programs / "python", "-m", "pip", "freeze"], capture_output=True, text=True, check=True
    )
    packages = dict(line.split("==") for line in listed.stdout.split() if "==" in line)
    return {"wrk": wrk_version(), **packages}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench")
    add = parser.add_argument
    add("directory", type=Path, help="where stores are kept, outside the repository")
    add("--programs", type=Path, required=True, help="the bin of the peers' environment")
    add("--quick", action="store_true", help="one round on SQLite with 1,000 books")
    add("--rounds", type=int, default=5)
    add("--seconds", type=float, default=1, help="whole seconds of load in each step")
    add("--sizes", type=int, nargs="+", default=SIZES, help="books in a store")
    add("--engines", nargs="+", choices=ENGINES, default=ENGINES)
    add("--servers", nargs="+", default=[], help="only these, by name")
    add("--results", type=Path, default=ROOT / "benchmarks" / "results")
    add("--charts", type=Path, default=ROOT / "docs" / "charts")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.sizes, options.engines = 1, [1_000], ["sqlite"]
    options.programs = options.programs.absolute()
    options.charts.mkdir(parents=True, exist_ok=True)
    return options


if __name__ == "__main__":
    main()
