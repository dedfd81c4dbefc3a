"""API tokens in the Django admin: listed and ended, and never made."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import ApiToken, User
from accounts.origins import Origin
from accounts.services.access import may_act_on
from accounts.services.api_tokens import api_token_end
from bookstore_project.web.admin_lists import ReadOnlyAdmin

from .fresh_factor import with_fresh_factor


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin[ApiToken]):
    """The tokens that are accepted now. Nobody, not even a superuser, makes or changes one here."""

    ordering = ("-created_at",)
    list_display = (
        "name",
        "user",
        "scope",
        "created_at",
        "expires_at",
        "last_used_on",
        "last_used_network",
    )
    list_select_related = ("user",)
    fields = (*list_display, "keep_on_sign_out")
    # Only shows the search box: get_search_results() finds the whole name of a user.
    search_fields = ("user__name",)
    search_help_text = _("The whole name of a user")
    actions = ("end_tokens",)

    @admin.display(description=_("last used on"))
    def last_used_on(self, token: ApiToken) -> Any:
        return token.last_used_on or self.get_empty_value_display()

    @admin.action(description=_("End the chosen API tokens"), permissions=["end"])
    @with_fresh_factor
    def end_tokens(self, request: HttpRequest, tokens: QuerySet[ApiToken]) -> None:
        """End tokens, except those of superusers if the admin is none."""
        allowed = [token for token in tokens if may_act_on(request.user, token.user)]
        for token in allowed:
            api_token_end(token, origin=Origin.of(request))
        count = len(allowed)
        message = ngettext(
            "%(count)d API token was ended.", "%(count)d API tokens were ended.", count
        )
        self.message_user(request, message % {"count": count})

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiToken]:
        return ApiToken.objects.live().select_related("user")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[ApiToken], search_term: str
    ) -> tuple[QuerySet[ApiToken], bool]:
        name = search_term.strip()
        found = queryset.filter(user__in=User.objects.named(name)) if name else queryset
        return found, False

    def has_end_permission(self, request: HttpRequest) -> bool:
        """Return whether the user may end tokens. The rows can't be deleted in another way."""
        return isinstance(request.user, User) and request.user.has_perm("accounts.delete_apitoken")
