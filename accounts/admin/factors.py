"""The action of the Django admin that removes second factors."""

from contextlib import suppress
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import User
from accounts.origins import Origin
from accounts.services.factors import factors_remove

from .fresh_factor import with_fresh_factor

# Each user is a field of the page that asks again.
MAXIMUM_USERS = 50


class FactorActionsMixin(admin.ModelAdmin[User]):
    """Removes the second factors of users who have lost them, after a page that asks again."""

    @admin.action(description=_("Remove second factors"), permissions=["change"])
    @with_fresh_factor
    def remove_factors(
        self, request: HttpRequest, users: QuerySet[User]
    ) -> HttpResponseBase | None:
        """Remove the factors of the chosen users, and end all of their sessions.

        Users without a factor are left out, and so are those whom the admin may not change, and the
        admin's own account.
        """
        chosen = users.filter(has_factor=True)[: MAXIMUM_USERS + 1]
        allowed = [
            user
            for user in chosen
            if user != request.user and self.has_change_permission(request, user)
        ]
        if len(allowed) > MAXIMUM_USERS:
            message = _("Choose at most %(maximum)d users.") % {"maximum": MAXIMUM_USERS}
            self.message_user(request, message, messages.ERROR)
            return None
        if allowed and "confirmed" not in request.POST:
            return self._question(request, allowed)
        count = sum(_remove(user, request) for user in allowed)
        message = ngettext(
            "The second factors of %(count)d user were removed.",
            "The second factors of %(count)d users were removed.",
            count,
        )
        self.message_user(request, message % {"count": count})
        return None

    def _question(self, request: HttpRequest, users: list[User]) -> TemplateResponse:
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": _("Remove second factors"),
            "opts": self.opts,
            "users": users,
            "checkbox": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/accounts/user/remove_factors.html", context)


def _remove(user: User, request: HttpRequest) -> bool:
    # The account may have been deleted since it was read.
    with suppress(User.DoesNotExist):
        return factors_remove(user=user, origin=Origin.of(request))
    return False
