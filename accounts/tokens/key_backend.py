"""SimpleJWT's backend with the key ring: a token names its key, and the key its algorithm."""

import hmac
import json
import time
from datetime import UTC, datetime
from typing import Any

import jwt
from django.conf import settings
from jwt.utils import base64url_decode, base64url_encode, force_bytes
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import (
    TokenBackendError,
    TokenBackendExpiredToken,
    TokenError,
)
from rest_framework_simplejwt.settings import api_settings

from accounts.keys.key import Key
from accounts.keys.ring_watch import current_keyring
from accounts.keys.signatures import DeterministicJWT

_encoder = DeterministicJWT()


class KeyTokenBackend(TokenBackend):
    """SimpleJWT's backend of one key."""

    def __init__(self, key: Key) -> None:
        super().__init__(
            key.alg,
            audience=api_settings.AUDIENCE,
            issuer=api_settings.ISSUER,
            # PyJWT applies the leeway to `exp` as well; _require_its_time() corrects that.
            leeway=settings.JWT_CLOCK_SKEW,
        )
        self.key = key

    def get_verifying_key(self, token: Any) -> Any:
        """Return the key; or the one of its former secrets that signed the token, if any did.

        decode() verifies the token with the returned key in any case.
        """
        signed, _, signature = force_bytes(token).rpartition(b".")
        for former in self.key.former:
            made = base64url_encode(hmac.digest(former, signed, "sha256"))
            if hmac.compare_digest(made, signature):
                return former
        return self.key.verifying

    def decode(self, token: Any, verify: bool = True) -> dict[str, Any]:
        """Return the claims of a token that this key signed. Raises TokenBackendError."""
        claims: dict[str, Any] = super().decode(token, verify)
        if verify:
            _require_its_time(claims)
        if not _is_utf_8(token, segment=1):
            raise TokenBackendError("Token is not in UTF-8")
        return claims

    def encode(self, payload: dict[str, Any]) -> str:
        """Sign as SimpleJWT does, but with a `kid`, and deterministically."""
        return _encoder.encode(
            payload, self.key.private, algorithm=self.key.alg, headers={"kid": self.key.kid}
        )


def signing_backend(issued_at: int) -> KeyTokenBackend:
    """Return the backend that signs a token of that `iat`, with the key of that time."""
    return KeyTokenBackend(current_keyring().key_for(datetime.fromtimestamp(issued_at, UTC)))


def verifying_backend(token: Any) -> KeyTokenBackend:
    """Return the backend of the key that a token names. Raises TokenError if it is not in force.

    Nothing else in the header is used: neither the addresses of keys (jku, x5u) nor an embedded
    key (jwk).
    """
    try:
        kid = jwt.get_unverified_header(token).get("kid")
    except jwt.InvalidTokenError as error:
        raise TokenError("Token is invalid") from error
    # PyJWT accepts padding, RFC 7515 section 2 forbids it.
    if b"=" in force_bytes(token) or not _is_utf_8(token, segment=0):
        raise TokenError("Token has padding or a header that is not UTF-8")
    key = current_keyring().verifying_key(kid)
    if key is None:
        raise TokenError("Token names no key in force")
    return KeyTokenBackend(key)


def _require_its_time(claims: dict[str, Any]) -> None:
    """Raise TokenBackendError unless the claims are in force now (RFC 7519 section 4.1).

    `iat` and `nbf` may be JWT_CLOCK_SKEW seconds ahead, because another server's clock may be.
    `exp` is compared without that allowance, so that no token lives longer. PyJWT truncates
    fractions and reads texts and booleans as numbers; here a time must be a number, and counts
    with its fraction.
    """
    now = time.time()
    latest = now + settings.JWT_CLOCK_SKEW
    if any(_seconds(claims[name]) > latest for name in ("iat", "nbf") if name in claims):
        raise TokenBackendError("Token is not in force yet")
    if "exp" in claims and _seconds(claims["exp"]) <= now:
        raise TokenBackendExpiredToken("Token is expired")


def _seconds(claim: Any) -> int | float:
    if type(claim) not in (int, float):
        raise TokenBackendError("Token has a time that is no number")
    seconds: int | float = claim
    return seconds


def _is_utf_8(token: Any, *, segment: int) -> bool:
    """Return whether a segment's JSON is UTF-8 (RFC 8725 section 3.7); Python takes UTF-16 too."""
    text = base64url_decode(force_bytes(token).split(b".")[segment])
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return json.detect_encoding(text) == "utf-8"
