"""The commands of the front page run as they stand."""

import html
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from urllib.request import urlopen

import pytest

from .live import LiveServer, live_server
from .tools import require_tool

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def fresh_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    for tool in ("curl", "openssl"):
        require_tool(
            is_there=shutil.which(tool) is not None, name=tool, install=f"apt-get install {tool}"
        )
    with live_server(directory=tmp_path_factory.mktemp("front-page")) as running:
        yield running


def commands(server: LiveServer) -> list[str]:
    with urlopen(f"{server.url}/") as response:
        page = response.read().decode()
    found = re.findall(r'<pre class="command"[^>]*>(.*?)</pre>', page, flags=re.DOTALL)
    return [html.unescape(command) for command in found]


def test_the_story_goes_from_an_account_to_a_restored_book(fresh_server: LiveServer) -> None:
    script = "\n".join(commands(fresh_server))

    # Any POSIX shell does: Debian's is dash.
    finished = subprocess.run(
        ["sh", "-eu", "-c", script], capture_output=True, text=True, timeout=60, check=True
    )

    account, shown, mine, changed, restored = finished.stdout.splitlines()
    assert shown.split()[0] == json.loads(account)["name"]
    (book,) = json.loads(mine)["results"]
    assert (book["name"], book["price"], book["version"]) == ("Romola", "12.50", 1)
    assert {**json.loads(changed), "updated_at": None} == {
        **book,
        "price": "9.50",
        "version": 2,
        "updated_at": None,
    }
    assert {**json.loads(restored), "updated_at": None} == {
        **book,
        "version": 3,
        "updated_at": None,
    }
