"""Views that read their records by compiled SQL.

Plain twin: GenericAPIView.get_object() of DRF, and pages of model instances.
"""

from typing import Any

from django.conf import settings
from django.http import Http404
from rest_framework.generics import GenericAPIView

from .query_shapes import compiled_rows, narrowed
from .records import Columns, columns_of


class CompiledQueriesMixin(GenericAPIView[Any]):
    """A view that reuses compiled SQL for one record, and reads pages as plain columns."""

    def get_object(self) -> Any:
        """Return the record that the path names, as DRF does. Raises Http404.

        The route's pattern excludes values that the column can't contain.
        """
        if not settings.FAST_PATH:
            return super().get_object()
        name = self.lookup_url_kwarg or self.lookup_field
        rows = self.filter_queryset(self.get_queryset())
        found = compiled_rows(narrowed(rows, self.lookup_field, self.kwargs[name]))
        if not found:
            raise Http404
        [record] = found
        self.check_object_permissions(self.request, record)
        return record

    @property
    def page_columns(self) -> Columns | None:
        """The columns to read for a page; None if DRF has to render model instances."""
        return columns_of(self.get_serializer_class())  # type: ignore[arg-type]  # of models
