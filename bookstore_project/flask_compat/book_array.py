"""All rows of a query in one JSON array of any length.

The rows are read in batches by primary key. A process has one batch in memory, and no cursor or
transaction stays open while a slow client reads.
"""

from collections.abc import Iterator
from itertools import chain
from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import ModelSerializer

from bookstore_project.api.renderers import JSONRenderer
from bookstore_project.http.streams import streamed
from bookstore_project.speed.compiled_sql import Parameter, Statement
from bookstore_project.speed.query_shapes import Shape, parametrised, statements
from bookstore_project.speed.records import Columns, columns_of

BATCH = 2_000

Record = dict[str, Any]


def array_response(
    request: Request,
    name: str,
    rows: QuerySet[Any],
    serializer_class: type[ModelSerializer[Any]],
) -> Response | StreamingHttpResponse:
    """Return an object with one member, the array of all rows in the order of their primary key.

    More rows than a batch are streamed. Raises RefusedError if the user is already receiving too
    many streamed responses.
    """
    columns = columns_of(serializer_class)
    if columns is not None and columns.takes_raw:
        batches = _batches(rows, columns)
    else:
        batches = _plain_batches(rows, serializer_class)
    first = next(batches)
    if len(first) < BATCH:
        return Response({name: first})
    pieces = _pieces(name, chain([first], batches))
    return streamed(request, lambda: pieces, content_type=JSONRenderer.media_type)


def _batches(rows: QuerySet[Any], columns: Columns) -> Iterator[list[Record]]:
    place = columns.lookups.index(rows.model._meta.pk.name)
    shape = Shape.of(rows)
    if shape is None:
        first, following = _statements(rows, columns)
    else:
        key = ("batches", BATCH, shape.key, columns)
        first, following = statements.get(key, lambda: _statements(parametrised(rows), columns))
    values = shape.values if shape else {}
    batch = first.rows(values)
    yield columns.records(batch)
    while len(batch) == BATCH:
        batch = following.rows({**values, "last": batch[-1][place]})
        yield columns.records(batch)


def _plain_batches(
    rows: QuerySet[Any], serializer_class: type[ModelSerializer[Any]]
) -> Iterator[list[Record]]:
    following = rows.order_by("pk")
    batch = list(following[:BATCH])
    yield list(serializer_class(batch, many=True).data)
    while len(batch) == BATCH:
        batch = list(following.filter(pk__gt=batch[-1].pk)[:BATCH])
        yield list(serializer_class(batch, many=True).data)


def _statements(rows: QuerySet[Any], columns: Columns) -> list[Statement[Any]]:
    """Return the statements for the first batch, and for the batch after a row."""
    key = rows.model._meta.pk
    found = rows.order_by(key.name).values_list(*columns.selected)
    behind = found.filter(pk__gt=Parameter("last", key))
    return [Statement(found[:BATCH]), Statement(behind[:BATCH])]


def _pieces(name: str, batches: Iterator[list[Record]]) -> Iterator[bytes]:
    renderer = JSONRenderer()
    # The beginning of {"name":[ … ]} as the renderer writes it.
    start = renderer.render({name: []}).removesuffix(b"]}")
    for records in batches:
        if records:
            yield start + renderer.render(records)[1:-1]
            start = b","
    yield b"]}"
