"""Routes with an optional trailing slash; links and the OpenAPI document omit it."""

from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, re_path
from rest_framework.routers import SimpleRouter


class OptionalSlashRouter(SimpleRouter):
    def __init__(self) -> None:
        super().__init__()
        self.trailing_slash = "/?"


def route(pattern: str, view: Callable[..., Any], name: str) -> URLPattern:
    """Return the URL pattern for a path; parameters are groups of a regular expression."""
    return re_path(rf"^{pattern}/?$", view, name=name)
