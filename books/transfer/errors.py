"""What is wrong with a file, or with a row of it."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class RowError:
    """Why a row was refused. `pointer` is to the member (RFC 6901), `#` to the whole row."""

    line: int
    pointer: str
    code: str
    detail: str

    def __str__(self) -> str:
        where = self.pointer.removeprefix("#/").removeprefix("#")
        return f"line {self.line}{where and f', {where}'}: {self.detail} ({self.code})"


class FileError(Exception):
    """A file that can't be read on: nothing of it is imported."""

    def __init__(self, *, line: int, code: str, detail: str, pointer: str = "#") -> None:
        super().__init__(detail)
        self.row = RowError(line=line, pointer=pointer, code=code, detail=detail)


class TooLargeError(Exception):
    """A file that has, or expands to, more bytes than are read."""


class RunningError(Exception):
    """Another import of the user runs. `wait` is the seconds until it may be tried again."""

    def __init__(self, *, wait: int) -> None:
        super().__init__("Another import for this user is running.")
        self.wait = wait


class LeaseLostError(Exception):
    """An import did not renew its lease in time, and another one of the user took its place."""


class TooSlowError(Exception):
    """An import took longer than it may; nothing of it is stored."""

    def __init__(self) -> None:
        super().__init__("The import took too long.")


class BusyError(Exception):
    """The time of an import was over before its turn came: others were at work."""
