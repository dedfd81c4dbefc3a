"""Verifies the password hashes of the Flask tutorial, which Werkzeug wrote.

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

HASH = re.compile(
    r"(?:sha256\$[^$]+\$[0-9a-f]{64}"
    r"|pbkdf2:sha256:(?P<iterations>[0-9]{1,10})\$[^$]+\$[0-9a-f]{64}"
    r"|scrypt:(?P<n>[0-9]{1,10}):(?P<r>[0-9]{1,10}):(?P<p>[0-9]{1,10})\$[^$]+\$[0-9a-f]{128})",
    re.ASCII,
)
# The length of the column, which includes the prefix.
MAXIMUM_LENGTH = 255


def stored_form(werkzeug_hash: str) -> str | None:
    """Return a hash of Werkzeug's as it is stored here; None if it can't be verified."""
    stored = f"{WerkzeugPasswordHasher.algorithm}${werkzeug_hash}"
    match = HASH.fullmatch(werkzeug_hash)
    if match is None or len(stored) > MAXIMUM_LENGTH or not stored.isprintable():
        return None
    costs = {name: int(cost) for name, cost in match.groupdict().items() if cost is not None}
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

    `sha256$<salt>$<hex>` (Werkzeug < 3), `pbkdf2:sha256:<iterations>$<salt>$<hex>`, and
    `scrypt:<N>:<r>:<p>$<salt>$<hex>` (Werkzeug 3).
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
    """Return the hexadecimal digest. Raises ValueError for any method but these three."""
    match method.split(":"):
        case ["sha256"]:
            return hmac.new(salt.encode(), password.encode(), hashlib.sha256).hexdigest()
        case ["pbkdf2", "sha256", iterations]:
            return hashlib.pbkdf2_hmac(
                "sha256", password.encode(), salt.encode(), int(iterations)
            ).hex()
        case ["scrypt", *costs]:
            n, r, p = map(int, costs)
            return hashlib.scrypt(
                password.encode(),
                salt=salt.encode(),
                n=n,
                r=r,
                p=p,
                maxmem=SCRYPT_MEMORY * n * r * p,
            ).hex()
    raise ValueError(f"{method!r} is not a method of the tutorial's")
