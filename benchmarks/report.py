"""The results of a benchmark: a table, and JSON with the date, the machine and versions."""

import json
import os
import platform
import sqlite3
import statistics
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import django
from django.db import connections

from .stores import Store


def median(values: Iterable[float]) -> float:
    return round(statistics.median(values), 2)


def percentile(values: Iterable[float], percent: int) -> float:
    """Return the smallest value that at least `percent` of the values do not exceed."""
    ordered = sorted(values)
    return round(ordered[-(-len(ordered) * percent // 100) - 1], 2)


def spread(values: Sequence[float]) -> dict[str, float]:
    return {
        "median": median(values),
        "p99": percentile(values, 99),
        "max": round(max(values), 2),
    }


def table(headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return a table in Markdown, which is also readable on a terminal."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def show(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def write_json(path: Path, stores: Sequence[Store], results: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"date": datetime.now(UTC).date().isoformat(), **surroundings(stores), **results}
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n")


def surroundings(stores: Sequence[Store]) -> dict[str, Any]:
    """Return other facts that influence the results: machine and versions."""
    versions = {
        "python": platform.python_version(),
        "django": django.__version__,
        "sqlite": sqlite3.sqlite_version,
    }
    for store in stores:
        if store.engine == "postgresql":
            versions["postgresql"] = _postgresql_version(store)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    machine = {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(memory / 2**30),
        "system": platform.platform(),
    }
    return {"machine": machine, "versions": versions}


def _postgresql_version(store: Store) -> str:
    with connections[store.alias].cursor() as cursor:
        cursor.execute("SHOW server_version")
        return str(cursor.fetchone()[0]).split()[0]


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
