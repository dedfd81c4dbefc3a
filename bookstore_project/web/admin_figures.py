"""Counts on the index of the Django admin: how many rows there are, and how many for each day.

Each figure is one query with bounds on every count, and is counted again after some minutes, so
that the index costs the same in a table of any size.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from bookstore_project.errors import LimitsUnavailableError

DAYS = 30
# Counting stops after this many rows, of all and of one day.
MAXIMUM_ALL = 100_000
MAXIMUM_DAY = 10_000
# Seconds until the rows are counted again.
LIFETIME = 300

# The plot, in units of its own: each day is a bar with a gap behind it.
HEIGHT, STEP, BAR = 100, 20, 15


@dataclass(frozen=True, kw_only=True)
class Figure:
    """What to count. `time` is a column with an index that begins with it, after those of `rows`.

    `title` names the rows, and `daily` the plot. Without a total, the days alone are counted.
    """

    name: str
    title: Any
    daily: Any
    rows: Callable[[], QuerySet[Any]]
    time: str
    has_total: bool = True


@dataclass(frozen=True, kw_only=True)
class Day:
    day: date
    number: int
    # Of the plot.
    left: int
    top: float

    @property
    def height(self) -> float:
        return HEIGHT - self.top

    @property
    def is_exact(self) -> bool:
        return self.number < MAXIMUM_DAY


@dataclass(frozen=True, kw_only=True)
class Counted:
    """A figure as the index shows it."""

    figure: Figure
    counted_at: datetime
    total: int | None
    days: list[Day]
    width: int = DAYS * STEP - (STEP - BAR)
    height: int = HEIGHT
    bar: int = BAR

    @property
    def is_total_exact(self) -> bool:
        return self.total is None or self.total < MAXIMUM_ALL

    @property
    def sum(self) -> int:
        return sum(each.number for each in self.days)

    @property
    def is_sum_exact(self) -> bool:
        return all(each.is_exact for each in self.days)

    @property
    def most(self) -> int:
        return max(each.number for each in self.days)


def counted(figure: Figure) -> Counted:
    """Return the numbers of a figure, which may be some minutes old."""
    today = timezone.localdate()
    key = f"admin-figure:{figure.name}:{today}"
    stored = None
    # The cache is that of the limits. Without it, the rows are counted for each page.
    with suppress(LimitsUnavailableError):
        stored = cache.get(key)
    if stored is None:
        stored = (timezone.now(), _numbers(figure, today))
        with suppress(LimitsUnavailableError):
            cache.set(key, stored, LIFETIME)
    counted_at, numbers = stored
    total, *daily = numbers
    highest = max(1, *daily)
    days = [
        Day(
            day=day,
            number=number,
            left=at * STEP,
            top=round(HEIGHT - HEIGHT * number / highest, 1),
        )
        for at, (day, number) in enumerate(zip(_days(today), daily, strict=True))
    ]
    return Counted(
        figure=figure,
        counted_at=counted_at,
        total=total if figure.has_total else None,
        days=days,
    )


def _days(today: date) -> list[date]:
    return [today - timedelta(days=before) for before in range(DAYS - 1, -1, -1)]


def _numbers(figure: Figure, today: date) -> list[int]:
    """Return the number of all rows, and of the rows of each day, with one query."""
    rows = figure.rows()
    parts = [_of_day(rows, figure.time, day) for day in _days(today)]
    if figure.has_total:
        # The index of the time has no more columns, so that the rows themselves are not read.
        parts.insert(0, rows.order_by(figure.time).values(figure.time)[:MAXIMUM_ALL])
    compiled = [part.query.sql_with_params() for part in parts]
    counts = ", ".join(
        f"(SELECT COUNT(*) FROM ({sql}) part{at})"  # noqa: S608  # compiled by Django
        for at, (sql, _) in enumerate(compiled)
    )
    values = [value for _, each in compiled for value in each]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {counts}", values)
        numbers = list(cursor.fetchone())
    return numbers if figure.has_total else [0, *numbers]


def _of_day(rows: QuerySet[Any], column: str, day: date) -> QuerySet[Any]:
    start = timezone.make_aware(datetime.combine(day, time()))
    end = start + timedelta(days=1)
    found = rows.filter(**{f"{column}__gte": start, f"{column}__lt": end})
    return found.order_by(column).values(column)[:MAXIMUM_DAY]
