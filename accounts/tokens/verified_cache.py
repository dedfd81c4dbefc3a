"""A cache of access tokens whose signature this process has verified.

A cached token is genuine, but not necessarily accepted: its session and its user are read from the
database for each request.
"""

import hashlib
import time
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from django.conf import settings

from accounts.keys.ring import Keyring
from accounts.keys.ring_watch import current_keyring

from .classes import AccessToken
from .key_backend import verifying_backend

# The number of cached tokens, of a few kilobytes each.
MAXIMUM = 1_024


@dataclass(frozen=True, kw_only=True)
class Verified:
    """The claims of a genuine token, the key that verified it, and the time of that."""

    claims: dict[str, Any]
    kid: str
    at: float

    def is_good(self, ring: Keyring) -> bool:
        """Return whether the token would still be verified, with the present keys and time."""
        is_its_time = self.at <= time.time() < self.claims["exp"]
        return is_its_time and ring.verifying_key(self.kid) is not None


@dataclass
class VerifiedTokens:
    """The latest verified tokens by their SHA-256. A new key ring empties it."""

    ring: Keyring | None = None
    tokens: dict[bytes, Verified] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def get(self, raw_token: bytes) -> AccessToken:
        """Return the token, verified. Raises TokenError."""
        if not settings.FAST_PATH:
            return AccessToken(raw_token)
        ring, at = current_keyring(), time.time()
        digest = hashlib.sha256(raw_token).digest()
        if ring is self.ring and (known := self.tokens.get(digest)) and known.is_good(ring):
            return AccessToken.of_claims(raw_token, known.claims)
        token = AccessToken(raw_token)
        kid = verifying_backend(raw_token).key.kid
        self._keep(ring, digest, Verified(claims=dict(token.payload), kid=kid, at=at))
        return token

    def _keep(self, ring: Keyring, digest: bytes, verified: Verified) -> None:
        with self.lock:
            if ring is not self.ring:
                self.ring, self.tokens = ring, {}
            self.tokens[digest] = verified
            if len(self.tokens) > MAXIMUM:
                del self.tokens[next(iter(self.tokens))]


verified_tokens = VerifiedTokens()
