"""The ways in, in a browser: to register, to choose a new password, and back to where one was."""

import re
from typing import Any

import pytest

from tests.live import LiveServer, mailed_token, post

from .visitor import Visitor

pytestmark = pytest.mark.live

PASSWORD, NEW = "violet-Harbour-27", "amber-Compass-31"
PHONE = {"width": 390, "height": 800}
PAGES = (
    "/account/register/",
    "/account/forgotten-password/",
    "/account/forgotten-password/sent/",
    "/account/reset-password/",
    "/account/invitation/",
    "/account/confirm-email/",
    "/account/confirm-email/again/",
    "/account/confirm-email/sent/",
    "/admin/login/",
)


def fill(visitor: Visitor, **fields: str) -> None:
    for label, text in fields.items():
        visitor.page.get_by_label(label.replace("_", " ")).fill(text)


def test_a_newcomer_registers_by_the_keyboard_and_is_led_on(visitor: Visitor) -> None:
    page = visitor.page
    visitor.open("/")
    page.get_by_role("banner").get_by_role("link", name="Register").click()
    # The first field has the focus.
    page.get_by_role("heading", name="Register").wait_for()
    for text in ("new:comer", "", PASSWORD):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    # So has the first field that is wrong, and its error is said with it.
    page.get_by_text("A name can't contain a colon.").wait_for()
    name = page.get_by_label("Name")
    assert name.evaluate("each => each === document.activeElement")
    described = name.get_attribute("aria-describedby") or ""
    assert "id_name_error" in described.split()
    page.keyboard.press("Control+a")
    page.keyboard.type("newcomer")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")

    page.get_by_role("heading", name="Welcome, newcomer").wait_for()
    # The home page, where this began, has nothing to go on with.
    assert page.get_by_role("link", name="Go on to the page that you came from").count() == 0
    page.get_by_role("main").get_by_role("link", name=re.compile("^Add a book")).click()
    # The form is open, and its first field has the focus.
    page.locator("[name=name]:focus").wait_for()
    page.keyboard.type("Romola")
    page.get_by_label("Author", exact=True).fill("George Eliot")
    page.keyboard.press("Enter")
    page.get_by_role("status").get_by_role("link", name="Romola").click()
    # A link leads to the form below the answer.
    page.get_by_role("link", name="Edit this book").click()
    page.locator("[name=name]:focus").wait_for()
    page.keyboard.press("End")
    page.keyboard.type(", a novel")
    page.keyboard.press("Enter")
    page.get_by_role("status").get_by_text("The book is saved.").wait_for()
    assert page.title().startswith("Romola, a novel")


def test_a_double_click_registers_once(visitor: Visitor) -> None:
    visitor.open("/account/register/")
    fill(visitor, Name="twice", Password=PASSWORD)
    visitor.page.get_by_role("button", name="Register").dblclick()
    visitor.page.get_by_role("heading", name="Welcome, twice").wait_for()


def test_a_forgotten_password(visitor: Visitor, server: LiveServer) -> None:
    page, address = visitor.page, "forgetful@example.org"
    account = {"name": "forgetful", "password": PASSWORD, "email": address}
    post(server, "auth/register", account)
    mailed_token(server, to=address, page="confirm-email")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.headers.get("referer", "")))

    visitor.open("/api/session/login/?next=/api/v1/books")
    page.get_by_role("link", name="Forgot your password?").click()
    fill(visitor, Email_address=address)
    page.get_by_role("button", name="Send the mail").click()
    page.get_by_role("heading", name="Look into your mailbox").wait_for()
    token = mailed_token(server, to=address, page="reset-password")
    visitor.open(f"/account/reset-password/?token={token}")

    # The address, and what the browser remembers of it, has no token any more.
    assert page.url == f"{server.url}/account/reset-password/"
    assert page.get_by_label("Name").input_value() == "forgetful"
    fill(visitor, New_password=NEW)
    page.get_by_role("button", name="Store the password").click()
    page.get_by_text("The new password of “forgetful” is stored.").wait_for()
    assert not [address for address in asked if token in address]
    fill(visitor, Name_or_email_address="forgetful", Password=NEW)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("You are signed in as forgetful").wait_for()

    visitor.expect_status(403)
    visitor.open(f"/account/reset-password/?token={token}")
    page.get_by_text("This link is not valid, was used before").wait_for()
    assert token not in _logged(server)


def _logged(server: LiveServer) -> str:
    """Return the log of the server without the mails, which it prints."""
    return re.sub(r"^    http\S+$", "", server.log.read_text(), flags=re.MULTILINE)


def test_an_address_is_confirmed_by_a_button(visitor: Visitor, server: LiveServer) -> None:
    page, address = visitor.page, "confirming@example.org"
    post(server, "auth/register", {"name": "confirming", "password": PASSWORD, "email": address})
    token = mailed_token(server, to=address, page="confirm-email")
    visitor.open(f"/account/confirm-email/?token={token}")
    page.get_by_text(f"Is {address} the address of your account “confirming”?").wait_for()
    page.get_by_role("button", name="Confirm the address").click()
    page.get_by_text(f"{address} is the address of “confirming” now.").wait_for()
    fill(visitor, Name_or_email_address=address, Password=PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("You are signed in as confirming").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_each_page_fits_a_phone_and_has_one_heading(
    path: str, scheme: Any, visitor: Visitor
) -> None:
    page = visitor.page
    page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    page.emulate_media(color_scheme=scheme)
    visitor.open(path)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert page.get_by_role("heading", level=1).count() == 1
    assert page.get_by_role("main").count() == 1
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    red, *_ = (int(part) for part in re.findall(r"\d+", ground))
    assert (red < 64) == (scheme == "dark")
