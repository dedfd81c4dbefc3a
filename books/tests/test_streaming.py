"""Answers that are sent while they are made, over either kind of server."""

import asyncio
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from books.transfer.streaming import streamed


def test_over_wsgi_a_part_is_made_when_it_is_sent() -> None:
    made: list[int] = []
    response: Any = streamed(SimpleNamespace(), parts(made))  # type: ignore[arg-type]  # all it looks at
    assert next(iter(response)) == b"0"
    assert made == [0]


def test_over_asgi_a_part_is_made_when_it_is_sent() -> None:
    made: list[int] = []

    async def first_and_rest() -> tuple[bytes, list[int], list[bytes]]:
        request: Any = SimpleNamespace(scope={})
        sent = aiter(streamed(request, parts(made)))
        first = await anext(sent)
        by_then = list(made)
        return first, by_then, [part async for part in sent]

    assert asyncio.run(first_and_rest()) == (b"0", [0], [b"1", b"2"])


def parts(made: list[int]) -> Iterator[bytes]:
    for number in range(3):
        made.append(number)
        yield str(number).encode()
