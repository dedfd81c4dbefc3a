"""The front page for people, and the root of the canonical API for programs."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
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

# Members of the response, and the names of their routes.
ROUTES = {
    "books": "book-list",
    "me": "user-me",
    "users": "user-list",
    "register": "register",
    "token": "token",
    "schema": "schema",
}
PATHS = {
    "books": "/api/v1/books",
    "me": "/api/v1/users/me",
    "users": "/api/v1/users",
    "register": "/api/v1/auth/register",
    "token": "/api/v1/auth/token",
    "schema": "/api/schema",
}
EXAMPLE = {member: f"http://127.0.0.1:8000{path}" for member, path in PATHS.items()}


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The front page, with links to the browsable API, the docs and the admin."""
    return render(request, "home.html")


class RootSerializer(serializers.Serializer[dict[str, str]]):
    books = serializers.URLField(read_only=True)
    me = serializers.URLField(read_only=True)
    users = serializers.URLField(read_only=True)
    register = serializers.URLField(read_only=True)
    token = serializers.URLField(read_only=True)
    schema = serializers.URLField(read_only=True)


class RootView(CanonicalViewMixin):
    """The routes to begin with."""

    permission_classes = (AllowAny,)

    @extend_schema(
        tags=["root"],
        summary="List the first routes",
        responses=RootSerializer,
        examples=[json_example("Routes", EXAMPLE)],
    )
    def get(self, request: Request) -> Response:
        return Response({key: reverse(name, request=request) for key, name in ROUTES.items()})

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
