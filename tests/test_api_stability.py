"""The promise of docs/api-stability.md: nothing that clients use is taken away within version 1."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from .api_changes import KEPT, present_document, removals, without_texts

Change = Callable[[dict[str, Any]], Any]

BOOK = {
    "type": "object",
    "required": ["id", "name"],
    "properties": {
        "id": {"type": "integer", "format": "int64"},
        "name": {"type": "string"},
        "kind": {"$ref": "#/components/schemas/Kind"},
        "pages": {"type": "array", "items": {"type": "string"}},
        "twin": {"oneOf": [{"$ref": "#/components/schemas/Twin"}, {"type": "null"}]},
    },
}
REQUEST = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "maxLength": 255, "minLength": 1},
        "price": {"type": ["string", "null"], "pattern": "^[0-9]+$"},
        "kind": {"allOf": [{"$ref": "#/components/schemas/Kind"}]},
    },
}
DOCUMENT: dict[str, Any] = {
    "paths": {
        "/books": {
            "get": {
                "operationId": "books_list",
                "security": [{"bearerAuth": []}, {"basicAuth": []}],
                "parameters": [
                    {"in": "query", "name": "q", "schema": {"type": "string"}},
                    {"in": "query", "name": "id", "schema": {"type": "array"}, "explode": True},
                ],
                "responses": {
                    "200": {
                        "headers": {"ETag": {}},
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/Book"}},
                            "text/csv": {"schema": {"type": "string"}},
                        },
                    },
                    "404": {},
                },
            },
            "post": {
                "operationId": "books_create",
                "requestBody": {
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Request"}}
                    }
                },
                "responses": {"201": {}},
            },
        },
        "/book": {"get": {"operationId": "tutorial_book_retrieve", "responses": {}}},
    },
    "components": {
        "schemas": {
            "Book": BOOK,
            "Request": REQUEST,
            "Kind": {"type": "string", "enum": ["novel", "poem"]},
            "Twin": {"type": "object", "properties": {"id": {"type": "integer"}}},
        }
    },
}


def list_of(document: dict[str, Any]) -> Any:
    return document["paths"]["/books"]["get"]


def create_of(document: dict[str, Any]) -> Any:
    return document["paths"]["/books"]["post"]


def ok_of(document: dict[str, Any]) -> Any:
    return list_of(document)["responses"]["200"]


def schema_of(document: dict[str, Any], name: str) -> Any:
    return document["components"]["schemas"][name]


def member(document: dict[str, Any], name: str) -> Any:
    return schema_of(document, "Request")["properties"][name]


REMOVALS: list[tuple[str, Change]] = [
    ("GET /books: was removed", lambda d: d["paths"]["/books"].pop("get")),
    ("POST /books: was removed", lambda d: d["paths"]["/books"].pop("post")),
    ("is called list_books now", lambda d: list_of(d).update(operationId="list_books")),
    ("no longer takes basicAuth", lambda d: list_of(d)["security"].pop()),
    (
        "POST /books: no longer takes requests without credentials",
        lambda d: create_of(d).update(security=[{"bearerAuth": []}]),
    ),
    ("parameter q: was removed", lambda d: list_of(d)["parameters"].pop(0)),
    ("parameter q: is required now", lambda d: list_of(d)["parameters"][0].update(required=True)),
    (
        "parameter q: maxLength is smaller",
        lambda d: list_of(d)["parameters"][0]["schema"].update(maxLength=9),
    ),
    (
        "parameter id: is written in another way",
        lambda d: list_of(d)["parameters"][1].update(explode=False),
    ),
    (
        "parameter new: is required now",
        lambda d: list_of(d)["parameters"].append(
            {"in": "query", "name": "new", "schema": {}, "required": True}
        ),
    ),
    ("body: is required now", lambda d: create_of(d)["requestBody"].update(required=True)),
    (
        "body: application/json: was removed",
        lambda d: create_of(d)["requestBody"]["content"].pop("application/json"),
    ),
    ("body/price: was removed", lambda d: schema_of(d, "Request")["properties"].pop("price")),
    ("body: price is required now", lambda d: schema_of(d, "Request")["required"].append("price")),
    (
        "body: takes no other members",
        lambda d: schema_of(d, "Request").update(additionalProperties=False),
    ),
    ("body/price: is no longer taken as null", lambda d: member(d, "price").update(type="string")),
    ("body/name: maxLength is smaller", lambda d: member(d, "name").update(maxLength=254)),
    ("body/name: minLength is larger", lambda d: member(d, "name").update(minLength=2)),
    ("body/name: pattern is another one", lambda d: member(d, "name").update(pattern="^a$")),
    ("body/price: pattern is another one", lambda d: member(d, "price").update(pattern="^a$")),
    ("body/name: is one of some values", lambda d: member(d, "name").update(enum=["Romola"])),
    ("body/kind: the value 'poem' was removed", lambda d: schema_of(d, "Kind")["enum"].pop()),
    ("200/kind: the value 'poem' was removed", lambda d: schema_of(d, "Kind")["enum"].pop()),
    ("200: was removed", lambda d: list_of(d)["responses"].pop("200")),
    ("200: header ETag: was removed", lambda d: ok_of(d)["headers"].pop("ETag")),
    ("200: text/csv: was removed", lambda d: ok_of(d)["content"].pop("text/csv")),
    ("200/name: was removed", lambda d: schema_of(d, "Book")["properties"].pop("name")),
    ("200: name may be missing now", lambda d: schema_of(d, "Book")["required"].remove("name")),
    (
        "200/name: may be null now",
        lambda d: schema_of(d, "Book")["properties"]["name"].update(type=["string", "null"]),
    ),
    (
        "200/id: format is another one",
        lambda d: schema_of(d, "Book")["properties"]["id"].pop("format"),
    ),
    (
        "200/pages/*: may be integer now",
        lambda d: schema_of(d, "Book")["properties"]["pages"]["items"].update(type="integer"),
    ),
    ("200/twin/id: was removed", lambda d: schema_of(d, "Twin")["properties"].pop("id")),
    (
        "GET /books: was removed",
        lambda d: d["paths"].pop("/books"),
    ),
]


@pytest.mark.parametrize(("finding", "change"), REMOVALS)
def test_a_removal_is_found(finding: str, change: Change) -> None:
    new = copy.deepcopy(DOCUMENT)
    change(new)

    assert any(finding in found for found in removals(DOCUMENT, new)), removals(DOCUMENT, new)


ADDITIONS: list[Change] = [
    lambda d: d["paths"].update({"/pages": {"get": {"operationId": "pages_list"}}}),
    lambda d: list_of(d)["parameters"].append({"in": "query", "name": "new", "schema": {}}),
    lambda d: list_of(d)["security"].append({"apiKey": []}),
    lambda d: list_of(d)["responses"].update({"410": {}}),
    lambda d: list_of(d)["responses"].pop("404"),
    lambda d: ok_of(d)["headers"].update({"Link": {}}),
    lambda d: ok_of(d)["content"].update({"application/xml": {"schema": {}}}),
    lambda d: schema_of(d, "Book")["properties"].update({"new": {"type": "string"}}),
    lambda d: schema_of(d, "Book")["required"].append("kind"),
    lambda d: schema_of(d, "Kind")["enum"].append("play"),
    lambda d: schema_of(d, "Request")["properties"].update({"new": {"type": "string"}}),
    lambda d: schema_of(d, "Request")["required"].clear(),
    lambda d: member(d, "name").update(maxLength=300, minLength=0, type=["string", "null"]),
    lambda d: member(d, "price").pop("pattern"),
    lambda d: member(d, "price").update(description="In plain digits."),
    lambda d: d["paths"].pop("/book"),
]


@pytest.mark.parametrize("change", ADDITIONS)
def test_an_addition_is_no_finding(change: Change) -> None:
    new = copy.deepcopy(DOCUMENT)
    change(new)

    assert removals(DOCUMENT, new) == []


@pytest.mark.parametrize(("day", "is_gone"), [("2026-01-01", True), ("2999-01-01", False)])
def test_an_operation_may_go_after_its_sunset(day: str, *, is_gone: bool) -> None:
    old = copy.deepcopy(DOCUMENT)
    list_of(old)["x-sunset"] = day
    new = copy.deepcopy(DOCUMENT)
    new["paths"]["/books"].pop("get")

    assert (removals(old, new) == []) is is_gone


def test_texts_are_no_part_of_the_promise_but_members_with_their_names_are() -> None:
    schema = {"title": "A", "properties": {"title": {"type": "string", "description": "B"}}}

    assert without_texts([schema]) == [{"properties": {"title": {"type": "string"}}}]


def test_nothing_was_taken_away_since_the_kept_document() -> None:
    kept = json.loads(KEPT.read_text())

    assert removals(kept, present_document()) == []
    # The kept document is no stub.
    assert "was removed" in "".join(removals(kept, {"paths": {}}))
