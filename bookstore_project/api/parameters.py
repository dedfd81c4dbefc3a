"""Refuses unknown query parameters instead of ignoring them."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from django.http import Http404
from rest_framework.exceptions import ErrorDetail
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.views import APIView

from bookstore_project.api.errors import InvalidParameters

from .error_list import MAXIMUM_NAME, MAXIMUM_REFUSED
from .repeated import repeatable
from .suggestions import did_you_mean

BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
READS = {"GET", "HEAD", "OPTIONS"}


class KnownParametersMixin(APIView):
    """A view that refuses query parameters that are unknown, or occur twice and may not.

    Known are the parameters of the list's filters and paging, and those that `query_parameters`
    names for the method.
    """

    query_parameters: Mapping[str, tuple[str, ...]] = {}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        # A method that the route does not have is answered 405, and its query is not checked.
        if request.META.get("QUERY_STRING") and request.method in self.allowed_methods:
            require_known_parameters(
                request,
                self._known_parameters(request),
                repeated=repeatable(getattr(self, "filterset_class", None)),
            )

    def perform_content_negotiation(
        self, request: Request, force: bool = False
    ) -> tuple[BaseRenderer, str]:
        """Refuse an unknown `format` with 400, like any invalid parameter; DRF answers 404."""
        try:
            return super().perform_content_negotiation(request, force)
        except Http404 as error:
            name = str(api_settings.URL_FORMAT_OVERRIDE)
            asked = request.query_params.get(name, "")
            known = {str(renderer.format) for renderer in self.renderer_classes}
            text = f"There is no such format.{did_you_mean(asked, known)}"
            refused = {name: ErrorDetail(text, code="invalid_choice")}
            raise InvalidParameters(refused) from error

    def _known_parameters(self, request: Request) -> set[str]:
        own = self.query_parameters.get(request.method or "", ())
        # Forms on the page of a list are sent to the page's address, with its query.
        is_page = request.accepted_renderer.format == "api"
        listed = _list_parameters(self) if request.method in READS or is_page else frozenset()
        return {str(api_settings.URL_FORMAT_OVERRIDE), *own, *listed}


def require_known_parameters(
    request: Request, known: set[str], *, repeated: frozenset[str] = frozenset()
) -> None:
    """Raise InvalidParameters for each parameter that is not `known`, or occurs twice.

    Those in `repeated` may occur several times.
    """
    errors = {}
    for name, values in request.query_params.lists():
        if name not in known:
            others = known.difference(request.query_params, {api_settings.URL_FORMAT_OVERRIDE})
            text = f"There is no such parameter.{did_you_mean(name, others)}"
            errors[name[:MAXIMUM_NAME]] = ErrorDetail(text, code="unknown_parameter")
        elif len(values) > 1 and name not in repeated:
            errors[name] = ErrorDetail("Give it once.", code="invalid_parameter")
        if len(errors) == MAXIMUM_REFUSED:
            break
    if errors:
        raise InvalidParameters(errors)


def boolean_parameter(request: Request, name: str) -> bool:
    """Return whether a parameter is given and true. Raises InvalidParameters for anything else."""
    text = request.query_params.get(name, "false").lower()
    if text not in BOOLEANS:
        raise invalid_parameter(name, "Give true or false.")
    return BOOLEANS[text]


def whole_number_parameter(request: Request, name: str, *, default: int, maximum: int) -> int:
    """Return a parameter as a number from 1 to `maximum`. Raises InvalidParameters."""
    text = request.query_params.get(name, str(default))
    if text.isascii() and text.isdecimal() and len(text) <= len(str(maximum)):
        number = int(text)
        if 1 <= number <= maximum:
            return number
    raise invalid_parameter(name, f"Give a whole number from 1 to {maximum}.")


def invalid_parameter(name: str, detail: str) -> InvalidParameters:
    return InvalidParameters({name: detail}, code="invalid_parameter")


def _list_parameters(view: APIView) -> frozenset[str]:
    """Return the parameters of the filters and of the paging, if the view is a list."""
    paginator = getattr(view, "paginator", None)
    if paginator is None or view.kwargs or not hasattr(view, "list"):
        return frozenset()
    filterset_class = getattr(view, "filterset_class", None)
    pagination_class: Any = type(paginator)
    return _names(pagination_class, filterset_class)


@cache
def _names(pagination_class: Any, filterset_class: Any) -> frozenset[str]:
    paging = pagination_class().get_schema_operation_parameters(None)
    filters = getattr(filterset_class, "base_filters", {})
    return frozenset([*(parameter["name"] for parameter in paging), *filters])
