"""The front page, the sign-in page and the error pages in a browser."""

import re

import pytest

from .visitor import Visitor

pytestmark = pytest.mark.live

PHONE = {"width": 400, "height": 800}


@pytest.mark.parametrize(
    ("card", "path", "heading"),
    [
        ("Browsable API", "/api/v1", "Bookstore API"),
        ("API documentation", "/api/docs", "Bookstore"),
        ("API reference", "/api/redoc", "Bookstore"),
    ],
)
def test_the_front_page_leads_to_everything(
    visitor: Visitor, card: str, path: str, heading: str
) -> None:
    visitor.open("/")

    visitor.page.get_by_role("link", name=re.compile(f"^{card}")).click()

    visitor.page.get_by_role("heading", name=heading).first.wait_for()
    assert visitor.path() == path


def test_the_front_page_leads_staff_to_the_admin(admin: Visitor) -> None:
    admin.open("/")

    admin.page.get_by_role("link", name=re.compile("^Admin Book records")).click()

    admin.page.get_by_role("heading", name="Records").wait_for()
    assert admin.path() == "/admin/"


def test_a_command_is_copied(admin: Visitor) -> None:
    admin.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    admin.open("/")

    admin.page.get_by_role("button", name="Copy step 4").click()

    admin.page.get_by_text("Copied", exact=True).wait_for()
    copied = admin.page.evaluate("navigator.clipboard.readText()")
    assert copied == admin.page.locator(".command").nth(3).inner_text()
    assert copied.startswith('curl -s "$API/books?owner=me"')


def test_signing_in_and_out(visitor: Visitor) -> None:
    visitor.sign_in_as_admin(then="/")
    visitor.page.get_by_text("You are signed in as admin").wait_for()

    visitor.page.get_by_role("button", name="Sign out").click()

    visitor.page.get_by_role("main").get_by_role("link", name="sign in").wait_for()
    assert visitor.path() == "/"


def test_signing_in_returns_to_the_page_one_came_from(visitor: Visitor) -> None:
    visitor.expect_status(401)
    visitor.open("/api/v1/books?q=emma")
    visitor.page.get_by_role("main").get_by_role("link", name="Sign in").click()

    visitor.page.get_by_label("Name").fill("admin")
    visitor.page.get_by_label("Password").fill(visitor.server.admin_password)
    visitor.page.get_by_role("button", name="Sign in").click()

    assert '"Emma"' in visitor.answer("GET", "200 OK").inner_text()
    assert visitor.page.url == f"{visitor.server.url}/api/v1/books?q=emma"


def test_a_wrong_password_shows_an_error(visitor: Visitor) -> None:
    visitor.sign_in("admin", "not the password")

    error = visitor.page.get_by_role("alert")
    assert error.inner_text() == "The name or the password is wrong."
    assert visitor.path() == "/api/session/login/"
    assert visitor.page.get_by_label("Password").input_value() == ""


def test_a_name_and_a_password_of_more_than_100_characters_work(visitor: Visitor) -> None:
    name, password = "Wilhelmina " * 12 + "Longname", "correct-Horse-" * 20
    visitor.register(name, password)

    visitor.sign_in(name, password, then="/")

    visitor.page.get_by_text(f"You are signed in as {name}").wait_for()


def test_an_address_without_a_resource_is_a_page(visitor: Visitor) -> None:
    visitor.expect_status(404)

    visitor.open("/api/v1/nothing")

    assert '"code": "not_found"' in visitor.answer("GET", "404 Not Found").inner_text()


@pytest.mark.parametrize("path", ["/", "/api/session/login/", "/api/v1", "/api/docs", "/admin/"])
def test_a_page_fits_a_phone(visitor: Visitor, path: str) -> None:
    visitor.page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})

    visitor.open(path)

    width = visitor.page.evaluate("document.documentElement.scrollWidth")
    assert width == PHONE["width"]
