"""Prepared statements return the rows and raise the errors of Django's own cursor."""

from typing import Any
from unittest.mock import MagicMock, Mock

import pytest
from django.db import DatabaseError, NotSupportedError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from bookstore_project.speed.driver_queries import fetch_all

pytestmark = pytest.mark.django_db

SQL = "SELECT name, '100%%' FROM accounts_user WHERE name = %s OR name = %s ORDER BY name"


def test_the_values_are_bound(ada: User, bob: User) -> None:
    assert fetch_all(connection, SQL, ["ada", "bob"]) == [("ada", "100%"), ("bob", "100%")]
    assert fetch_all(connection, SQL, ["' OR 1=1 --", "%s"]) == []


def test_a_query_that_is_logged_is_django_s_to_run(ada: User) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert fetch_all(connection, SQL, ["ada", ""]) == [("ada", "100%")]
    assert len(queries) == 1


def test_a_query_that_is_wrapped_is_django_s_to_run(ada: User) -> None:
    def refuse(*call: Any) -> Any:
        raise DatabaseError("refused")

    with connection.execute_wrapper(refuse), pytest.raises(DatabaseError, match="refused"):
        fetch_all(connection, SQL, ["ada", ""])


def test_on_postgresql_the_driver_binds_on_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Django's cursor would write the values into the SQL text."""
    cursor = MagicMock()
    cursor.__enter__.return_value.execute.return_value.fetchall.return_value = [("ada",)]
    monkeypatch.setattr("psycopg.Cursor", Mock(return_value=cursor))
    wrapper: Any = MagicMock(vendor="postgresql", queries_logged=False, execute_wrappers=[])

    assert fetch_all(wrapper, SQL, ["ada", ""]) == [("ada",)]

    cursor.__enter__.return_value.execute.assert_called_once_with(SQL.encode(), ["ada", ""])
    wrapper.validate_no_broken_transaction.assert_called_once_with()


@pytest.mark.parametrize("in_atomic_block", [True, False])
def test_a_plan_that_no_longer_fits_is_made_anew(
    monkeypatch: pytest.MonkeyPatch, in_atomic_block: bool
) -> None:
    execute = Mock(side_effect=[NotSupportedError("cached plan"), Mock(fetchall=lambda: [(1,)])])
    cursor = MagicMock()
    cursor.__enter__.return_value.execute = execute
    monkeypatch.setattr("psycopg.Cursor", Mock(return_value=cursor))
    wrapper: Any = MagicMock(
        vendor="postgresql",
        queries_logged=False,
        execute_wrappers=[],
        in_atomic_block=in_atomic_block,
    )
    wrapper.wrap_database_errors.__exit__.return_value = False
    cursor.__exit__.return_value = False

    if in_atomic_block:
        with pytest.raises(NotSupportedError):
            fetch_all(wrapper, SQL, [])
        wrapper.close.assert_not_called()
    else:
        assert fetch_all(wrapper, SQL, []) == [(1,)]
        wrapper.close.assert_called_once_with()


@pytest.mark.django_db(transaction=True)
def test_a_column_whose_type_changes_is_read_on(ada: User) -> None:
    assert fetch_all(connection, SQL, ["ada", ""]) == [("ada", "100%")]
    retype = "ALTER TABLE accounts_user ALTER name TYPE varchar({})".format
    length = User._meta.get_field("name").max_length or 0
    is_changed = connection.vendor == "postgresql"
    for characters in (length + 1, length) if is_changed else ():
        with connection.cursor() as cursor:
            cursor.execute(retype(characters))
        assert fetch_all(connection, SQL, ["ada", ""]) == [("ada", "100%")]


def test_an_error_is_django_s() -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        fetch_all(connection, "SELECT nothing FROM nowhere", [])


def test_a_transaction_that_is_broken_takes_no_query() -> None:
    with transaction.atomic():
        transaction.set_rollback(True)
        with pytest.raises(transaction.TransactionManagementError):
            fetch_all(connection, SQL, ["ada", ""])


def test_a_query_is_prepared_once(ada: User) -> None:
    for name in ("ada", "bob", "eve"):
        assert fetch_all(connection, SQL, [name, ""]) == (
            [("ada", "100%")] if name == "ada" else []
        )

    if connection.vendor == "postgresql":
        counted = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s"
        with connection.cursor() as cursor:
            cursor.execute(counted, ["SELECT name, '100%' FROM accounts_user WHERE name = $1%"])
            assert cursor.fetchone() == (1,)
