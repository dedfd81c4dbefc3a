"""The README is true: its curl stories give what they print, its tables are complete."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from .access_matrix import MATRIX
from .live import LiveServer, live_server
from .tools import require_tool

README = (Path(settings.BASE_DIR) / "README.md").read_text(encoding="utf-8")
ADDRESS = "http://127.0.0.1:8000"

# What differs from run to run, and what it is called here.
VARYING = (
    (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "<uuid>"),
    (r"eyJ[\w-]*\.[\w-]+\.[\w-]+|eyJ[\w-]*…", "<token>"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", "<time>"),
    (r"[0-9a-f]{32}", "<digits>"),
    (r"cursor=[\w.:-]+", "cursor=<cursor>"),
    (r'("id":|/books/|ETag: "|^")\d+', r"\1<id>"),
)


@pytest.fixture(scope="module")
def fresh_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server that nothing else has written to."""
    require_tool(
        is_there=shutil.which("curl") is not None, name="curl", install="apt-get install curl"
    )
    with live_server(directory=tmp_path_factory.mktemp("readme")) as running:
        yield running


def stories() -> list[tuple[str, str]]:
    """Return each command of the README's console blocks with the output printed below it."""
    blocks = re.findall(r"```console\n(.*?)```", README, flags=re.DOTALL)
    steps = [step for block in blocks for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]]
    return [_split(step) for step in steps if "curl" in step]


def _split(step: str) -> tuple[str, str]:
    """Split a step behind its command, which goes on as long as lines end in a backslash."""
    match = re.match(r"((?:.*\\\n)*.*)\n?", step)
    command = match[1] if match else step
    return command, step.removeprefix(command).strip()


def steady(text: str) -> str:
    for pattern, name in VARYING:
        text = re.sub(pattern, name, text)
    return text


@pytest.mark.live
def test_the_curl_stories_give_what_they_print_and_can_be_told_again(
    fresh_server: LiveServer,
) -> None:
    separator = "---- next command ----"
    commands = [command for command, _ in stories()]
    script = f"\necho; echo '{separator}'\n".join(commands).replace(ADDRESS, fresh_server.url)
    for _ in range(2):
        finished = subprocess.run(
            ["bash", "-c", script], capture_output=True, text=True, timeout=60, check=True
        )
        outputs = finished.stdout.replace("\r", "").replace(fresh_server.url, ADDRESS)
        printed = [steady(output.strip()) for output in outputs.split(separator)]
        assert printed == [steady(output) for _, output in stories()]


def test_both_surfaces_have_a_story() -> None:
    commands = " ".join(command for command, _ in stories())
    for path in ("/api/v1/auth/token", "/api/v1/books", "/register", "/login", "/book "):
        assert f"{ADDRESS}{path}" in commands


def test_the_table_of_routes_is_complete() -> None:
    pages = {"/", "/api/v1/{anything}", "/api/session/login/", "/api/session/logout/"}
    for route in set(MATRIX) - pages:
        assert f"| `{route}` |" in README, route


def test_every_file_that_the_readme_points_to_is_there() -> None:
    targets = re.findall(r"\]\((?!https?://|#)([^)#]+)", README)
    assert targets
    for target in targets:
        assert (Path(settings.BASE_DIR) / target).exists(), target
