"""Verifies the password hashes that copies of the Flask tutorial made with bcrypt.

Flask-Bcrypt and the package bcrypt write the same text. Django replaces each hash by the preferred
hasher's at the first login. This hasher never makes one.
"""

import re
from typing import Any

import bcrypt
from django.contrib.auth.hashers import BasePasswordHasher, make_password
from django.utils.crypto import constant_time_compare

# The version, the cost, 22 characters of salt and 31 of digest. All versions verify alike; 2x marks
# hashes of a faulty program, which only that program can verify. The salt's last character has two
# bits: the package refuses others with a ValueError.
HASH = re.compile(
    r"\$2[aby]\$(?P<cost>[0-9]{2})\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{31}", re.ASCII
)
# Each step doubles the time. The default 12 takes a quarter of a second, 15 takes two seconds.
COSTS = range(4, 16)
# bcrypt reads no more of a password (Provos and Mazieres, A Future-Adaptable Password Scheme).
MAXIMUM_BYTES = 72


def stored_form(old_hash: str) -> str | None:
    """Return a bcrypt hash as it is stored here; None if it can't be verified, or not quickly."""
    match = HASH.fullmatch(old_hash)
    if match is None or int(match["cost"]) not in COSTS:
        return None
    return f"{FlaskBcryptPasswordHasher.algorithm}${old_hash}"


class FlaskBcryptPasswordHasher(BasePasswordHasher):
    """Verifies `$2b$<cost>$<salt and digest>`, stored after `flask_bcrypt$`.

    Django's own hasher for bcrypt raises an error for a password of more than 72 bytes.
    """

    algorithm = "flask_bcrypt"

    def verify(self, password: str, encoded: str) -> bool:
        old_hash = encoded.removeprefix(f"{self.algorithm}$").encode("ascii")
        found = bcrypt.hashpw(password.encode()[:MAXIMUM_BYTES], old_hash)
        is_correct = constant_time_compare(found, old_hash)
        if not is_correct:
            # A faster refusal would reveal that this account was imported and has not logged in.
            make_password(password)
        return is_correct

    def decode(self, encoded: str) -> dict[str, Any]:
        _, version, cost, digest = encoded.removeprefix(f"{self.algorithm}$").split("$")
        return {"algorithm": self.algorithm, "version": version, "cost": cost, "hash": digest}

    def safe_summary(self, encoded: str) -> dict[Any, Any]:
        decoded = self.decode(encoded)
        return {name: decoded[name] for name in ("algorithm", "version", "cost")}

    def harden_runtime(self, password: str, encoded: str) -> None:
        """Do nothing: Django calls this only on the preferred hasher."""
