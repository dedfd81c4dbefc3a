"""Requests and responses of step-ups, for the OpenAPI document."""

from bookstore_project.openapi.examples import json_example, problem_example

from . import BEARER, COOKIE_REFUSED, REFRESH, THROTTLED
from .factors import CODES, DIGITS
from .proofs import WRONG_CODE_STEP_UP

STEP_UP = [
    THROTTLED,
    json_example("A code of an app", {"code": DIGITS}, is_request=True),
    json_example("A recovery code", {"recovery_code": CODES[0]}, is_request=True),
    json_example("The next tokens", {**BEARER, "refresh": REFRESH}),
    json_example("The next refresh token is in the cookie", BEARER),
    COOKIE_REFUSED,
    WRONG_CODE_STEP_UP,
    problem_example(
        "No second factor",
        status=409,
        code="no_second_factor",
        detail="You have no second factor. Send your current password with the request itself.",
    ),
]
