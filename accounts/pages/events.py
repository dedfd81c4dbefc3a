"""The recent events of an account, in words."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import AuthEvent, User

from .devices import device_words
from .event_words import event_name, event_words
from .lists import ListPage


@dataclass(frozen=True, kw_only=True)
class ShownEvent:
    """An event as its account's owner sees it."""

    row: AuthEvent
    owner: User

    @property
    def words(self) -> str:
        return event_words(self.row)

    @property
    def name(self) -> str:
        return event_name(self.row)

    @property
    def by(self) -> Any:
        """Who did it, in words."""
        if self.row.is_by(self.owner):
            return _("You")
        # An admin's name is not told, as little as their address and device.
        return _("An admin") if self.row.is_by_another(self.owner) else _("Not known")

    @property
    def address(self) -> str:
        """The IP address, unless it is that of another user."""
        return "" if self.row.is_by_another(self.owner) else self.row.address or ""

    @property
    def device(self) -> str:
        """The program, unless it is that of another user."""
        if self.row.is_by_another(self.owner) or not self.row.user_agent:
            return ""
        return device_words(self.row.user_agent)


class EventsPage(ListPage):
    """What happened to the account, the latest first."""

    template_name = "account/events.html"

    def get_queryset(self) -> QuerySet[AuthEvent]:
        return AuthEvent.objects.about(self.user).order_by("-at")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        events = [ShownEvent(row=row, owner=self.user) for row in context["rows"]]
        return {**context, "events": events}
