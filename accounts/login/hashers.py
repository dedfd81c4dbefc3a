"""How passwords are hashed."""

import re
from functools import cache

from django.contrib.auth.hashers import Argon2PasswordHasher


class BookstoreArgon2PasswordHasher(Argon2PasswordHasher):
    """Argon2id with the parameters of OWASP's Password Storage Cheat Sheet."""

    time_cost = 2
    memory_cost = 19 * 1024  # KiB
    parallelism = 1

    def must_update(self, encoded: str) -> bool:
        """Return what Django does, which takes a hash apart to see that it is one of today's."""
        made_now = _made_by(self.memory_cost, self.time_cost, self.parallelism)
        return made_now.fullmatch(encoded) is None and super().must_update(encoded)


@cache
def _made_by(memory: int, time: int, lanes: int) -> re.Pattern[str]:
    """Return how a hash by these costs looks: 22 characters of salt (131 bits), and 32 bytes."""
    costs = rf"m={memory},t={time},p={lanes}"
    return re.compile(
        rf"argon2\$argon2id\$v=19\${costs}\$[A-Za-z0-9+/]{{30}}\$[A-Za-z0-9+/]{{43}}", re.ASCII
    )
