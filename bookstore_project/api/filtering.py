"""Query parameters that filter a list."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from django import forms
from django.db.models import QuerySet
from django_filters.constants import EMPTY_VALUES
from django_filters.rest_framework import DjangoFilterBackend, FilterSet
from django_filters.utils import translate_validation
from rest_framework.request import Request
from rest_framework.views import APIView

from bookstore_project.api.errors import InvalidParameters

# Queries whose values are remembered, and the characters that one of them has at most.
MAXIMUM, MAXIMUM_LENGTH = 512, 200

remembered: dict[tuple[type[FilterSet], str], dict[str, Any]] = {}


class AskedFilterSet(FilterSet):
    """A filterset that can do without the filters which a request does not ask for.

    They would leave the rows as they are, but django-filter copies and cleans each of them for
    each request. A filter must read one parameter, that of its own name, and its field must make
    the same of the same text each time: what fields make of a query is remembered.
    """

    base_filters: dict[str, Any]

    def __init__(
        self,
        *args: Any,
        is_whole: bool = True,
        cleaned: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """`cleaned`: what the form made of the same parameters before."""
        if is_whole:
            super().__init__(*args, **kwargs)
            return
        own = self.base_filters
        # What django-filter copies.
        self.base_filters = {}
        super().__init__(*args, **kwargs)
        # Shared, not copied: neither cleaning nor filtering changes a filter.
        self.filters = {name: own[name] for name in own if name in self.data}
        if cleaned is not None:
            self._form: Any = CleanedForm(cleaned)
            return
        self._form = forms.Form(self.data)
        self._form.fields = {name: filter_.field for name, filter_ in self.filters.items()}

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return what the filters leave; a filter that is a method of this class is asked here."""
        for name, value in self.form.cleaned_data.items():
            filter_ = self.filters[name]
            if not isinstance(filter_.method, str):
                queryset = filter_.filter(queryset, value)
            elif value not in EMPTY_VALUES:
                queryset = getattr(self, filter_.method)(queryset, filter_.field_name, value)
        return queryset


class CleanedForm:
    """As much of a form as a filterset asks for, once its values are known to be usable."""

    errors: Mapping[str, Any] = MappingProxyType({})

    def __init__(self, cleaned_data: dict[str, Any]) -> None:
        self.cleaned_data = cleaned_data

    def is_valid(self) -> bool:
        return True


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
        query: str = request.META.get("QUERY_STRING", "")
        key = (filterset_class, query)
        cleaned = remembered.get(key)
        filterset = filterset_class(**options, is_whole=False, cleaned=cleaned)
        if not filterset.is_valid():
            raise InvalidParameters(translate_validation(filterset.errors).detail)
        if cleaned is None and len(query) <= MAXIMUM_LENGTH:
            if len(remembered) >= MAXIMUM:
                remembered.clear()
            remembered[key] = filterset.form.cleaned_data
        filtered: QuerySet[Any] = filterset.qs
        return filtered
