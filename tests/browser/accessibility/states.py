"""States of pages that no address alone has: errors of forms, confirmations, answers.

Each function leads a visitor there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory

from bookstore_project.http.problems import error_page

from .world import GUARDED, PASSWORD, READER, World

if TYPE_CHECKING:
    from tests.browser.visitor import Visitor

NEWCOMER = "newcomer"  # A stranger whose browser no other page uses.
Reach = Callable[[World, "Visitor"], None]


@dataclass(frozen=True, kw_only=True)
class State:
    """How to reach it, by whom, and the error statuses on the way.

    `has_errors`: a form was sent with mistakes.
    """

    reach: Reach
    actor: str
    statuses: tuple[int, ...]
    has_errors: bool


STATES: dict[str, State] = {}


def state(
    *, actor: str = READER, statuses: tuple[int, ...] = (), has_errors: bool = False
) -> Callable[[Reach], Reach]:
    """Register a function as the way to the state that has its name."""

    def register(reach: Reach) -> Reach:
        name = reach.__name__.replace("_", " ")
        STATES[name] = State(reach=reach, actor=actor, statuses=statuses, has_errors=has_errors)
        return reach

    return register


# --- Site and sign-in ----------------------------------------------------------------------------


@state()
def the_front_page_of_someone_signed_in(world: World, visitor: "Visitor") -> None:
    visitor.open("/")


@state(actor=NEWCOMER)
def a_wrong_password(world: World, visitor: "Visitor") -> None:
    visitor.sign_in(READER, "not the password")
    visitor.page.get_by_role("alert").wait_for()


@state(actor=NEWCOMER)
def a_wrong_password_in_the_admin(world: World, visitor: "Visitor") -> None:
    visitor.open("/admin/login/")
    visitor.page.get_by_label("Name").fill(READER)
    visitor.page.get_by_label("Password").fill("not the password")
    visitor.page.get_by_role("button", name="Sign in").click()
    visitor.page.locator(".errornote").wait_for()


@state(actor=NEWCOMER)
def the_second_step(world: World, visitor: "Visitor") -> None:
    visitor.sign_in(GUARDED, PASSWORD)
    visitor.page.get_by_label("Code of your authenticator app").wait_for()


@state()
def a_passkey_that_the_browser_is_to_make(world: World, visitor: "Visitor") -> None:
    visitor.open("/account/passkeys/new/")
    visitor.page.get_by_label("Name").fill("laptop")
    visitor.page.get_by_label("Your current password").fill(PASSWORD)
    visitor.page.get_by_role("button", name="Continue").click()
    # At an IP address.
    visitor.page.get_by_text("Passkeys don't work in this browser, or at this address.").wait_for()


@state(actor=NEWCOMER, has_errors=True)
def a_wrong_code(world: World, visitor: "Visitor") -> None:
    the_second_step(world, visitor)
    visitor.page.get_by_label("Code of your authenticator app").fill("000000")
    visitor.page.get_by_role("button", name="Continue").click()
    visitor.page.get_by_role("alert").wait_for()


@state(actor=NEWCOMER, has_errors=True)
def a_wrong_registration(world: World, visitor: "Visitor") -> None:
    visitor.open("/account/register/")
    visitor.page.get_by_label("Name").fill("a:b")
    visitor.page.get_by_label("Password").fill("12345678")
    visitor.page.get_by_role("button", name="Register").click()
    visitor.page.get_by_text("A name can't contain a colon.").wait_for()


@state(actor=NEWCOMER, statuses=(403,))
def a_link_that_is_not_valid(world: World, visitor: "Visitor") -> None:
    visitor.open("/account/invitation/?token=x")
    visitor.page.get_by_text("This link is not valid").wait_for()


def _show_error_page(visitor: "Visitor", status: int) -> None:
    """Show the page that the server gives for a status, at an address of the server."""
    request = RequestFactory().get("/", headers={"Accept": "text/html"})
    request.user = AnonymousUser()
    page = error_page(request, status=status, code="code", detail="The server failed.")
    policy = visitor.page.context.request.get(visitor.server.url).headers["content-security-policy"]
    address = f"{visitor.server.url}/error/{status}"
    visitor.page.route(
        address,
        lambda route: route.fulfill(
            status=status,
            headers={"Content-Security-Policy": policy, "Content-Type": "text/html; charset=utf-8"},
            body=page.content,
        ),
    )
    visitor.page.goto(address)


def _error_page(status: int) -> Reach:
    return lambda world, visitor: _show_error_page(visitor, status)


for _status in (400, 403, 404, 500, 503):
    STATES[f"the error page {_status}"] = State(
        reach=_error_page(_status),
        actor="stranger",
        statuses=(_status,),
        has_errors=False,
    )


# --- Account -------------------------------------------------------------------------------------


def _send(world: World, visitor: "Visitor", address: str, fields: dict[str, str]) -> None:
    """Send the form of a page with these texts, also if the browser would refuse them."""
    visitor.open(world.address(address))
    for label, text in fields.items():
        visitor.page.get_by_label(label, exact=True).fill(text)
    visitor.page.locator("main form:not([hidden])").last.evaluate(
        "(form) => { form.noValidate = true; form.requestSubmit() }"
    )


def _wrong(address: str) -> Reach:
    """Return the way to a form of a page that was sent with mistakes."""

    def reach(world: World, visitor: "Visitor") -> None:
        _send(world, visitor, address, {})
        visitor.page.locator("[aria-invalid=true]").first.wait_for()

    return reach


for _actor, _form in (
    (NEWCOMER, "/account/register/"),
    (NEWCOMER, "/account/forgotten-password/"),
    (NEWCOMER, "/account/confirm-email/again/"),
    (NEWCOMER, "/api/session/login/"),
    (READER, "/account/password/"),
    (READER, "/account/name/"),
    (READER, "/account/email/"),
    (READER, "/account/email/remove/"),
    (READER, "/account/second-factor/app/"),
    (READER, "/account/tokens/new/"),
    (READER, "/account/deletion/"),
):
    STATES[f"mistakes at {_form}"] = State(
        reach=_wrong(_form), actor=_actor, statuses=(), has_errors=True
    )


@state()
def a_new_api_token(world: World, visitor: "Visitor") -> None:
    fields = {"Name": "job", "Your current password": PASSWORD}
    _send(world, visitor, "/account/tokens/new/", fields)
    visitor.page.get_by_role("heading", name="Your new API token").wait_for()


@state()
def a_new_access_token(world: World, visitor: "Visitor") -> None:
    _send(world, visitor, "/account/access-token/", {})
    visitor.page.get_by_role("button", name="Copy the token").wait_for()


@state()
def a_new_app(world: World, visitor: "Visitor") -> None:
    _send(world, visitor, "/account/second-factor/app/", {"Your current password": PASSWORD})
    visitor.page.get_by_label("Code that the app shows").wait_for()


@state(has_errors=True)
def a_new_app_with_a_wrong_code(world: World, visitor: "Visitor") -> None:
    a_new_app(world, visitor)
    visitor.page.get_by_label("Code that the app shows").fill("000000")
    visitor.page.get_by_role("button", name="Turn the second factor on").click()
    visitor.page.locator("[aria-invalid=true]").wait_for()


@state(actor=GUARDED)
def the_account_of_somebody_with_a_second_factor(world: World, visitor: "Visitor") -> None:
    visitor.open("/account/second-factor/")


@state(actor=GUARDED)
def new_recovery_codes(world: World, visitor: "Visitor") -> None:
    _send(world, visitor, "/account/recovery-codes/", {})
    codes = visitor.page.locator("main .codes code")
    codes.first.wait_for()
    world.recovery_codes = codes.all_inner_texts()


# --- Links of mails ------------------------------------------------------------------------------


@state(actor=NEWCOMER)
def an_address_to_be_confirmed(world: World, visitor: "Visitor") -> None:
    visitor.open(f"/account/confirm-email/?token={world.confirming}")
    visitor.page.get_by_role("button", name="Confirm the address").wait_for()


@state(actor=NEWCOMER)
def a_forgotten_password(world: World, visitor: "Visitor") -> None:
    visitor.open(f"/account/reset-password/?token={world.resetting}")
    visitor.page.get_by_role("button", name="Store the password").wait_for()


@state(actor=NEWCOMER, has_errors=True)
def a_new_password_that_is_too_short(world: World, visitor: "Visitor") -> None:
    a_forgotten_password(world, visitor)
    visitor.page.get_by_label("New password").fill("short")
    visitor.page.get_by_role("button", name="Store the password").click()
    visitor.page.locator("[aria-invalid=true]").wait_for()


@state(actor=NEWCOMER)
def an_invitation(world: World, visitor: "Visitor") -> None:
    visitor.open(f"/account/invitation/?token={world.invitation}")
    visitor.page.get_by_role("button").last.wait_for()


@state(actor=NEWCOMER, statuses=(403, 404))
def a_link_that_is_too_old(world: World, visitor: "Visitor") -> None:
    visitor.open("/account/reset-password/?token=old")
    visitor.page.get_by_role("heading", level=1).wait_for()


# --- Browsable API -------------------------------------------------------------------------------


@state(actor="stranger", statuses=(401,))
def books_without_a_sign_in(world: World, visitor: "Visitor") -> None:
    visitor.open("/api/v1/books")


@state(statuses=(404,))
def a_deleted_book_of_the_api(world: World, visitor: "Visitor") -> None:
    visitor.open(f"/api/v1/books/{world.deleted_book}")


@state()
def a_book_was_added_in_the_api(world: World, visitor: "Visitor") -> None:
    visitor.open("/api/v1/books")
    visitor.add_book("Cranford")


@state(statuses=(400,), has_errors=True)
def a_wrong_book_in_the_api(world: World, visitor: "Visitor") -> None:
    visitor.open("/api/v1/books")
    visitor.unfold("Add a book")
    form = visitor.form("post")
    form.get_by_label("Price").fill("cheap")
    form.get_by_role("button", name="POST").click()
    visitor.answer("POST", "400 Bad Request")


@state(statuses=(403,))
def a_page_of_the_api_that_one_may_not_see(world: World, visitor: "Visitor") -> None:
    visitor.open("/api/v1/users")


# --- Admin ---------------------------------------------------------------------------------------


def _send_empty(visitor: "Visitor", address: str) -> None:
    """Send the form of a page of the admin as it is."""
    visitor.open(address)
    visitor.page.locator("#content form").first.evaluate(
        "(form) => { form.noValidate = true; form.requestSubmit() }"
    )
    visitor.page.locator(".errornote").wait_for()


@state(actor="admin", has_errors=True)
def a_wrong_book_in_the_admin(world: World, visitor: "Visitor") -> None:
    _send_empty(visitor, "/admin/books/book/add/")


@state(actor="admin", has_errors=True)
def a_wrong_user_in_the_admin(world: World, visitor: "Visitor") -> None:
    _send_empty(visitor, "/admin/accounts/user/add/")


@state(actor="admin")
def a_search_of_the_admin_that_finds_nothing(world: World, visitor: "Visitor") -> None:
    visitor.open("/admin/books/book/?q=nothing-of-the-kind")


@state(actor="admin")
def several_books_to_be_deleted(world: World, visitor: "Visitor") -> None:
    _ask_for(visitor, "/admin/books/book/?q=Romola", "delete_selected")


@state(actor="admin")
def factors_to_be_removed(world: World, visitor: "Visitor") -> None:
    _ask_for(visitor, f"/admin/accounts/user/?q={GUARDED}", "remove_factors")


def _ask_for(visitor: "Visitor", address: str, action: str) -> None:
    """Choose an action for the first record of a list, and come to its confirmation."""
    page = visitor.page
    visitor.open(address)
    page.locator("input.action-select").first.check()
    page.locator("select[name=action]").select_option(action)
    page.get_by_role("button", name="Go", exact=True).click()
    page.locator("input[name=action][type=hidden]").wait_for(state="attached")


@state(actor="admin")
def the_preview_of_an_import(world: World, visitor: "Visitor") -> None:
    _preview(visitor, "name,author,publisher,price\nCranford,Elizabeth Gaskell,Chapman,4.50\n")
    visitor.page.get_by_role("button", name="Confirm import").wait_for()


@state(actor="admin")
def the_preview_of_a_wrong_import(world: World, visitor: "Visitor") -> None:
    _preview(visitor, "name,author,publisher,price\nCranford,Elizabeth Gaskell,Chapman,cheap\n")
    visitor.page.get_by_role("row", name="Give a price").wait_for()


def _preview(visitor: "Visitor", text: str) -> None:
    page = visitor.page
    visitor.open("/admin/books/book/import/")
    file = {"name": "books.csv", "mimeType": "text/csv", "buffer": text.encode()}
    page.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]  # a dict too
    page.locator("#content form").first.evaluate("(form) => form.requestSubmit()")


@state(actor="admin")
def a_deleted_book_in_the_admin(world: World, visitor: "Visitor") -> None:
    visitor.open(f"/admin/books/book/{world.deleted_book}/change/")
    visitor.page.get_by_role("button", name="Restore", exact=True).wait_for()


@state(actor="admin")
def the_figures_of_the_admin_as_a_table(world: World, visitor: "Visitor") -> None:
    visitor.open("/admin/")
    visitor.page.get_by_text("As a table").first.click()
