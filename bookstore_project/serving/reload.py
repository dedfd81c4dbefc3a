"""SIGHUP takes up a new version of the code only if it can be served."""

import logging
import subprocess
import sys
import threading
from typing import Any

from granian.server import MPServer

logger = logging.getLogger("bookstore.serve")

# Seconds that the new version may take for its checks.
PATIENCE = 60
# How many lines of what the check printed are logged: its last ones say what is wrong.
LINES = 3


class CheckedReloadServer(MPServer):
    """granian's server, whose workers stay if the new version does not pass `serve --check`.

    granian itself ends a worker 10 s after it started the next one, ready or not. The check runs in
    a new interpreter, which loads the code as it is now, in a thread, since a signal handler must
    return at once.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._checking = threading.Lock()

    def signal_handler_reload(self, *args: Any, **options: Any) -> None:
        threading.Thread(target=self._reload_if_sound, daemon=True).start()

    def _reload_if_sound(self) -> None:
        """Check the version on disk, one check at a time, and have it taken up."""
        with self._checking:
            problem = problem_of_new_version()
        if problem:
            logger.error("SIGHUP: the new version is not taken up; workers go on. %s", problem)
            return
        super().signal_handler_reload()  # type: ignore[no-untyped-call]  # untyped there


def problem_of_new_version() -> str:
    """Return what is wrong with the code on disk and its database; nothing if it can be served."""
    command = [sys.executable, sys.argv[0], "serve", "--check"]
    try:
        checked = subprocess.run(  # noqa: S603  # this program itself
            command, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except (subprocess.TimeoutExpired, OSError) as error:
        return f"Its check failed: {error}"
    if checked.returncode == 0:
        return ""
    last = checked.stderr.strip().splitlines()[-LINES:]
    return " ".join(last) or f"Its check ended with status {checked.returncode}."
