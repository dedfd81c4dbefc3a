"""The errors that both apps and both HTTP surfaces raise, without any knowledge of HTTP.

A service raises ConflictError for a broken rule. It becomes an HTTP response at the edge: in
api/exception_handler.py for the canonical API, in flask_compat for the tutorial's routes.
"""

from typing import Any


class ConflictError(Exception):
    """A request that is well formed but contradicts the stored data.

    `code` is stable, for programs. `detail` tells people what to do.
    """

    def __init__(self, *, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class StaleError(Exception):
    """A record is not in the required version. `current` is the stored record, or None."""

    def __init__(self, current: Any) -> None:
        super().__init__("The record is another version.")
        self.current = current


class LimitExceededError(Exception):
    """A rate limit is used up. `wait` is the number of seconds until its window ends."""

    def __init__(self, *, wait: int) -> None:
        super().__init__(f"Try again in {wait} seconds.")
        self.wait = wait


class LimitsUnavailableError(Exception):
    """The counters of the rate limits can't be reached."""


class SearchTooSlowError(Exception):
    """A search was ended because it took too long."""


class TooManyTiesError(Exception):
    """Too many rows are equal in the first field of an order to be sorted by the second one."""

    def __init__(self) -> None:
        super().__init__(
            "Too many books have the same value in the first field of this order to sort them by "
            "the second in time. Order by one field, or narrow the list by a filter."
        )


class SessionEndedError(Exception):
    """A login session ended, or its account was deleted, while its request was being answered."""


class EmailUnconfirmedError(Exception):
    """The password is right, and nobody logs in before the address of the account is confirmed.

    `user` is the account, for pages that lead its owner on.
    """

    def __init__(self, user: Any) -> None:
        super().__init__()
        self.user = user


class InvalidHeaderError(Exception):
    """A header of a request can't be parsed; the message says how to write it."""
