"""Import and export of books in the Django admin, in a browser."""

from pathlib import Path

import pytest

from .visitor import Visitor

pytestmark = pytest.mark.live

LIST = "/admin/books/book/"
HEAD = "name,author,publisher,price\n"


def test_a_file_is_previewed_imported_exported_and_then_changes_nothing(
    admin: Visitor, tmp_path: Path
) -> None:
    page = admin.page
    file = tmp_path / "books.csv"
    file.write_text(f"{HEAD}Cranford,Elizabeth Gaskell,Chapman & Hall,cheap\n")
    admin.open(LIST)
    page.get_by_role("link", name="Import").click()
    page.get_by_label("File to import").set_input_files(file)
    # The page's script selects the format by the file's name.
    assert page.get_by_label("Format").input_value() == "0"
    page.get_by_role("button", name="Submit").click()
    page.get_by_text("price: Give a price in plain digits").wait_for()

    file.write_text(f"{HEAD}Cranford,Elizabeth Gaskell,Chapman & Hall,4.50\n")
    page.get_by_label("File to import").set_input_files(file)
    page.get_by_role("button", name="Submit").click()
    page.get_by_text("1 to be added, 0 to be changed, 0 unchanged.").wait_for()
    page.get_by_role("button", name="Confirm import").click()
    page.get_by_text("Imported books: 1 added, 0 changed, 0 unchanged.").wait_for()

    page.locator("#result_list tr", has_text="Cranford").locator("input.action-select").check()
    page.locator("select[name=action]").select_option("export_selected")
    with page.expect_download() as download:
        page.get_by_role("button", name="Go", exact=True).click()
    download.value.save_as(file)
    admin.open(f"{LIST}import/")
    page.get_by_label("File to import").set_input_files(file)
    page.get_by_role("button", name="Submit").click()
    page.get_by_text("0 to be added, 0 to be changed, 1 unchanged.").wait_for()

    admin.open(f"{LIST}?q=cranford")
    page.locator("input.action-select").check()
    page.locator("select[name=action]").select_option("delete_selected")
    page.get_by_role("button", name="Go", exact=True).click()
    page.get_by_role("button", name="Yes, I’m sure").click()
    page.get_by_text("Successfully deleted 1 book.").wait_for()
