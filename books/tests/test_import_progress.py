"""Progress of an import: one changing line on a terminal, a line for each tenth elsewhere."""

from io import StringIO

from django.core.management.base import OutputWrapper

from books.progress import Progress


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    """A clock that advances by this many seconds at each call."""

    def __init__(self, seconds: float) -> None:
        self._now = 0.0
        self._seconds = seconds

    def __call__(self) -> float:
        self._now += self._seconds
        return self._now


def track(output: StringIO, *, total: int, seconds: float) -> str:
    progress = Progress(OutputWrapper(output), clock=Clock(seconds))
    assert list(progress.track("books", range(total), total=total)) == list(range(total))
    return output.getvalue()


def test_a_file_gets_a_line_for_each_tenth() -> None:
    lines = track(StringIO(), total=2000, seconds=0.5).splitlines()
    assert len(lines) == 10
    assert lines[0] == "books: 200 of 2,000, 2/s, 900 s left"
    assert lines[-1] == "books: 2,000 of 2,000, 2/s, 0 s left"


def test_few_rows_get_few_lines() -> None:
    assert track(StringIO(), total=2, seconds=1).splitlines() == [
        "books: 1 of 2, 1/s, 1 s left",
        "books: 2 of 2, 1/s, 0 s left",
    ]


def test_no_rows_get_no_line() -> None:
    assert track(StringIO(), total=0, seconds=1) == ""


def test_a_terminal_gets_one_line_that_changes_ten_times_a_second() -> None:
    output = track(Terminal(), total=100, seconds=0.03)
    assert output.count("\n") == 1
    shown = output.split("\r")[1:]
    # Every fourth row and the last one.
    assert len(shown) == 25
    assert shown[0] == "books: 4 of 100, 33/s, 3 s left\x1b[K"
    assert shown[-1] == "books: 100 of 100, 33/s, 0 s left\x1b[K\n"
