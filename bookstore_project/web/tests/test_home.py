"""The front page, and the root of the canonical API."""

import pytest
from django.test import Client

from tests.client import ConformingClient


@pytest.mark.parametrize(
    "address", ["/api/v1", "/api/docs", "/api/redoc", "/admin/", "/api/schema?format=json"]
)
def test_the_front_page_leads_on(client: Client, address: str) -> None:
    response = client.get("/")

    assert response.status_code == 200
    assert f'href="{address}"' in response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address", ["/api/v1", "/api/docs", "/api/redoc", "/admin/login/", "/api/schema?format=json"]
)
def test_what_it_leads_to_is_there(client: Client, address: str) -> None:
    assert client.get(address, headers={"Accept": "text/html, */*;q=0.1"}).status_code == 200


def test_the_front_page_is_only_read(client: Client) -> None:
    response = client.post("/")

    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, HEAD"


@pytest.mark.parametrize("path", ["/api/v1", "/api/v1/"])
def test_the_root_names_the_routes_to_begin_with(anonymous: ConformingClient, path: str) -> None:
    response = anonymous.get(path)

    assert response.status_code == 200
    base = "http://testserver/api"
    assert response.json() == {
        "books": f"{base}/v1/books",
        "me": f"{base}/v1/users/me",
        "users": f"{base}/v1/users",
        "register": f"{base}/v1/auth/register",
        "token": f"{base}/v1/auth/token",
        "schema": f"{base}/schema",
    }


def test_the_root_is_a_page_for_people(anonymous: ConformingClient) -> None:
    response = anonymous.get("/api/v1", HTTP_ACCEPT="text/html")

    assert response.status_code == 200
    assert "<h1>Bookstore API</h1>" in response.content.decode()
