"""A line that tells how far it is."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

T = TypeVar("T")

# Of a terminal's line; other outputs get a line for each tenth.
SECONDS = 0.1


class Output(Protocol):
    def write(self, msg: str, *, ending: str | None = None) -> object: ...

    def flush(self) -> object: ...

    def isatty(self) -> bool: ...


class Progress:
    """Writes how many rows have been read, how fast, and how long the rest will take."""

    def __init__(self, output: Output, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._output = output
        self._clock = clock
        self._is_terminal = output.isatty()

    def track(self, label: str, rows: Iterable[T], *, total: int) -> Iterator[T]:
        start = shown_at = self._clock()
        tenths = 0
        for done, row in enumerate(rows, 1):
            yield row
            now = self._clock()
            if done == total or self._is_due(now - shown_at, done * 10 // total - tenths):
                shown_at, tenths = now, done * 10 // total
                self._show(_line(label, done, total=total, seconds=now - start), done == total)

    def _is_due(self, seconds: float, tenths: int) -> bool:
        return seconds >= SECONDS if self._is_terminal else tenths > 0

    def _show(self, line: str, is_last: bool) -> None:
        if self._is_terminal:
            # Back to the start of the line, and clear what is left of the longer one before.
            self._output.write(f"\r{line}\x1b[K", ending="\n" if is_last else "")
        else:
            self._output.write(line)
        self._output.flush()


def _line(label: str, done: int, *, total: int, seconds: float) -> str:
    rate = done / max(seconds, 0.001)
    return f"{label}: {done:,} of {total:,}, {rate:,.0f}/s, {(total - done) / rate:.0f} s left"
