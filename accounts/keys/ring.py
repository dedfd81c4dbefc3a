"""The keys that tokens are signed and verified with, and how one takes over from another."""

import base64
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Self

from django.conf import settings
from django.utils import timezone

from accounts.models.session import IDLE_LIFETIME

from .key import Key, KeyringError, key_generate, time_text
from .ring_file import file_locked, keys_read, keys_write

DEFAULT_KID = "default"

# From when a new key is published to when it signs, unless told otherwise.
DEFAULT_LEAD = timedelta(hours=1)

# How long the longest-lived token of a key is accepted after another key took over.
TOKEN_LIFETIME = IDLE_LIFETIME


class Keyring:
    """Some keys, in the order in which they sign. Raises KeyringError if two have one kid."""

    def __init__(self, keys: Iterable[Key]) -> None:
        # Of two that begin in the same second, the one added later takes over.
        self.keys = sorted(keys, key=lambda key: key.not_before)
        self._by_kid = {key.kid: key for key in self.keys}
        if len(self._by_kid) < len(self.keys):
            raise KeyringError("Two keys of the ring have the same kid.")

    @classmethod
    def of_file(cls, path: Path) -> Self:
        """Return the ring that a file holds. Raises KeyringError if it can't be used."""
        ring = cls(keys_read(path))
        ring.require_signing()
        return ring

    def signing_key(self, issued_at: datetime) -> Key | None:
        """Return the key that signs what was issued then: the latest that had begun.

        It is told by that time, not by now, so that a token which is made again is the same. Only
        a key that was retired since signs nothing any more.
        """
        now = max(timezone.now(), issued_at)
        begun = [
            key for key in self.keys if key.not_before <= issued_at and not key.is_retired(now)
        ]
        return begun[-1] if begun else None

    def key_for(self, issued_at: datetime) -> Key:
        """Return the key that signs what was issued then, or else the one that signs now."""
        key = self.signing_key(issued_at) or self._signing_now()
        if key is None:
            raise KeyringError("No key of the ring can sign.")
        return key

    def verifying_key(self, kid: object) -> Key | None:
        """Return the key of that name, if it verifies now."""
        key = self._by_kid.get(kid) if isinstance(kid, str) else None
        return None if key is None or key.is_retired(timezone.now()) else key

    def published(self) -> list[Key]:
        """Return the keys with a public part that verify now, also those that don't sign yet."""
        now = timezone.now()
        return [key for key in self.keys if key.is_public and not key.is_retired(now)]

    def successor(self, of: Key) -> Key | None:
        """Return the key that takes over from another, or took over."""
        now = timezone.now()
        later = self.keys[self.keys.index(of) + 1 :]
        return next((key for key in later if not key.is_retired(now)), None)

    def state(self, key: Key) -> str:
        """Return which of next, signing, verifying and retired the key is now."""
        now = timezone.now()
        if key.is_retired(now):
            return "retired"
        if key.not_before > now:
            return "next"
        return "signing" if key is self.signing_key(now) else "verifying"

    def named(self, kid: str) -> Key:
        if kid not in self._by_kid:
            raise KeyringError(f"There is no key {kid}.")
        return self._by_kid[kid]

    def with_keys(self, *changed: Key) -> "Keyring":
        return Keyring({**self._by_kid, **{key.kid: key for key in changed}}.values())

    def require_signing(self) -> None:
        """Raise KeyringError unless some key signs at every moment from now on."""
        now = timezone.now()
        ends = (key.retire_at for key in self.keys if key.retire_at is not None)
        unsigned = [end for end in ends if end > now and self.signing_key(end) is None]
        if self._signing_now() is None:
            unsigned.insert(0, now)
        if unsigned:
            raise KeyringError(
                f"No key of the ring could sign at {time_text(unsigned[0])}. Add one that can: "
                "manage.py jwt_keys add --alg EdDSA --lead 0s"
            )

    def _signing_now(self) -> Key | None:
        """Return the key that signs now; where none has begun, one that begins very soon.

        The server that added that key may be ahead of this one's clock by JWT_CLOCK_SKEW.
        """
        now = timezone.now()
        skew = timedelta(seconds=settings.JWT_CLOCK_SKEW)
        return self.signing_key(now) or self.signing_key(now + skew)


@cache
def default_keyring(secret: str) -> Keyring:
    """Return the ring of one HMAC key: a token decodes with that secret, and nothing besides."""
    jwk = {
        "kty": "oct",
        "k": base64.urlsafe_b64encode(secret.encode()).rstrip(b"=").decode(),
        "kid": DEFAULT_KID,
        "alg": "HS256",
        "not_before": time_text(datetime.fromtimestamp(0, UTC)),
    }
    return Keyring([Key.from_jwk(jwk)])


def key_add(*, path: Path, alg: str, lead: timedelta = DEFAULT_LEAD) -> Key:
    """Store a new key, which verifies at once and signs after `lead`, and return it.

    A new file begins with the default key: the tokens that it signed stay good.
    """
    with file_locked(path):
        ring = _stored(path)
        key = key_generate(alg=alg, not_before=_now() + lead)
        _store(path, ring.with_keys(key))
    return key


def key_retire(*, path: Path, kid: str) -> Key:
    """Let a key go when its last token has expired, and return it. Raises KeyringError."""
    with file_locked(path):
        ring = _stored(path)
        key = _unretired(ring, kid)
        successor = ring.successor(key)
        if successor is None:
            raise KeyringError(
                f"No key takes over from {kid}. Add one: manage.py jwt_keys add --alg {key.alg}"
            )
        key = replace(key, retire_at=successor.not_before + TOKEN_LIFETIME)
        _store(path, ring.with_keys(key))
    return key


def key_revoke(*, path: Path, kid: str) -> Key:
    """Refuse a key and all its tokens from now on, and return it. Raises KeyringError.

    Whoever was to go because this key took over stays longer, as its turn has come again.
    """
    with file_locked(path):
        ring = _stored(path)
        key = replace(_unretired(ring, kid), retire_at=_now())
        ring = ring.with_keys(key)
        _store(path, ring.with_keys(*(_replanned(ring, other) for other in ring.keys)))
    return key


def key_remove(*, path: Path, kid: str) -> Key:
    """Delete a retired key, and return it. Raises KeyringError for any other."""
    with file_locked(path):
        ring = _stored(path)
        key = ring.named(kid)
        if not key.is_retired(_now()):
            raise KeyringError(
                f"Key {kid} still verifies, {_until(key)}. It can be removed after that."
            )
        _store(path, Keyring(other for other in ring.keys if other is not key))
    return key


def _replanned(ring: Keyring, key: Key) -> Key:
    """Return a key with the retirement that fits who takes over from it now."""
    if key.retire_at is None or key.is_retired(timezone.now()):
        return key
    successor = ring.successor(key)
    if successor is None:
        return replace(key, retire_at=None)
    return replace(key, retire_at=max(key.retire_at, successor.not_before + TOKEN_LIFETIME))


def _unretired(ring: Keyring, kid: str) -> Key:
    key = ring.named(kid)
    if key.is_retired(timezone.now()):
        raise KeyringError(f"Key {kid} is retired already.")
    return key


def _stored(path: Path) -> Keyring:
    return Keyring(keys_read(path)) if path.exists() else default_keyring(settings.JWT_SIGNING_KEY)


def _store(path: Path, ring: Keyring) -> None:
    ring.require_signing()
    keys_write(path, ring.keys)


def _until(key: Key) -> str:
    if key.retire_at is None:
        return "and is not to be retired"
    return f"until {time_text(key.retire_at)}"


def _now() -> datetime:
    return timezone.now().replace(microsecond=0)
