"""SimpleJWT's backend over the key ring: a token names its key, and the key its algorithm."""

from datetime import UTC, datetime
from typing import Any

import jwt
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.settings import api_settings

from .keyring_watch import current_keyring
from .keys import Key
from .signatures import DeterministicJWT

_encoder = DeterministicJWT()


class KeyTokenBackend(TokenBackend):
    """SimpleJWT's backend of one key."""

    def __init__(self, key: Key) -> None:
        super().__init__(
            key.alg,
            audience=api_settings.AUDIENCE,
            issuer=api_settings.ISSUER,
            leeway=api_settings.LEEWAY,
        )
        self.key = key

    def get_verifying_key(self, token: Any) -> Any:
        return self.key.verifying

    def encode(self, payload: dict[str, Any]) -> str:
        """Sign as SimpleJWT does, but name the key, and sign the same payload the same way."""
        return _encoder.encode(
            payload, self.key.private, algorithm=self.key.alg, headers={"kid": self.key.kid}
        )


def signing_backend(issued_at: int) -> KeyTokenBackend:
    """Return the backend for a token of that `iat`: it is signed with the key of that time."""
    return KeyTokenBackend(current_keyring().key_for(datetime.fromtimestamp(issued_at, UTC)))


def verifying_backend(token: Any) -> KeyTokenBackend:
    """Return the backend of the key that a token names. Raises TokenError if it is not in force.

    Nothing else in the header is followed: not where it says that keys are (jku, x5u), nor a key
    that it brings along (jwk).
    """
    try:
        kid = jwt.get_unverified_header(token).get("kid")
    except jwt.InvalidTokenError as error:
        raise TokenError("Token is invalid") from error
    key = current_keyring().verifying_key(kid)
    if key is None:
        raise TokenError("Token is of no key in force")
    return KeyTokenBackend(key)
