"""Every code of an error is in the OpenAPI document, and nothing else is."""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

import django.contrib.auth.password_validation
import django.core.validators
import django.forms.fields
import pytest
import rest_framework.exceptions
import rest_framework.fields
import rest_framework.validators

from bookstore_project.openapi import codes
from bookstore_project.openapi.codes import (
    CodeField,
    FieldCodeField,
    NoteCodeField,
    ProblemCodeField,
    RowCodeField,
)
from bookstore_project.openapi.pages import openapi_document

ROOT = Path(__file__).resolve().parents[3]
FIELDS: list[type[CodeField]] = [ProblemCodeField, FieldCodeField, RowCodeField, NoteCodeField]
DOCUMENTED = {code for field in FIELDS for code in field.codes}

# Packages that answer no request of the canonical API: pages, probes, commands, and the tutorial's
# routes, whose errors are a `message`.
OTHERS = {"tests", "migrations", "admin", "management", "moving_in", "flask_compat", "web"}

# Functions and classes with a code among their positional arguments: the place of it.
PLACES = {"fail": 0, "error": 0, "RefusedError": 0, "NotTakenError": 0, "_error": 1}

# Libraries with errors that the API passes on.
LIBRARIES = (
    django.contrib.auth.password_validation,
    django.core.validators,
    django.forms.fields,
    rest_framework.exceptions,
    rest_framework.fields,
    rest_framework.validators,
)


def source() -> Iterator[ast.Module]:
    for app in ("accounts", "books", "bookstore_project"):
        for path in (ROOT / app).rglob("*.py"):
            is_table = path == Path(codes.__file__)
            if not (is_table or OTHERS.intersection(path.relative_to(ROOT).parts)):
                yield ast.parse(path.read_text())


def texts(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def codes_in(tree: ast.Module) -> Iterator[str]:
    """Yield the texts that are passed as codes, or are the default code of a class."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func).rpartition(".")[2]
            place = PLACES.get(name, len(node.args))
            yield from constants(node.args[place : place + 1])
            yield from constants([each.value for each in node.keywords if each.arg == "code"])
        elif isinstance(node, ast.Assign):
            names = {ast.unparse(target) for target in node.targets}
            if names & {"default_code", "CODE"}:
                yield from constants([node.value])


def constants(values: list[ast.expr]) -> Iterator[str]:
    for value in values:
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield value.value


def test_every_code_in_the_source_is_documented() -> None:
    found = {code for tree in source() for code in codes_in(tree)}

    assert {"name_taken", "unknown_member", "row_too_long", "no_price", "cross_site"} <= found
    # Texts with spaces are those of log lines.
    assert {code for code in found if " " not in code} - DOCUMENTED == set()


def test_every_documented_code_is_in_the_source_or_in_a_library() -> None:
    libraries = [ast.parse(inspect.getsource(module)) for module in LIBRARIES]

    assert DOCUMENTED - {text for tree in (*source(), *libraries) for text in texts(tree)} == set()


@pytest.mark.parametrize("field", FIELDS)
def test_the_codes_are_enumerations_with_a_text_for_each(field: type[CodeField]) -> None:
    schema = openapi_document()["components"]["schemas"][field.component]

    assert schema["enum"] == sorted(field.codes)
    assert schema["x-enum-descriptions"] == list(field.codes.values())
    for code, text in field.codes.items():
        assert f"\n* `{code}`: {text}" in schema["description"]
        assert text.endswith(".")
