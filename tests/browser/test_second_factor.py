"""The second step of a sign-in in a browser, by the keyboard."""

import time
from dataclasses import dataclass
from typing import cast

import pytest
from pyotp import TOTP, parse_uri

from tests.live import LiveServer, post

from .visitor import Visitor

pytestmark = pytest.mark.live

PASSWORD = "violet-Harbour-27"
PHONE = {"width": 390, "height": 800}
STEP = 30


@dataclass(frozen=True, kw_only=True)
class Account:
    """A user with a second factor."""

    name: str
    app: TOTP
    recovery_codes: list[str]

    def next_code(self) -> str:
        """Return a code of the next half minute: that of now was used when the app was added."""
        return self.app.at(int(time.time()) + STEP)


@pytest.fixture(scope="module")
def account(server: LiveServer) -> Account:
    credentials = {"name": "second-step", "password": PASSWORD}
    post(server, "auth/register", credentials)
    token = post(server, "auth/token", credentials)[1]["access"]
    setup = post(server, "users/me/totp", {"current_password": PASSWORD}, token=token)[1]
    app = cast("TOTP", parse_uri(setup["otpauth_uri"]))
    _, made = post(server, "users/me/totp/confirm", {"code": app.now()}, token=token)
    return Account(name="second-step", app=app, recovery_codes=made["recovery_codes"])


@pytest.mark.parametrize("is_phone", [False, True])
def test_the_second_step_by_the_keyboard(
    is_phone: bool, visitor: Visitor, account: Account
) -> None:
    page = visitor.page
    if is_phone:
        page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    visitor.sign_in(account.name, PASSWORD, then="/")
    page.get_by_role("heading", name="Second step of the sign-in").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")

    # The field for the code has the focus.
    page.keyboard.type("000000")
    page.keyboard.press("Enter")
    error = page.get_by_role("alert")
    error.wait_for()
    code = page.get_by_label("Code of your authenticator app")
    assert code.get_attribute("aria-describedby") == error.get_attribute("id")
    assert code.input_value() == ""

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_label("Recovery code").wait_for()
    page.keyboard.press("Tab")
    page.keyboard.type(account.recovery_codes.pop())
    page.keyboard.press("Enter")
    page.get_by_text(f"You are signed in as {account.name}").wait_for()


def test_a_sign_in_with_both_steps_is_proof_for_a_form_of_the_api(
    visitor: Visitor, account: Account
) -> None:
    page = visitor.page
    visitor.sign_in(account.name, PASSWORD, then="/api/v1/users/me/email")
    page.get_by_label("Code of your authenticator app").fill(account.next_code())
    visitor.expect_status(405)
    page.get_by_role("button", name="Continue").click()
    # The sign-in itself is proof enough, without the password.
    form = visitor.form("post")
    form.get_by_label("Email").fill("second-step@example.org")
    form.get_by_role("button", name="POST").click()
    visitor.answer("POST", "202 Accepted")
