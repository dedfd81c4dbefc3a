"""Lists read as the columns of their records, without a model for each row."""

from typing import Any

from django.db.models import QuerySet
from rest_framework.generics import GenericAPIView

from .columns import columns_of


class ColumnListMixin(GenericAPIView[Any]):
    """A view whose pages hold columns where the records of its serializer are made of these."""

    def paginate_queryset(self, queryset: Any) -> Any:
        columns = columns_of(self.get_serializer_class())  # type: ignore[arg-type]  # of models
        if columns is not None and isinstance(queryset, QuerySet):
            queryset = queryset.values_list(*columns.lookups)
        return super().paginate_queryset(queryset)
