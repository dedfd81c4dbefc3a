"""Checks responses against the OpenAPI document."""

import copy
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from bookstore_project.openapi.pages import openapi_document


class UndocumentedError(AssertionError):
    """A response that the OpenAPI document does not allow."""


@cache
def strict_document() -> dict[str, Any]:
    """Return the document with every object closed: an undocumented member is an error."""
    document = copy.deepcopy(openapi_document())
    _close_objects(document["components"]["schemas"])
    _close_objects(document["paths"])
    return document


def documented_paths() -> list[str]:
    return list(strict_document()["paths"])


@cache
def documented_path(path: str) -> str | None:
    """Return the document's template for a request path, or None if it has none.

    A path without parameters takes precedence over a template that also matches.
    """
    candidates = [template for template in documented_paths() if _pattern(template).fullmatch(path)]
    return min(candidates, key=lambda template: template.count("{"), default=None)


# Header fields that the server sends with every response, or that HTTP explains well enough.
COMMON_HEADERS = {
    "accept-ranges",
    "access-control-allow-credentials",
    "access-control-allow-origin",
    "access-control-expose-headers",
    "allow",
    "cache-control",
    "content-language",
    "content-length",
    "content-security-policy",
    "content-type",
    "cross-origin-opener-policy",
    "expires",
    "last-modified",
    "referrer-policy",
    "vary",
    "www-authenticate",  # With 401, test_schema.py looks for it; some 403 have it too.
    "x-content-type-options",
    "x-frame-options",
}


def check_response(
    *,
    path: str,
    method: str,
    status: int,
    headers: Mapping[str, str],
    body: Any,
) -> None:
    """Raise UndocumentedError unless the document allows this response.

    Paths and methods that are not in the document are skipped; the access matrix specifies
    their responses.
    """
    content_type = headers.get("Content-Type", "")
    template = documented_path(path)
    operation = strict_document()["paths"].get(template, {}).get(method.lower())
    if operation is None:
        return
    where = f"{method} {template} -> {status} {content_type}"
    response = operation["responses"].get(str(status))
    if response is None:
        raise UndocumentedError(f"{where}: the status is not documented")
    undocumented = {name.lower() for name in headers} - COMMON_HEADERS
    undocumented -= {name.lower() for name in response["headers"]}
    if undocumented:
        raise UndocumentedError(f"{where}: the headers {undocumented} are not documented")
    content = response.get("content")
    if content is None:
        if body not in (None, b"", ""):
            raise UndocumentedError(f"{where}: no body is documented")
        return
    media_type = content_type.partition(";")[0]
    if media_type not in content:
        raise UndocumentedError(f"{where}: documented are {sorted(content)}")
    validator = _validator(template, method.lower(), str(status), media_type)
    errors = [error.message for error in validator.iter_errors(body)]
    if errors:
        raise UndocumentedError(f"{where}: {'; '.join(errors)}")


@cache
def _validator(*keys: str) -> Draft202012Validator:
    """Return the validator of a body. It is cached with its resolved references."""
    template, method, status, media_type = keys
    responses = strict_document()["paths"][template][method]["responses"]
    schema = responses[status]["content"][media_type]["schema"]
    return Draft202012Validator(
        {**schema, "components": strict_document()["components"]},
        format_checker=Draft202012Validator.FORMAT_CHECKER,
    )


@cache
def _pattern(template: str) -> re.Pattern[str]:
    literals = re.split(r"\{[^}]+\}", template)
    return re.compile("[^/]+".join(re.escape(literal) for literal in literals) + "/?")


def _close_objects(node: Any) -> None:
    if isinstance(node, dict):
        if node.get("type") == "object" and "properties" in node:
            node.setdefault("additionalProperties", False)
        for value in node.values():
            _close_objects(value)
    elif isinstance(node, list):
        for value in node:
            _close_objects(value)
