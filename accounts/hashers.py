"""How passwords are hashed."""

import re

from django.contrib.auth.hashers import Argon2PasswordHasher

# What is made now: the parameters below, 22 characters of salt (131 bits) and a hash of 32 bytes.
CURRENT = re.compile(
    r"argon2\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{30}\$[A-Za-z0-9+/]{43}", re.ASCII
)


class BookstoreArgon2PasswordHasher(Argon2PasswordHasher):
    """Argon2id with the parameters of OWASP's Password Storage Cheat Sheet."""

    time_cost = 2
    memory_cost = 19 * 1024  # KiB
    parallelism = 1

    def must_update(self, encoded: str) -> bool:
        """Return what Django does, which takes a hash apart to see that it is one of today's."""
        return CURRENT.fullmatch(encoded) is None and super().must_update(encoded)
