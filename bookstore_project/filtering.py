"""Query parameters that filter a list."""

from typing import Any

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.views import APIView

from .errors import InvalidParameters


class StrictFilterBackend(DjangoFilterBackend):
    """django-filter's backend; an unusable value is a problem that names the parameter."""

    def filter_queryset(
        self, request: Request, queryset: QuerySet[Any], view: APIView
    ) -> QuerySet[Any]:
        try:
            filtered: QuerySet[Any] = super().filter_queryset(request, queryset, view)
        except ValidationError as error:
            raise InvalidParameters(error.detail) from error
        return filtered
