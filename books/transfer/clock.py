"""The time budget of an import."""

import time

from .errors import TooSlowError


class Clock:
    """Runs from its creation for `seconds`; None means without a limit."""

    def __init__(self, seconds: float | None) -> None:
        self._end = None if seconds is None else time.monotonic() + seconds

    @property
    def is_over(self) -> bool:
        return self._end is not None and time.monotonic() > self._end

    def check(self) -> None:
        """Raise TooSlowError once the time is over."""
        if self.is_over:
            raise TooSlowError
