"""Files for their owner alone, which nobody ever reads half of. Needs no settings."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def draft_beside(path: Path) -> Iterator[tuple[IO[str], Path]]:
    """Give a new text file (UTF-8, mode 0600) in the folder of `path`, and where it is.

    The caller writes, flushes, and puts the draft into place. The draft is removed at the end, also
    after an error: it may have a secret in it.
    """
    # mkstemp opens with mode 0600.
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            yield file, draft
    finally:
        draft.unlink(missing_ok=True)
