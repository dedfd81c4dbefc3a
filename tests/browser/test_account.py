"""The account pages in a browser: what only a browser shows."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast
from urllib.request import Request, urlopen

import pytest
from pyotp import TOTP, parse_uri

from tests.live import LiveServer, post

from .visitor import Visitor, visiting

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.live

PASSWORD = "violet-Harbour-27"
NEW_PASSWORD = "amber-Compass-31"
OVERVIEW = "/account/"
PAGES = (
    *("", "sessions/", "sessions/end-others/", "events/", "password/", "name/", "email/"),
    *("second-factor/", "second-factor/app/", "tokens/", "tokens/new/", "access-token/"),
    *("export/", "deletion/"),
)
COPIED = "navigator.clipboard.readText()"
WITHOUT_CLIPBOARD = """
Object.defineProperty(navigator, "clipboard", {value: undefined});
document.execCommand = (command) => {
  window.copied = `${command}: ${getSelection()}`;
  return true;
};
"""


@pytest.fixture
def owner(visitor: Visitor, request: pytest.FixtureRequest) -> Visitor:
    """Somebody with an account of their own, at its page."""
    _register(visitor.server, _name_of(request))
    visitor.sign_in(_name_of(request), PASSWORD, then=OVERVIEW)
    visitor.page.get_by_role("heading", name="Your account").wait_for()
    return visitor


@pytest.fixture
def without_scripts(
    browser: "Browser", server: LiveServer, request: pytest.FixtureRequest
) -> Iterator[Visitor]:
    """The same, in a browser that runs no script."""
    _register(server, _name_of(request))
    with browser.new_context(java_script_enabled=False) as context:
        someone = Visitor(context.new_page(), server)
        someone.sign_in(_name_of(request), PASSWORD, then=OVERVIEW)
        yield someone
    assert someone.complaints == []


def _name_of(request: pytest.FixtureRequest) -> str:
    return f"owner {request.node.name}"[:60].replace("[", " ").replace("]", "")


def _register(server: LiveServer, name: str) -> None:
    post(server, "auth/register", {"name": name, "password": PASSWORD})


def _books_status(visitor: Visitor, token: str) -> int:
    request = Request(
        f"{visitor.server.url}/api/v1/books", headers={"Authorization": f"Bearer {token}"}
    )
    with urlopen(request) as response:
        return cast("int", response.status)


def test_ones_name_in_the_header_leads_to_the_account(
    visitor: Visitor, request: pytest.FixtureRequest
) -> None:
    name, page = _name_of(request), visitor.page
    _register(visitor.server, name)
    visitor.sign_in(name, PASSWORD, then="/")
    page.get_by_role("link", name=name).click()
    page.get_by_role("heading", name="Your account", level=1).wait_for()
    assert visitor.path() == OVERVIEW


@pytest.mark.parametrize("width", [1280, 390, 320])
def test_no_page_scrolls_sideways(width: int, owner: Visitor) -> None:
    owner.page.set_viewport_size({"width": width, "height": 800})
    for page in PAGES:
        owner.open(f"{OVERVIEW}{page}")
        owner.page.get_by_role("heading", level=1).wait_for()
        assert owner.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page


def test_an_access_token_is_copied_by_the_keyboard_and_works(owner: Visitor) -> None:
    page = owner.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    owner.open(f"{OVERVIEW}access-token/")
    page.get_by_role("button", name="Get a token").press("Enter")
    button = page.get_by_role("button", name="Copy the token")
    said = page.get_by_role("status").filter(has_text="Copied")
    assert not said.count()
    button.press("Enter")
    said.wait_for()
    assert _books_status(owner, page.evaluate(COPIED)) == 200
    page.get_by_role("button", name="Copy the command").click()
    page.wait_for_function(f"{COPIED}.then((text) => text.startsWith('curl http'))")


def test_a_text_is_copied_where_the_browser_has_no_clipboard(owner: Visitor) -> None:
    page = owner.page
    page.add_init_script(WITHOUT_CLIPBOARD)
    owner.open(f"{OVERVIEW}access-token/")
    page.get_by_role("button", name="Get a token").click()
    page.get_by_role("button", name="Copy the token").click()
    page.get_by_role("status").filter(has_text="Copied").wait_for()
    assert page.evaluate("copied").startswith("copy: eyJ")


def test_a_second_factor_is_set_up_and_its_codes_are_kept(owner: Visitor) -> None:
    page = owner.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.add_init_script("window.print = () => { window.printed = true; };")
    page.get_by_role("link", name="Second factor").click()
    page.get_by_role("link", name="Add an authenticator app").click()
    page.get_by_label("Your current password").fill(PASSWORD)
    page.keyboard.press("Enter")
    image = page.get_by_role("img", name="QR code")
    image.wait_for()
    assert image.evaluate("(image) => image.naturalWidth") > 100
    app = cast("TOTP", parse_uri(page.locator("input[name=uri]").input_value()))
    page.get_by_role("button", name="Copy the secret").click()
    page.get_by_role("status").filter(has_text="Copied").wait_for()
    assert page.evaluate(COPIED) == app.secret
    # The field has the focus when the page opens.
    page.get_by_label("Code that the app shows").fill(app.now())
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Your recovery codes").wait_for()
    page.get_by_role("button", name="Copy the codes").click()
    page.get_by_role("status").filter(has_text="Copied").wait_for()
    assert len(page.evaluate(COPIED).split()) == 10
    page.get_by_role("button", name="Print the codes").click()
    assert page.evaluate("printed")
    page.get_by_role("link", name="I have kept the codes").click()
    page.get_by_text("on, with 10 recovery codes left").wait_for()


def test_an_error_is_tied_to_its_field_which_has_the_focus(owner: Visitor) -> None:
    page = owner.page
    owner.open(f"{OVERVIEW}name/")
    page.get_by_label("New name").fill("somebody else entirely")
    page.get_by_label("Your current password").fill("mistyped")
    page.keyboard.press("Enter")
    page.get_by_text("This is not your password.").wait_for()
    field = page.get_by_label("Your current password")
    assert field.evaluate("(field) => field === document.activeElement")
    described = field.get_attribute("aria-describedby") or ""
    assert page.locator(f"#{described}").inner_text() == "This is not your password."


def test_the_pages_work_without_scripts(without_scripts: Visitor) -> None:
    someone, page = without_scripts, without_scripts.page
    page.get_by_role("link", name="API tokens").click()
    page.get_by_role("link", name="Make an API token").click()
    page.get_by_label("Name").fill("nightly job")
    page.get_by_label("Your current password").fill(PASSWORD)
    page.get_by_role("button", name="Make the token").click()
    token = page.locator("pre").first.inner_text()
    assert _books_status(someone, token) == 200
    assert not page.get_by_role("button", name="Copy").count()
    someone.open(f"{OVERVIEW}password/")
    page.get_by_label("Your current password").fill(PASSWORD)
    page.get_by_label("New password", exact=True).fill(NEW_PASSWORD)
    page.get_by_label("New password again").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Change the password").click()
    page.get_by_role("status").filter(has_text="Your password was changed.").wait_for()


def test_a_session_of_another_browser_is_ended(
    owner: Visitor, browser: "Browser", request: pytest.FixtureRequest
) -> None:
    page = owner.page
    with visiting(browser, owner.server) as other:
        other.sign_in(_name_of(request), PASSWORD, then=OVERVIEW)
        other.page.get_by_role("heading", name="Your account").wait_for()
        page.get_by_role("link", name="Sessions").click()
        page.get_by_text("this one").wait_for()
        page.get_by_role("link", name="End all other sessions").click()
        page.get_by_role("heading", name="End all your other sessions?").wait_for()
        page.get_by_role("button", name="End all other sessions").click()
        page.get_by_text("All your other sessions have ended.").wait_for()
        other.open(OVERVIEW)
        other.page.get_by_role("button", name="Sign in").wait_for()


def test_an_account_is_exported_and_deleted(owner: Visitor, request: pytest.FixtureRequest) -> None:
    page = owner.page
    page.get_by_role("link", name="Export your data").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the archive").click()
    assert download.value.suggested_filename == "account.zip"
    owner.open(f"{OVERVIEW}deletion/")
    page.get_by_label("Type your name to confirm").fill(_name_of(request))
    page.get_by_label("Your current password").fill(PASSWORD)
    page.get_by_role("button", name="Delete the account").click()
    page.get_by_text("Your account was deleted.").wait_for()
    assert owner.path() == "/"
