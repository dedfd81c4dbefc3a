"""How passwords are hashed."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class BookstoreArgon2PasswordHasher(Argon2PasswordHasher):
    """Argon2id with the parameters of OWASP's Password Storage Cheat Sheet."""

    time_cost = 2
    memory_cost = 19 * 1024  # KiB
    parallelism = 1
