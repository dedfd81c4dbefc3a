"""Verifies the password hashes of the Flask tutorial, which Werkzeug or hashlib wrote.

Django replaces each by the preferred hasher's at the first login. This hasher never makes one.
"""

import hashlib
import hmac
import re
from typing import Any

from django.contrib.auth.hashers import BasePasswordHasher, make_password
from django.utils.crypto import constant_time_compare

# werkzeug.security gives scrypt this many bytes of memory for each unit of N * r * p.
SCRYPT_MEMORY = 132

# Bounds that keep a verification to a few seconds. Werkzeug never wrote more than a million
# iterations or 32 MiB.
MAXIMUM_ITERATIONS = 10_000_000
MAXIMUM_MEMORY = 256 * 1024 * 1024
MAXIMUM_PARALLELISM = 16
# With a smaller N, hashlib needs more memory than SCRYPT_MEMORY allows.
MINIMUM_N = 256

# The hexadecimal digits of each hash function that copies of the tutorial name (FIPS 180-4).
DIGITS = {"sha1": 40, "sha224": 56, "sha256": 64, "sha384": 96, "sha512": 128}
SCRYPT_DIGITS = 128

DIGEST = "|".join(DIGITS)
HASH = re.compile(
    rf"(?:(?P<hmac>{DIGEST})"
    rf"|pbkdf2:(?P<pbkdf2>{DIGEST}):(?P<iterations>[0-9]{{1,10}})"
    r"|scrypt:(?P<n>[0-9]{1,10}):(?P<r>[0-9]{1,10}):(?P<p>[0-9]{1,10}))"
    r"\$[^$]+\$(?P<digits>[0-9a-f]+)",
    re.ASCII,
)
# hashlib takes no larger limit; MAXIMUM_MEMORY keeps what scrypt needs far below it.
MAXIMUM_MAXMEM = 2**31 - 1
COSTS = ("iterations", "n", "r", "p")
# Some copies store hashlib.sha256(password).hexdigest().
BARE_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
# The length of the column, which includes the prefix.
MAXIMUM_LENGTH = 255


def stored_form(old_hash: str) -> str | None:
    """Return a hash of the tutorial's as it is stored here; None if it can't be verified."""
    if BARE_SHA256.fullmatch(old_hash):
        return f"{WerkzeugPasswordHasher.algorithm}$sha256$${old_hash}"
    stored = f"{WerkzeugPasswordHasher.algorithm}${old_hash}"
    match = HASH.fullmatch(old_hash)
    if match is None or len(stored) > MAXIMUM_LENGTH or not stored.isprintable():
        return None
    digest = match["hmac"] or match["pbkdf2"]
    if len(match["digits"]) != DIGITS.get(digest, SCRYPT_DIGITS):
        return None
    costs = {name: int(match[name]) for name in COSTS if match[name] is not None}
    return stored if _can_be_verified(**costs) else None


def _can_be_verified(*, iterations: int = 1, n: int = MINIMUM_N, r: int = 1, p: int = 1) -> bool:
    """Return whether hashlib accepts these costs (RFC 7914 section 2: N is a power of two)."""
    is_power_of_two = n & (n - 1) == 0
    return (
        1 <= iterations <= MAXIMUM_ITERATIONS
        and n >= MINIMUM_N
        and is_power_of_two
        and 1 <= p <= MAXIMUM_PARALLELISM
        and 0 < n * r * 128 <= MAXIMUM_MEMORY
    )


class WerkzeugPasswordHasher(BasePasswordHasher):
    """Verifies hashes of werkzeug.security.generate_password_hash, stored after `werkzeug$`.

    `sha256$<salt>$<hex>` (Werkzeug < 3), `pbkdf2:sha256:<iterations>$<salt>$<hex>`, both with any
    hash function of DIGITS, and `scrypt:<N>:<r>:<p>$<salt>$<hex>` (Werkzeug 3). A bare SHA-256 is
    stored as `sha256$$<hex>`, which Werkzeug reads in the same way.
    """

    algorithm = "werkzeug"

    def verify(self, password: str, encoded: str) -> bool:
        method, salt, digest = _split(encoded.removeprefix(f"{self.algorithm}$"))
        is_correct = constant_time_compare(_digest(password, method=method, salt=salt), digest)
        if not is_correct:
            # A faster refusal would reveal that this account was imported and has not logged in.
            make_password(password)
        return is_correct

    def decode(self, encoded: str) -> dict[str, Any]:
        method, salt, digest = _split(encoded.removeprefix(f"{self.algorithm}$"))
        return {"algorithm": self.algorithm, "method": method, "salt": salt, "hash": digest}

    def safe_summary(self, encoded: str) -> dict[Any, Any]:
        return {"algorithm": self.algorithm, "method": self.decode(encoded)["method"]}

    def harden_runtime(self, password: str, encoded: str) -> None:
        """Do nothing: Django calls this only on the preferred hasher."""


def _split(werkzeug_hash: str) -> tuple[str, str, str]:
    method, salt, digest = werkzeug_hash.split("$")
    return method, salt, digest


def _digest(password: str, *, method: str, salt: str) -> str:
    """Return the hexadecimal digest. Raises ValueError for a method that Werkzeug never wrote."""
    match method.split(":"):
        case [name] if name in DIGITS:
            if not salt:
                return hashlib.new(name, password.encode()).hexdigest()
            return hmac.new(salt.encode(), password.encode(), name).hexdigest()
        case ["pbkdf2", name, iterations]:
            return hashlib.pbkdf2_hmac(
                name, password.encode(), salt.encode(), int(iterations)
            ).hex()
        case ["scrypt", *costs]:
            n, r, p = map(int, costs)
            return hashlib.scrypt(
                password.encode(),
                salt=salt.encode(),
                n=n,
                r=r,
                p=p,
                maxmem=min(SCRYPT_MEMORY * n * r * p, MAXIMUM_MAXMEM),
            ).hex()
    raise ValueError(f"{method!r} is not a method of the tutorial's")
