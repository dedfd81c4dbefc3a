"""Import and export of books in the Django admin, in a browser."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.live import LiveServer, live_server

from .visitor import Visitor

pytestmark = pytest.mark.live

LIST = "/admin/books/book/"
HEAD = "name,author,publisher,price\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server of its own: the books of these tests would fill the lists of others."""
    with live_server(directory=tmp_path_factory.mktemp("transfer")) as running:
        yield running


@pytest.fixture
def preview(admin: Visitor, tmp_path: Path) -> Callable[..., None]:
    """Send a file with the form, by the keyboard alone but for the choice of the file."""

    def send(text: str) -> None:
        file = tmp_path / "books.csv"
        file.write_text(text)
        form = admin.page
        form.get_by_label("File:", exact=True).set_input_files(file)
        form.get_by_label("Owner of new books").focus()
        form.keyboard.press("Enter")

    return send


def test_a_file_is_previewed_imported_exported_and_then_changes_nothing(
    admin: Visitor, preview: Callable[..., None], tmp_path: Path
) -> None:
    page = admin.page
    row = "Cranford,Elizabeth Gaskell,Chapman & Hall"
    admin.open(LIST)
    page.get_by_role("link", name="Import").click()
    preview(f"{HEAD}{row},cheap\n")
    page.get_by_role("row", name="2 price Give a price in plain digits").wait_for()
    page.get_by_role("link", name="Choose another file").click()

    preview(f"{HEAD}{row},4.50\n")
    page.get_by_text("1 to be added, 0 to be changed, 0 unchanged, 0 refused.").wait_for()
    page.get_by_role("button", name="Confirm import").click()
    page.get_by_text("Imported books: 1 added, 0 changed, 0 unchanged.").wait_for()
    page.get_by_role("link", name="Back to the list").click()

    page.locator("#result_list tr", has_text="Cranford").locator("input.action-select").check()
    page.locator("select[name=action]").select_option("export_selected")
    with page.expect_download() as download:
        page.get_by_role("button", name="Go", exact=True).click()
    download.value.save_as(tmp_path / "export.csv")
    admin.open(f"{LIST}import/")
    preview((tmp_path / "export.csv").read_text())
    page.get_by_text("0 to be added, 0 to be changed, 1 unchanged, 0 refused.").wait_for()

    admin.open(f"{LIST}?q=cranford")
    page.locator("input.action-select").check()
    page.locator("select[name=action]").select_option("delete_selected")
    page.get_by_role("button", name="Go", exact=True).click()
    page.get_by_role("button", name="Yes, I’m sure").click()
    page.get_by_text("Deleted 1 book.").wait_for()


def test_bad_rows_are_left_out_and_a_long_import_ends_by_itself(
    admin: Visitor, preview: Callable[..., None]
) -> None:
    """The page needs no script to show the progress and the end."""
    page = admin.page
    rows = "".join(f"Volume {number},Elizabeth Gaskell,P,1\n" for number in range(3_000))
    admin.open(f"{LIST}import/")
    preview(f"{HEAD}{rows}Only a name\n")
    page.get_by_role("button", name="Skip bad rows").click()
    page.get_by_text("3000 to be added, 0 to be changed, 0 unchanged, 1 refused.").wait_for()
    page.get_by_text("The first 200 are listed.").wait_for()
    page.get_by_role("button", name="Confirm import").click()
    done = "Imported books: 3000 added, 0 changed, 0 unchanged. Rows left out: 1."
    page.get_by_text(done).wait_for()


def test_an_error_is_shown_at_its_field(admin: Visitor, preview: Callable[..., None]) -> None:
    page = admin.page
    admin.open(f"{LIST}import/")
    page.get_by_label("Owner of new books").fill("nobody")
    preview(f"{HEAD}Emma,Jane Austen,Murray,1\n")
    error = page.locator("#id_owner_error")
    error.get_by_text("Nobody has this name. Give the name of a user.").wait_for()
    described = page.get_by_label("Owner of new books").get_attribute("aria-describedby") or ""
    assert set(described.split()) == {"id_owner_helptext", "id_owner_error"}
