"""Shows the progress of a command: a line for rows, or a bar for a file."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Protocol, TypeVar

T = TypeVar("T")

# Seconds between two updates on a terminal. Other outputs get a line for each tenth.
SECONDS = 0.1
# Characters of the bar.
BAR = 30


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
            # Go back to the start of the line, and clear the rest of a longer previous line.
            self._output.write(f"\r{line}\x1b[K", ending="\n" if is_last else "")
        else:
            self._output.write(line)
        self._output.flush()


def _line(label: str, done: int, *, total: int, seconds: float) -> str:
    rate = done / max(seconds, 0.001)
    return f"{label}: {done:,} of {total:,}, {rate:,.0f}/s, {(total - done) / rate:.0f} s left"


class FileProgress:
    """Redraws a bar on a terminal; other outputs get a line for each tenth.

    One bar shows the rows that are read, and a second one the books that are stored after that.
    """

    def __init__(
        self,
        output: Output,
        file: IO[bytes],
        *,
        size: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._output = output
        self._file = file
        # An empty file counts as one byte, to avoid a division by zero.
        self._size = max(size, 1)
        self._clock = clock
        self._rows = 0
        self._is_storing = False
        self._begin()

    def show(self, rows: int) -> None:
        """Show how many rows have been read, if an update is due."""
        self._rows = rows
        self._show(self._file.tell() / self._size, f"{rows:,} rows", rows)

    def show_stored(self, books: int, of: int) -> None:
        """Show how many books have been stored, if an update is due."""
        if not self._is_storing:
            self.finish(self._rows)
            self._is_storing = True
            self._begin()
        self._show(books / of, f"{books:,} books stored", books)
        if books == of:
            self._write(1.0, f"{books:,} books stored", books, ending="\n")

    def finish(self, rows: int) -> None:
        """Show the bar in its final state."""
        if not self._is_storing:
            self._write(1.0, f"{rows:,} rows", rows, ending="\n")

    def _begin(self) -> None:
        self._start = self._shown_at = self._clock()
        self._tenths = 0

    def _show(self, share: float, label: str, done: int) -> None:
        is_due = self._clock() - self._shown_at >= SECONDS
        if share < 1 and (is_due if self._output.isatty() else int(share * 10) > self._tenths):
            self._write(share, label, done)

    def _write(self, share: float, label: str, done: int, ending: str = "") -> None:
        self._shown_at, self._tenths = self._clock(), int(share * 10)
        seconds = max(self._shown_at - self._start, 0.001)
        left = seconds * (1 - share) / max(share, 0.001)
        bar = "#" * int(BAR * share)
        line = f"[{bar:.<{BAR}}] {label}, {done / seconds:,.0f}/s, {left:.0f} s left"
        if self._output.isatty():
            # Go back to the start of the line, and clear the rest of a longer previous line.
            self._output.write(f"\r{line}\x1b[K", ending=ending)
        else:
            self._output.write(line)
        self._output.flush()
