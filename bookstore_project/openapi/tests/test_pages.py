"""The OpenAPI document is rendered once in each process, and its pages for each visitor."""

import json
from typing import Any

import pytest
import yaml
from django.test import Client

from accounts.models import User
from bookstore_project.openapi import pages as documentation
from bookstore_project.openapi.pages import openapi_document
from tests.client import ConformingClient

YAML, JSON = "application/vnd.oai.openapi", "application/vnd.oai.openapi+json"

# Every address and media type of the document.
ASKED = [
    ("/api/schema", YAML),
    ("/api/schema/", "application/yaml"),
    ("/api/schema?format=yaml", "*/*"),
    ("/api/schema", JSON),
    ("/api/schema", "application/json"),
    ("/api/schema?format=json", "*/*"),
    ("/api/schema?format=json&lang=de&version=2&x=1", "application/json; indent=2"),
]
PAGES = ["/api/docs", "/api/docs/?lang=de&version=7", "/api/redoc", "/api/redoc?version=3"]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A list of the renderings in this test; the caches are empty at its start."""
    rendered: list[str] = []
    documentation._rendered_document.cache_clear()  # noqa: SLF001  # a process that has just begun
    of = documentation.Rendered.of

    def count(content: bytes, *, content_type: str) -> documentation.Rendered:
        rendered.append(content_type)
        return of(content, content_type=content_type)

    monkeypatch.setattr(documentation.Rendered, "of", count)
    return rendered


def test_each_variant_is_rendered_once(made: list[str]) -> None:
    answers = [[Client().get(path, HTTP_ACCEPT=accept) for path, accept in ASKED] for _ in range(3)]
    assert {answer.status_code for each in answers for answer in each} == {200}
    assert len(made) == 4
    for answer, *others in zip(*answers, strict=True):
        assert all(other.content == answer.content for other in others)


@pytest.mark.parametrize("parameter", ["lang", "version", "x"])
def test_no_parameter_makes_another_variant(made: list[str], parameter: str) -> None:
    client = Client()
    for number in range(10):
        client.get(f"/api/schema?{parameter}={number}")
    assert len(made) == 1


def test_both_formats_say_the_same() -> None:
    document = openapi_document()
    client = ConformingClient()
    assert json.loads(client.get("/api/schema?format=json").content) == document
    assert yaml.safe_load(client.get("/api/schema").content) == json.loads(json.dumps(document))


@pytest.mark.parametrize(("path", "accept"), ASKED)
def test_who_has_it_already_gets_304(path: str, accept: str) -> None:
    client: Any = Client(HTTP_ACCEPT=accept)
    etag = client.get(path)["ETag"]
    answer = client.get(path, HTTP_IF_NONE_MATCH=etag)
    assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", etag)
    assert client.get(path, HTTP_IF_NONE_MATCH='"another"').status_code == 200


@pytest.mark.parametrize("path", ["/api/docs", "/api/redoc"])
def test_who_runs_no_scripts_is_led_to_the_document(path: str) -> None:
    page = Client().get(path, HTTP_ACCEPT="text/html").content.decode()
    said = page.partition("<noscript>")[2].partition("</noscript>")[0]
    assert 'href="/api/schema?format=json"' in said


def test_media_types_stay() -> None:
    for path, accept, expected in (
        ("/api/schema", "*/*", f"{YAML}; charset=utf-8"),
        ("/api/schema", JSON, JSON),
        ("/api/schema", "application/json", "application/json"),
        ("/api/docs", "*/*", "text/html; charset=utf-8"),
        ("/api/redoc", "text/html", "text/html; charset=utf-8"),
    ):
        assert Client().get(path, HTTP_ACCEPT=accept)["Content-Type"] == expected


@pytest.mark.parametrize("path", PAGES)
def test_a_page_for_a_stranger_is_the_same_for_all(path: str) -> None:
    first, second = (Client(HTTP_ACCEPT="text/html").get(path) for _ in range(2))

    assert first.content == second.content
    assert not first.cookies
    assert 'data-document="/api/schema"' in first.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("path", PAGES)
def test_a_page_says_who_is_signed_in_and_no_cache_keeps_it(
    ada: User, client: Client, path: str
) -> None:
    client.force_login(ada)

    answer = client.get(path, HTTP_ACCEPT="text/html")

    assert ">ada</a>" in answer.content.decode()
    assert "private" in answer["Cache-Control"]
    assert "ETag" not in answer


@pytest.mark.django_db
def test_swagger_ui_says_that_the_browser_is_what_authorizes(ada: User, client: Client) -> None:
    said = "Requests that you try out here use that sign-in"
    assert said not in client.get("/api/docs").content.decode()

    client.force_login(ada)

    assert said in client.get("/api/docs").content.decode()


@pytest.mark.parametrize("path", PAGES)
def test_the_header_of_a_page_has_the_language_of_the_visitor(path: str) -> None:
    answer = Client().get(path, headers={"Accept": "text/html", "Accept-Language": "de"})

    page = answer.content.decode()
    assert answer["Content-Language"] == "de"
    assert '<html lang="de">' in page
    assert "Anmelden" in page
    # Swagger UI and ReDoc are in English, and so is the document.
    assert 'lang="en"' in page
