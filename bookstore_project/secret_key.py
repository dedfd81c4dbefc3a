"""The secret key of a development checkout, generated once and kept in a git-ignored file."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from .private_file import draft_beside


def development_secret_key(path: Path) -> str:
    """Return the key stored at `path`; the file (mode 0600) is created on first use.

    The key is written to a temporary file that is linked into place, so that two processes that
    start together (runserver and its reloader) agree on one key and never read half of it.
    """
    if not path.exists():
        with draft_beside(path) as (file, draft), suppress(FileExistsError):
            file.write(secrets.token_urlsafe(64))
            file.flush()
            os.link(draft, path)
    return path.read_text(encoding="ascii").strip()
