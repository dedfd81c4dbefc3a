"""Swagger UI and ReDoc in a browser."""

import re
from typing import Any

import pytest

from tests.curl_samples import SampleRequest, comparable, request_of, sources

from .visitor import Visitor

pytestmark = pytest.mark.live

# Runs each source with functions in place of those that send and write, and returns the requests.
RUN_SAMPLES = """
async (samples) => {
  const AsyncFunction = (async () => {}).constructor;
  const sent = [];
  for (const [operation, source] of samples) {
    const fetch = async (url, { method = "GET", headers = {}, body = "" } = {}) => {
      sent.push([operation, url, method, headers, body]);
      return new Response("{}");
    };
    const run = source.replace('await import("node:fs/promises")', "{ writeFile() {} }");
    const process = { env: { TOKEN: "a-token" } };
    await new AsyncFunction("fetch", "process", "console", run)(fetch, process, { log() {} });
  }
  return sent;
}
"""
# The operation that was opened.
OPEN = ".opblock:has(.opblock-summary-control[aria-expanded=true])"


def test_swagger_ui_shows_every_operation(visitor: Visitor) -> None:
    visitor.open("/api/docs")

    visitor.page.locator(".opblock").last.wait_for()
    # Swagger UI has a class of its own for the paths of deprecated operations.
    path = ".opblock-summary-path, .opblock-summary-path__deprecated"
    shown = visitor.page.locator(path).all_inner_texts()

    paths = [path for path, item in _document(visitor)["paths"].items() for _ in item]
    assert sorted(text.replace("\u200b", "") for text in shown) == sorted(paths)


def test_swagger_ui_sends_the_token_that_was_entered(visitor: Visitor) -> None:
    visitor.open("/api/docs")

    authorize(visitor, "bearerAuth", {"auth-bearer-value": _token(visitor)})

    assert try_out(visitor, "/api/v1/books") == "200"
    answer = visitor.page.locator(f"{OPEN} .live-responses-table")
    answer.get_by_text("Pride and Prejudice").first.wait_for()


def test_swagger_ui_keeps_the_token_over_a_reload_and_no_password(visitor: Visitor) -> None:
    visitor.open("/api/docs")
    authorize(visitor, "bearerAuth", {"auth-bearer-value": _token(visitor)})
    authorize(
        visitor,
        "basicAuth",
        {"auth-basic-username": "admin", "auth-basic-password": "violet-Harbour-27"},
    )

    visitor.page.reload()

    visitor.page.get_by_role("button", name="Authorize").click()
    bearer = visitor.page.locator(".auth-container", has_text="bearerAuth")
    basic = visitor.page.locator(".auth-container", has_text="basicAuth")
    assert bearer.get_by_role("button", name="Remove authorization").count() == 1
    assert basic.get_by_role("button", name="Apply credentials").count() == 1
    stored = visitor.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert "violet-Harbour-27" not in stored
    bearer.get_by_role("button", name="Close").click()
    assert try_out(visitor, "/api/v1/books") == "200"


def test_a_token_is_forgotten_with_its_tab_and_by_logging_out(visitor: Visitor) -> None:
    visitor.open("/api/docs")
    authorize(visitor, "bearerAuth", {"auth-bearer-value": _token(visitor)})
    visitor.page.get_by_role("button", name="Authorize").click()
    bearer = visitor.page.locator(".auth-container", has_text="bearerAuth")
    with visitor.page.context.new_page() as other:
        other.goto(f"{visitor.server.url}/api/docs")
        other.locator(".opblock").last.wait_for()
        assert other.evaluate("sessionStorage.length") == 0

    bearer.get_by_role("button", name="Remove authorization").click()

    assert visitor.page.evaluate("Object.values(sessionStorage)") == ["{}"]


def test_a_token_is_forgotten_when_its_user_signs_out(visitor: Visitor) -> None:
    visitor.sign_in_as_admin(then="/api/docs")
    authorize(visitor, "bearerAuth", {"auth-bearer-value": "abc"})
    assert "abc" in stored_in(visitor)
    visitor.open("/api/docs")
    visitor.page.locator(".opblock").last.wait_for()
    assert "abc" in stored_in(visitor)

    visitor.page.get_by_role("button", name="Sign out", exact=True).click()
    visitor.page.get_by_role("link", name="Sign in").first.wait_for()

    assert "abc" not in stored_in(visitor)


def test_the_token_of_another_user_is_forgotten(admin: Visitor) -> None:
    admin.open("/api/docs")
    authorize(admin, "bearerAuth", {"auth-bearer-value": "abc"})
    # Signed out on another page, or in another tab.
    admin.page.context.clear_cookies()

    admin.open("/api/docs")
    admin.page.locator(".opblock").last.wait_for()

    assert "abc" not in stored_in(admin)


def stored_in(visitor: Visitor) -> str:
    """Return what the tab keeps."""
    return str(visitor.page.evaluate("JSON.stringify({...sessionStorage})"))


def test_a_login_without_credentials_is_a_401_in_the_panel(visitor: Visitor) -> None:
    visitor.expect_status(401)
    visitor.open("/api/docs")

    # The browser would ask for a password of its own, and the answer would never come.
    assert login_challenge(visitor, "/login").startswith("Basic ")


@pytest.mark.parametrize("path", ["/login", "/api/v1/auth/token"])
def test_a_login_with_a_wrong_password_is_a_401_in_the_panel(visitor: Visitor, path: str) -> None:
    visitor.expect_status(401)
    visitor.open("/api/docs")
    wrong = {"auth-basic-username": "admin", "auth-basic-password": "wrong"}
    authorize(visitor, "basicAuth", wrong)

    assert login_challenge(visitor, path).startswith("Basic ")


def login_challenge(visitor: Visitor, path: str) -> str:
    """Try out a login that is refused, and return the challenge of the answer."""
    with visitor.page.expect_response(lambda response: response.url.endswith(path)) as sent:
        assert try_out(visitor, path, body="{}") == "401"
    return str(sent.value.headers["www-authenticate"])


def test_the_curl_command_has_a_place_for_the_token_where_the_browser_is_signed_in(
    admin: Visitor,
) -> None:
    admin.open("/api/docs")
    admin.page.get_by_text("Requests that you try out here use that sign-in").wait_for()

    assert try_out(admin, "/api/v1/users/me") == "200"

    curl = admin.page.locator(f"{OPEN} .curl-command code").inner_text()
    assert "-H 'Authorization: Bearer <token>'" in curl


def test_a_book_is_added_by_the_sign_in_of_the_browser(admin: Visitor) -> None:
    admin.open("/api/docs")
    book = '{"name": "Tried out", "author": "George Eliot"}'

    assert try_out(admin, "/api/v1/books", method="POST", body=book) == "201"


@pytest.mark.parametrize("path", ["/api/docs", "/api/redoc"])
@pytest.mark.parametrize(("scheme", "is_dark"), [("light", False), ("dark", True)])
def test_the_pages_are_dark_where_the_visitor_wants_it(
    visitor: Visitor, path: str, scheme: Any, *, is_dark: bool
) -> None:
    visitor.page.emulate_media(color_scheme=scheme)
    visitor.open(path)
    visitor.page.locator(".opblock, [data-section-id^='operation/']").last.wait_for()

    text, ground = visitor.page.evaluate(
        """[getComputedStyle(document.querySelector("h1")).color,
            getComputedStyle(document.body).backgroundColor]"""
    )

    assert (_lightness(text) > _lightness(ground)) is is_dark


def _lightness(colour: str) -> int:
    return sum(int(each) for each in re.findall(r"\d+", colour)[:3])


def authorize(visitor: Visitor, scheme: str, fields: dict[str, str]) -> None:
    """Send the credentials of a scheme in the dialog of Swagger UI, and close it."""
    visitor.page.get_by_role("button", name="Authorize").click()
    part = visitor.page.locator(".auth-container", has_text=scheme)
    for label, value in fields.items():
        part.get_by_label(label).fill(value)
    part.get_by_role("button", name="Apply credentials").click()
    part.get_by_role("button", name="Close").click()


def try_out(visitor: Visitor, path: str, *, method: str = "", body: str = "") -> str:
    """Open an operation, send its request, and return the status that Swagger UI shows."""
    operation = visitor.page.locator(f".opblock{method and f'.opblock-{method.lower()}'}").filter(
        has=visitor.page.locator(f"[data-path='{path}']")
    )
    operation.first.locator(".opblock-summary-control").click()
    opened = visitor.page.locator(OPEN)
    opened.get_by_role("button", name="Try it out").click()
    if body:
        opened.locator("textarea.body-param__text").fill(body)
    opened.get_by_role("button", name="Execute").click()
    status = opened.locator(".live-responses-table .response .response-col_status").first
    status.wait_for()
    return status.inner_text().split()[0]


def test_redoc_shows_every_operation(visitor: Visitor) -> None:
    visitor.open("/api/redoc")

    visitor.page.locator("[data-section-id^='operation/']").last.wait_for()
    shown = visitor.page.locator("[data-section-id^='operation/']").count()

    assert shown == sum(len(item) for item in _document(visitor)["paths"].values())


def test_redoc_shows_samples_of_each_operation(visitor: Visitor) -> None:
    visitor.open("/api/redoc")

    operation = visitor.page.locator("[id='tag/books/operation/books_create']")
    for label, begins in (
        ("curl", "curl -X POST"),
        ("Python", "import os"),
        ("JavaScript", "const response"),
    ):
        operation.get_by_role("tab", name=label).click()
        operation.get_by_role("tabpanel").get_by_text(begins).first.wait_for()


def test_the_javascript_samples_send_the_same_as_the_curl_samples(visitor: Visitor) -> None:
    curls = sources("curl")

    sent = visitor.page.evaluate(RUN_SAMPLES, [[*each] for each in sources("JavaScript").items()])

    assert {each[0] for each in sent} == curls.keys()
    for operation, url, method, headers, body in sent:
        request = SampleRequest(method=method, url=url, headers=headers, body=body)
        assert comparable(request) == comparable(request_of(curls[operation], token="a-token"))


def test_redoc_searches(visitor: Visitor) -> None:
    visitor.open("/api/redoc")

    visitor.page.locator("[data-section-id^='operation/']").last.wait_for()
    visitor.page.get_by_placeholder("Search...").press_sequentially("refresh")

    found = visitor.page.locator("[data-role='search:results'] [data-item-id]").first
    found.wait_for()
    assert found.get_attribute("data-item-id") == "tag/auth/operation/auth_token_refresh_create"


def _token(visitor: Visitor) -> str:
    answer = visitor.page.request.post(
        f"{visitor.server.url}/api/v1/auth/token",
        data={"name": "admin", "password": visitor.server.admin_password},
    )
    return str(answer.json()["access"])


def _document(visitor: Visitor) -> Any:
    return visitor.page.request.get(f"{visitor.server.url}/api/schema?format=json").json()
