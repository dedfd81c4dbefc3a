"""Streamed responses, over WSGI and ASGI."""

import asyncio
import gc
from collections.abc import Callable, Iterator
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from accounts.tokens.classes import AccessToken
from books.models import Book
from bookstore_project.flask_compat import book_array
from bookstore_project.http import streams
from bookstore_project.http.refusal import STREAMS_BUSY, RefusedError
from bookstore_project.http.streams import MOST, streamed
from tests.client import ConformingClient

pytestmark = pytest.mark.django_db

ADA: Any = SimpleNamespace(user=SimpleNamespace(pk=7))
BOB: Any = SimpleNamespace(user=SimpleNamespace(pk=8))
ADA_ASYNC: Any = SimpleNamespace(user=ADA.user, scope={})


def test_over_wsgi_a_part_is_made_when_it_is_sent() -> None:
    made: list[int] = []
    response: Any = streamed(ADA, partial(parts, made))
    assert next(iter(response)) == b"0"
    assert made == [0]


def test_over_asgi_a_part_is_made_when_it_is_sent() -> None:
    made: list[int] = []

    async def first_and_rest() -> tuple[bytes, list[int], list[bytes]]:
        sent = aiter(streamed(ADA_ASYNC, partial(parts, made)))
        first = await anext(sent)
        by_then = list(made)
        return first, by_then, [part async for part in sent]

    assert asyncio.run(first_and_rest()) == (b"0", [0], [b"1", b"2"])


def test_a_third_answer_at_a_time_is_refused_until_one_is_closed() -> None:
    open_ones = [streamed(ADA, partial(parts, [])) for _ in range(MOST)]
    with pytest.raises(RefusedError) as refused:
        streamed(ADA, partial(parts, []))
    assert refused.value.refusal == STREAMS_BUSY
    streamed(BOB, partial(parts, [])).close()
    for _ in range(2):  # Closing twice frees only one place.
        open_ones[0].close()
    open_ones[0] = streamed(ADA, partial(parts, []))
    with pytest.raises(RefusedError):
        streamed(ADA, partial(parts, []))
    for each in open_ones:
        each.close()
    assert not streams._open  # noqa: SLF001  # nothing is kept of anybody


def test_parts_that_can_not_be_made_give_the_place_back() -> None:
    def broken() -> Iterator[bytes]:
        raise ZeroDivisionError

    for _ in range(2 * MOST):
        with pytest.raises(ZeroDivisionError) as kept:
            streamed(ADA, broken)
        assert kept.type is ZeroDivisionError
        assert not streams._open  # noqa: SLF001  # the same


@pytest.mark.parametrize("request_", [ADA, ADA_ASYNC], ids=["wsgi", "asgi"])
def test_an_answer_that_nobody_sends_or_that_breaks_off_gives_its_place_back(request_: Any) -> None:
    for _ in range(2 * MOST):
        streamed(request_, partial(parts, []))
        gc.collect()
    assert not streams._open  # noqa: SLF001  # the same

    async def broken_off() -> None:
        sent: Any = aiter(streamed(ADA_ASYNC, partial(parts, [])))
        await anext(sent)
        await sent.aclose()

    for _ in range(2 * MOST):
        asyncio.run(broken_off())
    assert not streams._open  # noqa: SLF001  # the same


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", ["/books", "/api/v1/books/export"])
def test_who_receives_two_long_lists_is_answered_503(
    path: str, ada: User, make_book: Callable[..., Book], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(book_array, "BATCH", 1)
    make_book(ada)
    token = str(AccessToken.for_user(ada))
    # Not the test client that reads every response to its end.
    receiving = [Client(headers={"x-access-tokens": token}).get(path) for _ in range(MOST)]

    client = ConformingClient(HTTP_X_ACCESS_TOKENS=token)
    refused = client.get(path)
    assert (refused.status_code, refused["Retry-After"]) == (503, "5")
    assert STREAMS_BUSY.detail in refused.json().values()

    for response in receiving:
        response.close()
    assert client.get(path).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_refused_list_reads_and_stores_nothing(
    ada: User, make_book: Callable[..., Book], django_assert_num_queries: Any
) -> None:
    make_book(ada)
    token = str(AccessToken.for_user(ada))
    path = "/api/v1/books/export"
    receiving = [Client(headers={"x-access-tokens": token}).get(path) for _ in range(MOST)]
    client = ConformingClient(HTTP_X_ACCESS_TOKENS=token)
    # The query is that of the session.
    with django_assert_num_queries(1):
        assert client.get(path).status_code == 503
    address, file = "/api/v1/books/import?report=full", "name,author\nEmma,Jane Austen\n"
    refused = client.generic("POST", address, file, content_type="text/csv")
    assert refused.status_code == 503
    assert not Book.objects.filter(name="Emma").exists()
    for response in receiving:
        response.close()
    assert client.generic("POST", address, file, content_type="text/csv").status_code == 200
    assert Book.objects.filter(name="Emma").exists()


def parts(made: list[int]) -> Iterator[bytes]:
    for number in range(3):
        made.append(number)
        yield str(number).encode()
