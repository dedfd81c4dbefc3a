"""The address of the sign-in page, for the header of every page."""

from django import template
from django.template.context import Context

from bookstore_project.web.next_page import present_page, with_next

register = template.Library()


@register.simple_tag(takes_context=True)
def way_in(context: Context, route: str) -> str:
    """Return the address of a page by which somebody comes in, and then back to this page.

    A page that is a way in itself has `next` in its context, which is passed on; that of an error
    page is empty.
    """
    request = context.get("request")
    then = context.get("next") if "next" in context else request and present_page(request)
    return with_next(route, then or "")
