"""The nightly job of docs/api-tokens.md, with a token from the command, on a running server."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from .live import LiveServer, call, post
from .tools import require_tool

pytestmark = pytest.mark.live

ROOT = Path(settings.BASE_DIR)
PAGE = ROOT / "docs" / "api-tokens.md"
ACCOUNT = {"name": "shop", "password": "violet-Harbour-27"}


def script(server: LiveServer, directory: Path) -> Path:
    """Write the job of the page to a file, for this server and this directory."""
    (job,) = (
        block.partition("```")[0]
        for block in PAGE.read_text(encoding="utf-8").split("```sh\n")
        if block.startswith("#!/bin/sh")
    )
    for written, meant in (
        ("/etc/bookstore/token", str(directory / "token")),
        ("/var/lib/shop/books.csv", str(directory / "books.csv")),
        ("https://books.example.org", server.url),
    ):
        assert job.count(written) == 1
        job = job.replace(written, meant)
    path = directory / "import-books"
    path.write_text(job)
    return path


def issued(server: LiveServer, *options: str) -> str:
    command = [sys.executable, "manage.py", "issue_token", "--user", ACCOUNT["name"], *options]
    run = subprocess.run(
        command, cwd=ROOT, env=server.environment, capture_output=True, text=True, check=True
    )
    return run.stdout.strip()


def test_a_nightly_job_goes_on_until_its_token_ends(server: LiveServer, tmp_path: Path) -> None:
    require_tool(
        is_there=shutil.which("curl") is not None, name="curl", install="apt-get install curl"
    )
    post(server, "auth/register", ACCOUNT)
    token = issued(server, "--scope", "books:write", "--days", "90", "--keep-on-sign-out")
    (tmp_path / "token").write_text(f'header = "Authorization: Bearer {token}"\n')
    (tmp_path / "books.csv").write_text("name,author\nRomola,George Eliot\n")
    job = ["sh", str(script(server, tmp_path))]

    first = subprocess.run(job, capture_output=True, text=True, check=True)
    assert json.loads(first.stdout)["created"] == 1

    access = post(server, "auth/token", ACCOUNT)[1]["access"]
    assert call(server, "DELETE", "auth/sessions?all=true", token=access)[0] == 204
    second = subprocess.run(job, capture_output=True, text=True, check=True)
    assert json.loads(second.stdout)["unchanged"] == 1

    access = post(server, "auth/token", ACCOUNT)[1]["access"]
    (listed,) = call(server, "GET", "users/me/tokens", token=access)[1]["results"]
    assert (listed["name"], listed["last_used_network"]) == ("issue_token", "127.0.0.1")
    assert call(server, "DELETE", f"users/me/tokens/{listed['id']}", token=access)[0] == 204
    third = subprocess.run(job, capture_output=True, text=True, check=False)
    # curl's status for an answer of 400 or more.
    assert (third.returncode, json.loads(third.stdout)["code"]) == (22, "token_invalid")

    assert token not in server.log.read_text()
