"""One key that signs and verifies tokens."""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import (
    generate_private_key as generate_rsa_private_key,
)
from django.core.exceptions import ImproperlyConfigured
from jwt.exceptions import PyJWTError

from .signatures import ALGORITHMS

# RFC 3339 in UTC and whole seconds, as the times in a token are.
TIME_FORMAT = "%Y-%m-%dT%H:%M:%SZ"

KID = re.compile(r"[A-Za-z0-9._~-]{1,64}")

PRIVATE_TYPES: dict[str, type] = {
    "HS256": bytes,
    "EdDSA": Ed25519PrivateKey,
    "ES256": EllipticCurvePrivateKey,
    "RS256": RSAPrivateKey,
}
GENERATORS: dict[str, Callable[[], Any]] = {
    "HS256": lambda: secrets.token_bytes(64),
    "EdDSA": Ed25519PrivateKey.generate,
    "ES256": lambda: generate_private_key(SECP256R1()),
    "RS256": lambda: generate_rsa_private_key(public_exponent=65537, key_size=3072),
}


class KeyringError(ImproperlyConfigured):
    """A key or a ring of keys can't be used. The message says why, and contains no secret."""


@dataclass(frozen=True, kw_only=True)
class Key:
    """A private key, its one algorithm, and its times.

    It signs from `not_before` until a later key signs. It verifies as soon as it is stored, until
    `retire_at`: a machine whose clock is ahead may sign with it earlier than the others.
    """

    kid: str
    alg: str
    private: Any = field(repr=False, compare=False)
    not_before: datetime
    retire_at: datetime | None = None
    # Secrets that were this key before: they verify, and sign nothing.
    former: tuple[bytes, ...] = field(default=(), repr=False, compare=False)

    @classmethod
    def from_jwk(cls, jwk: Any) -> Self:
        """Return the key of a JWK (RFC 7517) with our two times. Raises KeyringError."""
        if not isinstance(jwk, dict):
            raise KeyringError("A key must be a JSON object.")
        kid, alg = jwk.get("kid"), jwk.get("alg")
        if not isinstance(kid, str) or not KID.fullmatch(kid):
            raise KeyringError(
                "A key needs a kid of at most 64 letters, digits and characters of '._~-'."
            )
        if not isinstance(alg, str) or alg not in ALGORITHMS:
            raise KeyringError(f"The alg of key {kid} must be one of {', '.join(ALGORITHMS)}.")
        if jwk.get("use", "sig") != "sig":
            raise KeyringError(f"Key {kid} is not for signatures (RFC 7517 section 4.2).")
        return cls(
            kid=kid,
            alg=alg,
            private=_private(jwk),
            not_before=_time(jwk, "not_before"),
            retire_at=None if jwk.get("retire_at") is None else _time(jwk, "retire_at"),
        )

    def to_jwk(self) -> dict[str, Any]:
        """Return the JWK that from_jwk() reads. It contains the private key."""
        jwk = {
            **ALGORITHMS[self.alg].to_jwk(self.private, as_dict=True),
            **self._names(),
            "not_before": time_text(self.not_before),
        }
        return jwk if self.retire_at is None else {**jwk, "retire_at": time_text(self.retire_at)}

    @property
    def is_public(self) -> bool:
        """Return whether the key has a public part. An HMAC key is only a secret."""
        return self.alg != "HS256"

    @property
    def verifying(self) -> Any:
        """Return the key that verifies signatures: the public part, or the HMAC secret."""
        return self.private.public_key() if self.is_public else self.private

    def public_jwk(self) -> dict[str, Any]:
        """Return the JWK of the public part. Raises ValueError for an HMAC key."""
        if not self.is_public:
            raise ValueError("An HMAC key must not be published.")
        members = ALGORITHMS[self.alg].to_jwk(self.verifying, as_dict=True)
        # RFC 7517 section 4.3: "use" and "key_ops" should not be used together.
        members.pop("key_ops", None)
        return {**members, **self._names()}

    def is_retired(self, at: datetime) -> bool:
        return self.retire_at is not None and self.retire_at <= at

    def _names(self) -> dict[str, str]:
        return {"kid": self.kid, "alg": self.alg, "use": "sig"}


def key_generate(*, alg: str, not_before: datetime) -> Key:
    kid = f"{alg.lower()}-{not_before:%Y%m%d}-{secrets.token_hex(3)}"
    return Key(kid=kid, alg=alg, private=GENERATORS[alg](), not_before=not_before)


def time_text(time: datetime) -> str:
    return time.strftime(TIME_FORMAT)


def _private(jwk: dict[str, Any]) -> Any:
    """Return the private key of a JWK, after a trial signature. Raises KeyringError.

    The error has no cause, because the cause may quote the key.
    """
    kid, alg = jwk["kid"], jwk["alg"]
    algorithm = ALGORITHMS[alg]
    try:
        private = algorithm.prepare_key(algorithm.from_jwk(jwk))
        is_right = isinstance(private, PRIVATE_TYPES[alg])
        is_short = is_right and algorithm.check_key_length(private) is not None
        if is_right and not is_short:
            algorithm.sign(b"", private)
    except UnsupportedAlgorithm:
        raise KeyringError(f"This OpenSSL can't sign with key {kid} ({alg}).") from None
    except (PyJWTError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError):
        is_right = is_short = False
    if is_short:
        raise KeyringError(f"Key {kid} is too short for {alg} (RFC 7518 section 3).")
    if not is_right:
        raise KeyringError(f"Key {kid} is no private key for {alg}.")
    return private


def _time(jwk: dict[str, Any], member: str) -> datetime:
    try:
        return datetime.strptime(jwk[member], TIME_FORMAT).replace(tzinfo=UTC)
    except (LookupError, TypeError, ValueError):
        raise KeyringError(
            f"The {member} of key {jwk['kid']} must be a time such as 2026-01-31T12:00:00Z."
        ) from None
