"""Query parameters that filter a list."""

from typing import Any

from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django_filters.constants import EMPTY_VALUES
from django_filters.rest_framework import DjangoFilterBackend, FilterSet
from django_filters.utils import translate_validation
from rest_framework.request import Request
from rest_framework.views import APIView

from bookstore_project.api.errors import InvalidParameters


class AskedFilterSet(FilterSet):
    """A filterset that can skip the filters whose parameters are not in the request.

    They would not change the rows, but django-filter copies and cleans each filter for each
    request. A filter must read exactly one parameter, with the filter's own name.
    """

    base_filters: dict[str, Any]

    def __init__(
        self,
        *args: Any,
        is_whole: bool = True,
        **kwargs: Any,
    ) -> None:
        if is_whole:
            super().__init__(*args, **kwargs)
            return
        own = self.base_filters
        # django-filter copies base_filters; an empty dict saves that.
        self.base_filters = {}
        super().__init__(*args, **kwargs)
        # Shared, not copied: neither cleaning nor filtering changes a filter.
        self.filters = {name: own[name] for name in own if name in self.data}
        # Without label_suffix, Django would translate its default.
        self._form: Any = forms.Form(self.data, label_suffix="")
        self._form.fields = {name: filter_.field for name, filter_ in self.filters.items()}

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the filtered rows. Filters that are methods of this class are called here."""
        for name, value in self.form.cleaned_data.items():
            filter_ = self.filters[name]
            if not isinstance(filter_.method, str):
                queryset = filter_.filter(queryset, value)
            elif value not in EMPTY_VALUES:
                queryset = getattr(self, filter_.method)(queryset, filter_.field_name, value)
        return queryset


class StrictFilterBackend(DjangoFilterBackend):
    """django-filter's backend, except that an invalid value raises InvalidParameters.

    A view's `filterset_class` must be an AskedFilterSet.
    """

    def filter_queryset(
        self, request: Request, queryset: QuerySet[Any], view: APIView
    ) -> QuerySet[Any]:
        filterset_class = self.get_filterset_class(view, queryset)
        if filterset_class is None or not request.query_params:
            return queryset
        options = self.get_filterset_kwargs(request, queryset, view)
        filterset = filterset_class(**options, is_whole=not settings.FAST_PATH)
        if not filterset.is_valid():
            raise InvalidParameters(translate_validation(filterset.errors).detail)
        rows: QuerySet[Any] = filterset.qs
        return rows
