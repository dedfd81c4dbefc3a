"""The people and records that the pages are about, and a browser for each of the people."""

import re
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from pyotp import TOTP, parse_uri

from tests.browser.visitor import Visitor, visiting
from tests.live import LiveServer, call, mailed_token, post
from tests.passkey_authenticator import Device

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PASSWORD = "violet-Harbour-27"
BOOK = {"name": "Romola", "author": "George Eliot", "publisher": "Smith, Elder & Co."}
# Somebody who owns the books, and somebody with a second factor.
READER, GUARDED = "ada", "grace"
ADDRESS = "mary@example.org"
# Seconds after which the second factor is proved again: the pages ask for it after five minutes.
FRESH = 180


class World:
    """Made once for the tests of a process. All requests come over HTTP."""

    def __init__(self, browser: "Browser", server: LiveServer, stack: ExitStack) -> None:
        self.browser, self.server, self.stack = browser, server, stack
        self.visitors: dict[str, Visitor] = {}
        self.proved_at = 0.0
        self.tokens = {"admin": self._token("admin", server.admin_password)}
        for name in (READER, GUARDED):
            post(server, "auth/register", {"name": name, "password": PASSWORD})
            self.tokens[name] = self._token(name, PASSWORD)
        self.recovery_codes = self._recovery_codes(GUARDED)
        self.passkey = self._passkey(GUARDED)
        self._make_records()

    def as_(self, actor: str) -> Visitor:
        """Return the browser of one of the people, who is signed in; or of a stranger."""
        if actor not in self.visitors:
            self.visitors[actor] = self._signed_in(actor)
        visitor = self.visitors[actor]
        if actor == GUARDED and time.monotonic() - self.proved_at > FRESH:
            visitor.open("/api/session/step-up/?next=/")
            self._give_recovery_code(visitor)
        return visitor

    def _signed_in(self, actor: str) -> Visitor:
        visitor = self.stack.enter_context(visiting(self.browser, self.server))
        if actor == "admin":
            visitor.sign_in_as_admin(then="/")
        elif actor in self.tokens:
            visitor.sign_in(actor, PASSWORD, then="/")
        if actor == GUARDED:
            self._give_recovery_code(visitor)
        elif actor in self.tokens:
            visitor.page.get_by_text(f"You are signed in as {actor}").wait_for()
        return visitor

    def _give_recovery_code(self, visitor: Visitor) -> None:
        visitor.page.locator("summary").click()
        visitor.page.get_by_label("Recovery code").fill(self.recovery_codes.pop())
        visitor.page.get_by_role("button", name="Continue").click()
        visitor.page.get_by_text(f"You are signed in as {GUARDED}").wait_for()
        self.proved_at = time.monotonic()

    def address(self, template: str) -> str:
        """Return an address with the attributes of this world in place of `{name}`."""
        return re.sub(r"\{(\w+)\}", lambda name: str(getattr(self, name[1])), template)

    def _passkey(self, name: str) -> str:
        """Add a passkey beside the app, and return its id."""
        code, token = {"recovery_code": self.recovery_codes.pop()}, self.tokens[name]
        token = self.tokens[name] = post(self.server, "auth/step-up", code, token=token)[1][
            "access"
        ]
        _, options = post(self.server, "users/me/passkeys/options", {}, token=token)
        made = {"name": "phone", "credential": Device().create(options["public_key"])}
        passkey: str = post(self.server, "users/me/passkeys", made, token=token)[1]["id"]
        return passkey

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

    # --- Tokens of mails -------------------------------------------------------------------------

    @cached_property
    def confirming(self) -> str:
        account = {"name": "mary", "password": PASSWORD, "email": ADDRESS}
        post(self.server, "auth/register", account)
        return mailed_token(self.server, to=ADDRESS, page="confirm-email")

    @cached_property
    def resetting(self) -> str:
        assert self.confirming  # so that somebody has the address
        post(self.server, "auth/password-reset", {"email": ADDRESS})
        return mailed_token(self.server, to=ADDRESS, page="reset-password")

    @cached_property
    def invitation(self) -> str:
        guest = {"name": "guest", "email": "guest@example.org"}
        self._send("admin", "POST", "users", guest)
        return mailed_token(self.server, to=guest["email"], page="invitation")

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
