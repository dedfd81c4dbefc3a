"""A deadline for calls that have no timeout of their own: DNS, or several addresses."""

import time
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Generic, TypeVar

Result = TypeVar("Result")
Attempt = Callable[[], Result]


def first_within(
    seconds: float, attempts: Sequence[Attempt[Result]], *, discard: Callable[[Result], object]
) -> Result:
    """Return the result of the attempt that succeeds first.

    Each attempt runs in its own thread. The next one starts when one has failed or has used up its
    even share of the seconds, and they then run in parallel (RFC 8305, "Happy Eyeballs"). A result
    that comes too late is passed to `discard`.

    Raises the error of the last attempt that failed; TimeoutError if none of them ended in time.
    """
    race = _Race(discard)
    deadline = time.monotonic() + seconds
    waiting, running = list(attempts), 0
    failure: Exception | None = None
    while waiting or running:
        if waiting:
            race.start(waiting.pop(0))
            running += 1
        left = max(0.0, deadline - time.monotonic())
        error = race.next_error(left / (len(waiting) + 1))
        if error is not None:
            failure = error
            running -= 1
        elif race.is_won or not waiting:
            break
    if winner := race.end():
        return winner.result
    raise failure or TimeoutError(f"No answer within {seconds:g} s.")


class _Success(Generic[Result]):
    """Wraps a result, so that a result of None differs from no result."""

    def __init__(self, result: Result) -> None:
        self.result = result


class _Race(Generic[Result]):
    """Runs attempts in threads. The first result wins, unless it comes after end()."""

    def __init__(self, discard: Callable[[Result], object]) -> None:
        self._discard = discard
        self._lock = Lock()
        self._is_over = False
        self._winner: _Success[Result] | None = None
        # The error of each attempt that failed; None for the winner.
        self._ended: SimpleQueue[Exception | None] = SimpleQueue()

    @property
    def is_won(self) -> bool:
        return self._winner is not None

    def start(self, attempt: Attempt[Result]) -> None:
        # A daemon thread: a hanging attempt must not keep the process from exiting.
        Thread(target=self._run, args=(attempt,), name="attempt", daemon=True).start()

    def next_error(self, seconds: float) -> Exception | None:
        """Return the next error; None if an attempt has won, or none has ended in that time."""
        try:
            return self._ended.get(timeout=seconds)
        except Empty:
            return None

    def end(self) -> _Success[Result] | None:
        """Return the winner or None. All later results are discarded."""
        with self._lock:
            self._is_over = True
            return self._winner

    def _run(self, attempt: Attempt[Result]) -> None:
        try:
            result = attempt()
        except Exception as error:  # noqa: BLE001  # first_within() raises it
            self._ended.put(error)
            return
        with self._lock:
            is_first = self._winner is None and not self._is_over
            if is_first:
                self._winner = _Success(result)
        if is_first:
            self._ended.put(None)
        else:
            self._discard(result)
