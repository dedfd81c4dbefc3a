"""Lists of the Django admin in a browser: their width, their filter by owner, and the scanner."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.live import LiveServer

from .visitor import Visitor, visiting

if TYPE_CHECKING:
    from playwright.sync_api import Browser, StorageState

pytestmark = pytest.mark.live

LIST = "/admin/books/book/"
EVENTS = "accounts/authevent"
CUT_OFF = """
(() => {
  const list = document.querySelector(".results");
  return list.scrollWidth - list.clientWidth;
})()
"""
HEIGHTS = """
[...document.querySelectorAll(".figure svg .bar")].map((bar) => bar.getBoundingClientRect().height)
"""
# Long values, and one word that is longer than any column.
LONG_VALUES = """
const texts = {priced: "12345678.99", isbn: "9780141439549", address: "2001:db8::8a2e:370:7334"};
const names = ["owner", "email", "author", "title", "subject_name", "actor_name", "deleted_by"];
for (const name of names) texts[name] = "a-librarian-of-the-city-of-long-names@example.org";
for (const [name, text] of Object.entries(texts)) {
  for (const cell of document.querySelectorAll(`td.field-${name}, th.field-${name} a`)) {
    cell.textContent = text;
  }
}
for (const link of document.querySelectorAll("th.field-name a")) link.textContent = "X".repeat(120);
"""


@pytest.fixture
def deleted_book(admin: Visitor) -> Iterator[None]:
    """Delete a book, and restore it afterwards."""
    admin.open(f"{LIST}3/delete/")
    admin.page.get_by_role("button", name="Yes, I’m sure").click()
    admin.page.get_by_text("Deleted “").wait_for()
    yield
    admin.open(f"{LIST}3/history/")
    admin.page.get_by_role("button", name="Restore", exact=True).click()
    admin.page.get_by_text("Restored ").first.wait_for()


@pytest.mark.parametrize(
    "path", ["books/book", "books/deletedbook", "books/bookchange", "accounts/user", EVENTS]
)
def test_no_column_is_cut_off_at_1280_pixels(admin: Visitor, deleted_book: None, path: str) -> None:
    admin.open(f"/admin/{path}/")
    assert admin.page.viewport_size == {"width": 1280, "height": 900}

    admin.page.evaluate(LONG_VALUES)

    assert admin.page.evaluate(CUT_OFF) == 0
    last = admin.page.locator("#result_list thead th").last.bounding_box()
    assert last is not None
    assert last["x"] + last["width"] < 1280


def test_the_page_is_as_wide_as_a_phone(
    browser: "Browser", server: LiveServer, admin_session: "StorageState"
) -> None:
    with visiting(browser, server, session=admin_session) as admin:
        admin.page.set_viewport_size({"width": 390, "height": 800})
        for path in ("/admin/", LIST, f"{LIST}1/change/", f"{LIST}1/history/", f"{LIST}add/"):
            admin.open(path)
            width = admin.page.evaluate("document.documentElement.scrollWidth")
            assert (path, width) == (path, 390)
        assert admin.complaints == []


def test_the_owner_of_books_is_offered_as_one_types(admin: Visitor) -> None:
    admin.open(f"{LIST}?q=austen")
    field = admin.page.get_by_label("The whole name of an owner")

    field.press_sequentially("adm")
    admin.page.locator("#owner-names option[value=admin]").wait_for(state="attached")
    field.fill("admin")
    field.press("Enter")

    admin.page.wait_for_url("**owner=admin*")
    assert "q=austen" in admin.page.url
    assert "Emma" in admin.page.locator("#result_list .field-name").all_inner_texts()
    admin.page.get_by_role("link", name="All owners").click()
    admin.page.wait_for_url(lambda url: "owner=" not in url)


def test_a_wrong_scan_is_said_and_the_next_one_goes_into_the_field(admin: Visitor) -> None:
    page = admin.page
    admin.open("/admin/")
    page.get_by_label("Type or scan an ISBN").press_sequentially("4006381333931")
    page.keyboard.press("Enter")
    page.get_by_text("Nothing was found for “4006381333931”.").wait_for()

    page.keyboard.type("9780140439441")

    assert page.get_by_label("Type or scan an ISBN").input_value() == "9780140439441"


def test_a_scanned_isbn_opens_the_form_and_then_the_book(admin: Visitor) -> None:
    page = admin.page
    admin.open("/admin/")
    # A scanner types the digits and Enter.
    page.get_by_label("Type or scan an ISBN").press_sequentially("978-0-14-043944-1")
    page.keyboard.press("Enter")
    page.get_by_text("No book has the ISBN 9780140439441 yet.").wait_for()
    assert page.get_by_label("ISBN").last.input_value() == "9780140439441"
    page.locator("#id_name").fill("North and South")
    page.locator("#id_author").fill("Elizabeth Gaskell")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("was added successfully").wait_for()

    page.get_by_label("Type or scan an ISBN").press_sequentially("9780140439441")
    page.keyboard.press("Enter")

    page.get_by_role("heading", name="North and South").wait_for()
    assert admin.path().endswith("/change/")


def test_the_page_of_a_user_leads_to_their_books(admin: Visitor) -> None:
    admin.open("/admin/accounts/user/?q=admin")
    admin.page.locator("#result_list .field-name a").click()
    admin.page.locator(".object-tools").get_by_role("link", name="Books").click()
    admin.page.wait_for_url("**owner=admin")
    assert "Emma" in admin.page.locator("#result_list .field-name").all_inner_texts()


def test_the_figures_of_the_index_are_a_table_too(admin: Visitor) -> None:
    admin.open("/admin/")
    books = admin.page.get_by_role("region", name="Books", exact=True)
    books.get_by_text("As a table").click()
    assert books.get_by_role("row").count() == 31
    heights = admin.page.evaluate(HEIGHTS)
    assert max(heights) > 50
