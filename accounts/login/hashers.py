"""The password hasher."""

import re
from functools import cache

from django.contrib.auth.hashers import Argon2PasswordHasher


class BookstoreArgon2PasswordHasher(Argon2PasswordHasher):
    """Argon2id with the parameters of OWASP's Password Storage Cheat Sheet."""

    time_cost = 2
    memory_cost = 19 * 1024  # KiB
    parallelism = 1

    def must_update(self, encoded: str) -> bool:
        """Return Django's answer, but without parsing a hash that has the present parameters."""
        made_now = _made_by(self.memory_cost, self.time_cost, self.parallelism)
        return made_now.fullmatch(encoded) is None and super().must_update(encoded)


@cache
def _made_by(memory: int, time: int, lanes: int) -> re.Pattern[str]:
    """Match a hash of these costs: 22 characters of salt (131 bits) and a digest of 32 bytes."""
    costs = rf"m={memory},t={time},p={lanes}"
    return re.compile(
        rf"argon2\$argon2id\$v=19\${costs}\$[A-Za-z0-9+/]{{30}}\$[A-Za-z0-9+/]{{43}}", re.ASCII
    )
