"""FAST_PATH=off serves every request by the plain twins, with the same answers."""

import pkgutil
from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest

from accounts.models import User
from accounts.tokens import verified_cache
from accounts.tokens.classes import AccessToken
from books.models import Book, BookChange
from bookstore_project import speed
from bookstore_project.speed import compiled_sql, inserts, query_shapes, records
from tests.client import ConformingClient

pytestmark = pytest.mark.django_db

REQUESTS: dict[str, Callable[[ConformingClient], Any]] = {
    "list": lambda client: client.get("/api/v1/books"),
    "filtered": lambda client: client.get("/api/v1/books?owner=me&ordering=-name&count=true"),
    "next page": lambda client: client.get(client.get("/api/v1/books?limit=1").json()["next"]),
    "search": lambda client: client.get("/api/v1/books?q=mid&price_min=1"),
    "unknown parameter": lambda client: client.get("/api/v1/books?nothing=1"),
    "invalid filter": lambda client: client.get("/api/v1/books?price_min=cheap&owner=you"),
    "one": lambda client: client.get("/api/v1/books/1"),
    "none": lambda client: client.get("/api/v1/books/0"),
    "history": lambda client: client.get("/api/v1/books/1/history"),
    "export": lambda client: client.get("/api/v1/books/export"),
    "change": lambda client: client.patch("/api/v1/books/1", {"price": "2.50"}),
    "delete": lambda client: client.delete("/api/v1/books/1"),
    "invalid body": lambda client: client.post("/api/v1/books", {"name": "Emma"}),
    "wrong token": lambda client: client.get("/api/v1/books", HTTP_X_ACCESS_TOKENS="wrong"),
    "account": lambda client: client.get("/api/v1/users/me"),
    "tutorial's list": lambda client: client.get("/books"),
    "tutorial's delete": lambda client: client.delete("/books/1"),
}


@pytest.fixture
def client(ada: User) -> ConformingClient:
    return ConformingClient(
        HTTP_X_ACCESS_TOKENS=str(AccessToken.for_user(ada)), HTTP_X_REQUEST_ID="the-same"
    )


@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)
def test_both_modes_give_the_same_answer_to_the_byte(
    request_: Callable[[ConformingClient], Any], client: ConformingClient, ada: User, settings: Any
) -> None:
    answers = []
    for is_fast in (True, False):
        settings.FAST_PATH = is_fast
        Book.objects.all().delete()
        BookChange.objects.all().delete()
        for number in (1, 2):
            Book.objects.create(
                pk=number, owner=ada, name=f"Middlemarch {number}", author="Eliot", publisher="B"
            )
        Book.objects.update(created_at=ada.date_joined, updated_at=ada.date_joined, price=1)
        response = request_(client)
        headers = {k: v for k, v in response.headers.items() if not k.startswith("RateLimit")}
        answers.append((response.status_code, headers, response.getvalue()))
    # Each change has its own time.
    kept = [(status, headers) for status, headers, _ in answers]
    assert kept[0] == kept[1]
    if request_ is not REQUESTS["change"]:
        assert answers[0] == answers[1]


def test_no_fast_way_is_taken_when_it_is_off(
    client: ConformingClient, ada: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.FAST_PATH = False

    def fail(*call: Any, **options: Any) -> Any:
        raise AssertionError(call)

    for module, name in (
        (compiled_sql, "fetch_all"),
        (inserts, "compiled_insert"),
        (query_shapes, "_comparison"),
        (records, "_columns_of"),
        (verified_cache, "verifying_backend"),
    ):
        monkeypatch.setattr(module, name, fail)
    body = {"name": "Romola", "author": "George Eliot", "publisher": "Smith"}
    book = client.post("/api/v1/books", body).json()
    for path in (f"/api/v1/books/{book['id']}", "/api/v1/books?owner=me&q=romola", "/books"):
        assert client.get(path).status_code == 200
    assert Book.objects.get().owner == ada


def test_each_module_names_its_plain_twin() -> None:
    for module in pkgutil.iter_modules(speed.__path__):
        if not module.ispkg:
            doc = import_module(f"{speed.__name__}.{module.name}").__doc__ or ""
            assert "\nPlain twin: " in doc, module.name
