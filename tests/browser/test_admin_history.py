"""Stale saves, history and undo of books in the Django admin, in a browser."""

from collections.abc import Iterator

import pytest

from .visitor import Visitor

pytestmark = pytest.mark.live

LIST = "/admin/books/book/"
ADDED = "was added successfully"
CHANGED = "was changed successfully"


@pytest.fixture
def book(admin: Visitor) -> Iterator[str]:
    """Add a book, yield the address of its pages, and delete it afterwards."""
    page = admin.page
    admin.open(f"{LIST}add/")
    page.get_by_label("Name", exact=False).first.fill("Cranford")
    page.get_by_label("Author").fill("Elizabeth Gaskell")
    page.get_by_label("Publisher").fill("Chapman & Hall")
    page.get_by_role("button", name="Save and continue editing").click()
    page.get_by_text(ADDED).wait_for()
    address = admin.path().removesuffix("change/")
    yield address
    admin.open(f"{address}delete/")
    page.get_by_role("button", name="Yes, I’m sure").click()
    page.get_by_text("was deleted successfully").wait_for()


def change_publisher(admin: Visitor, book: str, publisher: str) -> None:
    """Change the book in another tab of the same browser."""
    tab = admin.page.context.new_page()
    tab.goto(f"{admin.server.url}{book}change/")
    tab.get_by_label("Publisher").fill(publisher)
    tab.get_by_role("button", name="Save", exact=True).click()
    tab.get_by_text(CHANGED).wait_for()
    tab.close()


def test_a_stale_save_shows_what_changed_and_can_be_sent_again(admin: Visitor, book: str) -> None:
    page = admin.page
    admin.open(f"{book}change/")
    change_publisher(admin, book, "Harper & Brothers")

    page.get_by_label("Price").fill("4.50")
    page.get_by_label("Publisher").fill("Smith, Elder & Co.")
    page.get_by_role("button", name="Save", exact=True).click()

    page.get_by_text("Somebody has changed this book since you opened it.").wait_for()
    publisher = page.locator(".form-row.field-publisher")
    assert "Changed meanwhile to: Harper & Brothers" in publisher.inner_text()
    assert page.get_by_label("Price").input_value() == "4.50"

    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text(CHANGED).wait_for()
    row = page.locator("#result_list tr", has_text="Cranford")
    assert row.locator(".field-priced").inner_text() == "4.50"


def test_the_history_shows_each_change_and_undoes_it(admin: Visitor, book: str) -> None:
    change_publisher(admin, book, "Harper & Brothers")
    page = admin.page
    admin.open(f"{book}change/")
    page.get_by_role("link", name="History").click()
    page.get_by_text("publisher: Chapman & Hall → Harper & Brothers").wait_for()

    page.get_by_role("button", name="Restore version 1").click()

    page.get_by_text("Restored version 1.").wait_for()
    page.get_by_text("publisher: Harper & Brothers → Chapman & Hall").wait_for()
    admin.open(f"{book}change/")
    assert page.get_by_label("Publisher").input_value() == "Chapman & Hall"


def test_a_deleted_book_is_brought_back(admin: Visitor, book: str) -> None:
    page = admin.page
    admin.open(f"{book}delete/")
    page.get_by_role("button", name="Yes, I’m sure").click()
    page.get_by_text("was deleted successfully").wait_for()

    admin.open("/admin/books/bookchange/")
    page.locator("#changelist-filter").get_by_role("link", name="deleted").click()
    page.wait_for_url("**kind__exact=deleted*")
    row = page.locator("#result_list tr", has_text="Cranford").first
    row.locator("input.action-select").check()
    page.locator("select[name=action]").select_option("bring_back")
    page.get_by_role("button", name="Go", exact=True).click()

    page.get_by_text("Restored Cranford").wait_for()
    admin.open(f"{LIST}?q=cranford")
    page.get_by_text("1 book", exact=True).wait_for()
