"""The browsable API with the keyboard alone, without scripts, on paper, in the dark."""

from typing import TYPE_CHECKING, Any

import pytest

from tests.live import LiveServer

from .visitor import BOOKS, Visitor, visiting

if TYPE_CHECKING:
    from playwright.sync_api import Browser, StorageState

pytestmark = pytest.mark.live

# Steps of the Tab key in which everything at the top of a page is reached.
STEPS = 30


class Typist:
    """Somebody without a mouse."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self.page = visitor.page

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def write(self, *texts: str) -> None:
        """Fill in the field that has the focus, and those after it."""
        for text in texts:
            self.press("Control+A")
            self.page.keyboard.type(text)
            self.press("Tab")

    def tab_to(self, text: str) -> int:
        """Press Tab until the element whose text begins with `text` has the focus, and count."""
        for step in range(STEPS):
            self.press("Tab")
            focused = self.page.evaluate("document.activeElement.innerText || ''").strip()
            assert self.is_focus_visible(), focused
            if focused.startswith(text):
                return step + 1
        raise AssertionError(f"{text} is not reached in {STEPS} steps")

    def is_focus_visible(self) -> bool:
        """Return whether the focused element has an outline."""
        return bool(
            self.page.evaluate(
                "document.activeElement === document.body"
                " || getComputedStyle(document.activeElement).outlineStyle !== 'none'"
            )
        )


def test_a_book_is_found_added_edited_deleted_and_restored_by_keyboard(admin: Visitor) -> None:
    typist = Typist(admin)
    admin.open(BOOKS)
    admin.wait_for_scripts()

    # Past the header, as few steps as it takes.
    typist.press("Tab", "Enter")
    assert typist.tab_to("Add a book") < 10
    typist.press("Enter", "Tab")
    typist.write("Half a Life-Time Ago", "Elizabeth Gaskell", "Smith, Elder")
    typist.press("Enter")
    admin.answer("POST", "201 Created")

    typist.tab_to("Half a Life-Time Ago")
    typist.press("Enter")
    admin.answer("GET", "200 OK")
    admin.wait_for_scripts()
    typist.tab_to("Edit this book")
    # The link gives the focus to the first field, and the price is the fourth.
    typist.press("Enter", "Tab", "Tab", "Tab")
    typist.write("7.50")
    typist.press("Enter")
    assert '"price": "7.50"' in admin.answer("PUT", "200 OK").inner_text()

    typist.tab_to("Delete this book")
    typist.press("Enter")
    # The question begins with the answer that changes nothing.
    assert admin.page.locator("dialog :focus").inner_text() == "Cancel"
    typist.press("Escape")
    assert admin.page.locator("dialog[open]").count() == 0
    typist.press("Enter", "Tab", "Enter")
    admin.answer("DELETE", "204 No Content")

    typist.tab_to("Undo")
    typist.press("Enter")
    admin.page.get_by_text("Restored as version 4:").wait_for()

    admin.open(BOOKS)
    typist.tab_to("Filters")
    typist.press("Enter", "Tab")
    typist.write("half a life-time ago")
    typist.press("Shift+Tab", "Enter")
    admin.page.wait_for_url("**/books?q=half*")
    typist.tab_to("Half a Life-Time Ago")


def test_an_earlier_version_is_restored_from_the_history(admin: Visitor) -> None:
    admin.open(BOOKS)
    admin.add_book("My Lady Ludlow")
    admin.page.get_by_role("link", name="My Lady Ludlow").click()
    form = admin.form("put")
    form.get_by_label("Price").fill("3.00")
    form.get_by_role("button", name="PUT").click()
    admin.answer("PUT", "200 OK")

    admin.page.get_by_role("link", name="History").first.click()
    admin.page.get_by_role("button", name="Restore version 1").click()

    admin.page.get_by_role("status").get_by_role("link", name="My Lady Ludlow").click()
    assert form.get_by_label("Price").input_value() == ""


def test_a_deleted_book_is_restored_at_its_address(admin: Visitor) -> None:
    admin.open(BOOKS)
    admin.add_book("The Moorland Cottage")
    admin.page.get_by_role("link", name="The Moorland Cottage").click()
    address = admin.path()
    admin.delete()
    admin.answer("DELETE", "204 No Content")

    admin.expect_status(404)
    admin.open(address)
    admin.page.get_by_role("button", name="Restore The Moorland Cottage").click()

    admin.page.get_by_role("status").get_by_role("link", name="The Moorland Cottage").click()
    assert admin.form("put").get_by_label("Name").input_value() == "The Moorland Cottage"


def test_a_server_that_does_not_answer_leaves_the_form_as_it_is(admin: Visitor) -> None:
    admin.open(f"{BOOKS}/1")
    admin.wait_for_scripts()
    form = admin.form("put")
    form.get_by_label("Price").fill("99")

    def fail(route: Any) -> None:
        route.abort()

    admin.page.route("**/books/1", fail)
    form.get_by_role("button", name="PUT").click()

    assert "did not answer" in form.get_by_role("alert").inner_text()
    assert form.get_by_label("Price").input_value() == "99"
    # Chromium reports the request.
    admin.complaints = [each for each in admin.complaints if "ERR_FAILED" not in each]
    admin.page.unroute("**/books/1")
    form.get_by_role("button", name="PUT").click()
    assert '"price": "99.00"' in admin.answer("PUT", "200 OK").inner_text()


def test_an_answer_that_is_no_page_is_asked_for_again(admin: Visitor) -> None:
    admin.open(f"{BOOKS}/2")
    admin.wait_for_scripts()
    admin.page.route(
        "**/books/2",
        lambda route: (
            route.fulfill(json={}) if route.request.method == "PUT" else route.continue_()
        ),
    )

    admin.form("put").get_by_label("Price").fill("98")
    with admin.page.expect_navigation():
        admin.form("put").get_by_role("button", name="PUT").click()

    assert admin.form("put").get_by_label("Price").input_value() != "98"


def test_paper_has_no_buttons_and_no_forms(admin: Visitor) -> None:
    admin.page.emulate_media(media="print")
    for path in (BOOKS, f"{BOOKS}/1"):
        admin.open(path)
        assert admin.page.locator(".response-info").is_visible()
        for hidden in ("button", "input", ".button", "summary", ".links", ".pager", "header"):
            assert admin.page.locator(f"{hidden} >> visible=true").count() == 0, hidden


@pytest.mark.parametrize(("scheme", "is_dark"), [("light", False), ("dark", True)])
def test_pages_follow_the_colour_scheme(admin: Visitor, scheme: str, *, is_dark: bool) -> None:
    admin.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of its literals
    admin.open(f"{BOOKS}/1")

    for selector in ("body", ".answer pre", "#put", "input[name=name]"):
        colour = admin.page.locator(selector).first.evaluate(
            "(element) => getComputedStyle(element).backgroundColor.match(/\\d+/g).map(Number)"
        )
        assert (sum(colour[:3]) < 384) == is_dark, selector


@pytest.mark.parametrize("path", [BOOKS, f"{BOOKS}/1", f"{BOOKS}/import", "/api/v1/users/me"])
def test_no_page_is_wider_than_a_phone(admin: Visitor, path: str) -> None:
    admin.expect_status(405)
    admin.page.set_viewport_size({"width": 390, "height": 800})
    admin.open(path)

    root = "document.documentElement"
    assert admin.page.evaluate(f"{root}.scrollWidth <= {root}.clientWidth")


def test_without_scripts_a_book_is_added_and_restored(
    browser: "Browser", server: LiveServer, admin_session: "StorageState"
) -> None:
    with browser.new_context(java_script_enabled=False, storage_state=admin_session) as context:
        plain = Visitor(context.new_page(), server)
        plain.open(BOOKS)
        plain.page.locator("#post > summary").click()
        form = plain.form("post")
        form.get_by_label("Name").fill("Mary Barton")
        form.get_by_label("Author").fill("Elizabeth Gaskell")
        form.get_by_label("Publisher").fill("Chapman & Hall")
        form.get_by_role("button", name="POST").click()
        plain.page.get_by_role("status").get_by_role("link", name="Mary Barton").click()

        # What needs a script is not offered.
        plain.page.locator("noscript p").wait_for()
        assert plain.page.get_by_role("button", name="DELETE").count() == 0
        assert plain.form("put").is_hidden()
        address = plain.page.url

    with visiting(browser, server, session=admin_session) as scripted:
        scripted.page.goto(address)
        scripted.delete()
        scripted.answer("DELETE", "204 No Content")
    with browser.new_context(java_script_enabled=False, storage_state=admin_session) as context:
        plain = Visitor(context.new_page(), server)
        plain.open(f"{BOOKS}/deleted")
        plain.page.get_by_role("button", name="Restore Mary Barton").click()
        plain.page.get_by_text("Restored as version 3:").wait_for()
