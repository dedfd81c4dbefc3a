"""Secrets of a development checkout, generated once and kept in git-ignored files."""

import base64
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from .private_file import draft_beside


def development_secret_key(path: Path) -> str:
    """Return the SECRET_KEY stored at `path`, as kept_secret() does."""
    return kept_secret(path, lambda: secrets.token_urlsafe(64))


def development_factor_key(path: Path) -> str:
    """Return the key of FACTOR_KEYS stored at `path`, as kept_secret() does."""
    return kept_secret(path, new_factor_key)


def new_factor_key() -> str:
    """Return a new key for FACTOR_KEYS: 32 random bytes in URL-safe Base64, as Fernet takes it."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode("ascii")


def kept_secret(path: Path, make: Callable[[], str]) -> str:
    """Return the secret stored at `path`; the file (mode 0600) is created on first use.

    The secret is written to a temporary file that is linked into place, so that two processes that
    start together (runserver and its reloader) agree on one and never read half of it.
    """
    if not path.exists():
        with draft_beside(path) as (file, draft), suppress(FileExistsError):
            file.write(make())
            file.flush()
            os.link(draft, path)
    return path.read_text(encoding="ascii").strip()
