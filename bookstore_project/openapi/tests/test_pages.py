"""The OpenAPI document and its pages are rendered once in each process."""

import json
from typing import Any

import pytest
import yaml
from django.test import Client

from bookstore_project.openapi import pages as documentation
from bookstore_project.openapi.pages import openapi_document
from tests.client import ConformingClient

YAML, JSON = "application/vnd.oai.openapi", "application/vnd.oai.openapi+json"

# Every address and media type of the document and its pages.
ASKED = [
    ("/api/schema", YAML),
    ("/api/schema/", "application/yaml"),
    ("/api/schema?format=yaml", "*/*"),
    ("/api/schema", JSON),
    ("/api/schema", "application/json"),
    ("/api/schema?format=json", "*/*"),
    ("/api/schema?format=json&lang=de&version=2&x=1", "application/json; indent=2"),
    ("/api/docs", "text/html"),
    ("/api/docs/?lang=de&version=7", "*/*"),
    ("/api/redoc?version=3", "text/html"),
]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A list of the renderings in this test; the caches are empty at its start."""
    rendered: list[str] = []
    documentation._rendered_document.cache_clear()  # noqa: SLF001  # a process that has just begun
    documentation._rendered_page.cache_clear()  # noqa: SLF001  # the same
    of = documentation.Rendered.of

    def count(content: bytes, *, content_type: str) -> documentation.Rendered:
        rendered.append(content_type)
        return of(content, content_type=content_type)

    monkeypatch.setattr(documentation.Rendered, "of", count)
    return rendered


def test_each_variant_is_rendered_once(made: list[str]) -> None:
    answers = [[Client().get(path, HTTP_ACCEPT=accept) for path, accept in ASKED] for _ in range(3)]
    assert {answer.status_code for each in answers for answer in each} == {200}
    assert len(made) == 6
    for answer, *others in zip(*answers, strict=True):
        assert all(other.content == answer.content for other in others)


@pytest.mark.parametrize("parameter", ["lang", "version", "x"])
def test_no_parameter_makes_another_variant(made: list[str], parameter: str) -> None:
    client = Client()
    for number in range(10):
        for path in ("/api/schema", "/api/docs", "/api/redoc", "/api/docs?script="):
            mark = "&" if "?" in path else "?"
            client.get(f"{path}{mark}{parameter}={number}")
    assert len(made) == 4


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


def test_media_types_stay() -> None:
    for path, accept, expected in (
        ("/api/schema", "*/*", f"{YAML}; charset=utf-8"),
        ("/api/schema", JSON, JSON),
        ("/api/schema", "application/json", "application/json"),
        ("/api/docs", "*/*", "text/html; charset=utf-8"),
        ("/api/docs?script=", "*/*", "application/javascript"),
    ):
        assert Client().get(path, HTTP_ACCEPT=accept)["Content-Type"] == expected


def test_the_script_has_the_token_of_its_request() -> None:
    scripts = [Client(HTTP_ACCEPT="text/html").get("/api/docs?script=") for _ in range(2)]
    assert scripts[0].content != scripts[1].content
    for script in scripts:
        assert documentation.CSRF_TOKEN not in script.content.decode()
        assert "csrftoken" in script.cookies
    assert 'url: "/api/schema"' in scripts[0].content.decode().replace("\\u002D", "-")
    assert '<script src="/api/docs?script=">' in Client().get("/api/docs?x=1").content.decode()
