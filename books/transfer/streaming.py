"""Answers that are sent while they are made."""

from collections.abc import AsyncIterator, Iterator
from functools import partial

from asgiref.sync import sync_to_async
from django.http import StreamingHttpResponse
from rest_framework.request import Request


def streamed(request: Request, parts: Iterator[bytes]) -> StreamingHttpResponse:
    """Return the parts as an answer that holds one of them at a time.

    Over ASGI, Django would gather all of a plain iterator before it sends the first.
    """
    is_asgi = hasattr(request, "scope")
    return StreamingHttpResponse(_awaited(parts) if is_asgi else parts)


async def _awaited(parts: Iterator[bytes]) -> AsyncIterator[bytes]:
    read = sync_to_async(partial(next, parts, None))
    while (part := await read()) is not None:
        yield part
