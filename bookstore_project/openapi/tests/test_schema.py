"""The OpenAPI document is valid and complete, and its examples match the schemas."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.urls import URLPattern, URLResolver, get_resolver
from jsonschema import Draft202012Validator
from rest_framework.test import APIClient
from stdnum import isbn

from bookstore_project.http.request_id import ACCEPTABLE
from bookstore_project.http.scopes import SCOPES
from bookstore_project.openapi.introduction import TAGS
from bookstore_project.openapi.pages import openapi_document
from tests.openapi import strict_document

# Pages for people, the document itself, and the view that answers all other paths.
UNDOCUMENTED = {"home", "favicon", "schema", "docs", "redoc", None}
UNDOCUMENTED_PREFIXES = ("/account/", "/admin/", "/api/session/", "/.well-known/change-")

OPEN = {
    "root_retrieve",
    "auth_register_create",
    "auth_email_confirm_create",
    "auth_email_resend_create",
    "auth_passkey_create",
    "auth_passkey_options_create",
    "auth_password_reset_confirm_create",
    "auth_password_reset_create",
    "auth_token_create",
    "auth_token_refresh_create",
    "auth_token_second_factor_create",
    "auth_token_verify_create",
    "tutorial_register_create",
    "well_known_jwks_json_retrieve",
    "healthz_retrieve",
    "readyz_retrieve",
}
VERBS = {
    "list",
    "retrieve",
    "create",
    "update",
    "partial_update",
    "destroy",
    "destroy_all",
}
TOKEN_HEADERS: list[dict[str, list[str]]] = [
    {"bearerAuth": []},
    {"tutorialHeader": []},
    {"tutorialHeaderSingular": []},
]

OPERATIONS = {
    operation["operationId"]: operation
    for methods in openapi_document()["paths"].values()
    for operation in methods.values()
}
# Operations that respond with one version of a book.
TAGGED = (
    "books_create",
    "books_retrieve",
    "books_update",
    "books_partial_update",
    "books_by_isbn_update",
    "books_destroy",
    "books_restore_create",
)

# Responses that may set or delete the cookie with the refresh token.
COOKIES = dict.fromkeys(
    [
        ("auth_token_create", "200"),
        ("auth_token_refresh_create", "200"),
        ("auth_step_up_create", "200"),
        ("auth_token_second_factor_create", "200"),
        ("auth_passkey_create", "200"),
        ("auth_logout_create", "204"),
    ],
    ("Set-Cookie",),
)

PATCHES = [
    methods["patch"]["operationId"]
    for methods in openapi_document()["paths"].values()
    if "patch" in methods
]

each_operation = pytest.mark.parametrize("name", OPERATIONS)


def test_the_document_is_valid_and_made_without_a_warning(tmp_path: Path) -> None:
    file = tmp_path / "openapi.yaml"

    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(file))

    assert file.read_text().startswith("openapi: 3.1.1\n")


def test_every_public_route_is_documented_and_nothing_else() -> None:
    assert set(openapi_document()["paths"]) == set(_routes(get_resolver().url_patterns))


def _routes(patterns: list[URLPattern | URLResolver], prefix: str = "/") -> Iterator[str]:
    """Yield the public routes in the document's notation."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern).strip("^$").removesuffix("\\Z").replace("/?", "")
        if route.startswith(UNDOCUMENTED_PREFIXES):
            continue
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern.url_patterns, route)
        elif pattern.name not in UNDOCUMENTED:
            route = re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)|<\w+:(\w+)>", r"{\1\2}", route)
            yield route.replace("{pk}", "{id}")


def test_the_introduction_says_how_to_begin() -> None:
    introduction = openapi_document()["info"]["description"]

    for word in ("/api/v1/auth/register", "Authorization: Bearer", "x-access-tokens", "RFC 9457"):
        assert word in introduction


def test_the_tags_are_explained_in_reading_order() -> None:
    assert [tag["name"] for tag in openapi_document()["tags"]] == [
        "auth",
        "sessions",
        "second-factor",
        "users",
        "books",
        "tutorial",
        "health",
        "root",
    ]
    assert {tag for operation in OPERATIONS.values() for tag in operation["tags"]} == {
        tag["name"] for tag in TAGS
    }
    assert all(tag["description"] for tag in TAGS)


def test_the_schemes_are_both_headers_basic_and_the_cookie() -> None:
    schemes = openapi_document()["components"]["securitySchemes"]

    assert {
        name: (scheme["type"], scheme.get("scheme") or scheme["name"])
        for name, scheme in schemes.items()
    } == {
        "bearerAuth": ("http", "bearer"),
        "tutorialHeader": ("apiKey", "x-access-tokens"),
        "tutorialHeaderSingular": ("apiKey", "x-access-token"),
        "apiToken": ("http", "bearer"),
        "basicAuth": ("http", "basic"),
        "refreshCookie": ("apiKey", "__Secure-refresh"),
        "tutorialBareToken": ("apiKey", "Authorization"),
    }


@pytest.mark.parametrize("name", sorted(OPERATIONS.keys() - OPEN - {"tutorial_login_create"}))
def test_any_one_of_the_token_headers_is_enough(name: str) -> None:
    more: list[dict[str, list[str]]] = []
    if name.startswith("tutorial_"):
        more = [{"tutorialBareToken": []}]
    if OPERATIONS[name]["tags"] == ["books"]:
        more = [{"apiToken": []}]
    if name == "auth_logout_create":
        more = [{"refreshCookie": []}]
    assert OPERATIONS[name]["security"] == TOKEN_HEADERS + more


@pytest.mark.parametrize("name", sorted(OPEN))
def test_an_open_operation_needs_no_credentials(name: str) -> None:
    optional: list[list[dict[str, list[str]]]] = [
        [{"basicAuth": []}, {}],
        [{"refreshCookie": []}, {}],
        [*TOKEN_HEADERS, {}],
    ]
    assert OPERATIONS[name]["security"] in ([], *optional)


@pytest.mark.parametrize("name", ["auth_token_create", "tutorial_login_create"])
def test_a_login_takes_basic(name: str) -> None:
    assert {"basicAuth": []} in OPERATIONS[name]["security"]


def test_an_operation_id_is_made_of_the_segments_of_the_path_and_a_verb() -> None:
    for path, methods in openapi_document()["paths"].items():
        words = re.findall(r"[a-z]+", re.sub(r"\{\w+\}|^/api/v1", "", path)) or ["root"]
        for operation in methods.values():
            surface = ["tutorial"] if "tutorial" in operation["tags"] else []
            name, _, verb = operation["operationId"].partition("_".join([*surface, *words]) + "_")
            assert (name, verb in VERBS) == ("", True)


def test_the_operations_of_the_tutorial_are_deprecated_and_no_others() -> None:
    deprecated = {name for name, operation in OPERATIONS.items() if operation.get("deprecated")}

    assert deprecated == {name for name in OPERATIONS if name.startswith("tutorial_")}


@each_operation
def test_each_operation_has_a_summary_and_a_description(name: str) -> None:
    assert OPERATIONS[name]["summary"]
    assert OPERATIONS[name]["description"]


@each_operation
def test_each_request_body_is_json_or_a_file_and_has_an_example(name: str) -> None:
    for media_type, content in OPERATIONS[name].get("requestBody", {}).get("content", {}).items():
        kinds = {"application/json", *(["application/merge-patch+json"] if name in PATCHES else [])}
        assert media_type in kinds or name == "books_import_create"
        assert content["examples"]


@each_operation
def test_each_response_body_has_an_example(name: str) -> None:
    for response in OPERATIONS[name]["responses"].values():
        for content in response.get("content", {}).values():
            assert content["examples"]


# Lists in pages, and those of them that have a tag.
PAGED = [
    name
    for name, operation in OPERATIONS.items()
    if any(each["name"] == "cursor" for each in operation.get("parameters", ()))
]
PAGES_WITH_TAG = ("books_list", "books_history_list", "books_deleted_list")
# Headers of the responses of single operations.
OWN_HEADERS = {
    **{(name, "200"): {"Link"} for name in PAGED},
    **{(name, "200"): {"Link", "ETag"} for name in PAGES_WITH_TAG},
    **{(name, "304"): {"ETag"} for name in PAGES_WITH_TAG},
    ("books_create", "201"): {"Location", "Idempotency-Replayed"},
    ("books_by_isbn_update", "201"): {"Location"},
    ("books_batch_create", "200"): {"Idempotency-Replayed"},
    ("books_export_retrieve", "200"): {"Content-Disposition"},
    ("users_me_export_retrieve", "200"): {"Content-Disposition"},
    ("books_import_create", "200"): {"Idempotency-Replayed"},
    ("books_import_create", "409"): {"Retry-After"},
    **{(name, "415"): {"Accept-Patch"} for name in PATCHES},
}


@each_operation
def test_each_response_has_a_description_and_documents_its_headers(name: str) -> None:
    for status, response in OPERATIONS[name]["responses"].items():
        own = (*OWN_HEADERS.get((name, status), ()), *COOKIES.get((name, status), ()))
        headers = {"X-Request-Id", *own}
        if "429" in OPERATIONS[name]["responses"]:
            headers |= {"RateLimit", "RateLimit-Policy"}
        if status == "401":
            headers.add("WWW-Authenticate")
        if status in ("429", "503") and name != "readyz_retrieve":
            headers.add("Retry-After")
        if name in TAGGED and status in ("200", "201", "304", "412"):
            headers.add("ETag")
        assert set(response["headers"]) == headers
        assert response["description"]


def test_the_documented_request_id_is_what_is_accepted_from_a_client() -> None:
    header = openapi_document()["components"]["headers"]["X-Request-Id"]

    assert header["schema"]["pattern"] == f"^{ACCEPTABLE.pattern}$"
    assert ACCEPTABLE.fullmatch(header["example"])


@each_operation
def test_the_examples_are_valid_by_their_schemas(name: str) -> None:
    bodies = _bodies(OPERATIONS[name])

    assert [error for body in bodies for error in _errors(*body)] == []


def _bodies(operation: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield the schema and the examples of each request and response body of an operation."""
    for part in (operation.get("requestBody", {}), *operation["responses"].values()):
        for content in part.get("content", {}).values():
            yield content["schema"], content["examples"]


def _errors(schema: dict[str, Any], examples: dict[str, Any]) -> list[str]:
    # With closed objects, a member that is only in the example is an error too.
    validator = Draft202012Validator(
        {**schema, "components": strict_document()["components"]},
        format_checker=Draft202012Validator.FORMAT_CHECKER,
    )
    return [
        error.message
        for example in examples.values()
        for error in validator.iter_errors(example["value"])
    ]


@each_operation
def test_an_example_of_a_problem_has_the_status_that_it_stands_under(name: str) -> None:
    for status, response in OPERATIONS[name]["responses"].items():
        content = response.get("content", {}).get("application/problem+json", {})
        for example in content.get("examples", {}).values():
            assert example["value"]["status"] == int(status)


@each_operation
def test_each_parameter_has_an_example_that_is_valid_by_its_schema(name: str) -> None:
    for parameter in OPERATIONS[name].get("parameters", ()):
        assert parameter["schema"]["examples"], parameter["name"]
        examples = {str(each): {"value": each} for each in parameter["schema"]["examples"]}
        assert _errors(parameter["schema"], examples) == []
        # Swagger UI would send it with each request that is tried out.
        assert not {"example", "examples"}.intersection(parameter)


def test_ids_and_versions_are_integers_of_64_bits() -> None:
    found = [each for each in _integers(openapi_document()) if each[0] in ("id", "version")]

    assert {name for name, _ in found} == {"id", "version"}
    assert [each for each in found if each[1].get("format") != "int64"] == []


def _integers(node: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the name and the schema of each integer that is a member or a parameter."""
    if isinstance(node, list):
        for value in node:
            yield from _integers(value)
    elif isinstance(node, dict):
        members = {**node.get("properties", {})} if "properties" in node else {}
        if "in" in node and "schema" in node:
            members[node["name"]] = node["schema"]
        for name, schema in members.items():
            one = schema.get("items", schema)
            if one.get("type") == "integer":
                yield name, one
        for value in node.values():
            yield from _integers(value)


def test_no_schema_has_what_clients_stumble_over() -> None:
    """A price is no union of types, no multiple of 0.01, and of no format that few know."""
    formats = {"uuid", "date", "date-time", "int64", "uri", "binary", "password", "email"}
    for schema in _schemas(openapi_document()):
        assert "multipleOf" not in schema
        assert schema.get("format", "uuid") in formats
        types = schema.get("type", "string")
        is_union = isinstance(types, list) and set(types) - {"null"} != {types[0]}
        assert not is_union or types == ["string", "integer"]  # The tutorial's texts.


def _schemas(node: Any) -> Iterator[dict[str, Any]]:
    """Yield each object that may be a schema; examples are not among them."""
    if isinstance(node, list):
        for value in node:
            yield from _schemas(value)
    elif isinstance(node, dict):
        yield node
        for name, value in node.items():
            if name not in ("example", "examples"):
                yield from _schemas(value)


@pytest.mark.parametrize("price", ["19.99", "1.15", "0.07", "0.29", "4.35"])
def test_a_price_is_valid_by_the_schema_of_requests(price: str) -> None:
    schemas = openapi_document()["components"]["schemas"]

    for name in ("BookRequest", "PatchedBookRequest", "IsbnBookRequest"):
        schema = schemas[name]["properties"]["price"]
        assert _errors(schema, {"": {"value": price}, "none": {"value": None}}) == []
        assert _errors(schema, {"": {"value": "12,50"}}) != []


def test_the_orderings_have_names_for_generated_clients() -> None:
    ordering = openapi_document()["components"]["schemas"]["BookOrdering"]
    names = dict(zip(ordering["enum"], ordering["x-enum-varnames"], strict=True))

    assert names["price"] == "PRICE"
    assert names["-published_on"] == "PUBLISHED_ON_DESCENDING"
    assert all(name.isidentifier() for name in names.values())


def test_the_document_names_its_servers_its_license_and_a_contact() -> None:
    document = openapi_document()

    assert [server["url"] for server in document["servers"]] == ["/", "http://127.0.0.1:8000"]
    assert document["info"]["license"] == {"name": "MIT", "identifier": "MIT"}
    assert document["info"]["contact"]["name"]


def test_the_example_of_the_root_is_what_it_answers() -> None:
    content = OPERATIONS["root_retrieve"]["responses"]["200"]["content"]["application/json"]
    example = next(iter(content["examples"].values()))["value"]

    response = APIClient(HTTP_HOST="127.0.0.1:8000").get("/api/v1")

    assert response.json() == example


def test_the_books_of_the_examples_have_a_real_isbn() -> None:
    content = OPERATIONS["books_create"]["requestBody"]["content"]["application/json"]

    for example in content["examples"].values():
        assert isbn.is_valid(example["value"]["isbn"])


def test_the_scopes_of_api_tokens_are_described_and_each_operation_names_its_own() -> None:
    scheme = openapi_document()["components"]["securitySchemes"]["apiToken"]
    named = {
        name: re.findall(r"An API token needs the scope `(books:\w+)`", operation["description"])
        for name, operation in OPERATIONS.items()
    }

    assert all(f"`{scope}`" in scheme["description"] for scope in SCOPES)
    assert named["books_list"] == named["books_export_retrieve"] == ["books:read"]
    assert named["books_create"] == named["books_import_create"] == ["books:write"]
    assert {name for name, scopes in named.items() if scopes} == {
        name for name, operation in OPERATIONS.items() if operation["tags"] == ["books"]
    }


def test_each_operation_that_reads_a_token_documents_that_an_api_token_may_not_be_enough() -> None:
    for name, operation in OPERATIONS.items():
        if {"bearerAuth": []} in operation["security"] and not name.startswith("tutorial_"):
            assert "403" in operation["responses"]
