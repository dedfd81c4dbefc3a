"""The answers of authenticators, as browsers write them in JSON (WebAuthn section 5.1).

Only their form is looked at here. Members that this service does not use are ignored, because
browsers add some from time to time.
"""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_noop

from accounts.models.passkey import TRANSPORTS

# Bytes. The parser of CBOR takes time by the square of the length.
MAXIMUM_CREDENTIAL_ID = 1023
MAXIMUM_CLIENT_DATA = 4096
MAXIMUM_ATTESTATION = 8192
MAXIMUM_AUTHENTICATOR_DATA = 2048
MAXIMUM_SIGNATURE = 1024
MAXIMUM_HANDLE = 64

# RFC 4648 section 5, without padding.
BASE64URL = re.compile(r"[A-Za-z0-9_-]*", re.ASCII)
# Characters that three bytes become; the last ones are four, two or three.
QUAD = 4

NOT_AN_ANSWER = gettext_noop("This is not the answer of a passkey.")


class MalformedAnswerError(Exception):
    """The JSON is not the answer of an authenticator."""


@dataclass(frozen=True, kw_only=True)
class Registration:
    """The answer of an authenticator that made a passkey."""

    credential_id: bytes
    client_data: bytes
    attestation: bytes
    transports: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Assertion:
    """The answer of an authenticator that used a passkey. Some say whose it is."""

    credential_id: bytes
    client_data: bytes
    authenticator_data: bytes
    signature: bytes
    handle: str


def answer_in(text: str) -> Any:
    """Return the JSON of a form's field. Raises MalformedAnswerError."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise MalformedAnswerError from error


def registration_of(sent: Any) -> Registration:
    """Return the answer in a RegistrationResponseJSON. Raises MalformedAnswerError."""
    response = _response_of(sent)
    named = response.get("transports")
    return Registration(
        credential_id=_decoded(sent, "id", MAXIMUM_CREDENTIAL_ID),
        client_data=_decoded(response, "clientDataJSON", MAXIMUM_CLIENT_DATA),
        attestation=_decoded(response, "attestationObject", MAXIMUM_ATTESTATION),
        transports=tuple(
            each for each in TRANSPORTS if isinstance(named, list | tuple) and each in named
        ),
    )


def assertion_of(sent: Any) -> Assertion:
    """Return the answer in an AuthenticationResponseJSON. Raises MalformedAnswerError."""
    response = _response_of(sent)
    has_handle = response.get("userHandle") is not None
    handle = _decoded(response, "userHandle", MAXIMUM_HANDLE) if has_handle else b""
    return Assertion(
        credential_id=_decoded(sent, "id", MAXIMUM_CREDENTIAL_ID),
        client_data=_decoded(response, "clientDataJSON", MAXIMUM_CLIENT_DATA),
        authenticator_data=_decoded(response, "authenticatorData", MAXIMUM_AUTHENTICATOR_DATA),
        signature=_decoded(response, "signature", MAXIMUM_SIGNATURE),
        handle=base64url(handle),
    )


def base64url(octets: bytes) -> str:
    """Return bytes in base64url without padding."""
    return urlsafe_b64encode(octets).decode("ascii").rstrip("=")


def from_base64url(text: Any) -> bytes:
    """Return the bytes of a text in base64url without padding. Raises MalformedAnswerError."""
    if not isinstance(text, str) or not BASE64URL.fullmatch(text) or len(text) % QUAD == 1:
        raise MalformedAnswerError
    return urlsafe_b64decode(text + "=" * (-len(text) % QUAD))


def _response_of(sent: Any) -> Mapping[str, Any]:
    response = sent.get("response") if isinstance(sent, Mapping) else None
    if not isinstance(response, Mapping) or sent.get("type") != "public-key":
        raise MalformedAnswerError
    return response


def _decoded(members: Mapping[str, Any], name: str, maximum: int) -> bytes:
    octets = from_base64url(members.get(name))
    if not 0 < len(octets) <= maximum:
        raise MalformedAnswerError
    return octets
