"""The index of the Django admin: counts and plots that cost the same in a table of any size."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import AuthEvent, EventKind, User
from books.admin import BookAdmin
from books.models import Book
from bookstore_project.errors import LimitsUnavailableError
from bookstore_project.web import admin_figures
from bookstore_project.web.admin_figures import counted

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
IS_SQLITE = connection.vendor == "sqlite"


@pytest.fixture
def staff(boss: User) -> Client:
    client = Client()
    client.force_login(boss)
    return client


def books_added(owner: User, *times: datetime) -> None:
    Book.objects.bulk_create(
        Book(owner=owner, name=f"{at} {number}", author="A", created_at=at)
        for number, at in enumerate(times)
    )


def section(page: str, title: str) -> str:
    """Return the part of the page about one figure, its words alone."""
    rest = page.partition(f">{title}</h2>")[2].partition("</section>")[0]
    return " ".join(re.sub("<[^>]+>", " ", rest).split())


class TestNumbers:
    def test_books_are_counted_for_each_of_30_days(self, staff: Client, ada: User) -> None:
        day = timedelta(days=1)
        midnight = NOW.replace(hour=0)
        books_added(ada, NOW, NOW, midnight, midnight - timedelta(seconds=1), NOW - 29 * day)
        books_added(ada, midnight - 29 * day - timedelta(seconds=1))

        with time_machine.travel(NOW, tick=False):
            response = staff.get("/admin/")

        page = response.content.decode()
        words = section(page, "Books")
        assert words.startswith("6 Books added in the last 30 days: 5. Most on one day: 3.")
        assert "2026-03-31 3 2026-03-30 1 2026-03-29 0" in words
        assert words.endswith("2026-03-02 1 Counted at 2026-03-31 12:00 UTC.")
        books = response.context["figures"][0]
        assert [(each.left, each.top, each.height) for each in books.days[-2:]] == [
            (560, 66.7, pytest.approx(33.3)),
            (580, 0, 100),
        ]
        assert 'x="560" y="66.7"' in page

    def test_sign_ins_have_no_total_and_are_told_from_other_events(
        self, staff: Client, ada: User
    ) -> None:
        for kind in (EventKind.LOGIN, EventKind.LOGIN, EventKind.LOGIN_FAILED):
            AuthEvent.objects.create(kind=kind, at=NOW)
        with time_machine.travel(NOW, tick=False):
            page = staff.get("/admin/").content.decode()
        assert section(page, "Sign-ins").startswith("Sign-ins of the last 30 days: 2. Most")

    def test_a_day_without_rows_has_no_bar(self, staff: Client) -> None:
        with time_machine.travel(NOW, tick=False):
            books = staff.get("/admin/").context["figures"][0]
        assert (books.total, books.sum, books.most) == (0, 0, 0)
        assert {each.height for each in books.days} == {0}

    def test_numbers_are_counted_no_further_than_their_bounds(
        self, staff: Client, ada: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(admin_figures, "MAXIMUM_ALL", 3)
        monkeypatch.setattr(admin_figures, "MAXIMUM_DAY", 2)
        books_added(ada, *[NOW] * 5)
        with time_machine.travel(NOW, tick=False):
            words = section(staff.get("/admin/").content.decode(), "Books")
        assert words.startswith("More than 3 Books added in the last 30 days: More than 2.")
        assert "2026-03-31 More than 2" in words

    def test_plots_are_written_alike_in_all_languages(self, staff: Client, ada: User) -> None:
        books_added(ada, NOW, NOW, NOW, NOW - timedelta(days=1))
        with time_machine.travel(NOW, tick=False):
            page = staff.get("/admin/", headers={"Accept-Language": "de"}).content.decode()
        assert 'y="66.7"' in page


class TestWhoSeesWhat:
    def test_an_admin_sees_books_users_and_sign_ins(self, staff: Client) -> None:
        page = staff.get("/admin/").content.decode()
        assert re.findall('<h2 id="figure-.">(.*)</h2>', page) == ["Books", "Users", "Sign-ins"]
        assert '<label for="scanner">' in page

    def test_an_editor_sees_books_alone(self, make_user: Callable[..., User]) -> None:
        client = Client()
        client.force_login(make_user("eve", editor=True))
        page = client.get("/admin/").content.decode()
        assert re.findall('<h2 id="figure-.">(.*)</h2>', page) == ["Books"]
        assert '<label for="scanner">' in page

    def test_the_page_of_an_app_has_none(self, staff: Client) -> None:
        page = staff.get("/admin/books/").content.decode()
        assert 'class="figures"' not in page


class TestCost:
    def test_it_is_the_same_for_1_and_for_20_and_nothing_is_counted_twice_in_a_while(
        self, staff: Client, ada: User
    ) -> None:
        costs = []
        for number in (1, 20):
            cache.clear()
            books_added(ada, *[datetime.now(UTC)] * number)
            Book.objects.all()
            costs.append(len(_queries(staff)))
            Book.objects.all().delete()
        assert costs[0] == costs[1]

        counts = [sql for sql in _queries(staff) if "COUNT(" in sql]
        assert counts == []

    def test_each_count_has_a_limit(self, staff: Client) -> None:
        counts = [sql for sql in _queries(staff) if "COUNT(" in sql]
        assert len(counts) == 3
        for sql in counts:
            assert sql.count("COUNT(*)") == sql.count("LIMIT")

    def test_each_count_is_a_range_of_an_index(self, staff: Client, ada: User) -> None:
        books_added(ada, *[NOW - timedelta(hours=number) for number in range(2_000)])
        User.objects.bulk_create(
            User(name=f"user {number}", date_joined=NOW - timedelta(hours=number))
            for number in range(2_000)
        )
        AuthEvent.objects.bulk_create(
            AuthEvent(kind=EventKind.LOGIN, at=NOW - timedelta(hours=number))
            for number in range(2_000)
        )
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        with time_machine.travel(NOW, tick=False):
            plans = _plans(staff)
        for table, index, totals in (
            ("books_book", "book_created_at_id", 1),
            ("accounts_authevent", "event_kind", 0),
            ("accounts_user", "user_joined", 1),
        ):
            [plan] = [plan for sql, plan in plans if table in sql]
            if IS_SQLITE:
                assert plan.count(f"COVERING INDEX {index}") == 30 + totals
            else:
                # The total has an index too, once the table is vacuumed.
                assert plan.count("Seq Scan") <= totals

    def test_it_is_there_while_the_cache_is_away(
        self, staff: Client, ada: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def away(*arguments: Any) -> None:
            raise LimitsUnavailableError

        for name in ("get", "set"):
            monkeypatch.setattr(cache, name, away)
        books_added(ada, datetime.now(UTC))
        [figure] = BookAdmin.index_figures
        assert (counted(figure).total, counted(figure).sum) == (1, 1)


def _queries(staff: Client) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        assert staff.get("/admin/").status_code == 200
    return [query["sql"] for query in queries]


def _plans(staff: Client) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []

    def explain(
        execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        if sql.startswith("SELECT (SELECT COUNT"):
            kind = "EXPLAIN QUERY PLAN" if IS_SQLITE else "EXPLAIN"
            context["cursor"].execute(f"{kind} {sql}", params)
            plan = context["cursor"].fetchall()
            found.append((sql, "\n".join(str(row[-1]) for row in plan)))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        assert staff.get("/admin/").status_code == 200
    return found
