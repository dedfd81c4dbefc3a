"""Refusals from middleware, in the shape of the surface that was asked."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from rest_framework.renderers import JSONRenderer

from bookstore_project.problems import error_page, problem_response

# The tutorial's routes. They answer every error with one `message`.
TUTORIAL = re.compile(r"/(?:register|login|users|books?|books/[^/]+)")


def refusal(
    request: HttpRequest,
    *,
    status: int,
    code: str,
    detail: str,
    view: Callable[..., Any] | None = None,
) -> HttpResponse:
    """Return an error as the asked surface writes it.

    The tutorial's routes get `{"message": detail}`, the canonical API and other programs get
    problem details (RFC 9457), and people get a page. A `view` that answers in JSON is for
    programs: its clients get problem details even if they accept HTML.
    """
    if TUTORIAL.fullmatch(request.path_info):
        return JsonResponse({"message": detail}, status=status)
    renderers: Sequence[type[Any]] = getattr(getattr(view, "cls", None), "renderer_classes", ())
    if any(issubclass(each, JSONRenderer) for each in renderers):
        return problem_response(status=status, code=code, detail=detail)
    return error_page(request, status=status, code=code, detail=detail)
