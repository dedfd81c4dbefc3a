"""Examples of passkeys."""

from typing import Any

from accounts.api.second_factor import InvalidTicket
from accounts.services.passkey_answers import NOT_AN_ANSWER
from accounts.services.passkey_checks import NOT_ACCEPTED
from bookstore_project.http.refusal import PASSKEYS_UNAVAILABLE
from bookstore_project.openapi.examples import (
    error_example,
    invalid_field,
    invalid_parameter,
    json_example,
    problem_example,
    refusal_example,
)

from . import BEARER, EMAIL_UNCONFIRMED, PASSWORD, REFRESH, THROTTLED, TICKET
from .factors import CODES, NO_PASSWORD
from .proofs import NOT_PROVED, STEP_UP_REQUIRED

CHALLENGE = "UkdGMFlTQnZibVVnZFhObE9qRjJUV3RpUXpwTGJYQlJjRFF5ZEVWTVdEa3hZbXRuTm5sU2NVcHVkMlZUYmkxSA"
CREDENTIAL_ID = "nR4x0yVf7uQw2pXcL1aB5g"
CLIENT_DATA = "eyJ0eXBlIjoid2ViYXV0aG4uZ2V0In0"
DESCRIPTOR = {"type": "public-key", "id": CREDENTIAL_ID, "transports": ["hybrid", "internal"]}

PASSKEY = {
    "id": "5d2c1b7a-8e4f-4a63-b0c9-7f6e5d4c3b2a",
    "name": "phone",
    "created_at": "2026-01-05T09:30:00.000000Z",
    "last_used_at": "2026-01-06T18:02:11.000000Z",
    "is_backed_up": True,
}
UNUSED = {**PASSKEY, "last_used_at": None}
USED = {
    "id": CREDENTIAL_ID,
    "rawId": CREDENTIAL_ID,
    "type": "public-key",
    "response": {
        "clientDataJSON": CLIENT_DATA,
        "authenticatorData": "SZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2MdAAAAAA",
        "signature": "MEUCIQDq3Yp6b5Jt0s7Vn2aHcQk4wXoR",
        "userHandle": "h2Zr0kQb9LxT4mWcV7uYp1sAeJ3dNf6g",
    },
}
MADE = {
    "id": CREDENTIAL_ID,
    "rawId": CREDENTIAL_ID,
    "type": "public-key",
    "response": {
        "clientDataJSON": CLIENT_DATA,
        "attestationObject": "o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YVik",
        "transports": ["hybrid", "internal"],
    },
}


def _request_options(*allowed: dict[str, Any]) -> dict[str, Any]:
    return {
        "public_key": {
            "challenge": CHALLENGE,
            "timeout": 300_000,
            "rpId": "books.example.org",
            "allowCredentials": list(allowed),
            "userVerification": "required",
        }
    }


UNAVAILABLE = refusal_example("Browsers have no passkeys here", PASSKEYS_UNAVAILABLE)
NO_ANSWER = invalid_field("credential", code="invalid", detail=NOT_AN_ANSWER)
REFUSED_LOGIN, REFUSED = (
    problem_example(
        "The passkey is refused", status=status, code="passkey_refused", detail=NOT_ACCEPTED
    )
    for status in (401, 403)
)
TOO_MANY = problem_example(
    "Too many passkeys",
    status=409,
    code="too_many_passkeys",
    detail="You have 20 passkeys. Remove one that you do not use.",
)

SIGN_IN_OPTIONS = [
    THROTTLED,
    json_example("For a passkey alone", {}, is_request=True),
    json_example("For a second factor", {"ticket": TICKET}, is_request=True),
    json_example("For a passkey alone", _request_options()),
    json_example("For a second factor", _request_options(DESCRIPTOR)),
    error_example("The ticket can't be used", InvalidTicket),
    UNAVAILABLE,
]
LOG_IN = [
    THROTTLED,
    json_example("The answer of a passkey", {"credential": USED}, is_request=True),
    json_example("Tokens", {**BEARER, "refresh": REFRESH}),
    json_example("The refresh token is in the cookie", BEARER),
    NO_ANSWER,
    REFUSED_LOGIN,
    EMAIL_UNCONFIRMED,
    UNAVAILABLE,
]
STEP_UP_OPTIONS = [
    json_example("The passkeys of the account", _request_options(DESCRIPTOR)),
    problem_example(
        "No second factor",
        status=409,
        code="no_second_factor",
        detail="You have no second factor. Send your current password with the request itself.",
    ),
    UNAVAILABLE,
]
LIST = [
    json_example("A passkey", PASSKEY),
    invalid_parameter("limit", detail="Give a whole number from 1 to 100."),
]
BEGIN = [
    THROTTLED,
    json_example("Ada", {"current_password": PASSWORD}, is_request=True),
    json_example(
        "What the browser needs",
        {
            "public_key": {
                "rp": {"id": "books.example.org", "name": "Bookstore"},
                "user": {"id": USED["response"]["userHandle"], "name": "ada", "displayName": "ada"},  # type: ignore[index]  # an object
                "challenge": CHALLENGE,
                "pubKeyCredParams": [{"type": "public-key", "alg": -7}],
                "timeout": 300_000,
                "excludeCredentials": [],
                "authenticatorSelection": {
                    "residentKey": "required",
                    "requireResidentKey": True,
                    "userVerification": "required",
                },
                "attestation": "none",
            }
        },
    ),
    NO_PASSWORD,
    *NOT_PROVED,
    TOO_MANY,
    UNAVAILABLE,
]
ADD = [
    json_example("A phone", {"name": "phone", "credential": MADE}, is_request=True),
    json_example("The first factor", {**UNUSED, "recovery_codes": CODES}, status=201),
    json_example("A further one", {**UNUSED, "recovery_codes": []}, status=201),
    NO_ANSWER,
    REFUSED,
    problem_example(
        "It was added before",
        status=409,
        code="passkey_exists",
        detail="This passkey was added before.",
    ),
    TOO_MANY,
    UNAVAILABLE,
]
SHOW = [json_example("A passkey", PASSKEY)]
RENAME = [
    json_example("Another name", {"name": "old phone"}, is_request=True),
    json_example("The passkey", {**PASSKEY, "name": "old phone"}),
    invalid_field("name", code="blank", detail="This field may not be blank."),
]
REMOVE = [STEP_UP_REQUIRED]
