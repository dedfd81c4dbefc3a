"""A circuit breaker: after one caller got no answer from a store, the others fail at once.

A worker answers one request after another. If each of ten waiting requests tried a silent store and
gave up after 3 s, the last one would wait for 30 s (M. Nygard, Release It!, 2nd edition, "Circuit
Breaker").
"""

import threading
import time

# Seconds after a failure during which no caller is let through.
REST = 1.0
# Seconds after which a trial without a result counts as lost, and another one is made.
TRIAL = 10.0
CLOSED = 0.0


class Breaker:
    """Opens after a failure that took `slow` seconds or more. The threads of a process share it.

    While it is open, no caller is let through for REST seconds, and then one as a trial. It closes
    when that one succeeds, or fails in less than `slow` seconds.
    """

    def __init__(self, *, slow: float) -> None:
        self.slow = slow
        self._lock = threading.Lock()
        # The time from which the next caller is let through.
        self._next = CLOSED

    @property
    def is_open(self) -> bool:
        return self._next > CLOSED

    def lets_through(self) -> bool:
        """Return whether the caller may try. If so, it must call failed() or succeeded()."""
        if not self.is_open:
            return True
        with self._lock:
            now = time.monotonic()
            if now < self._next:
                return False
            self._next = now + TRIAL
            return True

    def failed(self, seconds: float) -> None:
        """Record a failure, and the seconds that the caller waited for it."""
        with self._lock:
            self._next = time.monotonic() + REST if seconds >= self.slow else CLOSED

    def succeeded(self) -> None:
        """Record that the store answered."""
        if self.is_open:
            with self._lock:
                self._next = CLOSED
