"""The store and the key of the tokens, from the environment that bench.py sets."""

import os

import argon2

STORE = os.environ["BENCH_STORE"]  # sqlite:////path, or postgres://user@/name?host=/directory
KEY = os.environ["SECRET_KEY"]
PAGE = 20
TOKEN_MINUTES = 45
# The product's parameters; Django stores hashes with a prefix.
hasher = argon2.PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def is_password(stored: str, password: str) -> bool:
    try:
        return hasher.verify(stored.removeprefix("argon2"), password)
    except argon2.exceptions.VerificationError:
        return False


def sqlalchemy_url(*, is_async: bool = False) -> str:
    if STORE.startswith("sqlite"):
        return STORE.replace("sqlite://", "sqlite+aiosqlite://" if is_async else "sqlite://", 1)
    driver = "postgresql+asyncpg" if is_async else "postgresql+psycopg"
    return STORE.replace("postgres://", f"{driver}://", 1)


def whole_or_float(price: object) -> object:
    """Return a price in the tutorial's format: a whole number as an integer."""
    if price is None:
        return None
    number = float(str(price))
    return int(number) if number.is_integer() else number
