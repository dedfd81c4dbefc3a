"""Finds what a new OpenAPI document takes away from the clients of an older one.

Additions are no findings: another operation, an optional parameter or member, a wider limit of a
request, another member or value of an enumeration in a response (docs/api-stability.md). Only the
canonical API is compared: the tutorial's routes have a contract of their own.

`python -m tests.api_changes` keeps the present document for the comparison with later ones.
"""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Document = dict[str, Any]
Schema = dict[str, Any]

KEPT = Path(__file__).resolve().parent / "openapi-kept.json"

# The smaller, and the larger value is the stricter one.
MAXIMA = ("maxLength", "maximum", "maxItems", "maxProperties")
MINIMA = ("minLength", "minimum", "minItems", "minProperties")
# Parts of a document that no client depends on.
TEXTS = {"description", "summary", "title", "examples", "example", "tags", "info", "servers"}
TEXTS |= {"x-enum-descriptions"}


def removals(old: Document, new: Document) -> list[str]:
    """Return the changes that break a client of `old`.

    An operation may go once the day of its sunset is past.
    """
    return [*_removals(_expanded(old, old), _expanded(new, new))]


def _removals(old: Document, new: Document) -> Iterator[str]:
    for path, methods in old["paths"].items():
        for method, before in methods.items():
            after = new["paths"].get(path, {}).get(method)
            where = f"{method.upper()} {path}"
            if before["operationId"].startswith("tutorial_"):
                continue
            if after is None:
                if not _is_past(before.get("x-sunset")):
                    yield f"{where}: was removed"
            else:
                yield from (f"{where}: {text}" for text in _operation(before, after))


def _is_past(day: str | None) -> bool:
    return day is not None and day <= datetime.now(UTC).date().isoformat()


def _operation(before: Any, after: Any) -> Iterator[str]:
    if before["operationId"] != after["operationId"]:
        yield f"is called {after['operationId']} now"
    yield from _security(before.get("security", []), after.get("security", []))
    yield from _parameters(before, after)
    yield from _body(before.get("requestBody", {}), after.get("requestBody", {}))
    for status, response in before["responses"].items():
        now = after["responses"].get(status)
        if now is not None:
            yield from _response(f"{status}", response, now)
        elif status.startswith("2"):
            yield f"{status}: was removed"


def _security(before: list[Any], after: list[Any]) -> Iterator[str]:
    for one in before or [{}]:
        if one not in (after or [{}]):
            yield f"no longer takes {' and '.join(one) or 'requests without credentials'}"


def _parameters(before: Any, after: Any) -> Iterator[str]:
    former = {(each["in"], each["name"]): each for each in before.get("parameters", ())}
    present = {(each["in"], each["name"]): each for each in after.get("parameters", ())}
    for key, parameter in former.items():
        where, now = f"parameter {key[1]}", present.get(key)
        if now is None:
            yield f"{where}: was removed"
            continue
        if any(parameter.get(style) != now.get(style) for style in ("style", "explode")):
            yield f"{where}: is written in another way"
        pair = (parameter["schema"], now["schema"])
        yield from _schemas(where, *pair, is_request=True)
    for key, parameter in present.items():
        if parameter.get("required") and not former.get(key, {}).get("required"):
            yield f"parameter {key[1]}: is required now"


def _body(before: Any, after: Any) -> Iterator[str]:
    if after.get("required") and not before.get("required"):
        yield "body: is required now"
    yield from _contents("body", before, after, is_request=True)


def _response(where: str, before: Any, after: Any) -> Iterator[str]:
    for name in sorted(before.get("headers", {}).keys() - after.get("headers", {}).keys()):
        yield f"{where}: header {name}: was removed"
    yield from _contents(where, before, after, is_request=False)


def _contents(where: str, before: Any, after: Any, *, is_request: bool) -> Iterator[str]:
    for media_type, content in before.get("content", {}).items():
        now = after.get("content", {}).get(media_type)
        if now is None:
            yield f"{where}: {media_type}: was removed"
        else:
            pair = (content["schema"], now["schema"])
            yield from _schemas(where, *pair, is_request=is_request)


def _schemas(where: str, before: Schema, after: Schema, *, is_request: bool) -> Iterator[str]:
    """Compare two schemas of a value, and those of its members and items."""
    narrower = _narrower if is_request else _wider
    yield from (f"{where}: {text}" for text in narrower(before, after))
    gone = [*before["enum"]] if "enum" in before else []
    for value in gone:
        if value not in after.get("enum", gone):
            yield f"{where}: the value {value!r} was removed"
    for name, member in before.get("properties", {}).items():
        now = after.get("properties", {}).get(name)
        if now is None:
            yield f"{where}/{name}: was removed"
        else:
            yield from _schemas(f"{where}/{name}", member, now, is_request=is_request)
    if "items" in before and "items" in after:
        pair = (before["items"], after["items"])
        yield from _schemas(f"{where}/*", *pair, is_request=is_request)


def _narrower(before: Schema, after: Schema) -> Iterator[str]:
    """Yield what a value of a request has to be now, and had not to be before."""
    for name in sorted({*after.get("required", ())} - {*before.get("required", ())}):
        yield f"{name} is required now"
    for kind in sorted(_types(before) - _types(after)):
        yield f"is no longer taken as {kind}"
    yield from _limits(before, after)
    if "enum" in after and "enum" not in before:
        yield "is one of some values now"
    was_open, is_open = (each.get("additionalProperties") is not False for each in (before, after))
    if was_open and not is_open:
        yield "takes no other members now"


def _limits(before: Schema, after: Schema) -> Iterator[str]:
    for name in MAXIMA:
        if after.get(name, float("inf")) < before.get(name, float("inf")):
            yield f"{name} is smaller"
    for name in MINIMA:
        if after.get(name, float("-inf")) > before.get(name, float("-inf")):
            yield f"{name} is larger"
    for name in ("pattern", "format", "multipleOf"):
        if name in after and after[name] != before.get(name):
            yield f"{name} is another one"


def _wider(before: Schema, after: Schema) -> Iterator[str]:
    """Yield what a value of a response may be now, and could not be before."""
    for name in sorted({*before.get("required", ())} - {*after.get("required", ())}):
        yield f"{name} may be missing now"
    for kind in sorted(_types(after) - _types(before)):
        yield f"may be {kind} now"
    if "format" in before and after.get("format") != before["format"]:
        yield "format is another one"


def _types(schema: Schema) -> set[str]:
    """Return the types of a value. The types of JSON count as one type if all are possible."""
    types = schema.get("type", "anything")
    return {types} if isinstance(types, str) else set(types)


def _expanded(node: Any, document: Document) -> Any:
    """Return a part of a document without `$ref`, `allOf` and `oneOf`.

    The only use of `oneOf` is a component that may be null.
    """
    if isinstance(node, list):
        return [_expanded(each, document) for each in node]
    if not isinstance(node, dict):
        return node
    parts = [*node.get("allOf", ()), *node.get("oneOf", ())]
    if "$ref" in node:
        found: Any = document
        for step in node["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        parts.append(found)
    rest = {name: part for name, part in node.items() if name not in ("$ref", "allOf", "oneOf")}
    whole = {name: _expanded(part, document) for name, part in rest.items()}
    for part in parts:
        if part != {"type": "null"}:
            whole = {**_expanded(part, document), **whole}
    if "oneOf" in node:
        whole["type"] = sorted(_types(whole) | {"null"})
    return whole


def without_texts(node: Any, *, are_names: bool = False) -> Any:
    """Return a document without texts and examples. Names may be the same as those of texts."""
    if isinstance(node, list):
        return [without_texts(each) for each in node]
    if not isinstance(node, dict):
        return node
    return {
        name: without_texts(part, are_names=name in ("properties", "headers", "schemas"))
        for name, part in node.items()
        if are_names or name not in TEXTS
    }


def present_document() -> Document:
    from bookstore_project.openapi.pages import openapi_document  # noqa: PLC0415  # needs Django

    return openapi_document()


def main() -> None:
    import django  # noqa: PLC0415  # only for the command

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bookstore_project.settings")
    django.setup()
    text = json.dumps(without_texts(present_document()), indent=1, sort_keys=True)
    KEPT.write_text(f"{text}\n")


if __name__ == "__main__":
    main()
