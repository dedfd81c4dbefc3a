"""Query parameters that filter a list."""

from copy import copy
from typing import Any

from django import forms
from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend, FilterSet
from django_filters.utils import translate_validation
from rest_framework.request import Request
from rest_framework.views import APIView

from .errors import InvalidParameters


class AskedFilterSet(FilterSet):
    """A filterset that can do without the filters which a request does not ask for.

    They would leave the rows as they are, but django-filter copies and cleans each of them for
    each request. A filter must read one parameter, that of its own name.
    """

    base_filters: dict[str, Any]

    def __init__(self, *args: Any, is_whole: bool = True, **kwargs: Any) -> None:
        if is_whole:
            super().__init__(*args, **kwargs)
            return
        own = self.base_filters
        # What django-filter copies.
        self.base_filters = {}
        super().__init__(*args, **kwargs)
        self.filters = {name: self._adopted(own[name]) for name in own if name in self.data}
        self._form = forms.Form(self.data)
        # Shared, not copied: cleaning changes no field.
        self._form.fields = {name: own[name].field for name in self.filters}

    def _adopted(self, filter_: Any) -> Any:
        adopted = copy(filter_)
        # Is found on the parent; this lets go of the one that the copy still has.
        adopted.method = filter_.method
        adopted.model, adopted.parent = self.queryset.model, self
        return adopted


class StrictFilterBackend(DjangoFilterBackend):
    """django-filter's backend; an unusable value is a problem that names the parameter.

    The views that have it name their filterset, an AskedFilterSet.
    """

    def filter_queryset(
        self, request: Request, queryset: QuerySet[Any], view: APIView
    ) -> QuerySet[Any]:
        filterset_class = self.get_filterset_class(view, queryset)
        if filterset_class is None or not request.query_params:
            return queryset
        options = self.get_filterset_kwargs(request, queryset, view)
        filterset = filterset_class(**options, is_whole=False)
        if not filterset.is_valid():
            raise InvalidParameters(translate_validation(filterset.errors).detail)
        filtered: QuerySet[Any] = filterset.qs
        return filtered
