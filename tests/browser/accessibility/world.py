"""The people and records that the pages are about, and a browser for each of the people."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from pyotp import TOTP, parse_uri

from tests.browser.visitor import Visitor, visiting
from tests.live import LiveServer, call, mailed_token, post

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PASSWORD = "violet-Harbour-27"
BOOK = {"name": "Romola", "author": "George Eliot", "publisher": "Smith, Elder & Co."}
# Somebody who owns the books, and somebody with a second factor.
READER, GUARDED = "ada", "grace"


class World:
    """Made once for the tests of a process. All requests come over HTTP."""

    def __init__(self, browser: "Browser", server: LiveServer, stack: ExitStack) -> None:
        self.browser, self.server, self.stack = browser, server, stack
        self.visitors: dict[str, Visitor] = {}
        self.address_of_kim: str | None = None
        self.tokens = {"admin": self._token("admin", server.admin_password)}
        for name in (READER, GUARDED):
            post(server, "auth/register", {"name": name, "password": PASSWORD})
            self.tokens[name] = self._token(name, PASSWORD)
        self.recovery_codes = self._recovery_codes(GUARDED)
        self._make_records()

    def as_(self, actor: str) -> Visitor:
        """Return the browser of one of the people, who is signed in; or of a stranger."""
        if actor not in self.visitors:
            visitor = self.stack.enter_context(visiting(self.browser, self.server))
            self.visitors[actor] = visitor
            if actor == "admin":
                visitor.sign_in_as_admin(then="/")
            elif actor in self.tokens:
                visitor.sign_in(actor, PASSWORD, then="/")
            if actor == GUARDED:
                visitor.page.locator("summary").click()
                visitor.page.get_by_label("Recovery code").fill(self.recovery_codes.pop())
                visitor.page.get_by_role("button", name="Continue").click()
            if actor in self.tokens:
                visitor.page.get_by_text(f"You are signed in as {actor}").wait_for()
        return self.visitors[actor]

    def address(self, template: str) -> str:
        """Return an address with the attributes of this world in place of `{name}`."""
        return re.sub(r"\{(\w+)\}", lambda name: str(getattr(self, name[1])), template)

    # --- Records of the API ----------------------------------------------------------------------

    def _make_records(self) -> None:
        """Make a book in its second version, a deleted one, and an API token."""
        self.user = self._send(READER, "GET", "users/me")["public_id"]
        self.session = self._send(READER, "GET", "auth/sessions")["results"][0]["sid"]
        self.book = self._send(READER, "POST", "books", BOOK)["id"]
        self._send(READER, "PATCH", f"books/{self.book}", {"price": "3.50"})
        deleted = self._send(READER, "POST", "books", {**BOOK, "name": "Felix Holt"})
        self.deleted_book = deleted["id"]
        self._send(READER, "DELETE", f"books/{self.deleted_book}")
        asked = {"name": "job", "scopes": ["books:read"], "expires_in_days": 30}
        proof = {"current_password": PASSWORD}
        self.token = self._send(READER, "POST", "users/me/tokens", {**asked, **proof})["id"]

    def mailed(self, page: str) -> str:
        """Return the token in a mail that links to a page, to somebody with an address."""
        if self.address_of_kim is None:
            self.address_of_kim = "kim@example.org"
            account = {"name": "kim", "password": PASSWORD, "email": self.address_of_kim}
            post(self.server, "auth/register", account)
            post(self.server, "auth/password-reset", {"email": self.address_of_kim})
        return mailed_token(self.server, to=self.address_of_kim, page=page)

    # --- Keys of the admin -----------------------------------------------------------------------

    @cached_property
    def user_pk(self) -> str:
        return self._pk("accounts/user", READER)

    @cached_property
    def guarded_pk(self) -> str:
        return self._pk("accounts/user", GUARDED)

    @cached_property
    def token_pk(self) -> str:
        return self._pk("accounts/apitoken")

    @cached_property
    def event_pk(self) -> str:
        return self._pk("accounts/authevent")

    @cached_property
    def change_pk(self) -> str:
        return self._pk("books/bookchange", self.book)

    @cached_property
    def deletion_pk(self) -> str:
        return self._pk("books/bookchange", self.deleted_book)

    def _pk(self, model: str, searched: str = "") -> str:
        listed = f"{self.server.url}/admin/{model}/?q={searched}"
        page = self.as_("admin").page.context.request.get(listed).text()
        found = re.search(rf"/admin/{model}/([^/]+)/change/", page)
        assert found, listed
        return found[1]

    # --- Requests --------------------------------------------------------------------------------

    def _token(self, name: str, password: str) -> str:
        credentials = {"name": name, "password": password}
        return str(post(self.server, "auth/token", credentials)[1]["access"])

    def _recovery_codes(self, name: str) -> list[str]:
        """Give somebody an authenticator app, and return the recovery codes."""
        setup = self._send(name, "POST", "users/me/totp", {"current_password": PASSWORD})
        app = cast("TOTP", parse_uri(setup["otpauth_uri"]))
        made = self._send(name, "POST", "users/me/totp/confirm", {"code": app.now()})
        codes: list[str] = made["recovery_codes"]
        return codes

    def _send(self, name: str, method: str, path: str, body: Any = None) -> Any:
        status, answer = call(self.server, method, path, body, token=self.tokens[name])
        assert status < 400, (path, status, answer)
        return answer


@contextmanager
def world_of(browser: "Browser", server: LiveServer) -> Iterator[World]:
    with ExitStack() as stack:
        yield World(browser, server, stack)
