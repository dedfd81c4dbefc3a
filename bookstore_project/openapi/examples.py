"""Problem details as examples in the OpenAPI document."""

from typing import Any

from drf_spectacular.utils import OpenApiExample
from rest_framework.exceptions import APIException

from bookstore_project.api.errors import TokenRefused
from bookstore_project.http import cross_site
from bookstore_project.http.problems import CONTENT_TYPE, problem
from bookstore_project.http.refusal import (
    DATABASE_UNAVAILABLE,
    LIMITS_UNAVAILABLE,
    TOO_LARGE,
    Refusal,
)
from bookstore_project.http.utf8 import NOT_UTF8_QUERY

REQUEST_ID = "5f0c6bd4e9f14f2c8e1b7a3f1d2c4b6a"


def problem_example(
    name: str,
    *,
    status: int,
    code: str,
    detail: str,
    errors: list[dict[str, str]] | None = None,
    **members: Any,
) -> OpenApiExample:
    """Return an example of an error, with additional `members`.

    An example on a view's operation also documents the status.
    """
    common = problem(status=status, code=code, detail=detail, errors=errors)
    return OpenApiExample(
        name,
        {**common, "request_id": REQUEST_ID, **members},
        media_type=CONTENT_TYPE,
        status_codes=[str(status)],
        response_only=True,
    )


def refusal_example(name: str, refusal: Refusal) -> OpenApiExample:
    """Return an example of a refusal."""
    return problem_example(name, status=refusal.status, code=refusal.code, detail=refusal.detail)


def error_example(name: str, error: type[APIException], **members: Any) -> OpenApiExample:
    """Return an example of an error of the API with its own text, with additional `members`."""
    return problem_example(
        name,
        status=error.status_code,
        code=error.default_code,
        detail=str(error.default_detail),
        **members,
    )


def invalid_field(field: str, *, code: str, detail: str) -> OpenApiExample:
    """Return an example of the error for one invalid field of a body."""
    return problem_example(
        "A field is not valid",
        status=400,
        code="validation_error",
        detail=f"Not valid: {field}.",
        errors=[{"pointer": f"#/{field}", "code": code, "detail": detail}],
    )


def invalid_parameter(
    parameter: str, *, detail: str, code: str = "invalid_parameter"
) -> OpenApiExample:
    """Return an example of the error for one invalid query parameter."""
    return problem_example(
        "A parameter is not valid",
        status=400,
        code="invalid_parameter",
        detail=f"Not valid: {parameter}.",
        errors=[{"parameter": parameter, "code": code, "detail": detail}],
    )


UNKNOWN_PARAMETER = problem_example(
    "There is no such parameter",
    status=400,
    code="unknown_parameter",
    detail="Not valid: page.",
    errors=[
        {
            "parameter": "page",
            "code": "unknown_parameter",
            "detail": "There is no such parameter.",
        }
    ],
)

CROSS_SITE = problem_example(
    "Sent by a page of another site",
    status=403,
    code=cross_site.CODE,
    detail=cross_site.API_DETAIL,
)

INVALID_QUERY = problem_example(
    "The query is not UTF-8",
    status=400,
    code="invalid_encoding",
    detail=NOT_UTF8_QUERY,
)

# The default examples of each status, for operations without an example of their own.
PROBLEMS: dict[int, list[OpenApiExample]] = {
    400: [
        problem_example(
            "The body is not JSON",
            status=400,
            code="parse_error",
            detail="The body is not valid JSON: Expecting value: line 1 column 1 (char 0)",
        )
    ],
    401: [
        problem_example(
            "No token",
            status=401,
            code="not_authenticated",
            detail="Authentication credentials were not provided.",
        ),
        problem_example(
            "The token has expired",
            status=401,
            code="token_expired",
            detail="The token has expired.",
        ),
        error_example("The token can't be used", TokenRefused),
    ],
    403: [
        problem_example(
            "Not allowed",
            status=403,
            code="permission_denied",
            detail="You do not have permission to perform this action.",
        )
    ],
    404: [problem_example("Not found", status=404, code="not_found", detail="Not found.")],
    406: [
        problem_example(
            "Nothing acceptable",
            status=406,
            code="not_acceptable",
            detail="Could not satisfy the request Accept header.",
        )
    ],
    411: [
        problem_example(
            "Sent in another coding",
            status=411,
            code="length_required",
            detail="Send the body with a Content-Length, or in chunks.",
        )
    ],
    413: [refusal_example("Too large", TOO_LARGE)],
    415: [
        problem_example(
            "Not JSON",
            status=415,
            code="unsupported_media_type",
            detail='Unsupported media type "text/plain" in request.',
        )
    ],
    503: [
        refusal_example("The database is unavailable", DATABASE_UNAVAILABLE),
        refusal_example("Attempts can't be counted", LIMITS_UNAVAILABLE),
    ],
}


def json_example(
    name: str,
    value: Any,
    *,
    is_request: bool = False,
    media_type: str = "application/json",
    status: int | None = None,
) -> OpenApiExample:
    """Return an example of a request body, or of a successful response (200 or 201)."""
    return OpenApiExample(
        name,
        value,
        media_type=media_type,
        request_only=is_request,
        response_only=not is_request,
        status_codes=None if status is None else [str(status)],
    )
