"""Account events in the Django admin, to be read and searched."""

from contextlib import suppress
from ipaddress import ip_address
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import AuthEvent, EventKind, User
from bookstore_project.web.admin_figures import Figure
from bookstore_project.web.admin_lists import ReadOnlyAdmin


@admin.register(AuthEvent)
class AuthEventAdmin(ReadOnlyAdmin[AuthEvent]):
    """A read-only list. Not even a superuser adds, changes or deletes an event."""

    ordering = ("-at",)
    sortable_by = ("at",)
    list_display = ("at", "kind", "subject_name", "actor_name", "address", "detail")
    list_filter = ("kind",)
    # Only shows the search box: get_search_results() searches whole values, each by its index.
    search_fields = ("subject_name",)
    search_help_text = _("A whole name, public_id, IP address or request id")
    actions = None
    index_figures = (
        Figure(
            name="sign-ins",
            title=_("Sign-ins"),
            daily=_("Sign-ins of the last 30 days"),
            rows=lambda: AuthEvent.objects.filter(kind=EventKind.LOGIN),
            time="at",
            has_total=False,
        ),
    )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AuthEvent], search_term: str
    ) -> tuple[QuerySet[AuthEvent], bool]:
        term = search_term.strip()
        return (queryset.filter(_matching(term)) if term else queryset), False


def _matching(term: str) -> Q:
    """Return the condition for events of a name, a public_id, an address or a request id."""
    people: set[Any] = set(User.objects.named(term).values_list("public_id", flat=True))
    found = Q(subject_name=term) | Q(request_id=term)
    with suppress(ValueError):
        people.add(UUID(term))
    with suppress(ValueError):
        found |= Q(address=str(ip_address(term)))
    return found | Q(subject_id__in=people) | Q(actor_id__in=people)
