"""Helpers that compare problem details (RFC 9457)."""

from http import HTTPStatus
from typing import Any


def field_codes(response: Any) -> set[tuple[str, str]]:
    """Return the pointer and code of each entry in `errors`."""
    return {(error["pointer"], error["code"]) for error in response.json()["errors"]}


def a_problem(status: int, code: str, detail: str, **members: Any) -> dict[str, Any]:
    """Return problem details as problem_of() returns them."""
    title = HTTPStatus(status).phrase
    common = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return {**common, "code": code, **members}


def problem_of(response: Any) -> dict[str, Any]:
    """Return a response's problem details without the request id, which must equal the header."""
    assert response.headers["Content-Type"] == "application/problem+json"
    problem: dict[str, Any] = response.json()
    assert problem["request_id"] == response.headers["X-Request-Id"]
    return {member: value for member, value in problem.items() if member != "request_id"}
