"""Fixtures: the browser, and a visitor who uses it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.live import LiveServer
from tests.tools import require_module, require_tool

from .chromium import INSTALL, chromium_path, launch_chromium
from .visitor import Visitor, visiting

if TYPE_CHECKING:
    from playwright.sync_api import Browser, StorageState


# Only for one module: while Playwright runs, its event loop counts as running in this
# thread, and Django refuses to use a database there.
@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    sync_api = require_module("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        require_tool(
            is_there=chromium_path(playwright) is not None, name="Chromium", install=INSTALL
        )
        yield launch_chromium(playwright)


@pytest.fixture(scope="module")
def admin_session(browser: "Browser", server: LiveServer) -> "StorageState":
    """The cookies of an admin who signed in on the sign-in page."""
    with visiting(browser, server) as someone:
        someone.sign_in_as_admin(then="/")
        someone.page.get_by_text("You are signed in as admin").wait_for()
        return someone.page.context.storage_state()


@pytest.fixture
def visitor(browser: "Browser", server: LiveServer) -> Iterator[Visitor]:
    """A person with a fresh browser profile.

    The test fails if a page contacted another host, logged an error or broke its CSP.
    """
    with visiting(browser, server) as someone:
        yield someone
    assert someone.complaints == []


@pytest.fixture
def admin(
    browser: "Browser", server: LiveServer, admin_session: "StorageState"
) -> Iterator[Visitor]:
    """Like `visitor`, but signed in as an admin. Don't sign out in a test."""
    with visiting(browser, server, session=admin_session) as someone:
        yield someone
    assert someone.complaints == []
