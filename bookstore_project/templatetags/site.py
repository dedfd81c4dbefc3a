"""Tags of the header that all pages share."""

from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag(takes_context=True)
def current(context: dict[str, Any], name: str) -> SafeString | str:
    """Return `aria-current` for a link to the route `name`, if it is this page or one above it."""
    here, link = _path(context).rstrip("/"), reverse(name).rstrip("/")
    if here == link and "request" in context:
        return format_html(' aria-current="{}"', "page")
    is_above = link and here.startswith(f"{link}/")
    return format_html(' aria-current="{}"', "true") if is_above else ""


def _path(context: dict[str, Any]) -> str:
    request = context.get("request")
    return "" if request is None else str(request.path)
