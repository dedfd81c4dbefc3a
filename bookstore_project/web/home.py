"""The front page for people, and the root of the canonical API for programs."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from bookstore_project.api.views import CanonicalViewMixin
from bookstore_project.openapi.examples import json_example

from .browsable import NOTHING_HERE
from .first_steps import first_steps
from .root_page import ROUTES, RootPage

EXAMPLE = {each.member: f"http://127.0.0.1:8000{each.path}" for each in ROUTES}


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The front page, with links to the browsable API, the docs and the admin."""
    steps = first_steps(request.build_absolute_uri("/"))
    return render(request, "home.html", {"steps": steps})


@require_safe
@cache_control(public=True, max_age=86_400)
def favicon(request: HttpRequest) -> HttpResponse:
    """The icon, for programs that look at this address; our pages name the file itself."""
    return redirect(static("bookstore/icon.svg"))


class RootSerializer(serializers.Serializer[dict[str, str]]):
    """The addresses of the routes, each a member."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {each.member: serializers.URLField(read_only=True) for each in ROUTES}


class RootView(CanonicalViewMixin):
    """The routes to begin with."""

    permission_classes = (AllowAny,)
    page_class = RootPage

    @extend_schema(
        tags=["root"],
        summary="List the first routes",
        description="The routes to begin with, the same ones for everybody: each refuses by itself "
        "a request that its sender may not make. The page of a browser shows those for its user.",
        responses=RootSerializer,
        examples=[json_example("Routes", EXAMPLE)],
    )
    def get(self, request: Request) -> Response:
        return Response({each.member: reverse(each.name, request=request) for each in ROUTES})

    def get_view_name(self) -> str:
        return "Bookstore API"


@extend_schema(exclude=True)
class NothingHereView(APIView):
    """Answers 404 to every method."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        super().initial(request, *args, **kwargs)
        raise NotFound

    def get_view_name(self) -> str:
        return NOTHING_HERE
