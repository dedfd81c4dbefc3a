"""docs/bookstore.postman_collection.json is made from the present OpenAPI document, and works."""

import json
from typing import Any

import pytest

from bookstore_project.openapi.pages import openapi_document
from docs.postman import COLLECTION, VARIABLES, collection, written

from .client import ConformingClient

PASSWORD = "violet-Harbour-27"


def requests() -> dict[str, Any]:
    return {
        f"{folder['name']}: {item['name']}": item["request"]
        for folder in collection(openapi_document())["item"]
        for item in folder["item"]
    }


def test_the_collection_is_that_of_the_document() -> None:
    assert COLLECTION.read_text(encoding="utf-8") == written(openapi_document()), (
        "Run: python -m docs.postman"
    )


def test_it_has_every_operation_that_is_not_deprecated() -> None:
    operations = [
        operation
        for methods in openapi_document()["paths"].values()
        for operation in methods.values()
        if not operation.get("deprecated")
    ]

    assert len(requests()) == len(operations)


def test_a_path_has_variables_with_examples_and_parameters_are_off() -> None:
    change = requests()["books: Change a book"]
    books = requests()["books: List books"]

    assert change["url"]["raw"] == "{{baseUrl}}/api/v1/books/:id"
    assert change["url"]["variable"] == [{"key": "id", "value": "31"}]
    assert {each["key"]: each["value"] for each in books["url"]["query"]}["ordering"] == (
        "author,-price"
    )
    assert all(each["disabled"] for each in [*books["url"]["query"], *change["header"]])
    assert requests()["books: Import books from a file"]["body"]["mode"] == "formdata"


@pytest.mark.django_db
def test_the_requests_sign_in_and_list_the_books() -> None:
    variables = {**VARIABLES, "password": PASSWORD}

    def send(name: str) -> Any:
        request = requests()[name]
        client = ConformingClient()
        if "auth" not in request:
            client.credentials(HTTP_AUTHORIZATION=f"Bearer {variables['access']}")
        text = request.get("body", {}).get("raw", "{}")
        for key, value in variables.items():
            text = text.replace(f"{{{{{key}}}}}", value)
        path = request["url"]["raw"].removeprefix("{{baseUrl}}")
        return client.generic(request["method"], path, text, content_type="application/json")

    assert send("auth: Register").status_code == 201
    tokens = send("auth: Sign in").json()
    variables |= {name: tokens[name] for name in ("access", "refresh")}
    assert send("books: List books").json()["results"] == []
    assert send("auth: Renew the tokens").status_code == 200


def test_the_requests_that_answer_tokens_store_them() -> None:
    storing = [
        json.dumps(item["event"])
        for folder in collection(openapi_document())["item"]
        for item in folder["item"]
        if "event" in item
    ]

    assert len(storing) == 2
    assert all('set(\\"access\\"' in script for script in storing)
