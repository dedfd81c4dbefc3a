"""The password hasher."""

import re
from functools import cache

from django.contrib.auth.hashers import Argon2PasswordHasher

from accounts.identity.passwords import MARK, is_of_prepared, prepared


class BookstoreArgon2PasswordHasher(Argon2PasswordHasher):
    """Argon2id with the parameters of OWASP's Password Storage Cheat Sheet.

    It hashes the prepared form of a password (accounts/identity/passwords.py), and verifies a hash
    of an earlier release with the password as it is typed. Either way one hash is computed.
    """

    time_cost = 2
    memory_cost = 19 * 1024  # KiB
    parallelism = 1

    def salt(self) -> str:
        """Return a salt that marks the hash of a prepared password."""
        salt: str = super().salt()
        return MARK + salt

    def encode(self, password: str, salt: str) -> str:
        is_marked = salt.startswith(MARK)
        encoded: str = super().encode(prepared(password) if is_marked else password, salt)
        return encoded

    def verify(self, password: str, encoded: str) -> bool:
        typed_or_prepared = prepared(password) if is_of_prepared(encoded) else password
        return bool(super().verify(typed_or_prepared, encoded))

    def must_update(self, encoded: str) -> bool:
        """Return Django's answer, but without parsing a hash that has the present parameters."""
        made_now = _made_by(self.memory_cost, self.time_cost, self.parallelism)
        return made_now.fullmatch(encoded) is None and super().must_update(encoded)


@cache
def _made_by(memory: int, time: int, lanes: int) -> re.Pattern[str]:
    """Match a hash of these costs: 22 characters of salt (131 bits) and a digest of 32 bytes.

    The salt of a prepared password has its mark in front.
    """
    costs = rf"m={memory},t={time},p={lanes}"
    return re.compile(
        rf"argon2\$argon2id\$v=19\${costs}\$[A-Za-z0-9+/]{{30,31}}\$[A-Za-z0-9+/]{{43}}", re.ASCII
    )
