"""The Django admin without a mouse: sign in, find, add, edit, delete and restore a book."""

import pytest

from .visitor import Visitor

pytestmark = pytest.mark.live

LIST = "/admin/books/book/"
# The name of the element with the focus, and whether one sees that it has it.
FOCUSED = """(() => {
  const element = document.activeElement;
  const label = element.labels && element.labels[0];
  const text = element.tagName === "INPUT" ? element.value : element.textContent;
  const name = element.getAttribute("aria-label") || (label ? label.textContent : text);
  const style = getComputedStyle(element);
  const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
  return {
    tag: element.tagName.toLowerCase(),
    name: name.trim(),
    places: [element.id, element.getAttribute("href")],
    isSeen: outlined,
  };
})()"""
MAXIMUM_TABS = 120


class Keyboard:
    """Goes through a page by Tab alone, as far as an element that is named."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self.page = visitor.page

    def to(self, tag: str, name: str = "", *, place: str = "") -> None:
        """Press Tab until an element has the focus: of this name, or of this id or address."""
        seen = []
        for _ in range(MAXIMUM_TABS):
            self.page.keyboard.press("Tab")
            focused = self.page.evaluate(FOCUSED)
            seen.append(f"{focused['tag']} {focused['name'][:40]}")
            is_it = place in focused["places"] if place else name == focused["name"]
            if is_it and focused["tag"] == tag:
                assert focused["isSeen"], f"no focus is seen: {seen[-1]}"
                return
        raise AssertionError(f"not reached: {tag} {name}{place}; seen: {seen}")

    def type(self, field: str, text: str) -> None:
        self.to("input", place=field)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def press(self, tag: str, name: str = "", *, place: str = "") -> None:
        """Go to a link or a button, and press Enter."""
        self.to(tag, name, place=place)
        self.page.keyboard.press("Enter")


def test_a_book_is_found_added_edited_deleted_and_restored_by_keys_alone(visitor: Visitor) -> None:
    page, keys = visitor.page, Keyboard(visitor)
    visitor.open("/admin/")
    page.get_by_role("heading", name="Sign in").wait_for()
    # The field for the name has the focus.
    page.keyboard.type("admin")
    keys.type("id_password", visitor.server.admin_password)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Records").wait_for()

    # Find.
    keys.press("a", place=LIST)
    page.get_by_role("link", name="Add a book").wait_for()
    keys.type("searchbar", "austen pride")
    page.keyboard.press("Enter")
    page.get_by_text("1 book", exact=True).wait_for()

    # Add.
    keys.press("a", "Add a book")
    page.locator("#id_name").wait_for()
    keys.type("id_name", "Sylvia's Lovers")
    keys.type("id_author", "Elizabeth Gaskell")
    page.keyboard.press("Enter")
    page.get_by_text("was added successfully").wait_for()

    # Edit.
    keys.type("searchbar", "sylvia")
    page.keyboard.press("Enter")
    page.get_by_text("1 book", exact=True).wait_for()
    keys.press("a", "Sylvia's Lovers")
    page.locator("#id_publisher").wait_for()
    keys.type("id_publisher", "Smith, Elder & Co.")
    keys.press("input", "Save and continue editing")
    page.get_by_text("was changed successfully").wait_for()

    # Restore a version.
    keys.press("input", "Restore version 1")
    page.get_by_text("Restored version 1.").wait_for()
    page.get_by_text("publisher: Smith, Elder & Co. → nothing").wait_for()

    # Delete.
    keys.press("a", "Sylvia's Lovers (Elizabeth Gaskell)")
    page.locator("#id_publisher").wait_for()
    keys.press("a", "Delete")
    page.get_by_text("You can undo this.").wait_for()
    keys.press("input", "Yes, I’m sure")
    page.get_by_text("Deleted “Sylvia's Lovers").wait_for()

    # Restore.
    keys.press("button", "Undo")
    page.get_by_text("Restored Sylvia's Lovers (Elizabeth Gaskell).").wait_for()


def test_a_deleted_book_is_restored_later_by_keys_alone(admin: Visitor) -> None:
    page, keys = admin.page, Keyboard(admin)
    admin.open(f"{LIST}?q=ivanhoe")
    keys.press("a", "Ivanhoe")
    page.locator("#id_publisher").wait_for()
    keys.press("a", "Delete")
    page.get_by_text("You can undo this.").wait_for()
    keys.press("input", "Yes, I’m sure")
    page.get_by_text("Deleted “Ivanhoe").wait_for()

    keys.press("a", "Deleted books")
    page.get_by_role("heading", name="Deleted books").wait_for()
    keys.type("searchbar", "scott ivanhoe")
    page.keyboard.press("Enter")
    page.get_by_text("1 deleted book", exact=True).wait_for()
    keys.press("a", "Ivanhoe")
    page.get_by_role("heading", name="Deleted book: Ivanhoe").wait_for()
    keys.press("input", "Restore")

    page.get_by_text("Restored Ivanhoe (Walter Scott).").wait_for()
