"""Examples of password resets, changes of an email address, and account deletion."""

from bookstore_project.openapi.examples import invalid_field, json_example, problem_example

from . import ADA, EMAIL_TAKEN, LAST_ADMIN, PASSWORD, THROTTLED
from .proofs import NOT_PROVED

RESET_TOKEN = "0b7e2f5c6d1a4b8e9f3c2a1d4e5f6a7b.d2k9x0-5f0c6bd4e9f14f2c8e1b7a3f1d2c4b6a"  # noqa: S105  # an example, not a credential
EMAIL_TOKEN = "0b7e2f5c6d1a4b8e9f3c2a1d4e5f6a7b.WyIwYjdlMmY1YyJd:1vNQ3k:c2lnbmF0dXJl"  # noqa: S105  # the same
NOT_AN_ADDRESS = invalid_field("email", code="invalid", detail="Enter a valid email address.")
NO_TOKEN = invalid_field("token", code="required", detail="This field is required.")

REQUEST_RESET = [
    THROTTLED,
    json_example("Ada", {"email": ADA["email"]}, is_request=True),
    json_example("The request is accepted, also for an unknown address", {}, status=202),
    NOT_AN_ADDRESS,
]

CONFIRM_RESET = [
    THROTTLED,
    json_example(
        "A new password",
        {"token": RESET_TOKEN, "new_password": "wrong horse staple"},
        is_request=True,
    ),
    json_example("The name to sign in with", {"name": ADA["name"]}),
    invalid_field(
        "new_password", code="password_too_common", detail="This password is too common."
    ),
    problem_example(
        "The token is invalid, used or too old",
        status=403,
        code="invalid_reset_token",
        detail="The token is not valid, was used, or is too old. Request a new one.",
    ),
]

CHANGE_EMAIL = [
    THROTTLED,
    json_example(
        "A new address", {"email": ADA["email"], "current_password": PASSWORD}, is_request=True
    ),
    json_example("No address", {"email": None, "current_password": PASSWORD}, is_request=True),
    json_example("A mail will be sent", {}, status=202),
    NOT_AN_ADDRESS,
    *NOT_PROVED,
    EMAIL_TAKEN,
    problem_example(
        "The account must have an address",
        status=409,
        code="email_required",
        detail="Your account must have an email address. Change it to another one.",
    ),
]

CONFIRM_OWN_EMAIL = [
    json_example("The token from the mail", {"token": EMAIL_TOKEN}, is_request=True),
    NO_TOKEN,
    problem_example(
        "The token is invalid, used, too old or of another account",
        status=403,
        code="invalid_email_token",
        detail="The token is not valid for this account, was used, or is older than an hour. "
        "Request a new one.",
    ),
    EMAIL_TAKEN,
]

CONFIRM_EMAIL = [
    THROTTLED,
    json_example("The account", {"name": ADA["name"], "email": ADA["email"]}),
    *CONFIRM_OWN_EMAIL,
]

RESEND_CONFIRMATION = [
    THROTTLED,
    json_example("Ada", {"email": ADA["email"]}, is_request=True),
    json_example("The request is accepted, for any address", {}, status=202),
    NOT_AN_ADDRESS,
]

DELETE_ACCOUNT = [
    THROTTLED,
    json_example("The password", {"password": PASSWORD}, is_request=True),
    invalid_field("password", code="required", detail="This field is required."),
    *NOT_PROVED,
    LAST_ADMIN,
]

ERASE_ACCOUNT = [
    THROTTLED,
    json_example("The admin's password", {"current_password": PASSWORD}, is_request=True),
    invalid_field("current_password", code="required", detail="This field is required."),
    *NOT_PROVED,
    problem_example(
        "Your own account",
        status=409,
        code="own_account",
        detail="This is your own account. Delete it at /api/v1/users/me.",
    ),
]
