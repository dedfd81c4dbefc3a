"""Signing in with a provider that others wrote, in a browser."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .accessibility.faults import Checker, require_axe
from .oidc_provider import server_with_provider
from .visitor import Visitor, visiting

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.live

PASSWORD = "violet-Harbour-27"


@pytest.fixture
def newcomer(browser: "Browser", tmp_path: Path) -> Iterator[tuple[Visitor, str]]:
    require_axe()
    with (
        server_with_provider(tmp_path) as (server, issuer),
        visiting(browser, server) as visitor,
    ):
        yield visitor, issuer
    assert [each for each in visitor.complaints if issuer not in each] == []


def require_no_fault(visitor: Visitor) -> None:
    faults = Checker(visitor.page).check()
    assert faults == {}, visitor.page.url


def test_somebody_registers_links_and_signs_in(newcomer: tuple[Visitor, str]) -> None:
    visitor, issuer = newcomer
    page = visitor.page

    # The page on the way, while the provider sends nothing to read.
    page.route(f"{issuer}/auth**", lambda route: route.fulfill(status=204))
    visitor.open("/api/session/login/?next=/api/v1/books")
    require_no_fault(visitor)
    page.get_by_role("button", name="Sign in with Acme").click()
    page.get_by_role("heading", name="On to Acme").wait_for()
    require_no_fault(visitor)
    page.unroute(f"{issuer}/auth**")
    page.get_by_role("link", name="Continue to Acme").click()

    # At the provider.
    page.get_by_placeholder("Enter any login").fill("grace")
    page.get_by_placeholder("and password").fill("anything")
    page.get_by_role("button", name="Sign-in").click()
    page.get_by_role("button", name="Continue").click()

    # Nobody here has this account.
    page.get_by_role("heading", name="You are new here with Acme").wait_for()
    page.get_by_text("Your address is grace@acme.example.").wait_for()
    require_no_fault(visitor)
    assert page.get_by_label("Name").input_value() == "grace"
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Register", exact=True).click()
    page.get_by_role("heading", name=re.compile("Welcome")).wait_for()

    # It is among the linked ones; then it is removed.
    visitor.open("/account/providers/")
    page.get_by_text("grace@acme.example").wait_for()
    require_no_fault(visitor)
    page.get_by_role("link", name="Remove this provider: Acme").click()
    require_no_fault(visitor)
    page.get_by_label("Your current password").fill(PASSWORD)
    page.get_by_role("button", name="Remove the provider").click()
    page.get_by_text("You can't sign in with Acme any more.").wait_for()

    # It is linked again. The provider asks nothing more.
    page.get_by_role("button", name="Link an account of Acme").click()
    page.get_by_role("heading", name="Link this account?").wait_for()
    require_no_fault(visitor)
    page.get_by_label("Your current password").fill(PASSWORD)
    page.get_by_role("button", name="Link the account").click()
    page.get_by_text("You can sign in with Acme from now on.").wait_for()

    # It signs in, and leads to the page that was asked for.
    page.get_by_role("banner").get_by_role("button", name="Sign out").click()
    visitor.open("/api/session/login/?next=/account/events/")
    page.get_by_role("button", name="Sign in with Acme").click()
    page.get_by_text("Signed in with another provider").first.wait_for()
    assert visitor.path() == "/account/events/"
