"""Example requests and responses of accounts, for the OpenAPI document."""

from drf_spectacular.utils import OpenApiExample

from accounts.api import refresh_cookie
from accounts.api.second_factor import SecondFactorRequired
from bookstore_project.openapi.examples import (
    CROSS_SITE,
    REQUEST_ID,
    error_example,
    invalid_field,
    invalid_parameter,
    json_example,
    problem_example,
)

from .proofs import NOT_PROVED, STEP_UP_REQUIRED

ADA = {
    "public_id": "0b7e2f5c-6d1a-4b8e-9f3c-2a1d4e5f6a7b",
    "name": "ada",
    "email": "ada@example.org",
    "email_confirmed_at": "2026-01-05T09:41:00.000000Z",
    "admin": False,
    "editor": False,
    "is_active": True,
    "second_factor": False,
    "date_joined": "2026-01-05T09:30:00.000000Z",
}
PASSWORD = "correct horse battery"  # noqa: S105  # an example, not a credential
HEADER = "eyJhbGciOiJIUzI1NiIsImtpZCI6ImRlZmF1bHQiLCJ0eXAiOiJKV1QifQ"
ACCESS = f"{HEADER}.eyJ0b2tlbl90eXBlIjoiYWNjZXNzIn0.c2lnbmF0dXJl"
REFRESH = f"{HEADER}.eyJ0b2tlbl90eXBlIjoicmVmcmVzaCJ9.c2lnbmF0dXJl"
TICKET = "T1zVvXoJ3m0pQy7rK5sB8dFhGjLw2NaCeUi4RtYkMqE"
BEARER = {"access": ACCESS, "token_type": "Bearer", "expires_in": 2700}

NAME_TAKEN = problem_example(
    "The name is taken",
    status=409,
    code="name_taken",
    detail="This name is taken. Choose another.",
)
NAME_LOOK_ALIKE = problem_example(
    "The name looks like another",
    status=409,
    code="name_look_alike",
    detail="This name looks like that of another account. Choose another.",
)
EMAIL_TAKEN = problem_example(
    "The address is taken",
    status=409,
    code="email_taken",
    detail="Another account has this email address.",
)
EMAIL_UNCONFIRMED = problem_example(
    "The address must be confirmed first",
    status=403,
    code="email_unconfirmed",
    detail="Confirm your email address first, by the mail to it. POST "
    "/api/v1/auth/email/resend sends another one.",
)
TOKEN_REFUSED = problem_example(
    "The token can't be used",
    status=401,
    code="token_invalid",
    detail="The token is not valid.",
)

LAST_ADMIN = problem_example(
    "The last active admin",
    status=409,
    code="last_admin",
    detail="This is the last active admin. Make another user an admin first.",
)

THROTTLED = problem_example(
    "Too many requests",
    status=429,
    code="throttled",
    detail="Request was throttled. Expected available in 42 seconds.",
)

COOKIE_REFUSED = problem_example(
    "The refresh cookie was not meant",
    status=403,
    code=refresh_cookie.CODE,
    detail=refresh_cookie.DETAIL,
)

REGISTER = [
    THROTTLED,
    json_example(
        "Ada",
        {"name": ADA["name"], "password": PASSWORD, "email": ADA["email"]},
        is_request=True,
    ),
    json_example("Ada", {**ADA, "email_confirmed_at": None}),
    json_example("Where addresses must be confirmed, for any address", {}, status=202),
    invalid_field(
        "password",
        code="password_too_common",
        detail="This password is too common.",
    ),
    NAME_TAKEN,
    NAME_LOOK_ALIKE,
    EMAIL_TAKEN,
]

INVITE_USER = [
    json_example("Ada", {"name": ADA["name"], "email": ADA["email"]}, is_request=True),
    json_example("Ada", {**ADA, "email_confirmed_at": None}),
    invalid_field("email", code="required", detail="This field is required."),
    NAME_TAKEN,
    EMAIL_TAKEN,
]

LOG_IN = [
    THROTTLED,
    json_example("Ada", {"name": ADA["name"], "password": PASSWORD}, is_request=True),
    json_example(
        "A browser app",
        {"name": ADA["name"], "password": PASSWORD, "refresh_in": "cookie"},
        is_request=True,
    ),
    json_example("Tokens", {**BEARER, "refresh": REFRESH}),
    json_example("The refresh token is in the cookie", BEARER),
    invalid_field("password", code="required", detail="This field is required."),
    problem_example(
        "Wrong name or password",
        status=401,
        code="invalid_credentials",
        detail="The name or the password is wrong.",
    ),
    error_example(
        "A second factor is needed",
        SecondFactorRequired,
        ticket=TICKET,
        methods=["totp", "recovery_code"],
        expires_in=300,
    ),
    EMAIL_UNCONFIRMED,
]

REFRESH_TOKEN = [
    THROTTLED,
    json_example("A refresh token", {"refresh": REFRESH}, is_request=True),
    json_example("The next tokens", {**BEARER, "refresh": REFRESH}),
    json_example("The next refresh token is in the cookie", BEARER),
    CROSS_SITE,
    COOKIE_REFUSED,
    invalid_field("refresh", code="required", detail="This field is required."),
    TOKEN_REFUSED,
    problem_example(
        "The token was used before",
        status=401,
        code="refresh_reused",
        detail="The refresh token was used before. Sign in again.",
    ),
]

VERIFY_TOKEN = [
    json_example("A token", {"token": ACCESS}, is_request=True),
    json_example("The token is accepted", {}),
    invalid_field("token", code="required", detail="This field is required."),
    TOKEN_REFUSED,
]

PROFILE = [json_example("Ada", ADA)]

CHANGE_PROFILE = [
    THROTTLED,
    json_example(
        "A new name", {"name": ADA["name"], "current_password": PASSWORD}, is_request=True
    ),
    *PROFILE,
    invalid_field("email", code="read_only", detail="Change it with POST /api/v1/users/me/email."),
    *NOT_PROVED,
    NAME_TAKEN,
    NAME_LOOK_ALIKE,
]

LIST_USERS = [
    json_example("Ada", ADA),
    invalid_parameter("limit", detail="Give a whole number from 1 to 100."),
]

SHOW_USER = [json_example("Ada", ADA)]

CHANGE_ACCESS = [
    json_example("Make an admin", {"admin": True}, is_request=True),
    json_example("Ada, an admin", {**ADA, "admin": True}),
    invalid_field("admin", code="invalid", detail="Must be a valid boolean."),
    STEP_UP_REQUIRED,
    LAST_ADMIN,
]

SESSION = {
    "sid": "6f1d2c3b-4a59-4e68-8b7c-9d0e1f2a3b4c",
    "kind": "token",
    "device": "curl/8.5.0",
    "address": "203.0.113.7",
    "created_at": "2026-01-05T09:30:00.000000Z",
    "last_used_at": "2026-01-06T10:15:00.000000Z",
    "expires_at": "2026-01-20T10:15:00.000000Z",
    "is_current": True,
}
LOG_OUT = [COOKIE_REFUSED]
LIST_SESSIONS = [
    json_example("A session", SESSION),
    invalid_parameter("limit", detail="Give a whole number from 1 to 100."),
]
END_SESSIONS = [invalid_parameter("all", detail="Give true or false.")]
END_SESSION: list[OpenApiExample] = []

LIST_EVENTS = [
    json_example(
        "A sign-in",
        {
            "at": "2026-01-05T09:30:00.000000Z",
            "kind": "login",
            "detail": "",
            "is_yours": True,
            "address": SESSION["address"],
            "device": SESSION["device"],
            "request_id": REQUEST_ID,
        },
    ),
    invalid_parameter("limit", detail="Give a whole number from 1 to 100."),
]

CHANGE_PASSWORD = [
    THROTTLED,
    json_example(
        "A new password",
        {"current_password": PASSWORD, "new_password": "wrong horse staple"},
        is_request=True,
    ),
    invalid_field(
        "new_password",
        code="password_too_common",
        detail="This password is too common.",
    ),
    *NOT_PROVED,
]
