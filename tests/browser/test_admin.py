"""The Django admin in a browser."""

import pytest

from .visitor import Visitor

pytestmark = pytest.mark.live

PASSWORD = "violet-Harbour-27"


def test_signing_in_and_out(visitor: Visitor) -> None:
    _log_in(visitor, visitor.server.admin_password)
    visitor.page.get_by_role("heading", name="Records").wait_for()

    visitor.page.get_by_role("button", name="Sign out").click()

    visitor.page.get_by_text("Signed out").or_(
        visitor.page.get_by_role("link", name="sign in", exact=True)
    ).first.wait_for()
    visitor.open("/admin/")
    visitor.page.get_by_role("button", name="Sign in").wait_for()


def test_a_wrong_password_shows_an_error(visitor: Visitor) -> None:
    _log_in(visitor, "not the password")

    error = visitor.page.locator(".errornote")
    assert error.inner_text() == (
        "The name or the password is wrong, or the account may not use this site."
    )


def test_a_book_is_added_changed_and_deleted(admin: Visitor) -> None:
    page = admin.page
    admin.open("/admin/books/book/add/")
    page.locator("#select2-id_owner-container").click()
    page.locator(".select2-search__field").fill("adm")
    page.get_by_role("option", name="admin").click()
    page.get_by_label("Name", exact=False).first.fill("Wives and Daughters")
    page.get_by_label("Author").fill("Elizabeth Gaskell")
    page.get_by_label("Publisher").fill("Smith, Elder & Co.")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("was added successfully").wait_for()

    page.locator("#result_list").get_by_role("link", name="Wives and Daughters").click()
    page.get_by_label("Price").fill("9.95")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("was changed successfully").wait_for()
    row = page.locator("#result_list tr", has_text="Wives and Daughters")
    assert row.locator(".field-owner").inner_text() == "admin"
    assert row.locator(".field-priced").inner_text() == "9.95"

    row.get_by_role("link").click()
    page.get_by_role("link", name="Delete", exact=True).click()
    page.get_by_role("button", name="Yes, I’m sure").click()
    page.get_by_text("Deleted “Wives and Daughters").wait_for()
    assert page.locator("#result_list tr", has_text="Wives and Daughters").count() == 0


def test_books_are_searched(admin: Visitor) -> None:
    admin.open("/admin/books/book/")

    admin.page.locator("#searchbar").fill("austen pride")
    admin.page.locator("#toolbar").get_by_role("button", name="Search").click()

    admin.page.get_by_text("1 book", exact=True).wait_for()
    assert _names(admin) == ["Pride and Prejudice"]


def test_books_are_filtered(admin: Visitor) -> None:
    admin.open("/admin/books/book/")
    assert "Ivanhoe" in _names(admin)

    admin.page.locator("#changelist-filter details", has_text="By price").get_by_role(
        "link", name="Empty", exact=True
    ).click()

    admin.page.wait_for_url("**price__isempty=1*")
    assert "Leaves of Grass" in _names(admin)
    assert "Ivanhoe" not in _names(admin)


def test_a_filter_by_date_narrows_the_list(admin: Visitor) -> None:
    admin.open("/admin/books/book/")
    created = admin.page.locator("#changelist-filter details", has_text="By created at")

    created.get_by_role("link", name="Today").click()

    admin.page.wait_for_url("**created_at__gte=*")
    assert "Ivanhoe" in _names(admin)


def test_a_user_is_added_and_given_another_password(visitor: Visitor) -> None:
    page = visitor.page
    # A separate session, because changing the password changes the session's key.
    visitor.sign_in_as_admin(then="/admin/accounts/user/add/")
    page.get_by_label("Name:").fill("librarian")
    page.locator("#id_password1").fill(PASSWORD)
    page.locator("#id_password2").fill(PASSWORD)
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("was added successfully").wait_for()

    page.get_by_role("link", name="Reset password").click()
    page.locator("#id_password1").fill("another-Violet-31")
    page.locator("#id_password2").fill("another-Violet-31")
    page.get_by_role("button", name="Change password").click()
    page.get_by_text("Password changed successfully").wait_for()

    page.context.clear_cookies()
    visitor.sign_in("librarian", "another-Violet-31", then="/")
    page.get_by_text("You are signed in as librarian").wait_for()


def test_no_page_of_a_user_shows_a_part_of_the_hash(admin: Visitor) -> None:
    admin.open("/admin/accounts/user/?q=admin")
    assert "argon2" not in admin.page.content()

    admin.page.locator("#result_list .field-name a").click()

    admin.page.get_by_text("A password is set.").wait_for()
    for part in ("argon2", "$", "salt", "19456", "*****"):
        assert part not in admin.page.locator("#content").inner_text()


def test_the_admin_leads_back_to_the_site(admin: Visitor) -> None:
    admin.open("/admin/")

    admin.page.get_by_role("link", name="Bookstore", exact=True).click()

    admin.page.get_by_text("You are signed in as admin").wait_for()
    assert admin.path() == "/"


def _log_in(visitor: Visitor, password: str) -> None:
    visitor.open("/admin/")
    visitor.page.get_by_label("Name").fill("admin")
    visitor.page.get_by_label("Password").fill(password)
    visitor.page.get_by_role("button", name="Sign in").click()


def _names(admin: Visitor) -> list[str]:
    return admin.page.locator("#result_list .field-name").all_inner_texts()
