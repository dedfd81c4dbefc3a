"""Error responses from middleware, in the format of the requested surface."""

from collections.abc import Callable, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import Resolver404, resolve
from rest_framework.renderers import JSONRenderer

from .problems import error_page, problem_response

# Prefix of the names of the tutorial's routes, which answer every error with one `message`.
TUTORIAL = "tutorial-"


def refusal(
    request: HttpRequest,
    *,
    status: int,
    code: str,
    detail: str,
    view: Callable[..., Any] | None = None,
) -> HttpResponse:
    """Return an error in the format of the requested surface.

    The tutorial's routes answer `{"message": detail}`, the canonical API and other programs get
    problem details (RFC 9457), and people get a page. If `view` answers in JSON, its clients get
    problem details even if they accept HTML.
    """
    if _is_tutorial(request):
        return JsonResponse({"message": detail}, status=status)
    renderers: Sequence[type[Any]] = getattr(getattr(view, "cls", None), "renderer_classes", ())
    if any(issubclass(each, JSONRenderer) for each in renderers):
        return problem_response(status=status, code=code, detail=detail)
    return error_page(request, status=status, code=code, detail=detail)


def _is_tutorial(request: HttpRequest) -> bool:
    try:
        name = resolve(request.path_info).url_name
    except Resolver404:
        return False
    return name is not None and name.startswith(TUTORIAL)
