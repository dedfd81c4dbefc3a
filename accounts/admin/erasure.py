"""The deletion of accounts in the Django admin: its page, and its action."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.actions import delete_selected as confirmation
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from accounts.origins import Origin
from accounts.services.access import SuperuserSparedError, may_act_on
from accounts.services.deletion import user_erase
from bookstore_project.db.long_writes import LongWriteError
from bookstore_project.errors import ConflictError
from bookstore_project.web.admin_site import RecordAdmin

from .fresh_factor import with_fresh_factor

# What stops a deletion that is allowed: another request was faster, or an import is running.
STOPPED = (ConflictError, LongWriteError, SuperuserSparedError, User.DoesNotExist)


class ErasureAdmin(RecordAdmin[User]):
    """Deletes accounts by the rules of the API, after Django's page of confirmation.

    Nobody deletes their own account here: its page on the API asks for the password. The record is
    the event. Django's own log would keep the name for ever, and the page would count the books.
    """

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        if obj is not None and (obj.pk == request.user.pk or not may_act_on(request.user, obj)):
            return False
        return super().has_delete_permission(request, obj)

    @admin.action(description=gettext_lazy("Delete the chosen accounts"), permissions=["delete"])
    @with_fresh_factor
    def delete_selected(self, request: HttpRequest, users: QuerySet[User]) -> HttpResponse | None:
        """Delete the chosen accounts that this admin may delete, once that is confirmed."""
        allowed = [user for user in users if self.has_delete_permission(request, user)]
        if allowed and not request.POST.get("post"):
            chosen = users.filter(pk__in=[user.pk for user in allowed])
            page: HttpResponse = confirmation(self, request, chosen)  # type: ignore[assignment]  # not None without `post`
            return page
        count = sum(self._erased(request, user) for user in allowed)
        message = ngettext("%(count)d user was deleted.", "%(count)d users were deleted.", count)
        self.message_user(request, message % {"count": count})
        return None

    @with_fresh_factor
    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        try:
            return super().delete_view(request, object_id, extra_context)
        except STOPPED as error:
            self._say(request, error)
            return redirect("admin:accounts_user_changelist")

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        user_erase(user=obj, origin=Origin.of(request))

    def get_deleted_objects(
        self, objs: Iterable[User], request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        """Name the accounts alone: there may be a million books, and no right is needed for them.

        Django asks for the permission of each account before and after this.
        """
        names = [user.name for user in objs]
        goes_too = _(
            "The sessions, API tokens and books of each account are deleted too. This can't be "
            "undone."
        )
        return [*names, goes_too], {str(self.opts.verbose_name_plural): len(names)}, set(), []

    def log_deletions(self, request: HttpRequest, queryset: Iterable[User]) -> list[Any]:
        return []

    def _erased(self, request: HttpRequest, user: User) -> bool:
        try:
            user_erase(user=user, origin=Origin.of(request))
        except STOPPED as error:
            self._say(request, error)
            return False
        return True

    def _say(self, request: HttpRequest, error: Exception) -> None:
        if isinstance(error, ConflictError):
            text = _("This is the last active admin. Make another user an admin first.")
        else:
            text = _("The account has just changed. Nothing was deleted; try again.")
        self.message_user(request, text, messages.ERROR)
