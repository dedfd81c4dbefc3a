"""Examples of second factors."""

from accounts.api.second_factor import InvalidTicket
from bookstore_project.http.refusal import SECOND_FACTOR_UNAVAILABLE
from bookstore_project.openapi.examples import (
    error_example,
    invalid_field,
    json_example,
    problem_example,
    refusal_example,
)

from . import ADA, BEARER, PASSWORD, REFRESH, THROTTLED, TICKET
from .proofs import NOT_PROVED, STEP_UP_REQUIRED, WRONG_CODE_LOGIN

DIGITS = "492039"
CODES = ["7k2m9x-q4tz81-0vhd3n-rw6yb5", "c3p8fa-51jm7e-zn90sx-t2kq4g"]
URI = (
    f"otpauth://totp/Bookstore:{ADA['name']}?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    "&issuer=Bookstore"
)
CURRENT = {"current_password": PASSWORD}

UNAVAILABLE = refusal_example("The server has no key for second factors", SECOND_FACTOR_UNAVAILABLE)
TOTP_EXISTS = problem_example(
    "There is an app already",
    status=409,
    code="totp_exists",
    detail="You have an authenticator app. Remove it first.",
)
NO_PASSWORD = invalid_field("current_password", code="required", detail="This field is required.")
NOT_SIX_DIGITS = invalid_field(
    "code", code="invalid", detail="Give the six digits that the app shows."
)

FACTORS = [
    json_example(
        "An authenticator app and two passkeys",
        {
            "methods": ["totp", "passkey", "recovery_code"],
            "totp_added_at": "2026-01-05T09:30:00.000000Z",
            "passkeys": 2,
            "recovery_codes_left": 9,
        },
    ),
    json_example(
        "No second factor",
        {"methods": [], "totp_added_at": None, "passkeys": 0, "recovery_codes_left": 0},
    ),
]
BEGIN = [
    THROTTLED,
    json_example("Ada", CURRENT, is_request=True),
    json_example(
        "A secret for the app",
        {
            "otpauth_uri": URI,
            "qr_svg": '<svg xmlns="http://www.w3.org/2000/svg" width="225" height="225">…</svg>',
        },
    ),
    NO_PASSWORD,
    *NOT_PROVED,
    TOTP_EXISTS,
    UNAVAILABLE,
]
REMOVE = [
    THROTTLED,
    json_example("Ada", CURRENT, is_request=True),
    NO_PASSWORD,
    *NOT_PROVED,
    problem_example("There is no app", status=404, code="not_found", detail="Not found."),
]
CONFIRM = [
    THROTTLED,
    json_example("A code of the app", {"code": DIGITS}, is_request=True),
    json_example("Recovery codes", {"recovery_codes": CODES}),
    NOT_SIX_DIGITS,
    problem_example(
        "A wrong code",
        status=403,
        code="wrong_code",
        detail="This is not the code that the app shows now. Check the clock of its device.",
    ),
    TOTP_EXISTS,
    problem_example(
        "No app waits for a code",
        status=409,
        code="totp_not_begun",
        detail="No authenticator app of this session waits for its first code, or it has waited "
        "for an hour. Begin with POST /api/v1/users/me/totp.",
    ),
    UNAVAILABLE,
]
RECOVERY_CODES = [
    THROTTLED,
    json_example("Ada", CURRENT, is_request=True),
    json_example("Recovery codes", {"recovery_codes": CODES}),
    NO_PASSWORD,
    *NOT_PROVED,
    problem_example(
        "There is no second factor",
        status=409,
        code="no_second_factor",
        detail="You have no second factor. Add an authenticator app first.",
    ),
]
SECOND_FACTOR = [
    THROTTLED,
    json_example("A code of the app", {"ticket": TICKET, "code": DIGITS}, is_request=True),
    json_example("A recovery code", {"ticket": TICKET, "recovery_code": CODES[0]}, is_request=True),
    json_example("Tokens", {**BEARER, "refresh": REFRESH}),
    json_example("The refresh token is in the cookie", BEARER),
    NOT_SIX_DIGITS,
    WRONG_CODE_LOGIN,
    error_example("The ticket can't be used", InvalidTicket),
    UNAVAILABLE,
]
REMOVE_OTHERS = [
    STEP_UP_REQUIRED,
    problem_example(
        "Your own factors",
        status=403,
        code="permission_denied",
        detail="Remove your own factors with DELETE /api/v1/users/me/totp.",
    ),
]
