"""Limits on guessing and flooding, counted atomically in the cache.

A limit is a quota of units in a fixed window of time. The counter's key holds the number of the
window, so a counter is never reset; and it is taken by one atomic increment *before* the work it
guards, so that parallel requests can't exceed the quota together.
"""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse

from bookstore_project.errors import LimitExceededError, LimitsUnavailableError

from .client_address import client_network

# Where a request keeps what it has used of its limits, for the header fields of the answer.
USAGES = "bookstore.usages"
# Where it keeps which limits its address has been counted against.
COUNTED = "bookstore.counted"

# Limits without which a request goes on while nothing can be counted: nobody guesses a refresh
# token, and everybody who is logged in needs the next one. A user has one import at a time anyway,
# and a search is ended after a second.
DISPENSABLE = {"refresh", "import", "slow-search"}


@dataclass(frozen=True, kw_only=True)
class Limit:
    """`quota` requests in `window` seconds, for each key. `name` stands in the header fields."""

    name: str
    quota: int
    window: int

    @classmethod
    def named(cls, name: str) -> "Limit":
        """Return the limit of that name as the settings have it: quota and seconds."""
        quota, window = settings.RATE_LIMITS[name]
        return cls(name=name, quota=quota, window=window)

    def take(self, key: str) -> "Usage":
        """Count one use for `key` and return how the quota stands.

        Raises LimitsUnavailableError if nothing can be counted, unless the limit is dispensable.
        """
        return self._usage(key, lambda counter: _increment(counter, self.window))

    def look(self, key: str) -> "Usage":
        """Return how the quota stands, with one more use that is not counted.

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
    """How much of a limit is used, and the seconds until it is whole again."""

    limit: Limit
    used: int
    reset: int
    counter: str

    def give_back(self) -> bool:
        """Take this use back: the guarded work was none that counts.

        Returns False if the counters are away, which is no reason to fail what is done.
        """
        try:
            cache.decr(self.counter)
        except ValueError:
            # The window ended meanwhile, and its counter with it.
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
        """Return the RateLimit item: what remains, and the seconds until it is whole again."""
        return f'"{self.limit.name}";r={self.remaining};t={self.reset}'


def cache_key(kind: str, key: str) -> str:
    """Return a key that every cache takes, for a name of any length and characters."""
    return f"{kind}:{hashlib.sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()}"


def require_address_limit(request: HttpRequest, name: str) -> None:
    """Count one use of the limit `name` for the network that the request came from, once.

    A view counts before it reads a body, and the rule that the limit is for would count the same
    request again. Raises LimitExceededError if the limit is used up.
    """
    counted: dict[str, Usage] = request.META.setdefault(COUNTED, {})
    usage = counted.get(name)
    if usage is None:
        usage = counted[name] = _counted(request, name, key=client_network(request))
    _require_left(usage)


def require_limit(request: HttpRequest, name: str, *, key: str) -> Usage:
    """Count one use of the limit `name` for `key`, and return how it stands.

    Raises LimitExceededError if it is used up.
    """
    usage = _counted(request, name, key=key)
    _require_left(usage)
    return usage


def require_left(name: str, *, key: str) -> None:
    """Raise LimitExceededError if the limit `name` is used up for `key`. Nothing is counted."""
    _require_left(Limit.named(name).look(key))


def count_use(name: str, *, key: str) -> None:
    """Count one use of the limit `name` for `key`, of work that was done already."""
    Limit.named(name).take(key)


def _counted(request: HttpRequest, name: str, *, key: str) -> Usage:
    usage = Limit.named(name).take(key)
    note_usage(request, usage)
    return usage


def _require_left(usage: Usage) -> None:
    if usage.is_exceeded:
        raise LimitExceededError(wait=usage.reset)


def note_usage(request: HttpRequest, usage: Usage) -> None:
    """Have the answer say how a limit stands."""
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
        # The first request of a window makes the counter, or one of those that arrive with it.
        cache.add(counter, 0, timeout=window)
    try:
        return cache.incr(counter)
    except ValueError:
        # It ended between the two calls: the first request of a new window.
        cache.set(counter, 1, timeout=window)
        return 1
