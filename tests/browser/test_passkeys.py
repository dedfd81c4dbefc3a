"""Passkeys in Chromium, with its virtual authenticator (the WebAuthn domain of its protocol)."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.live import LiveServer, live_server, post

from .visitor import Visitor, visiting

if TYPE_CHECKING:
    from playwright.sync_api import Browser, CDPSession

pytestmark = pytest.mark.live

PASSWORD = "violet-Harbour-27"
PASSKEYS = "/account/passkeys/"
PHONE = {"width": 390, "height": 800}


# The virtual authenticator does not wait until somebody chooses a passkey in the field for the
# name: it signs in as soon as the page is open.
OFFER_NOTHING = "PublicKeyCredential.isConditionalMediationAvailable = async () => false;"


class Authenticator:
    """The device of a visitor, which has passkeys and verifies its user at once."""

    def __init__(self, visitor: Visitor, *, is_offered: bool = False) -> None:
        if not is_offered:
            visitor.page.add_init_script(OFFER_NOTHING)
        self.protocol: CDPSession = visitor.page.context.new_cdp_session(visitor.page)
        self.protocol.send("WebAuthn.enable", {"enableUI": False})
        self.id = self.add()

    def add(self) -> Any:
        options = {
            "protocol": "ctap2",
            "ctap2Version": "ctap2_1",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        added = self.protocol.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        return added["authenticatorId"]

    def credentials(self) -> list[dict[str, Any]]:
        """Return the passkeys that the device has."""
        found = self.protocol.send("WebAuthn.getCredentials", {"authenticatorId": self.id})
        credentials: list[dict[str, Any]] = found["credentials"]
        return credentials

    def forget_its_user(self) -> None:
        """Let each further check of the user fail, as by a wrong finger."""
        self.protocol.send(
            "WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": False}
        )


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server at localhost: an IP address has no passkeys."""
    directory = tmp_path_factory.mktemp("passkeys")
    with live_server(directory=directory, PUBLIC_URL="http://localhost:{port}") as server:
        yield replace(server, url=server.environment["PUBLIC_URL"])


@pytest.fixture
def visitor(browser: "Browser", local: LiveServer) -> Iterator[Visitor]:
    with visiting(browser, local) as someone:
        yield someone
    assert someone.complaints == []


@pytest.fixture
def name(local: LiveServer) -> str:
    """The name of a new account."""
    name = f"passkey {uuid4()}"
    post(local, "auth/register", {"name": name, "password": PASSWORD})
    return name


def add_passkey(visitor: Visitor, *, label: str = "laptop", password: str = PASSWORD) -> None:
    """Add a passkey on the page of the account, up to the page behind it."""
    page = visitor.page
    visitor.open(PASSKEYS)
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name").fill(label)
    if password:
        page.get_by_label("Your current password").fill(password)
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Make the passkey").click()


def with_passkey(visitor: Visitor, name: str, *, is_offered: bool = False) -> Authenticator:
    """Sign in, add a passkey, and sign out."""
    device = Authenticator(visitor, is_offered=is_offered)
    visitor.sign_in(name, PASSWORD, then="/")
    visitor.page.get_by_text(f"You are signed in as {name}").wait_for()
    add_passkey(visitor)
    visitor.page.get_by_role("heading", name="Your recovery codes").wait_for()
    sign_out(visitor)
    return device


def sign_out(visitor: Visitor) -> None:
    visitor.page.get_by_role("button", name="Sign out").click()
    visitor.page.get_by_role("link", name="Sign in").first.wait_for()


def press(visitor: Visitor, button: str) -> None:
    visitor.page.get_by_role("button", name=button).click()


def test_a_passkey_is_added_and_signs_in_alone(visitor: Visitor, name: str) -> None:
    device = with_passkey(visitor, name)
    page = visitor.page
    [credential] = device.credentials()
    assert (credential["rpId"], credential["isResidentCredential"]) == ("localhost", True)

    visitor.open(f"/api/session/login/?next={PASSKEYS}")
    press(visitor, "Sign in with a passkey")
    page.get_by_role("heading", name="Passkeys", exact=True).wait_for()
    assert visitor.path() == PASSKEYS
    page.get_by_role("heading", name="laptop").wait_for()


def test_the_admins_sign_in_takes_it_too(visitor: Visitor) -> None:
    device = Authenticator(visitor)
    visitor.sign_in_as_admin(then="/")
    add_passkey(visitor, password=visitor.server.admin_password)
    visitor.page.get_by_role("heading", name="Your recovery codes").wait_for()
    sign_out(visitor)

    visitor.open("/admin/books/book/")
    assert visitor.path() == "/admin/login/"
    press(visitor, "Sign in with a passkey")
    visitor.page.get_by_role("heading", name="Books", exact=True, level=1).wait_for()
    assert visitor.path() == "/admin/books/book/"
    assert len(device.credentials()) == 1


def test_the_field_for_the_name_offers_it(visitor: Visitor, name: str) -> None:
    with_passkey(visitor, name, is_offered=True)
    visitor.open(f"/api/session/login/?next={PASSKEYS}")
    visitor.page.get_by_role("heading", name="laptop").wait_for()


def test_after_the_password_the_passkey_is_the_second_factor(visitor: Visitor, name: str) -> None:
    with_passkey(visitor, name)
    page = visitor.page
    visitor.sign_in(name, PASSWORD, then=PASSKEYS)
    page.get_by_role("heading", name="Second step of the sign-in").wait_for()
    assert page.get_by_label("Code of your authenticator app").count() == 0
    # The button has the focus.
    page.get_by_role("button", name="Use a passkey").wait_for()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="laptop").wait_for()


def test_a_refused_check_of_the_user_is_said_and_a_recovery_code_helps(
    visitor: Visitor, name: str
) -> None:
    device = Authenticator(visitor)
    visitor.sign_in(name, PASSWORD, then="/")
    visitor.page.get_by_text(f"You are signed in as {name}").wait_for()
    add_passkey(visitor)
    code = visitor.page.locator(".codes code").first.inner_text()
    sign_out(visitor)
    device.forget_its_user()
    page = visitor.page
    visitor.sign_in(name, PASSWORD, then=PASSKEYS)
    press(visitor, "Use a passkey")
    page.get_by_role("alert").get_by_text("No passkey was used.").wait_for()
    page.get_by_text("I can't use the passkey").click()
    page.get_by_label("Recovery code").fill(code)
    press(visitor, "Continue")
    page.get_by_role("heading", name="laptop").wait_for()


def test_removing_one_asks_for_a_step_up_which_it_gives(visitor: Visitor, name: str) -> None:
    device = Authenticator(visitor)
    visitor.sign_in(name, PASSWORD, then="/")
    visitor.page.get_by_text(f"You are signed in as {name}").wait_for()
    add_passkey(visitor)
    page = visitor.page
    page.get_by_role("heading", name="Your recovery codes").wait_for()
    visitor.open(PASSKEYS)
    # This sign-in was by the password alone.
    page.get_by_role("link", name="Remove this passkey: laptop").click()
    page.get_by_role("heading", name="Prove who you are again").wait_for()
    press(visitor, "Use a passkey")
    page.get_by_role("heading", name="Remove this passkey?").wait_for()
    press(visitor, "Remove the passkey")
    page.get_by_text("The passkey was removed.").wait_for()
    page.get_by_text("You have none.").wait_for()
    assert len(device.credentials()) == 1


def test_a_device_gets_no_second_passkey_of_one_account(visitor: Visitor, name: str) -> None:
    with_passkey(visitor, name)
    page = visitor.page
    visitor.open("/api/session/login/?next=/")
    press(visitor, "Sign in with a passkey")
    page.get_by_text(f"You are signed in as {name}").wait_for()
    add_passkey(visitor, label="again", password="")
    error = page.get_by_role("alert").get_by_text("This device has a passkey of your account")
    error.wait_for()


def test_at_another_address_the_pages_say_that_there_are_none(
    browser: "Browser", local: LiveServer, name: str
) -> None:
    elsewhere = replace(local, url=local.url.replace("localhost", "127.0.0.1"))
    with visiting(browser, elsewhere) as someone:
        page = someone.page
        someone.sign_in(name, PASSWORD, then="/")
        page.get_by_text(f"You are signed in as {name}").wait_for()
        someone.open("/account/passkeys/new/")
        page.get_by_label("Name").fill("laptop")
        page.get_by_label("Your current password").fill(PASSWORD)
        press(someone, "Continue")
        page.get_by_text("Passkeys don't work in this browser, or at this address.").wait_for()
        assert page.get_by_role("button", name="Make the passkey").count() == 0
        someone.open("/api/session/login/")
        assert page.get_by_role("button", name="Sign in with a passkey").count() == 0
        assert someone.complaints == []


def test_without_scripts_there_is_no_button_and_the_password_works(
    browser: "Browser", local: LiveServer, name: str
) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{local.url}/api/session/login/?next=/account/passkeys/new/")
        assert page.get_by_role("button", name="Sign in with a passkey").count() == 0
        page.get_by_label("Name").fill(name)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.get_by_role("heading", name="Add a passkey").wait_for()
        # Chromium does not show it here, as it does for people.
        assert "<noscript><p" in page.content()
