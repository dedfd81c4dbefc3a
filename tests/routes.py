"""The routes of the URLconf, in the notation of the access matrix."""

import re
from collections.abc import Iterator

from django.urls import URLPattern, URLResolver


def routes(
    patterns: list[URLPattern | URLResolver], prefix: str = "/", *, with_admin: bool = False
) -> Iterator[str]:
    """Yield every route, and those of the Django admin if they are asked for."""
    for pattern in patterns:
        route = prefix + _readable(str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            if with_admin or pattern.app_name != "admin":
                yield from routes(pattern.url_patterns, route, with_admin=with_admin)
        elif pattern.name is None:
            yield f"{route}{{anything}}"
        else:
            yield route


def _readable(pattern: str) -> str:
    """Return a URL pattern with `{name}` in place of each regular expression."""
    pattern = re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)", r"{\1}", pattern)
    pattern = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", pattern)
    return pattern.strip("^$").replace("/?", "").replace("{pk}", "{id}").removesuffix("\\Z")
