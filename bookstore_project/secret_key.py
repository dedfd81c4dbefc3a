"""The secret key of a development checkout, made once and kept in an ignored file."""

import os
import secrets
import tempfile
from pathlib import Path


def development_secret_key(path: Path) -> str:
    """Return the key stored at `path`, making the file (mode 0600) on first use.

    The key is written aside and linked into place, so that two processes that start together
    (runserver and its reloader) agree on one key and never read half of it.
    """
    if not path.exists():
        # mkstemp opens with mode 0600.
        descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(64))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            Path(draft).unlink()
    return path.read_text(encoding="ascii").strip()
