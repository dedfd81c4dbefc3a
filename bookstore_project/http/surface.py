"""Refusals from middleware, in the shape of the surface that was asked."""

import re

from django.http import HttpRequest, HttpResponse, JsonResponse

from bookstore_project.problems import error_page

# The tutorial's routes. They answer every error with one `message`.
TUTORIAL = re.compile(r"/(?:register|login|users|books?|books/[^/]+)")


def refusal(request: HttpRequest, *, status: int, code: str, detail: str) -> HttpResponse:
    """Return an error as the asked surface writes it.

    The tutorial's routes get `{"message": detail}`, the canonical API and other programs get
    problem details (RFC 9457), and people get a page.
    """
    if TUTORIAL.fullmatch(request.path_info):
        return JsonResponse({"message": detail}, status=status)
    return error_page(request, status=status, code=code, detail=detail)
