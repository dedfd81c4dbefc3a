"""Swagger UI and ReDoc in a browser."""

from typing import Any

import pytest

from .visitor import Visitor

pytestmark = pytest.mark.live


def test_swagger_ui_shows_every_operation(visitor: Visitor) -> None:
    visitor.open("/api/docs")

    visitor.page.locator(".opblock").last.wait_for()
    # Swagger UI has a class of its own for the paths of deprecated operations.
    path = ".opblock-summary-path, .opblock-summary-path__deprecated"
    shown = visitor.page.locator(path).all_inner_texts()

    paths = [path for path, item in _document(visitor)["paths"].items() for _ in item]
    assert sorted(text.replace("\u200b", "") for text in shown) == sorted(paths)


def test_swagger_ui_sends_the_token_that_was_entered(visitor: Visitor) -> None:
    token = visitor.page.request.post(
        f"{visitor.server.url}/api/v1/auth/token",
        data={"name": "admin", "password": visitor.server.admin_password},
    ).json()["access"]
    page = visitor.page
    visitor.open("/api/docs")

    page.get_by_role("button", name="Authorize").click()
    scheme = page.locator(".auth-container", has_text="bearerAuth")
    scheme.get_by_label("auth-bearer-value").fill(token)
    scheme.get_by_role("button", name="Apply credentials").click()
    scheme.get_by_role("button", name="Close").click()
    operation = page.locator(".opblock", has_text="/api/v1/books").first
    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()

    answer = operation.locator(".live-responses-table")
    answer.get_by_text("Pride and Prejudice").first.wait_for()
    assert answer.locator(".response .response-col_status").first.inner_text().startswith("200")


def test_redoc_shows_every_operation(visitor: Visitor) -> None:
    visitor.open("/api/redoc")

    visitor.page.locator("[data-section-id^='operation/']").last.wait_for()
    shown = visitor.page.locator("[data-section-id^='operation/']").count()

    assert shown == sum(len(item) for item in _document(visitor)["paths"].values())


def test_redoc_searches(visitor: Visitor) -> None:
    visitor.open("/api/redoc")

    visitor.page.locator("[data-section-id^='operation/']").last.wait_for()
    visitor.page.get_by_placeholder("Search...").press_sequentially("refresh")

    found = visitor.page.locator("[data-role='search:results'] [data-item-id]").first
    found.wait_for()
    assert found.get_attribute("data-item-id") == "tag/auth/operation/auth_token_refresh_create"


def _document(visitor: Visitor) -> Any:
    return visitor.page.request.get(f"{visitor.server.url}/api/schema?format=json").json()
