"""Rate limits against guessing and flooding, counted atomically in the cache.

A limit is a quota of uses in a fixed window of time. The counter's key contains the number of the
window, so a counter is never reset. It is incremented atomically *before* the work it guards, so
that parallel requests can't exceed the quota together.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse

from bookstore_project.digests import sha256_hex
from bookstore_project.errors import LimitExceededError, LimitsUnavailableError

from .client_address import client_network

# Key in request.META: the usages of all limits, for the header fields of the response.
USAGES = "bookstore.usages"
# Key in request.META: the limits that the client's address was already counted against.
COUNTED = "bookstore.counted"

# Limits that are not enforced while the counters are unavailable. Refresh tokens can't be guessed,
# and every logged-in client needs the next one; a user has only one import at a time anyway, and
# searches are ended after a second.
DISPENSABLE = {"refresh", "import", "slow-search", "slow-list", "slow-batch"}


@dataclass(frozen=True, kw_only=True)
class Limit:
    """`quota` requests in `window` seconds for each key. `name` appears in the header fields."""

    name: str
    quota: int
    window: int

    @classmethod
    def named(cls, name: str) -> "Limit":
        """Return the limit with this name in settings.RATE_LIMITS."""
        quota, window = settings.RATE_LIMITS[name]
        return cls(name=name, quota=quota, window=window)

    def take(self, key: str) -> "Usage":
        """Count one use for `key` and return the usage.

        Raises LimitsUnavailableError if the counters are unavailable, unless the limit is
        dispensable.
        """
        return self._usage(key, lambda counter: _increment(counter, self.window))

    def look(self, key: str) -> "Usage":
        """Return the usage as take() would, without counting.

        Raises LimitsUnavailableError as take() does.
        """
        return self._usage(key, lambda counter: cache.get(counter, 0) + 1)

    def _usage(self, key: str, use: Callable[[str], int]) -> "Usage":
        now = time.time()
        counter = cache_key(f"{self.name}:{int(now // self.window)}", key)
        try:
            used = use(counter)
        except LimitsUnavailableError:
            if self.name not in DISPENSABLE:
                raise
            used = 0
        return Usage(limit=self, used=used, reset=self._reset(now), counter=counter)

    def _reset(self, now: float) -> int:
        """Return the seconds until the window ends."""
        return max(1, round(self.window - now % self.window))


@dataclass(frozen=True, kw_only=True)
class Usage:
    """The number of uses of a limit, and the seconds until its window ends."""

    limit: Limit
    used: int
    reset: int
    counter: str

    def give_back(self) -> bool:
        """Undo the count of this use, for work that should not be limited.

        Returns False if the counters are unavailable: the work itself succeeded and must not fail.
        """
        try:
            cache.decr(self.counter)
        except ValueError:
            # The counter expired with its window.
            return True
        except LimitsUnavailableError:
            return False
        return True

    @property
    def is_exceeded(self) -> bool:
        return self.used > self.limit.quota

    @property
    def remaining(self) -> int:
        return max(0, self.limit.quota - self.used)

    @property
    def policy(self) -> str:
        """Return the RateLimit-Policy item (draft-ietf-httpapi-ratelimit-headers-10)."""
        return f'"{self.limit.name}";q={self.limit.quota};w={self.limit.window}'

    @property
    def state(self) -> str:
        """Return the RateLimit item: the remaining uses, and the seconds until the window ends."""
        return f'"{self.limit.name}";r={self.remaining};t={self.reset}'


def cache_key(kind: str, key: str) -> str:
    """Return a key that is valid in every cache, for a name of any length and characters."""
    return f"{kind}:{sha256_hex(key)}"


def require_address_limit(request: HttpRequest, name: str) -> None:
    """Count the request against the limit `name` of the client's network, at most once.

    A view calls this before it reads the body, and the service function calls it again for the same
    request. Raises LimitExceededError if the limit is used up.
    """
    counted: dict[str, Usage] = request.META.setdefault(COUNTED, {})
    usage = counted.get(name)
    if usage is None:
        usage = counted[name] = _counted(request, name, key=client_network(request))
    _require_left(usage)


def require_limit(request: HttpRequest, name: str, *, key: str) -> Usage:
    """Count one use of the limit `name` for `key`, and return the usage.

    Raises LimitExceededError if the limit is used up.
    """
    usage = _counted(request, name, key=key)
    _require_left(usage)
    return usage


def require_left(name: str, *, key: str) -> None:
    """Raise LimitExceededError if the limit `name` is used up for `key`. Nothing is counted."""
    _require_left(Limit.named(name).look(key))


def charge_time(name: str, *, key: str, seconds: float, unit: float) -> None:
    """Count one use of the limit `name` for `key`, for each whole `unit` of work that is over.

    Args:
        seconds: how long the work took. Work shorter than `unit` is not counted.
        unit: seconds that count as one use.
    """
    for _ in range(int(seconds / unit)):
        Limit.named(name).take(key)


def _counted(request: HttpRequest, name: str, *, key: str) -> Usage:
    usage = Limit.named(name).take(key)
    note_usage(request, usage)
    return usage


def _require_left(usage: Usage) -> None:
    if usage.is_exceeded:
        raise LimitExceededError(wait=usage.reset)


def note_usage(request: HttpRequest, usage: Usage) -> None:
    """Report this usage in the RateLimit fields of the response."""
    request.META.setdefault(USAGES, []).append(usage)


class RateLimitHeadersMiddleware:
    """Adds the RateLimit fields of the limits that a request was counted against."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        usages: list[Usage] = request.META.get(USAGES, [])
        if usages:
            response["RateLimit-Policy"] = ", ".join(usage.policy for usage in usages)
            response["RateLimit"] = ", ".join(usage.state for usage in usages)
        return response


def _increment(counter: str, window: int) -> int:
    try:
        return cache.incr(counter)
    except ValueError:
        # The first request of a window creates the counter; add() is atomic if several arrive.
        cache.add(counter, 0, timeout=window)
    try:
        return cache.incr(counter)
    except ValueError:
        # The counter expired between the two calls, so this is the first request of a window.
        cache.set(counter, 1, timeout=window)
        return 1
