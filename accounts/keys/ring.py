"""The ring of keys that sign and verify tokens, and the rotation from one key to the next."""

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

# The default time between the publication of a new key and its first signature.
DEFAULT_LEAD = timedelta(hours=1)

# The longest time that a token is still accepted after another key has taken over.
TOKEN_LIFETIME = IDLE_LIFETIME


class Keyring:
    """Keys in the order in which they sign. Raises KeyringError if two have the same kid."""

    def __init__(self, keys: Iterable[Key]) -> None:
        # If two keys begin in the same second, the one that was added later takes over.
        self.keys = sorted(keys, key=lambda key: key.not_before)
        self._by_kid = {key.kid: key for key in self.keys}
        if len(self._by_kid) < len(self.keys):
            raise KeyringError("Two keys of the ring have the same kid.")

    @classmethod
    def of_file(cls, path: Path) -> Self:
        """Return the ring that is stored in a file. Raises KeyringError if it can't be used."""
        ring = cls(keys_read(path))
        ring.require_signing()
        return ring

    def signing_key(self, issued_at: datetime) -> Key | None:
        """Return the key that signs a token of that `iat`: the latest key that had begun then.

        The issue time decides, not the present, so that a token that is created again is identical.
        Only a key that has been retired since then no longer signs.
        """
        now = max(timezone.now(), issued_at)
        begun = [
            key for key in self.keys if key.not_before <= issued_at and not key.is_retired(now)
        ]
        return begun[-1] if begun else None

    def key_for(self, issued_at: datetime) -> Key:
        """Return the key for a token of that `iat`, or else the key that signs now.

        Raises KeyringError if no key can sign.
        """
        key = self.signing_key(issued_at) or self._signing_now()
        if key is None:
            raise KeyringError("No key of the ring can sign.")
        return key

    def verifying_key(self, kid: object) -> Key | None:
        """Return the key with this kid, or None if there is none that verifies now."""
        key = self._by_kid.get(kid) if isinstance(kid, str) else None
        return None if key is None or key.is_retired(timezone.now()) else key

    def published(self) -> list[Key]:
        """Return the verifying keys that have a public part, also those that don't sign yet."""
        now = timezone.now()
        return [key for key in self.keys if key.is_public and not key.is_retired(now)]

    def successor(self, of: Key) -> Key | None:
        """Return the key that takes over, or took over, from another; None if there is none."""
        now = timezone.now()
        later = self.keys[self.keys.index(of) + 1 :]
        return next((key for key in later if not key.is_retired(now)), None)

    def state(self, key: Key) -> str:
        """Return the present state of a key: next, signing, verifying or retired."""
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
        """Return the key that signs now; if none has begun, one that begins within JWT_CLOCK_SKEW.

        The clock of the server that added that key may be ahead of this one's.
        """
        now = timezone.now()
        skew = timedelta(seconds=settings.JWT_CLOCK_SKEW)
        return self.signing_key(now) or self.signing_key(now + skew)


@cache
def default_keyring(secret: str, former: tuple[str, ...] = ()) -> Keyring:
    """Return a ring of one HMAC key, `secret`. Any JWT library decodes its tokens with that.

    `former` are the secrets that it replaced, whose tokens are still accepted.
    """
    jwk = {
        "kty": "oct",
        "k": base64.urlsafe_b64encode(secret.encode()).rstrip(b"=").decode(),
        "kid": DEFAULT_KID,
        "alg": "HS256",
        "not_before": time_text(datetime.fromtimestamp(0, UTC)),
    }
    key = Key.from_jwk(jwk)
    return Keyring([replace(key, former=tuple(each.encode() for each in former))])


def key_add(*, path: Path, alg: str, lead: timedelta = DEFAULT_LEAD) -> Key:
    """Store and return a new key, which verifies at once and signs after `lead`.

    A new file begins with the default key, so that the tokens it has signed stay valid.
    """
    with file_locked(path):
        ring = _stored(path)
        key = key_generate(alg=alg, not_before=_now() + lead)
        _store(path, ring.with_keys(key))
    return key


def key_retire(*, path: Path, kid: str) -> Key:
    """Retire a key as soon as its last token has expired, and return it. Raises KeyringError."""
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
    """Stop accepting a key and every token signed with it, from now on. Raises KeyringError.

    If an older key was scheduled to retire because this one replaced it, its retirement is
    postponed: it signs again until the next key takes over.
    """
    with file_locked(path):
        ring = _stored(path)
        key = replace(_unretired(ring, kid), retire_at=_now())
        ring = ring.with_keys(key)
        _store(path, ring.with_keys(*(_replanned(ring, other) for other in ring.keys)))
    return key


def key_remove(*, path: Path, kid: str) -> Key:
    """Delete a retired key, and return it. Raises KeyringError for a key that still verifies."""
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
    """Return a key with its retirement moved to match its present successor, or removed."""
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
