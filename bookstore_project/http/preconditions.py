"""Preconditions of requests: If-Match and If-None-Match (RFC 9110 section 13).

A record's entity tag is strong and names one version of its JSON representation.

A deviation: If-Match compares tags weakly, unlike RFC 9110 section 13.1.1, because proxies that
compress a response weaken its tag. See docs/decisions/entity-tags.md.
"""

import re
from dataclasses import dataclass
from typing import Self

from django.http import HttpRequest
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from bookstore_project.errors import InvalidHeaderError

ANY = "*"
TAG = r'(?:W/)?"[!#-~\u0080-\u00ff]*"'
TAGS = rf"^(\*|[ \t,]*{TAG}([ \t]*,[ \t,]*{TAG})*[ \t,]*)$"


@dataclass(frozen=True, kw_only=True)
class EntityTags:
    """The value of If-Match or If-None-Match: some entity tags, or `*` for any."""

    tags: frozenset[str]

    @classmethod
    def of(cls, request: HttpRequest | Request, header: str) -> Self | None:
        """Return the parsed header, or None if it was not sent. Raises InvalidHeaderError."""
        value = request.META.get(f"HTTP_{header.upper().replace('-', '_')}")
        if value is None:
            return None
        if not re.fullmatch(TAGS, value):
            raise InvalidHeaderError(f'Write {header} as "…", "…" with tags from ETag, or as *.')
        return cls(tags=frozenset([ANY] if value == ANY else re.findall(TAG, value)))

    def has(self, etag: str) -> bool:
        """Compare weakly: `etag` is strong, and may be sent with `W/` in front."""
        return not self.tags.isdisjoint({etag, f"W/{etag}", ANY})


@dataclass(frozen=True, kw_only=True)
class Precondition:
    """The preconditions of a request; with both members None, every record meets it."""

    if_match: EntityTags | None = None
    if_none_match: EntityTags | None = None

    @classmethod
    def of(cls, request: HttpRequest | Request) -> Self:
        """Return the preconditions in the headers. Raises InvalidHeaderError (400)."""
        return cls(
            if_match=EntityTags.of(request, "If-Match"),
            if_none_match=EntityTags.of(request, "If-None-Match"),
        )

    @classmethod
    def that_it_is(cls, etag: str) -> Self:
        return cls(if_match=EntityTags(tags=frozenset({etag})))

    def is_met_by(self, etag: str) -> bool:
        """Return whether the request may change a record whose current tag is `etag`."""
        return (self.if_match is None or self.if_match.has(etag)) and not self.is_known(etag)

    def is_known(self, etag: str) -> bool:
        """Return whether the client has this version already."""
        return self.if_none_match is not None and self.if_none_match.has(etag)


def _header(name: str, description: str, *, example: str = '"31-1"') -> OpenApiParameter:
    schema = {"type": "string", "pattern": TAGS, "examples": [example]}
    return OpenApiParameter(name, schema, OpenApiParameter.HEADER, description=description)


# Parameters for the OpenAPI document.
IF_MATCH = _header(
    "If-Match",
    "Change the record only if it still has this ETag. `W/` in front of it does not matter: a "
    "proxy that compresses a response adds it.",
)
IF_NONE_MATCH = _header("If-None-Match", "Send the record only if its ETag is a different one.")
PAGE_IF_NONE_MATCH = _header(
    "If-None-Match",
    "Send the page only if its ETag is a different one; otherwise answer 304.",
    example='"8e03978e40d543ddbc936894a57f9324"',
)
