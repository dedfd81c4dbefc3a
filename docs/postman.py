"""Make the collection of requests for Postman and Bruno from the OpenAPI document.

    python -m docs.postman

The format is Postman's Collection 2.1, which Bruno imports. Path variables have the examples of the
document, query parameters are switched off, and a body is the first example.
"""

import json
import os
import re
from pathlib import Path
from typing import Any

COLLECTION = Path(__file__).resolve().parent / "bookstore.postman_collection.json"
SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"

VARIABLES = {
    "baseUrl": "http://127.0.0.1:8000",
    "name": "ada",
    "password": "",
    "access": "",
    "refresh": "",
}
# The script after a request that answers tokens.
STORE_TOKENS = [
    "const tokens = pm.response.json();",
    'pm.collectionVariables.set("access", tokens.access);',
    'pm.collectionVariables.set("refresh", tokens.refresh);',
]
# Bodies with variables, instead of the examples of the document.
BODIES: dict[str, dict[str, str]] = {
    "auth_register_create": {"name": "{{name}}", "password": "{{password}}"},
    "auth_token_create": {"name": "{{name}}", "password": "{{password}}"},
    "auth_token_refresh_create": {"refresh": "{{refresh}}"},
}
TOKENS = {"auth_token_create", "auth_token_refresh_create"}


def collection(document: dict[str, Any]) -> dict[str, Any]:
    """Return the collection: a folder for each tag, with a request for each operation."""
    folders: dict[str, list[Any]] = {tag["name"]: [] for tag in document["tags"]}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if not operation.get("deprecated"):
                (tag,) = operation["tags"]
                folders[tag].append(_request(path, method.upper(), operation))
    return {
        "info": {"name": document["info"]["title"], "schema": SCHEMA},
        "auth": {"type": "bearer", "bearer": [_text("token", "{{access}}")]},
        "variable": [{"key": key, "value": value} for key, value in VARIABLES.items()],
        "item": [{"name": name, "item": items} for name, items in folders.items() if items],
    }


def _request(path: str, method: str, operation: dict[str, Any]) -> dict[str, Any]:
    parameters = operation.get("parameters", ())
    request: dict[str, Any] = {
        "method": method,
        "header": [_off(each) for each in parameters if each["in"] == "header"],
        "url": _url(path, parameters),
        "description": operation["description"],
    }
    if not any("bearerAuth" in each for each in operation["security"]):
        request["auth"] = {"type": "noauth"}
    if "requestBody" in operation:
        request |= _body(operation)
    item = {"name": operation["summary"], "request": request}
    if operation["operationId"] in TOKENS:
        script = {"type": "text/javascript", "exec": STORE_TOKENS}
        item["event"] = [{"listen": "test", "script": script}]
    return item


def _url(path: str, parameters: Any) -> dict[str, Any]:
    written = re.sub(r"\{(\w+)\}", r":\1", path)
    return {
        "raw": "{{baseUrl}}" + written,
        "host": ["{{baseUrl}}"],
        "path": written.removeprefix("/").split("/"),
        "query": [_off(each) for each in parameters if each["in"] == "query"],
        "variable": [
            {"key": each["name"], "value": _example(each)}
            for each in parameters
            if each["in"] == "path"
        ],
    }


def _body(operation: dict[str, Any]) -> dict[str, Any]:
    """Return the body of a request: a file if it takes one, else JSON."""
    content = operation["requestBody"]["content"]
    if "application/json" not in content:
        file = {"key": "file", "type": "file", "src": []}
        return {"body": {"mode": "formdata", "formdata": [file]}}
    (first, *_) = content["application/json"]["examples"].values()
    value = BODIES.get(operation["operationId"], first["value"])
    text = json.dumps(value, indent=2, ensure_ascii=False)
    options = {"raw": {"language": "json"}}
    return {"body": {"mode": "raw", "raw": text, "options": options}}


def _off(parameter: dict[str, Any]) -> dict[str, Any]:
    value = {"key": parameter["name"], "value": _example(parameter), "disabled": True}
    return {**value, "description": parameter["description"]}


def _example(parameter: dict[str, Any]) -> str:
    (first, *_) = parameter["schema"]["examples"]
    values = first if isinstance(first, list) else [first]
    return ",".join(
        json.dumps(value) if isinstance(value, bool) else str(value) for value in values
    )


def _text(key: str, value: str) -> dict[str, str]:
    return {"key": key, "value": value, "type": "string"}


def written(document: dict[str, Any]) -> str:
    """Return the collection as the text of its file."""
    return json.dumps(collection(document), indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    import django  # noqa: PLC0415  # only for the command

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bookstore_project.settings")
    django.setup()

    from bookstore_project.openapi.pages import openapi_document  # noqa: PLC0415  # needs Django

    COLLECTION.write_text(written(openapi_document()), encoding="utf-8")


if __name__ == "__main__":
    main()
