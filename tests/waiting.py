"""Waits for events: asks again and again until something has happened.

A test that does so is only slower on a busy machine. The pause between two questions decides
nothing; it leaves the processor to what is waited for.
"""

import time
from collections.abc import Callable
from pathlib import Path
from subprocess import Popen
from typing import Any, TypeVar

T = TypeVar("T")

# Seconds until a wait is given up: enough for a busy machine.
SECONDS = 60
PAUSE = 0.02


def wait_until(
    happened: Callable[[], T | None],
    *,
    failure: str,
    process: "Popen[Any] | None" = None,
    log: Path | None = None,
) -> T:
    """Return the first true result of `happened`.

    Raises RuntimeError with `failure` and the log after a minute, or once the process has ended.
    """
    ends = time.monotonic() + SECONDS
    while not (result := happened()):
        if time.monotonic() > ends or (process is not None and process.poll() is not None):
            raise RuntimeError(f"{failure}:\n{log.read_text()}" if log is not None else failure)
        time.sleep(PAUSE)
    return result
