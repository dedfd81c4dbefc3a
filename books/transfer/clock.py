"""The time that an import may take."""

import time

from .errors import TooSlowError


class Clock:
    """Begins when it is made; None lets an import take as long as it wants."""

    def __init__(self, seconds: float | None) -> None:
        self._end = None if seconds is None else time.monotonic() + seconds

    @property
    def is_over(self) -> bool:
        return self._end is not None and time.monotonic() > self._end

    def check(self) -> None:
        """Raise TooSlowError once the time is over."""
        if self.is_over:
            raise TooSlowError
