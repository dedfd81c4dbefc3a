"""Streamed responses, with a limit on how many one account receives at a time."""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Hashable, Iterator
from functools import partial
from threading import RLock
from typing import Any

from asgiref.sync import sync_to_async
from django.http import StreamingHttpResponse

from .refusal import STREAMS_BUSY, RefusedError

# Streamed responses to one account at a time, in each process.
MOST = 2

_open: Counter[Hashable] = Counter()
# Reentrant: garbage collection may close a stream in a thread that already has the lock.
_lock = RLock()


def streamed(
    request: Any, make_parts: Callable[[], Iterator[bytes]], *, content_type: str | None = None
) -> StreamingHttpResponse:
    """Return a response that keeps only one of the parts in memory at a time.

    `make_parts` is called once the request is counted, so that a refused one takes no time. Over
    ASGI, Django would consume a plain iterator before it sends the first part. Raises RefusedError
    if the user of the request is already receiving MOST streamed responses.
    """
    own = _Counted(request.user.pk)
    try:
        own.parts = make_parts()
    except BaseException:
        # The traceback keeps the object, which would be counted as long.
        own.close()
        raise
    is_asgi = hasattr(request, "scope")
    return StreamingHttpResponse(_awaited(own) if is_asgi else own, content_type=content_type)


class _Counted:
    """The parts of a response, counted for `owner` until closed or garbage-collected."""

    parts: Iterator[bytes]

    def __init__(self, owner: Hashable) -> None:
        self._owner = owner
        self._is_open = False
        with _lock:
            if _open[owner] >= MOST:
                raise RefusedError(STREAMS_BUSY)
            _open[owner] += 1
        self._is_open = True

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self.parts)

    def close(self) -> None:
        with _lock:
            if self._is_open:
                self._is_open = False
                _open[self._owner] -= 1
                if not _open[self._owner]:
                    del _open[self._owner]

    # A response whose sending never began is not closed by the server.
    __del__ = close


async def _awaited(parts: _Counted) -> AsyncIterator[bytes]:
    read = sync_to_async(partial(next, parts, None))
    try:
        while (part := await read()) is not None:
            yield part
    finally:
        parts.close()
