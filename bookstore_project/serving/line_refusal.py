"""What a line of requests tells the application: to refuse a request, and how.

Neither granian nor Django is imported here: one side of it is the server, the other middleware.
"""

from dataclasses import dataclass

# Key in the WSGI environ of a request that its line refuses. The value is a LineRefusal.
REFUSAL = "bookstore.refusal"


@dataclass(frozen=True, kw_only=True)
class LineRefusal:
    """What such a request is answered. `wait` is in seconds, for Retry-After."""

    status: int
    code: str
    detail: str
    wait: int | None = None
