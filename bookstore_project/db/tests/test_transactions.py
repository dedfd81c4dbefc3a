"""The statements of a write, and failures that do not break a transaction around it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import AuthEvent, LoginSession, User
from books.models import Book
from bookstore_project.db.transactions import single_statement
from tests.client import ConformingClient

ClientOf = Callable[[User], ConformingClient]

BOOK = {"name": "Emma", "author": "Jane Austen", "publisher": "John Murray"}
CREDENTIALS = {"name": "ada", "password": "violet-Harbour-27"}


@contextmanager
def statements() -> Iterator[list[str]]:
    """A list of the first word of each statement, including BEGIN and COMMIT."""
    words: list[str] = []
    with CaptureQueriesContext(connection) as queries:
        yield words
    words += [query["sql"].split()[0] for query in queries]


@pytest.mark.django_db(transaction=True)
def test_a_new_book_is_one_statement(ada: User, client_of: ClientOf) -> None:
    client = client_of(ada)
    with statements() as made:
        response = client.post("/api/v1/books", BOOK)

    assert response.status_code == 201
    # The first statement reads the session.
    assert made == ["SELECT", "INSERT"]


@pytest.mark.django_db(transaction=True)
def test_a_login_is_one_transaction(anonymous: ConformingClient, ada: User) -> None:
    for stored in (["INSERT", "DELETE"], []):
        with statements() as made:
            response = anonymous.post("/api/v1/auth/token", CREDENTIALS)

        assert response.status_code == 200
        # The user, expired sessions, and whether the network was recorded recently.
        read = ["SELECT", "SELECT", "SELECT"]
        # The time of the login, its event, and the session.
        always = ["UPDATE", "INSERT", "INSERT"]
        assert made == [*read, "BEGIN", *always, *stored, "COMMIT"]
    assert (LoginSession.objects.count(), AuthEvent.objects.count()) == (2, 2)


@pytest.mark.django_db
def test_a_statement_that_fails_leaves_its_transaction_as_it_was(ada: User) -> None:
    with transaction.atomic():
        Book.objects.create(owner=ada, **BOOK)
        with pytest.raises(IntegrityError), single_statement():
            Book.objects.create(owner=ada, **BOOK)
        assert Book.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_second_copy_is_a_conflict(ada: User, client_of: ClientOf) -> None:
    client = client_of(ada)
    assert client.post("/api/v1/books", BOOK).status_code == 201

    response = client.post("/api/v1/books", BOOK)

    assert (response.status_code, response.json()["code"]) == (409, "book_exists")
    assert Book.objects.count() == 1
