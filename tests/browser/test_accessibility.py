"""Every page can be used by everyone: axe-core and checks of ours on each route and state.

pages.py has the table of routes; a new route needs an entry there.
"""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from pprint import pformat
from typing import TYPE_CHECKING

import pytest
from django.urls import get_resolver

from tests.live import LiveServer, live_server, post
from tests.routes import routes

from .accessibility.faults import Checker, Faults, require_axe
from .accessibility.known import KNOWN, KNOWN_TITLES
from .accessibility.pages import NO_PAGES, PAGES, ROUTES, NoPage, Page
from .accessibility.states import STATES
from .accessibility.world import PASSWORD, World, world_of
from .visitor import Visitor, visiting

if TYPE_CHECKING:
    from playwright.sync_api import APIResponse, Browser

pytestmark = pytest.mark.live

BROKEN = """
<!DOCTYPE html>
<title>Broken</title>
<style>
  * { outline: none !important; transition: all 1s; }
  body { background: #fff; color: #aaa; }
  div { width: 2000px; }
</style>
<div>A faint text<form><input aria-invalid="true"><button></button></form></div>
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server of its own: what other tests store would be on its pages."""
    with live_server(directory=tmp_path_factory.mktemp("accessibility")) as running:
        yield running


@pytest.fixture(scope="module")
def world(browser: "Browser", server: LiveServer) -> Iterator[World]:
    require_axe()
    with world_of(browser, server) as made:
        yield made


def test_faults_are_noticed(world: World) -> None:
    visitor = world.as_("broken")
    address = f"{world.server.url}/broken"
    visitor.page.route(address, lambda route: route.fulfill(body=BROKEN, content_type="text/html"))
    visitor.page.goto(address)
    faults = set(Checker(visitor.page).check(has_errors=True))
    assert faults >= {"button-name", "color-contrast", "html-has-lang", "label"}  # axe-core's
    assert faults >= {"one-main", "one-h1", "motion", "sideways-390", "sideways-zoomed"}
    assert faults >= {"errors", "focus", "print", "skip-link"}


def test_no_route_is_missing_from_the_table() -> None:
    assert set(routes(get_resolver().url_patterns, with_admin=True)) == set(ROUTES)


def test_known_faults_are_of_pages_that_exist() -> None:
    assert set(KNOWN) <= {*PAGES, *STATES}


@pytest.mark.parametrize("route", PAGES)
def test_a_page_has_no_fault(route: str, world: World) -> None:
    entry = PAGES[route]
    visitor = world.as_(entry.actor)
    visitor.expected_statuses = {entry.status}
    address = world.server.url + world.address(entry.address)
    response = visitor.page.goto(address)
    assert response is not None
    assert (response.status, visitor.page.url) == (entry.status, address)
    _require(route, Checker(visitor.page).check(), visitor)


def test_pages_of_a_strict_server_have_no_fault(browser: "Browser", tmp_path: Path) -> None:
    """Pages that lead on an admin without a second factor, and a user without an address."""
    require_axe()
    settings = {"REQUIRE_ADMIN_MFA": "true", "EMAIL_VERIFICATION": "required"}
    with live_server(directory=tmp_path, **settings) as server:
        account = {"name": "mary", "password": PASSWORD, "email": "mary@example.org"}
        post(server, "auth/register", account)
        for name, password, heading in (
            ("admin", server.admin_password, "Set up a second factor"),
            ("mary", PASSWORD, "Look into your mailbox"),
        ):
            with visiting(browser, server) as visitor:
                visitor.expect_status(403)
                visitor.sign_in(name, password, then="/account/")
                visitor.page.get_by_role("heading", name=heading).wait_for()
                _require(heading, Checker(visitor.page).check(), visitor)


def test_each_page_has_a_title_of_its_own(world: World) -> None:
    by_title: dict[str, set[str]] = {}
    for route, entry in PAGES.items():
        answer = _request(world, entry)
        title = re.search(r"<title>\s*(.*?)\s*</title>", answer.text(), re.DOTALL)
        by_title.setdefault(unescape(title[1]) if title else "", set()).add(route)
    assert {title: pages for title, pages in by_title.items() if len(pages) > 1} == KNOWN_TITLES
    assert [title for title in by_title if "Bookstore" not in title] == []


def _request(world: World, entry: Page | NoPage) -> "APIResponse":
    """Request an address as the browser does, without the browser."""
    return world.as_(entry.actor).page.context.request.get(
        world.server.url + world.address(entry.address),
        headers={"Accept": "text/html"},
        max_redirects=0,
    )


@pytest.mark.parametrize("name", STATES)
def test_a_state_has_no_fault(name: str, world: World) -> None:
    state = STATES[name]
    visitor = world.as_(state.actor)
    visitor.expected_statuses = {*state.statuses}
    state.reach(world, visitor)
    _require(name, Checker(visitor.page).check(has_errors=state.has_errors), visitor)


def _require(name: str, faults: Faults, visitor: Visitor) -> None:
    """Fail if the page's faults are not exactly those that are known."""
    complaints, visitor.complaints = visitor.complaints, []
    known = KNOWN.get(name, set())
    new = {rule: places for rule, places in faults.items() if rule not in known}
    report = {"new": new, "gone from known.py": known - set(faults), "complaints": complaints}
    if any(report.values()):
        pytest.fail(f"{name}: {pformat(report, width=110)}", pytrace=False)


@pytest.mark.parametrize("route", NO_PAGES)
def test_a_route_without_a_page_gives_none(route: str, world: World) -> None:
    response = _request(world, NO_PAGES[route])
    is_html = response.headers.get("content-type", "").startswith("text/html")
    assert not (is_html and response.status == 200)
