"""Strict parsers of request bodies: UTF-8 only, and of bounded size."""

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from io import BytesIO
from typing import IO, Any, NoReturn

from django.conf import settings
from rest_framework import parsers
from rest_framework.exceptions import ParseError

from bookstore_project.api.errors import PayloadTooLarge
from bookstore_project.http.body_length import declared_length
from bookstore_project.http.utf8 import NOT_UTF8_FORM, is_utf8

from .error_list import MAXIMUM_NAME

# Python refuses 4,301 digits, with an error message for programmers instead of clients.
MAXIMUM_DIGITS = 4_000

SURROGATE = re.compile("[\ud800-\udfff]")


def check_size(parser_context: Mapping[str, Any] | None) -> None:
    """Raise PayloadTooLarge if the declared length is over DATA_UPLOAD_MAX_MEMORY_SIZE bytes."""
    request = (parser_context or {}).get("request")
    if request and declared_length(request) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        raise PayloadTooLarge


def _bounded(stream: IO[bytes], parser_context: Mapping[str, Any] | None) -> bytes:
    """Return the whole body. Raises PayloadTooLarge, whether or not its length is declared."""
    check_size(parser_context)
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    body = stream.read(limit + 1)
    if len(body) > limit:
        raise PayloadTooLarge
    return body


def _parse_int(digits: str) -> int:
    if len(digits) > MAXIMUM_DIGITS:
        raise ValueError(f"a number has more than {MAXIMUM_DIGITS} digits")
    return int(digits)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _unique_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object's members. Duplicate names are unpredictable (RFC 8259 section 4)."""
    members: dict[str, Any] = {}
    # One pass: anybody may send a megabyte, which has a hundred thousand members.
    for name, value in pairs:
        if name in members:
            raise ValueError(f"the member {name[:MAXIMUM_NAME]!r} occurs twice")
        if SURROGATE.search(name):
            # The response would repeat this unknown name, which can't be encoded.
            raise ValueError(f"the member {name[:MAXIMUM_NAME]!r} has half of a surrogate pair")
        members[name] = value
    return members


class NotReadableError(ValueError):
    """Valid JSON that is too much for Python; the message is a complete sentence."""


# Built once: json.loads() would build a decoder for each call.
STRICT = json.JSONDecoder(
    parse_float=Decimal,
    parse_int=_parse_int,
    parse_constant=_refuse_constant,
    object_pairs_hook=_unique_members,
)


def strict_json(text: str) -> Any:
    """Return the value of a JSON text (RFC 8259). Raises ValueError.

    Numbers with a fraction or an exponent become Decimal, so that prices are not rounded. NaN,
    Infinity, duplicate members, and nesting beyond Python's recursion limit are refused.
    """
    try:
        return STRICT.decode(text)
    except RecursionError as error:
        raise NotReadableError("The JSON is nested too deeply.") from error
    except ArithmeticError as error:
        raise NotReadableError("A number in the JSON is out of range.") from error


class JSONParser(parsers.JSONParser):
    """Strict JSON."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        try:
            return strict_json(_bounded(stream, parser_context).decode("utf-8"))
        except NotReadableError as error:
            raise ParseError(str(error)) from error
        except ValueError as error:
            raise ParseError(f"The body is not valid JSON: {error}") from error


class MergePatchParser(JSONParser):
    """A JSON merge patch (RFC 7396), which is how PATCH reads plain JSON too.

    Members that are left out do not change, and null unsets a member.
    """

    media_type = "application/merge-patch+json"


class FormParser(parsers.FormParser):
    """Forms of the browsable API."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        body = _bounded(stream, parser_context)
        if not is_utf8(body):
            raise ParseError(NOT_UTF8_FORM)
        return super().parse(BytesIO(body), media_type, parser_context)


class MultiPartParser(parsers.MultiPartParser):
    """Forms of the browsable API."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        check_size(parser_context)
        return super().parse(stream, media_type, parser_context)
