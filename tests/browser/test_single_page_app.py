"""examples/spa in a browser, on another origin than the API."""

import json
import re
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import jwt
import pytest
from django.conf import settings

from tests.live import LiveServer, call, live_server, post

from .spa import app_server, free_ports
from .visitor import Visitor, visiting

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Request

pytestmark = pytest.mark.live

PASSWORD = "violet-Harbour-27"
COOKIE = "__Secure-refresh"
REFRESH = "/api/v1/auth/token/refresh"

# Sends requests with the functions of the page, and returns their statuses.
REQUESTS = """
async (number) => {
  const { request } = await import("/session.js");
  const all = Array.from({ length: number }, () => request("/api/v1/users/me"));
  return (await Promise.all(all)).map((response) => response.status);
}
"""
# Gives every tab a token, as the tab that has refreshed does.
SHARE = """
(access) => new Promise((resolve) => {
  // Created after the one of the page, so that the page has got the message before.
  new BroadcastChannel("bookstore").onmessage = resolve;
  new BroadcastChannel("bookstore").postMessage({ access });
})
"""
# Sends them as soon as another tab shares a token, without waiting for it here.
REQUESTS_LATER = f"""
(number) => {{
  window.answers = new Promise((resolve) => {{
    new BroadcastChannel("bookstore").onmessage = () => resolve(({REQUESTS})(number));
  }});
}}
"""
FETCH = """
async ([url, options]) => {
  try {
    const response = await fetch(url, options);
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: await response.json().catch(() => null),
    };
  } catch (error) {
    return error.name;
  }
}
"""


@dataclass(frozen=True, kw_only=True)
class Site:
    """The API, and the origins of pages: one that is allowed by both names, and one that is not."""

    api: LiveServer
    app: str
    by_name: str
    neighbour: str


@dataclass(kw_only=True)
class Reader:
    """A person who has the app open, with an account of their own."""

    site: Site
    visitor: Visitor
    name: str = field(default_factory=lambda: f"reader-{uuid.uuid4().hex[:8]}")
    refreshes: list["Request"] = field(default_factory=list)

    @property
    def page(self) -> "Page":
        return self.visitor.page

    def open(self) -> None:
        # Without a cookie, the first refresh says that nobody is signed in.
        self.visitor.expect_status(401)
        self.page.goto(self.site.app)
        self.page.get_by_role("heading", name="Sign in or register").wait_for()

    def register(self) -> None:
        self.open()
        self.page.get_by_label("Name").fill(self.name)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Register").click()
        self.signed_in(self.page)

    def signed_in(self, page: "Page") -> None:
        page.get_by_text(f"Signed in as {self.name}").wait_for()
        page.get_by_text("books are shown.").wait_for()

    def token(self) -> str:
        """Return an access token of another session of the same account."""
        body = {"name": self.name, "password": PASSWORD}
        access: str = post(self.site.api, "auth/token", body)[1]["access"]
        return access

    def expired_token(self) -> str:
        claims = jwt.decode(self.token(), options={"verify_signature": False})
        past = {"iat": int(time.time()) - 7_200, "exp": int(time.time()) - 3_600}
        return jwt.encode(
            {**claims, **past}, settings.JWT_SIGNING_KEY, "HS256", headers={"kid": "default"}
        )

    def add(self, name: str) -> None:
        page = self.page
        page.get_by_role("button", name="Add a book").click()
        page.get_by_label("Title").fill(name)
        page.get_by_label("Author").fill("Elizabeth Gaskell")
        page.get_by_label("Publisher").fill("Chapman & Hall")
        page.get_by_role("button", name="Save", exact=True).click()
        page.get_by_text(f"{name} is added.").wait_for()

    def edit(self, name: str, *, price: str) -> None:
        self.page.get_by_role("button", name=f"Edit {name}").click()
        self.page.get_by_label("Price").fill(price)

    def save(self) -> None:
        self.page.get_by_role("button", name="Save", exact=True).click()

    def change_elsewhere(self, name: str, **members: Any) -> None:
        """Change a book of the account by another client."""
        path = f"books/{self.stored(name)['id']}"
        assert call(self.site.api, "PATCH", path, members, token=self.token())[0] == 200

    def stored(self, name: str) -> dict[str, Any]:
        path = f"books?owner=me&q={quote(name)}"
        _, found = call(self.site.api, "GET", path, token=self.token())
        (book,) = found["results"]
        answer: dict[str, Any] = book
        return answer


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    app, neighbour = free_ports(2)
    origins = f"http://127.0.0.1:{app},http://localhost:{app}"
    directory = tmp_path_factory.mktemp("spa")
    with (
        # The request log has its line before the response is sent, and runserver's own after it.
        live_server(directory=directory, CORS_ALLOWED_ORIGINS=origins, REQUEST_LOG="true") as api,
        app_server(api, app),
        app_server(api, neighbour),
    ):
        yield Site(
            api=api,
            app=f"http://127.0.0.1:{app}",
            by_name=f"http://localhost:{app}",
            neighbour=f"http://127.0.0.1:{neighbour}",
        )


@pytest.fixture
def reader(browser: "Browser", site: Site) -> Iterator[Reader]:
    """A person with a fresh profile. The test fails if a page logged an unexpected error."""
    with visiting(browser, site.api) as visitor:
        someone = Reader(site=site, visitor=visitor)
        visitor.page.context.on(
            "request",
            lambda request: (
                someone.refreshes.append(request)
                if request.url.endswith(REFRESH) and request.method == "POST"
                else None
            ),
        )
        yield someone
    assert visitor.complaints == []


# --- The app --------------------------------------------------------------------------------------


def test_a_reader_registers_and_sees_the_catalogue(reader: Reader) -> None:
    reader.register()

    books = reader.page.get_by_role("listitem")
    assert books.filter(has_text="Pride and Prejudice").count() == 1
    # Only one's own books can be edited.
    assert reader.page.get_by_role("button", name="Edit").count() == 0


def test_a_reader_logs_in_searches_and_pages(reader: Reader) -> None:
    post(reader.site.api, "auth/register", {"name": reader.name, "password": PASSWORD})
    reader.open()
    page = reader.page
    page.get_by_label("Name").fill(reader.name.upper())
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Password").press("Enter")
    reader.signed_in(page)
    assert page.get_by_role("listitem").count() == 20

    page.get_by_role("button", name="More").click()
    page.get_by_text(re.compile(r"^(2[1-9]|[34]\d) books are shown\.$")).wait_for()

    page.get_by_label("Search").fill("austen prejudice")
    page.get_by_role("button", name="Search").click()
    page.get_by_text("1 book is shown.").wait_for()
    page.get_by_label("Only my books").check()
    page.get_by_text("There are no such books.").wait_for()


def test_a_refused_login_and_registration_say_why(reader: Reader) -> None:
    reader.open()
    page = reader.page
    page.get_by_label("Name").fill("admin")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    assert page.get_by_text("The name or the password is wrong.").get_attribute("role") == "alert"

    reader.visitor.expect_status(400)
    page.get_by_label("Name").fill(reader.name)
    page.get_by_role("button", name="Register").click()
    password = page.get_by_label("Password")
    page.locator("#password[aria-invalid]").wait_for()
    assert (
        "too short" in page.locator(f"#{password.get_attribute('aria-describedby')}").inner_text()
    )
    assert page.evaluate("document.activeElement.id") == "password"


def test_a_reader_adds_and_edits_a_book(reader: Reader) -> None:
    reader.register()
    reader.add("Sylvia's Lovers")

    reader.edit("Sylvia's Lovers", price="nine")
    reader.visitor.expect_status(400)
    reader.save()
    reader.page.locator("#book-price[aria-invalid]").wait_for()

    reader.page.get_by_label("Price").fill("9.50")
    reader.save()
    reader.page.get_by_text("Sylvia's Lovers is saved.").wait_for()
    row = reader.page.get_by_role("listitem").filter(has_text="Sylvia's Lovers")
    assert "9.50" in row.inner_text()
    assert reader.stored("Sylvia")["price"] == "9.50"
    # The focus is where it was before the dialog.
    label = reader.page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert label == "Edit Sylvia's Lovers"


def _conflict(reader: Reader, name: str) -> None:
    """Let another client change a book that is open in the editor, and save it there."""
    reader.register()
    reader.add(name)
    reader.edit(name, price="3.00")
    reader.change_elsewhere(name, price="7.00", publisher="Smith, Elder & Co.")
    reader.visitor.expect_status(412)
    reader.save()
    alert = reader.page.get_by_role("alert").filter(has_text="Somebody changed this book")
    alert.wait_for()
    assert "stored: 7.00; yours: 3.00" in alert.inner_text()
    assert "stored: Smith, Elder & Co.; yours: Chapman & Hall" in alert.inner_text()
    assert reader.page.evaluate("document.activeElement.id") == "keep-mine"
    assert reader.stored(name)["price"] == "7.00"


def test_a_reader_sees_a_change_by_somebody_else_and_keeps_theirs(reader: Reader) -> None:
    _conflict(reader, "Ruth")
    reader.page.get_by_role("button", name="Save my version").click()
    reader.page.get_by_text("Ruth is saved.").wait_for()
    assert reader.stored("Ruth")["price"] == "3.00"


def test_a_reader_takes_the_change_of_somebody_else(reader: Reader) -> None:
    _conflict(reader, "Mary Barton")
    reader.page.get_by_role("button", name="Take the stored version").click()
    assert reader.page.get_by_label("Price").input_value() == "7.00"
    reader.save()
    reader.page.get_by_text("Mary Barton is saved.").wait_for()
    assert reader.stored("Mary Barton")["publisher"] == "Smith, Elder & Co."


def test_two_changes_by_others_are_two_conflicts(reader: Reader) -> None:
    _conflict(reader, "North and South")
    reader.change_elsewhere("North and South", price="8.00")
    reader.page.get_by_role("button", name="Save my version").click()
    reader.page.get_by_text("stored: 8.00; yours: 3.00").wait_for()
    assert reader.stored("North and South")["price"] == "8.00"


# --- The session ----------------------------------------------------------------------------------


def test_a_reload_keeps_the_session_and_nothing_else_has_the_token(reader: Reader) -> None:
    reader.register()
    (cookie,) = reader.page.context.cookies(f"{reader.site.api.url}/api/v1/auth/token")
    assert (cookie["name"], cookie["path"]) == (COOKIE, "/api/v1/auth")
    assert (cookie["httpOnly"], cookie["secure"], cookie["sameSite"]) == (True, True, "Strict")
    assert cookie["expires"] - time.time() == pytest.approx(14 * 86_400, abs=120)
    kept = "JSON.stringify([document.cookie, {...localStorage}, {...sessionStorage}])"
    assert reader.page.evaluate(kept) == '["",{},{}]'

    reader.page.reload()
    reader.signed_in(reader.page)

    (renewed,) = reader.page.context.cookies(f"{reader.site.api.url}/api/v1/auth/token")
    assert renewed["value"] != cookie["value"]
    # The API gets the cookie below /api/v1/auth alone.
    assert not reader.page.context.cookies(f"{reader.site.api.url}/api/v1/books")


def test_one_refresh_is_enough_for_20_requests_at_a_time(reader: Reader) -> None:
    reader.register()
    expired = reader.expired_token()
    assert call(reader.site.api, "GET", "users/me", token=expired)[1]["code"] == "token_expired"
    before = len(reader.refreshes)
    reader.page.evaluate(SHARE, expired)

    assert reader.page.evaluate(REQUESTS, 20) == [200] * 20

    assert len(reader.refreshes) == before + 1
    assert reader.page.evaluate(REQUESTS, 20) == [200] * 20
    assert len(reader.refreshes) == before + 1


def test_tabs_refresh_one_after_the_other(reader: Reader) -> None:
    reader.register()
    other = reader.page.context.new_page()
    other.goto(reader.site.app)
    reader.signed_in(other)
    before = len(reader.refreshes)
    other.evaluate(REQUESTS_LATER, 20)
    reader.page.evaluate(SHARE, reader.expired_token())

    assert reader.page.evaluate(REQUESTS, 20) == [200] * 20
    assert other.evaluate("window.answers") == [200] * 20

    # The lock lets one refresh at a time. The second tab needs none if the token of the first has
    # arrived when it gets the lock, which no browser promises.
    done = reader.refreshes[before:]
    assert 1 <= len(done) <= 2
    if len(done) == 2:
        ends = done[0].timing["startTime"] + done[0].timing["responseEnd"]
        assert ends <= done[1].timing["startTime"]
    for page in (reader.page, other):
        page.reload()
        reader.signed_in(page)


def test_logging_out_ends_the_session_in_all_tabs(reader: Reader) -> None:
    reader.register()
    other = reader.page.context.new_page()
    other.goto(reader.site.app)
    reader.signed_in(other)

    reader.page.get_by_role("button", name="Sign out").click()

    for page in (reader.page, other):
        page.get_by_text("You are signed out.").wait_for()
        page.get_by_role("heading", name="Sign in or register").wait_for()
        assert page.get_by_role("listitem").count() == 0
    assert reader.page.context.cookies() == []
    other.reload()
    other.get_by_role("heading", name="Sign in or register").wait_for()


def test_a_session_that_ended_elsewhere_is_noticed(reader: Reader) -> None:
    reader.register()
    assert call(reader.site.api, "DELETE", "auth/sessions", token=reader.token())[0] == 204

    reader.page.get_by_role("button", name="Search").click()

    reader.page.get_by_text("You are signed out.").wait_for()
    reader.page.get_by_role("heading", name="Sign in or register").wait_for()


def test_a_tab_does_not_go_on_with_the_account_of_another(reader: Reader, site: Site) -> None:
    reader.register()
    reader.add("Wives and Daughters")
    other = Reader(site=site, visitor=reader.visitor)
    post(site.api, "auth/register", {"name": other.name, "password": PASSWORD})
    tab = reader.page.context.new_page()
    tab.goto(site.app)
    reader.signed_in(tab)
    tab.get_by_role("button", name="Sign out").click()
    tab.get_by_label("Name").fill(other.name)
    tab.get_by_label("Password").fill(PASSWORD)
    tab.get_by_role("button", name="Sign in").click()
    other.signed_in(tab)

    # The first tab shows whose session it has now, with that account's rights.
    other.signed_in(reader.page)
    assert reader.page.get_by_role("button", name="Edit").count() == 0


# --- The browser and the API ----------------------------------------------------------------------


def fetched(page: "Page", url: str, **options: Any) -> Any:
    return page.evaluate(FETCH, [url, options])


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def page(browser: "Browser") -> Iterator["Page"]:
    with browser.new_context() as context:
        yield context.new_page()


def test_a_page_of_another_site_uses_both_surfaces(page: "Page", site: Site) -> None:
    """From localhost to 127.0.0.1, which are two sites: everything but the cookie works."""
    page.goto(f"{site.by_name}/style.css")
    api = site.api.url
    as_json = {"Content-Type": "application/json"}
    account = f'{{"name": "{uuid.uuid4().hex}", "password": "{PASSWORD}"}}'
    post_json = {"method": "POST", "headers": as_json, "body": account}

    assert fetched(page, f"{api}/api/v1/auth/register", **post_json)["status"] == 201
    logged_in = fetched(page, f"{api}/api/v1/auth/token", **post_json)
    token = logged_in["body"]["access"]
    made = fetched(
        page,
        f"{api}/api/v1/books",
        method="POST",
        headers={**as_json, **bearer(token), "Idempotency-Key": uuid.uuid4().hex},
        body='{"name": "Cranford", "author": "Elizabeth Gaskell"}',
    )
    assert made["status"] == 201
    assert {"etag", "location", "x-request-id"} <= made["headers"].keys()
    refused = fetched(page, f"{api}/api/v1/books")
    assert (refused["status"], refused["body"]["code"]) == (401, "not_authenticated")
    refused = fetched(page, f"{api}/api/v1/users", headers=bearer(token))
    assert (refused["status"], refused["body"]["code"]) == (403, "permission_denied")
    own = fetched(page, f"{api}/books", headers={"x-access-tokens": token})
    assert [book["name"] for book in own["body"]["list_of_books"]] == ["Cranford"]
    for path in ("/api/schema?format=json", "/.well-known/jwks.json"):
        assert fetched(page, f"{api}{path}")["status"] == 200
    body = {"refresh": logged_in["body"]["refresh"]}
    assert post(site.api, "auth/token/refresh", body)[0] == 200


def test_a_page_of_another_site_is_told_that_it_gets_no_cookie(page: "Page", site: Site) -> None:
    page.goto(f"{site.by_name}/style.css")
    answer = fetched(
        page,
        f"{site.api.url}/api/v1/auth/token",
        method="POST",
        credentials="include",
        headers={"Content-Type": "application/json"},
        body=f'{{"name": "admin", "password": "{PASSWORD}", "refresh_in": "cookie"}}',
    )
    assert answer["status"] == 400
    assert answer["body"]["errors"][0]["code"] == "cookie_of_another_site"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_the_cookie_works_without_tls_on_this_machine(host: str, page: "Page", site: Site) -> None:
    """Chromium takes loopback for secure: development needs no certificate."""
    page.goto(f"{site.app if host == '127.0.0.1' else site.by_name}/style.css")
    api = site.api.url.replace("127.0.0.1", host)
    body = {"name": "admin", "password": site.api.admin_password, "refresh_in": "cookie"}
    with_cookie = {"method": "POST", "credentials": "include"}
    logged_in = fetched(
        page,
        f"{api}/api/v1/auth/token",
        **with_cookie,
        headers={"Content-Type": "application/json"},
        body=json.dumps(body),
    )
    assert (logged_in["status"], "refresh" in logged_in["body"]) == (200, False)
    for path, status in ((REFRESH, 200), ("/api/v1/auth/logout", 204), (REFRESH, 401)):
        answer = fetched(page, f"{api}{path}", **with_cookie, headers={"X-Refresh-Cookie": "1"})
        assert answer["status"] == status
    assert page.context.cookies() == []


def test_a_preflight_is_sent_once(page: "Page", site: Site) -> None:
    page.goto(f"{site.app}/style.css")
    token = post(site.api, "auth/token", {"name": "admin", "password": site.api.admin_password})
    address = f"{site.api.url}/api/v1/users/me?{uuid.uuid4().hex}"
    before = len(site.api.log.read_bytes())
    for _ in range(3):
        assert fetched(page, address, headers=bearer(token[1]["access"]))["status"] == 400
    lines = site.api.log.read_bytes()[before:].decode()
    assert lines.count("method=OPTIONS path=/api/v1/users/me status=200") == 1


def test_a_neighbour_that_is_not_allowed_does_nothing_with_the_cookie(reader: Reader) -> None:
    """Another port is another origin of the same site, so the browser sends the cookie."""
    reader.register()
    neighbour = reader.page.context.new_page()
    neighbour.goto(f"{reader.site.neighbour}/style.css")
    api, log = reader.site.api.url, reader.site.api.log
    for path in (REFRESH, "/api/v1/auth/logout"):
        url = f"{api}{path}"
        header = {"X-Refresh-Cookie": "1"}
        refused = fetched(neighbour, url, method="POST", credentials="include", headers=header)
        assert refused == "TypeError"
        before = len(log.read_bytes())
        # Without a preflight, as a form is sent. No script can read the answer.
        fetched(neighbour, url, method="POST", credentials="include", mode="no-cors")
        assert f"method=POST path={path} status=403" in log.read_bytes()[before:].decode()
    reader.page.reload()
    reader.signed_in(reader.page)


# --- People ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_the_app_fits_every_screen(width: int, scheme: Any, reader: Reader) -> None:
    page = reader.page
    page.set_viewport_size({"width": width, "height": 700})
    page.emulate_media(color_scheme=scheme)
    reader.register()
    reader.add("A " + "very " * 12 + "long-" * 20 + "title")
    for heading in (None, "Add a book"):
        if heading:
            page.get_by_role("button", name=heading).click()
        assert page.evaluate("document.documentElement.scrollWidth") == width
    # WCAG 2.2, 1.4.3: 4.5 to 1.
    assert min(page.evaluate(CONTRAST, ["body", ".details", "#search button", "#add"])) >= 4.5


def test_the_app_is_used_with_the_keyboard_alone(reader: Reader) -> None:
    reader.open()
    page = reader.page
    page.keyboard.press("Tab")
    for text in (reader.name, PASSWORD):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    reader.signed_in(page)
    assert page.evaluate("document.activeElement.id") == "books-heading"
    for _ in range(4):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    for text in ("Cousin Phillis", "Elizabeth Gaskell"):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("Cousin Phillis is added.").wait_for()
    assert page.evaluate("document.activeElement.id") == "add"
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="hidden")
    assert page.evaluate("document.activeElement.id") == "add"


def test_every_message_is_announced(reader: Reader) -> None:
    reader.register()
    assert reader.page.get_by_role("status").inner_text().endswith("books are shown.")
    for field_ in reader.page.locator("input").all():
        assert field_.evaluate("(input) => input.labels.length") == 1


# The contrast of text and background of the first element that each selector finds (WCAG 2.2).
CONTRAST = """
(selectors) => {
  const channels = (color) => color.match(/[\\d.]+/g).map(Number);
  const luminance = (color) => {
    const [r, g, b] = channels(color).map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const background = (element) => {
    const color = getComputedStyle(element).backgroundColor;
    return channels(color)[3] === 0 ? background(element.parentElement) : color;
  };
  return selectors.map((selector) => {
    const element = document.querySelector(selector);
    const [high, low] = [getComputedStyle(element).color, background(element)]
      .map(luminance).sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05);
  });
}
"""
