"""The docs are correct: curl commands print the shown output, tables and links are complete."""

import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from .access_matrix import MATRIX
from .live import LiveServer, live_server
from .tools import require_tool

ROOT = Path(settings.BASE_DIR)
README = ROOT / "README.md"
TOUR = ROOT / "docs" / "tour.md"
CLIENTS = ROOT / "docs" / "clients.md"
ROUTES = ROOT / "docs" / "routes.md"
# Every page that people read in the repository or on a hosting site.
PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "deploy").glob("*.md")]
)
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
# Three screens.
README_LINES = 200
ADDRESS = "http://127.0.0.1:8000"

# Values that differ in each run, and their placeholders.
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
    """A server without data of other tests."""
    require_tool(
        is_there=shutil.which("curl") is not None, name="curl", install="apt-get install curl"
    )
    with live_server(directory=tmp_path_factory.mktemp("readme")) as running:
        yield running


def stories(page: Path) -> list[tuple[str, str]]:
    """Return each command in a page's console blocks, with its output."""
    blocks = re.findall(r"```console\n(.*?)```", _text(page), flags=re.DOTALL)
    steps = [step for block in blocks for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]]
    return [_split(step) for step in steps if "curl" in step]


def _text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def _split(step: str) -> tuple[str, str]:
    """Split a step after its command, whose lines end in a backslash except for the last."""
    match = re.match(r"((?:.*\\\n)*.*)\n?", step)
    command = match[1] if match else step
    return command, step.removeprefix(command).strip()


def steady(text: str) -> str:
    for pattern, name in VARYING:
        text = re.sub(pattern, name, text)
    return text


@pytest.mark.live
@pytest.mark.parametrize("page", [README, TOUR, CLIENTS], ids=lambda page: page.name)
def test_the_curl_stories_give_what_they_print_and_can_be_told_again(
    fresh_server: LiveServer, page: Path
) -> None:
    separator = "---- next command ----"
    commands = [command for command, _ in stories(page)]
    script = f"\necho; echo '{separator}'\n".join(commands).replace(ADDRESS, fresh_server.url)
    for _ in range(2):
        finished = subprocess.run(
            ["bash", "-c", script], capture_output=True, text=True, timeout=60, check=True
        )
        outputs = finished.stdout.replace("\r", "").replace(fresh_server.url, ADDRESS)
        printed = [steady(output.strip()) for output in outputs.split(separator)]
        assert printed == [steady(output) for _, output in stories(page)]


def test_both_surfaces_have_a_story() -> None:
    commands = " ".join(command for command, _ in stories(README))
    for path in ("/api/v1/auth/token", "/api/v1/books", "/register", "/login", "/book "):
        assert f"{ADDRESS}{path}" in commands


def test_the_table_of_routes_is_complete() -> None:
    for route in set(MATRIX) - {"/api/v1/{anything}"}:
        # A row of the table of pages has those that belong together.
        is_of_people = route == "/" or route.startswith(("/account/", "/api/session/"))
        shown = f"`{route}`" if is_of_people else f"| `{route}` |"
        assert shown in _text(ROUTES), route


def test_the_readme_fits_three_screens() -> None:
    assert len(_text(README).splitlines()) <= README_LINES


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    for target, fragment in links(page):
        found = (page.parent / target).resolve() if target else page
        assert found.exists(), target
        if fragment:
            assert fragment in anchors(found), f"{target}#{fragment}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_no_paragraph_or_row_of_a_page_has_two_versions(page: Path) -> None:
    """A merge of two branches may keep both versions of a line that both have changed."""
    prose = re.sub(r"```.*?```", "", _text(page), flags=re.DOTALL)
    # Rows without a first cell belong to the row above, or head a table.
    lines = [line for line in prose.splitlines() if len(line) > 60 and not line.startswith("| |")]
    beginnings = Counter(line[:50] for line in lines)
    assert [text for text, count in beginnings.items() if count > 1] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_page_is_reached_from_the_readme(page: Path) -> None:
    reached: set[Path] = set()
    to_read = [README]
    while to_read:
        each = to_read.pop()
        if each not in reached and each in PAGES:
            reached.add(each)
            to_read += [(each.parent / target).resolve() for target, _ in links(each) if target]
        # A hosting site shows the list of files for a folder.
        to_read += each.glob("*.md") if each.is_dir() else ()
    assert page in reached


def links(page: Path) -> list[tuple[str, str]]:
    """Return the file and the fragment of each relative link and picture of a page."""
    prose = re.sub(r"```.*?```|`[^`\n]*`", "", _text(page), flags=re.DOTALL)
    return re.findall(r"\]\((?!https?://|mailto:)([^)#\s]*)#?([^)\s]*)\)", prose)


def anchors(page: Path) -> set[str]:
    """Return the fragments of a page's headings, as GitHub generates them."""
    prose = re.sub(r"```.*?```", "", _text(page), flags=re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", prose, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.name)
def test_a_decision_begins_with_its_date_and_status(page: Path) -> None:
    title, date, status, _ = _text(page).split("\n\n", maxsplit=3)
    assert re.fullmatch("# .+", title)
    assert re.fullmatch(r"Date: \d{4}-\d\d-\d\d", date)
    assert re.fullmatch("Status: (accepted|superseded by .+)", status)
