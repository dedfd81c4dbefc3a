"""Password hashes of the Flask tutorial, as Werkzeug wrote them.

They verify, and Django replaces them by the preferred hasher's at that login. None is ever made.
"""

import hashlib
import hmac
from typing import Any

from django.contrib.auth.hashers import BasePasswordHasher, make_password
from django.utils.crypto import constant_time_compare

# werkzeug.security gives scrypt this many bytes of memory for each unit of N * r * p.
SCRYPT_MEMORY = 132


class WerkzeugPasswordHasher(BasePasswordHasher):
    """Verifies `werkzeug$` and behind it what werkzeug.security.generate_password_hash wrote.

    `sha256$<salt>$<hex>` (Werkzeug < 3), `pbkdf2:sha256:<iterations>$<salt>$<hex>`, and
    `scrypt:<N>:<r>:<p>$<salt>$<hex>` (Werkzeug 3).
    """

    algorithm = "werkzeug"

    def verify(self, password: str, encoded: str) -> bool:
        method, salt, digest = _split(encoded.removeprefix(f"{self.algorithm}$"))
        is_correct = constant_time_compare(_digest(password, method=method, salt=salt), digest)
        if not is_correct:
            # A fast refusal would tell that this account was moved here and has not logged in.
            make_password(password)
        return is_correct

    def decode(self, encoded: str) -> dict[str, Any]:
        method, salt, digest = _split(encoded.removeprefix(f"{self.algorithm}$"))
        return {"algorithm": self.algorithm, "method": method, "salt": salt, "hash": digest}

    def safe_summary(self, encoded: str) -> dict[Any, Any]:
        return {"algorithm": self.algorithm, "method": self.decode(encoded)["method"]}

    def harden_runtime(self, password: str, encoded: str) -> None:
        """Do nothing: Django only asks the hasher that makes new hashes."""


def _split(werkzeug_hash: str) -> tuple[str, str, str]:
    method, salt, digest = werkzeug_hash.split("$")
    return method, salt, digest


def _digest(password: str, *, method: str, salt: str) -> str:
    """Return the hexadecimal digest. Raises ValueError for a method that is none of the three."""
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
