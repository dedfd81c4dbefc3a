"""Owners in the lists of the Django admin: a filter by name."""

from collections.abc import Iterator
from typing import Any, cast

from django.contrib.admin.filters import FieldListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from accounts.models import User


def may_see_users(request: HttpRequest) -> bool:
    return cast("User", request.user).has_perm("accounts.view_user")


def owner_named(text: str) -> User | None:
    """Return the user whose whole name is a text, in any case, or None."""
    name = text.strip()
    return User.objects.named(name).first() if name else None


class OwnerListFilter(FieldListFilter):
    """Filters by the whole name of an owner, which is typed.

    Those who may list users are offered names that begin so. The others, and browsers without
    scripts, have the field alone.
    """

    template = "admin/books/owner_filter.html"

    def __init__(self, field: Any, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        self.parameter: str = kwargs.get("field_path", args[-1])
        super().__init__(field, request, *args, **kwargs)
        # The last one, as in the address.
        self.name = str([*cast("Any", self.used_parameters.get(self.parameter, [""]))][-1]).strip()
        self.others: list[tuple[str, str]] = []
        self.names_url = reverse("admin:autocomplete") if may_see_users(request) else ""

    def expected_parameters(self) -> list[str | None]:
        return [self.parameter]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not self.name:
            return queryset
        owner = owner_named(self.name)
        return queryset.filter(**{self.parameter: owner.pk}) if owner else queryset.none()

    def choices(self, changelist: Any) -> Iterator[Any]:
        """Yield the link that removes the filter; the template has the field."""
        self.others = [each for each in changelist.params.items() if each[0] != self.parameter]
        if self.name:
            yield {"query_string": changelist.get_query_string(remove=[self.parameter])}
