"""The browsable API in a browser: all work with books is done in its forms."""

import json

import pytest

from .visitor import BOOKS, Visitor

pytestmark = pytest.mark.live

PASSWORD = "violet-Harbour-27"


def test_a_book_is_added_edited_and_deleted(visitor: Visitor) -> None:
    visitor.sign_in_as_admin()
    visitor.add_book("Cranford")
    visitor.open(f"{BOOKS}?q=cranford")
    book = json.loads(visitor.page.locator(".response-info").inner_text().partition("\n\n")[2])
    address = f"{BOOKS}/{book['results'][0]['id']}"

    visitor.open(address)
    form = visitor.form("put")
    assert form.get_by_label("Name").input_value() == "Cranford"
    form.get_by_label("ISBN").fill("978-0-14-143954-9")
    form.get_by_label("Price").fill("7.50")
    form.get_by_role("button", name="PUT").click()
    assert '"isbn": "9780141439549"' in visitor.answer("PUT", "200 OK").inner_text()

    visitor.unfold("Raw data")
    visitor.page.locator("[name=_content]").fill('{"price": "8.25"}')
    visitor.page.get_by_role("button", name="PATCH").click()
    patched = visitor.answer("PATCH", "200 OK").inner_text()
    assert '"price": "8.25"' in patched
    assert '"isbn": "9780141439549"' in patched

    visitor.delete()
    visitor.answer("DELETE", "204 No Content")
    visitor.expect_status(404)
    visitor.open(address)
    visitor.answer("GET", "404 Not Found")


def test_a_refused_form_keeps_what_was_typed_and_says_what_is_wrong(admin: Visitor) -> None:
    admin.open(BOOKS)
    admin.expect_status(400)
    admin.unfold("Add a book")

    form = admin.form("post")
    form.get_by_label("Name").fill("Ruth")
    form.get_by_label("ISBN").fill("123")
    form.get_by_role("button", name="POST").click()

    admin.answer("POST", "400 Bad Request")
    assert form.get_by_label("Name").input_value() == "Ruth"
    assert form.get_by_label("ISBN").input_value() == "123"
    blank = "This field may not be blank."
    wrong = "This is not an ISBN: give 10 or 13 digits with the right check digit."
    assert form.locator(".error").all_inner_texts() == [blank, wrong]
    # The summary is at the top, has the focus, and leads to the wrong fields.
    assert admin.page.evaluate("document.activeElement.id") == "problem"
    problem = admin.page.get_by_role("alert")
    assert problem.get_by_role("listitem").all_inner_texts() == [
        f"Author: {blank}",
        f"ISBN: {wrong}",
    ]
    problem.get_by_role("link", name="ISBN").click()
    isbn = admin.page.locator("#field-isbn:focus")
    assert isbn.get_attribute("aria-invalid") == "true"
    assert isbn.get_attribute("aria-describedby") == "field-isbn-error field-isbn-help"


def test_refused_raw_data_stay_in_the_form(admin: Visitor) -> None:
    admin.open(f"{BOOKS}/1")
    admin.expect_status(400)
    admin.unfold("Raw data")

    admin.page.locator("[name=_content]").fill('{"price": "much"}')
    admin.page.get_by_role("button", name="PATCH").click()

    admin.answer("PATCH", "400 Bad Request")
    assert json.loads(admin.page.locator("[name=_content]").input_value()) == {"price": "much"}


def test_the_book_form_has_no_dropdown_of_users(admin: Visitor) -> None:
    admin.open(BOOKS)
    admin.unfold("Add a book")

    labels = admin.form("post").locator("label").all_inner_texts()

    assert labels == ["Name", "Author", "Publisher", "Price", "ISBN", "Published on"]
    assert admin.form("post").locator("select").count() == 0


def test_the_filters_narrow_and_order_the_list(admin: Visitor) -> None:
    admin.open(BOOKS)
    admin.unfold("Filters")
    filters = admin.page.locator("#filters")

    filters.get_by_label("Author contains").fill("jane austen")
    filters.get_by_label("Order by").select_option("-published_on")
    filters.get_by_role("button", name="Apply").click()

    shown = admin.answer("GET", "200 OK").inner_text()
    assert '"Ivanhoe"' not in shown
    assert 0 < shown.index('"Emma"') < shown.index('"Pride and Prejudice"')
    # The form keeps the chosen filters.
    admin.unfold("Filters")
    assert filters.get_by_label("Author contains").input_value() == "jane austen"

    filters.get_by_role("link", name="Clear").click()
    assert '"Ivanhoe"' in admin.answer("GET", "200 OK").inner_text()


def test_a_refused_filter_is_marked(admin: Visitor) -> None:
    admin.expect_status(400)
    admin.open(f"{BOOKS}?isbn=123")

    filters = admin.page.locator("#filters")
    assert filters.get_by_label("ISBN").input_value() == "123"
    assert "This is not an ISBN" in filters.locator(".error").inner_text()


def test_the_list_is_paged(admin: Visitor) -> None:
    admin.open(BOOKS)
    first = admin.answer("GET", "200 OK").inner_text()

    admin.page.get_by_role("link", name="Next page").click()
    admin.page.wait_for_url("**/books?cursor=*")
    second = admin.answer("GET", "200 OK").inner_text()
    admin.page.get_by_role("link", name="Previous page").click()
    admin.page.locator(".response-info", has_text="Pride and Prejudice").wait_for()

    assert '"Dracula"' not in first
    assert '"Dracula"' in second
    assert '"Pride and Prejudice"' not in second


def test_a_new_user_keeps_books_and_reads_the_others(visitor: Visitor) -> None:
    visitor.register("gaskell", PASSWORD)
    visitor.sign_in("gaskell", PASSWORD)

    visitor.add_book("North and South")

    visitor.open(f"{BOOKS}/1")
    assert '"Pride and Prejudice"' in visitor.answer("GET", "200 OK").inner_text()
    assert visitor.form("put").count() == 0
    assert visitor.page.get_by_role("button", name="DELETE").count() == 0
    assert visitor.page.get_by_role("button", name="PATCH").count() == 0


def test_a_refused_registration_does_not_send_the_password_back(visitor: Visitor) -> None:
    visitor.expect_status(405)
    visitor.expect_status(409)
    visitor.open("/api/v1/auth/register")
    form = visitor.form("post")

    form.get_by_label("Name").fill("admin")
    form.get_by_label("Password").fill(PASSWORD)
    form.get_by_role("button", name="POST").click()

    assert '"code": "name_taken"' in visitor.answer("POST", "409 Conflict").inner_text()
    assert form.get_by_label("Name").input_value() == "admin"
    assert PASSWORD not in visitor.page.content()


def test_every_page_says_who_is_signed_in(admin: Visitor) -> None:
    admin.open(BOOKS)
    admin.expect_status(405)

    # This route is open to anyone and ignores sessions.
    admin.open("/api/v1/auth/token")

    assert admin.page.locator(".user-name").inner_text() == "admin"


def test_signing_out(visitor: Visitor) -> None:
    visitor.sign_in_as_admin()

    visitor.page.get_by_role("button", name="Sign out").click()
    visitor.page.get_by_role("heading", name="Bookstore").wait_for()

    visitor.expect_status(401)
    visitor.open(BOOKS)
    assert '"code": "not_authenticated"' in visitor.answer("GET", "401 Unauthorized").inner_text()


def test_an_account_is_deleted_with_its_password(visitor: Visitor) -> None:
    visitor.register("Leaver", PASSWORD)
    visitor.sign_in("leaver", PASSWORD, then="/api/v1/users/me")
    visitor.wait_for_scripts()
    dialog = visitor.page.get_by_role("dialog", name="Delete your account?")

    visitor.expect_status(403)
    visitor.page.get_by_role("button", name="DELETE").click()
    dialog.get_by_label("Password").fill("wrong")
    dialog.get_by_role("button", name="Delete your account").click()
    assert "wrong_password" in visitor.answer("DELETE", "403 Forbidden").inner_text()

    visitor.page.get_by_role("button", name="DELETE").click()
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Delete your account").click()
    visitor.answer("DELETE", "204 No Content")
    visitor.page.get_by_role("link", name="Sign in").wait_for()
    visitor.expect_status(401)
    visitor.open("/api/v1/users/me")
    visitor.answer("GET", "401 Unauthorized")
