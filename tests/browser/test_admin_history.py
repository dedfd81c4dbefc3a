"""Stale saves, history and undo of books in the Django admin, in a browser."""

from collections.abc import Iterator

import pytest

from .visitor import Visitor

pytestmark = pytest.mark.live

LIST = "/admin/books/book/"
ADDED = "was added successfully"
CHANGED = "was changed successfully"
DELETED = "Deleted “Cranford (Elizabeth Gaskell)”."


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
    page.get_by_text(DELETED).wait_for()


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
    page.get_by_role("link", name="History", exact=True).click()
    page.get_by_text("publisher: Chapman & Hall → Harper & Brothers").wait_for()

    page.get_by_role("button", name="Restore version 1").click()

    page.get_by_text("Restored version 1.").wait_for()
    page.get_by_text("publisher: Harper & Brothers → Chapman & Hall").wait_for()
    admin.open(f"{book}change/")
    assert page.get_by_label("Publisher").input_value() == "Chapman & Hall"


def test_a_deletion_is_undone_from_its_message(admin: Visitor, book: str) -> None:
    page = admin.page
    admin.open(f"{book}delete/")
    page.get_by_text("You can undo this.").wait_for()
    page.get_by_role("button", name="Yes, I’m sure").click()
    message = page.locator(".messagelist li", has_text=DELETED)

    message.get_by_role("button", name="Undo").click()

    page.get_by_text("Restored Cranford (Elizabeth Gaskell).").wait_for()
    row = page.locator("#result_list tr", has_text="Cranford")
    assert row.count() == 1


def test_ticked_books_are_deleted_and_undone(admin: Visitor, book: str) -> None:
    page = admin.page
    admin.open(f"{LIST}?q=cranford")
    page.locator("#result_list tr", has_text="Cranford").locator("input.action-select").check()
    page.locator("select[name=action]").select_option("delete_selected")
    page.get_by_role("button", name="Go", exact=True).click()
    page.get_by_text("Do you want to delete this book?").wait_for()
    page.get_by_role("button", name="Yes, I’m sure").click()
    message = page.locator(".messagelist li", has_text="Deleted 1 book.")

    message.get_by_role("button", name="Undo").click()

    page.get_by_text("Restored Cranford (Elizabeth Gaskell).").wait_for()


def test_a_deleted_book_is_found_by_its_title_and_restored(admin: Visitor, book: str) -> None:
    page = admin.page
    admin.open(f"{book}delete/")
    page.get_by_role("button", name="Yes, I’m sure").click()
    page.get_by_text(DELETED).wait_for()

    page.locator(".object-tools").get_by_role("link", name="Deleted books").click()
    page.get_by_label("Search", exact=True).fill("gaskell")
    page.get_by_label("Search", exact=True).press("Enter")
    row = page.locator("#result_list tr", has_text="Cranford").first
    row.get_by_role("link", name="Cranford").click()
    page.get_by_role("heading", name="Deleted book: Cranford").wait_for()
    page.get_by_role("button", name="Restore", exact=True).click()

    page.get_by_text("Restored Cranford (Elizabeth Gaskell).").wait_for()
    assert admin.path() == f"{book}change/"


def test_the_address_of_a_deleted_book_leads_to_its_history(admin: Visitor, book: str) -> None:
    page = admin.page
    admin.open(f"{book}delete/")
    page.get_by_role("button", name="Yes, I’m sure").click()
    page.get_by_text(DELETED).wait_for()

    admin.open(f"{book}change/")

    page.get_by_text("This book is deleted. You can restore it here.").wait_for()
    assert admin.path() == f"{book}history/"
    page.get_by_role("button", name="Restore", exact=True).click()
    page.get_by_text("Restored Cranford (Elizabeth Gaskell).").wait_for()
