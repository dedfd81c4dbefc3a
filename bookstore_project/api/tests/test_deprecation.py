"""Routes that are deprecated say so in every response, and in the OpenAPI document."""

from datetime import UTC, datetime

import pytest
from drf_spectacular.generators import SchemaGenerator
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIClient

from accounts.models import User
from books.api.views.books import BookViewSet
from bookstore_project.api.deprecation import Deprecation

BOOKS = "/api/v1/books"
DEPRECATION = Deprecation(
    since=datetime(2027, 1, 1, tzinfo=UTC),
    sunset=datetime(2028, 1, 1, 12, tzinfo=UTC),
    page="https://books.example.org/stability",
)
HEADERS = {
    "Deprecation": "@1798761600",
    "Sunset": "Sat, 01 Jan 2028 12:00:00 GMT",
    "Link": '<https://books.example.org/stability>; rel="deprecation"; type="text/html"',
}


@pytest.fixture
def deprecated_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BookViewSet, "deprecations", {"GET": DEPRECATION})


def signed_in(user: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


@pytest.mark.usefixtures("deprecated_list")
def test_a_deprecated_method_says_since_when_until_when_and_where_to_read(ada: User) -> None:
    response = signed_in(ada).get(BOOKS)

    assert response.status_code == 200
    assert {name: response[name] for name in ("Deprecation", "Sunset")} == {
        name: HEADERS[name] for name in ("Deprecation", "Sunset")
    }
    assert response["Link"].endswith(HEADERS["Link"])


@pytest.mark.django_db
@pytest.mark.usefixtures("deprecated_list")
@pytest.mark.parametrize(("query", "status"), [("?page=2", 400), ("", 401)])
def test_an_error_of_a_deprecated_method_says_so_too(ada: User, query: str, status: int) -> None:
    client = signed_in(ada) if status == 400 else APIClient()

    response = client.get(BOOKS + query)

    assert response.status_code == status
    assert {name: response[name] for name in HEADERS} == HEADERS


@pytest.mark.usefixtures("deprecated_list")
def test_other_methods_of_the_route_say_nothing(ada: User) -> None:
    response = signed_in(ada).post(BOOKS, {}, format="json")

    assert response.status_code == 400
    assert not {"Deprecation", "Sunset"}.intersection(response.headers)


@pytest.mark.usefixtures("deprecated_list")
def test_other_links_stay(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    next_page = f'<http://testserver{BOOKS}?cursor=2>; rel="next"'

    def paged(view: BookViewSet, request: Request) -> Response:
        return Response({}, headers={"Link": next_page})

    monkeypatch.setattr(BookViewSet, "list", paged)

    assert signed_in(ada).get(BOOKS)["Link"] == f"{next_page}, {HEADERS['Link']}"


@pytest.mark.usefixtures("deprecated_list")
def test_the_document_marks_the_operation_and_names_the_headers() -> None:
    document = SchemaGenerator().get_schema(request=None, public=True)
    operation, other = document["paths"][BOOKS]["get"], document["paths"][BOOKS]["post"]

    assert operation["deprecated"] is True
    assert operation["x-sunset"] == "2028-01-01"
    for response in operation["responses"].values():
        assert HEADERS.keys() <= response["headers"].keys()
    assert "deprecated" not in other
    assert "Sunset" not in other["responses"]["201"]["headers"]
