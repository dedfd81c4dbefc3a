"""A person at a browser, and a record of forbidden behaviour of pages."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.live import LiveServer

from .chromium import PATIENCE

if TYPE_CHECKING:
    from playwright.sync_api import (
        Browser,
        ConsoleMessage,
        Error,
        Locator,
        Page,
        Request,
        StorageState,
        ViewportSize,
    )

BOOKS = "/api/v1/books"

# Chromium itself logs refused scripts and images; some violations are only events.
REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`policy violation: ${event.violatedDirective} ${event.blockedURI}`);
});
"""
FAILED_STATUS = re.compile(r"Failed to load resource: the server responded with a status of (\d+)")


class Visitor:
    """A person who opens pages of `server`, at first without signing in."""

    def __init__(self, page: "Page", server: LiveServer) -> None:
        self.page = page
        self.server = server
        self.complaints: list[str] = []
        self.expected_statuses: set[int] = set()
        page.set_default_timeout(PATIENCE)
        page.add_init_script(REPORT_VIOLATIONS)
        page.on("console", self._on_console)
        page.on("pageerror", self._on_page_error)
        page.on("request", self._on_request)

    def expect_status(self, status: int) -> None:
        """Declare that the test causes a response with this error status."""
        self.expected_statuses.add(status)

    def open(self, path: str) -> None:
        self.page.goto(self.server.url + path)

    def path(self) -> str:
        """Return the path of the current page, without the query."""
        return urlsplit(self.page.url).path

    def sign_in(self, name: str, password: str, *, then: str = BOOKS) -> None:
        """Sign in on the sign-in page, with `then` as the next page."""
        self.open(f"/api/session/login/?next={then}")
        self.page.get_by_label("Name").fill(name)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in", exact=True).click()

    def sign_in_as_admin(self, *, then: str = BOOKS) -> None:
        self.sign_in("admin", self.server.admin_password, then=then)

    def register(self, name: str, password: str) -> None:
        """Create an account with the form of the browsable API, and stay on its page."""
        self.expect_status(405)  # The route has no GET, so the page contains only its form.
        self.open("/api/v1/auth/register")
        form = self.form("post")
        form.get_by_label("Name").fill(name)
        form.get_by_label("Password").fill(password)
        form.get_by_role("button", name="POST").click()
        self.answer("POST", "201 Created")

    def form(self, method: str) -> "Locator":
        """Return the form with fields for `post` or `put` on a page of the browsable API."""
        return self.page.locator(f"#{method}-object-form")

    def answer(self, method: str, status: str) -> "Locator":
        """Wait for the page of a response in the browsable API, and return its element."""
        self.page.locator(".request-info b", has_text=method).wait_for()
        response = self.page.locator(".response-info")
        response.get_by_text(f"HTTP {status}", exact=True).wait_for()
        return response

    def unfold(self, summary: str) -> None:
        """Open what is folded into `summary`, if it is not open."""
        self.wait_for_scripts()
        fold = self.page.locator("details", has=self.page.locator("summary", has_text=summary)).last
        if fold.get_attribute("open") is None:
            fold.locator("> summary").click()

    def wait_for_scripts(self) -> None:
        """Wait until the script of the browsable API listens."""
        self.page.locator("html.scripted").wait_for(state="attached")

    def add_book(self, name: str) -> None:
        """Fill in and send the form above the list of books."""
        self.unfold("Add a book")
        form = self.form("post")
        form.get_by_label("Name").fill(name)
        form.get_by_label("Author").fill("Elizabeth Gaskell")
        form.get_by_label("Publisher").fill("Chapman & Hall")
        form.get_by_role("button", name="POST").click()
        self.answer("POST", "201 Created")

    def delete(self) -> None:
        """Delete the record of this page, and say yes when asked."""
        self.wait_for_scripts()
        self.page.get_by_role("button", name="DELETE").click()
        self.page.get_by_role("dialog").get_by_role("button", name="Delete").click()

    def _on_console(self, message: "ConsoleMessage") -> None:
        if message.type != "error":
            return
        failed = FAILED_STATUS.match(message.text)
        if not (failed and int(failed[1]) in self.expected_statuses):
            self.complaints.append(f"{self.page.url}: {message.text}")

    def _on_page_error(self, error: "Error") -> None:
        self.complaints.append(f"{self.page.url}: {error}")

    def _on_request(self, request: "Request") -> None:
        # Addresses of data: and blob: have no host.
        if urlsplit(request.url).hostname not in (urlsplit(self.server.url).hostname, None):
            self.complaints.append(f"{self.page.url}: asks {request.url}")


@contextmanager
def visiting(
    browser: "Browser", server: LiveServer, *, session: "StorageState | None" = None
) -> Iterator[Visitor]:
    """Yield a visitor with a new browser profile that has the cookies of `session`."""
    size: ViewportSize = {"width": 1280, "height": 900}
    with browser.new_context(viewport=size, storage_state=session) as context:
        yield Visitor(context.new_page(), server)
