"""Files that only their owner can read, and that appear complete. Needs no settings."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def draft_beside(path: Path) -> Iterator[tuple[IO[str], Path]]:
    """Yield a new text file (UTF-8, mode 0600) in the folder of `path`, and the file's path.

    The caller writes, flushes, and moves or links the draft into place. The draft is deleted at the
    end, also after an error, because it may contain a secret.
    """
    # mkstemp opens with mode 0600.
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            yield file, draft
    finally:
        draft.unlink(missing_ok=True)
