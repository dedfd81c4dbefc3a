"""A circuit breaker: a store that made somebody wait for nothing makes nobody else wait.

A worker answers one request after the other. If each of ten waiting requests tried a store that is
silent, and gave up after 3 s, the last one would wait for 30 s (M. Nygard, Release It!, 2nd
edition, "Circuit Breaker").
"""

import threading
import time

# Seconds for which nobody is let through after a failure.
REST = 1.0
# Seconds after which a trial that told nothing is taken for lost, and another one is made.
TRIAL = 10.0
CLOSED = 0.0


class Breaker:
    """Opens after a failure that took `slow` seconds or more. The threads of a process share it.

    While it is open, nobody is let through for REST seconds; then one caller is, and the others are
    let through again as soon as that one has succeeded, or has failed in less than `slow` seconds.
    """

    def __init__(self, *, slow: float) -> None:
        self.slow = slow
        self._lock = threading.Lock()
        # When the next caller is let through.
        self._next = CLOSED

    @property
    def is_open(self) -> bool:
        return self._next > CLOSED

    def lets_through(self) -> bool:
        """Return whether the caller may try; one that may has to report what became of it."""
        if not self.is_open:
            return True
        with self._lock:
            now = time.monotonic()
            if now < self._next:
                return False
            self._next = now + TRIAL
            return True

    def failed(self, seconds: float) -> None:
        """Note a failure, and how long the caller waited for it."""
        with self._lock:
            self._next = time.monotonic() + REST if seconds >= self.slow else CLOSED

    def succeeded(self) -> None:
        """Note that the store answered."""
        if self.is_open:
            with self._lock:
                self._next = CLOSED
