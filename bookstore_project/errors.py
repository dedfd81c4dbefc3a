"""The errors that both apps and both HTTP surfaces raise.

A rule that is broken raises ConflictError where the rule lives; it becomes an HTTP answer at the
edge: in api/exception_handler.py for the canonical API, in flask_compat for the tutorial's surface.
No HTTP is known here.
"""

from typing import Any


class ConflictError(Exception):
    """A request that is well formed but contradicts what is stored.

    `code` is stable and for programs; `detail` says what to do and is for people.
    """

    def __init__(self, *, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class StaleError(Exception):
    """A record is not what the request asked it to be; `current` is what is stored, or None."""

    def __init__(self, current: Any) -> None:
        super().__init__("The record is another version.")
        self.current = current


class LimitExceededError(Exception):
    """Too much was asked for in too little time. `wait` is the seconds until it may be again."""

    def __init__(self, *, wait: int) -> None:
        super().__init__(f"Try again in {wait} seconds.")
        self.wait = wait


class LimitsUnavailableError(Exception):
    """The counters of the limits can't be reached, so that nothing can be counted."""


class SearchTooSlowError(Exception):
    """A search was ended because it took too long."""


class SessionEndedError(Exception):
    """A login session ended, or its account was deleted, while its request was being answered."""


class InvalidHeaderError(Exception):
    """A header of a request can't be read; the message says how to write it."""
