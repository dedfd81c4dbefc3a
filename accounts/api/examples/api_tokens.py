"""Examples of API tokens."""

from bookstore_project.openapi.examples import (
    invalid_field,
    invalid_parameter,
    json_example,
    problem_example,
)

from . import PASSWORD, THROTTLED
from .proofs import NOT_PROVED, STEP_UP_REQUIRED

TOKEN = {
    "id": "8a4f2b1c-3d5e-4f60-9a7b-1c2d3e4f5a6b",
    "name": "nightly import",
    "scopes": ["books:write"],
    "created_at": "2026-01-05T09:30:00.000000Z",
    "expires_at": "2026-04-05T09:30:00.000000Z",
    "last_used_on": "2026-01-06",
    "last_used_network": "203.0.113.7",
    "keep_on_sign_out": True,
}
# Not a token: the checksum is wrong.
SECRET = "bks_" + "0" * 43 + "aaaaaa"
NEW = {
    "name": TOKEN["name"],
    "scopes": TOKEN["scopes"],
    "expires_in_days": 90,
    "keep_on_sign_out": True,
    "current_password": PASSWORD,
}

LIST = [
    json_example("A token", TOKEN),
    invalid_parameter("limit", detail="Give a whole number from 1 to 100."),
]
SHOW = [json_example("A token", TOKEN)]
END = [STEP_UP_REQUIRED]
CREATE = [
    THROTTLED,
    json_example("A token for a nightly job", NEW, is_request=True),
    json_example(
        "The new token",
        {**TOKEN, "last_used_on": None, "last_used_network": None, "token": SECRET},
        status=201,
    ),
    invalid_field(
        "expires_in_days",
        code="null",
        detail="Tokens on this server expire. Give a number of days from 1 to 366.",
    ),
    *NOT_PROVED,
    problem_example(
        "Too many tokens",
        status=409,
        code="too_many_api_tokens",
        detail="You have 50 API tokens. End one that you no longer need.",
    ),
]
