"""Requests and responses of step-ups, for the OpenAPI document."""

from accounts.api.reauthentication import MAX_AGE
from bookstore_project.api.errors import StepUpRequired
from bookstore_project.openapi.examples import json_example, problem_example

from . import BEARER, COOKIE_REFUSED, REFRESH, THROTTLED

STEP_UP_REQUIRED = problem_example(
    "The account has a second factor, which was not proved within five minutes",
    status=401,
    code=StepUpRequired.default_code,
    detail=str(StepUpRequired(max_age=MAX_AGE).detail),
)

STEP_UP = [
    THROTTLED,
    json_example("A code of an app", {"code": "492039"}, is_request=True),
    json_example(
        "A recovery code", {"recovery_code": "k3v9tq-8m2xhd-0yr7ce-5nw1ba"}, is_request=True
    ),
    json_example("The next tokens", {**BEARER, "refresh": REFRESH}),
    json_example("The next refresh token is in the cookie", BEARER),
    COOKIE_REFUSED,
    problem_example(
        "Wrong code",
        status=403,
        code="wrong_code",
        detail="The code is wrong, was used before, or is too old.",
    ),
    problem_example(
        "No second factor",
        status=409,
        code="no_second_factor",
        detail="You have no second factor. Send your current password with the request itself.",
    ),
]
