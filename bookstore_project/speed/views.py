"""Views that read what they show by SQL that is compiled once for a process."""

from typing import Any

from django.http import Http404
from rest_framework.generics import GenericAPIView

from .query_shapes import compiled_rows, narrowed
from .records import Columns, columns_of


class CompiledQueriesMixin(GenericAPIView[Any]):
    """A view that makes no SQL anew for one record, and no models for a page of them."""

    def get_object(self) -> Any:
        """Return the record of the address, as DRF does. Raises Http404.

        The address's own pattern is what keeps a value out that the field cannot hold.
        """
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
        """The columns that a page is read as, if the records of the serializer are made of any."""
        return columns_of(self.get_serializer_class())  # type: ignore[arg-type]  # of models
