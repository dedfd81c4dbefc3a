"""Imports of the Django admin in a server's background thread, on the suite's engine."""

import re
import sqlite3
import uuid
from contextlib import closing
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

import psycopg
import pytest

from .live import SERVED, LiveServer, live_server, restarted
from .test_transfer_live import count, log_in, wait_until_it_stores
from .waiting import SECONDS, wait_until

pytestmark = pytest.mark.live

BOOKS = 8_000
FORM = "/admin/books/book/import/"
# As if the server had been killed long ago.
LONG_AGO = "UPDATE books_fileimport SET started_at = '2001-01-01 00:00:00+00:00'"


class Browser:
    """An admin who is signed in, without JavaScript."""

    def __init__(self, server: LiveServer) -> None:
        self._server = server
        self._opener = build_opener(HTTPCookieProcessor(CookieJar()))
        self.path = "/api/session/login/"
        self.open(self.path)
        self.send({"username": "admin", "password": server.admin_password})

    def open(self, path: str, data: bytes | None = None, kind: str = "") -> str:
        """Return the text of a page, and remember its path and its last form's token."""
        request = Request(self._server.url + path, data)
        if data:
            request.add_header("Content-Type", kind)
        with self._opener.open(request, timeout=SECONDS) as response:
            self.path = response.url.removeprefix(self._server.url)
            page: str = response.read().decode()
        for found in re.findall('name="csrfmiddlewaretoken" value="([^"]+)"', page):
            self._token = found
        self.page = page
        return self.page

    def send(self, fields: dict[str, str]) -> str:
        data = urlencode({**fields, "csrfmiddlewaretoken": self._token}).encode()
        return self.open(self.path, data, "application/x-www-form-urlencoded")

    def upload(self, content: str) -> str:
        """Send a file with the form of the import, and return the page that follows."""
        self.open(FORM)
        boundary = uuid.uuid4().hex
        fields = {"csrfmiddlewaretoken": self._token, "owner": "admin"}
        parts = [f'name="{name}"\r\n\r\n{value}' for name, value in fields.items()]
        parts.append(f'name="file"; filename="books.csv"\r\n\r\n{content}')
        body = "".join(
            f"--{boundary}\r\nContent-Disposition: form-data; {part}\r\n" for part in parts
        )
        kind = f"multipart/form-data; boundary={boundary}"
        return self.open(FORM, f"{body}--{boundary}--\r\n".encode(), kind)

    def confirm(self) -> str:
        digest = re.search('name="digest" value="([0-9a-f]{64})"', self.page)
        assert digest
        return self.send({"button": "import", "digest": digest[1]})

    def wait_for_the_end(self) -> str:
        """Load the page again while it says so, as a browser does."""

        def is_over() -> bool:
            if 'http-equiv="refresh"' not in self.page:
                return True
            self.open(self.path)
            return False

        wait_until(is_over, failure="the import does not end")
        return str(self.page)


@pytest.fixture(scope="module")
def content() -> str:
    """A file that takes long enough to be interrupted."""
    rows = (f"Book {number},Author {number % 90},Publisher\n" for number in range(BOOKS))
    return f"name,author,publisher\n{''.join(rows)}"


def test_an_import_goes_on_when_the_browser_leaves(tmp_path: Path, content: str) -> None:
    with live_server(directory=tmp_path, command="serve", **SERVED) as server:
        browser = Browser(server)
        browser.upload(content)
        assert f"{BOOKS} to be added" in browser.wait_for_the_end()
        before = count(server, log_in(server))

        browser.confirm()
        path = browser.path
        # Another browser of the same admin finds the page by the form.
        other = Browser(server)
        assert f'href="{path}"' in other.open(FORM)
        other.open(path)
        assert f"Imported books: {BOOKS} added" in other.wait_for_the_end()
        assert count(server, log_in(server)) == before + BOOKS


def test_a_server_that_is_killed_keeps_nothing_and_the_page_says_so(
    tmp_path: Path, content: str
) -> None:
    with live_server(directory=tmp_path) as killed:
        before = count(killed, log_in(killed))
        browser = Browser(killed)
        browser.upload(content)
        browser.wait_for_the_end()
        browser.confirm()
        wait_until_it_stores(killed)
        killed.process.kill()
        killed.process.wait()
        with restarted(killed) as server:
            assert count(server, log_in(server)) == before
            assert 'http-equiv="refresh"' in browser.open(browser.path)
            execute(server, LONG_AGO)
            page = browser.open(browser.path)
            assert "Nothing was imported. The server was stopped meanwhile." in page
            assert "Try again" in page


def execute(server: LiveServer, text: str) -> None:
    url = server.environment["DATABASE_URL"]
    if url.startswith("postgres"):
        with psycopg.connect(url) as postgres:
            postgres.execute(text.encode())
        return
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as lite, lite:
        lite.execute(text)
