"""The Django admin's site: its sign-in asks for a second factor, and so may its pages."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from accounts.services.access import needs_factor
from bookstore_project.web.admin_site import BookstoreAdminSite
from bookstore_project.web.sign_in import open_to_strangers

from .pages import TwoStepLoginView

View = TypeVar("View", bound=Callable[..., Any])


class AccountsAdminSite(BookstoreAdminSite):
    """The site, as bookstore_project/apps.py names it."""

    @method_decorator([open_to_strangers, never_cache, login_not_required])
    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the sign-in page. Django's own page signs in anybody with the password."""
        index = reverse("admin:index", current_app=self.name)
        if request.method == "GET" and self.has_permission(request):
            return redirect(index)
        context = {
            **self.each_context(request),
            "title": _("Sign in"),
            "subtitle": None,
            "app_path": request.get_full_path(),
            "username": request.user.get_username(),
            **(extra_context or {}),
        }
        if not {REDIRECT_FIELD_NAME}.intersection([*request.GET, *request.POST]):
            context[REDIRECT_FIELD_NAME] = index
        request.current_app = self.name
        page = TwoStepLoginView.as_view(
            extra_context=context,
            authentication_form=self.login_form,
            template_name="admin/login.html",
        )
        return cast("HttpResponse", page(request))

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        return super().admin_view(_with_required_factor(view), cacheable)


def _with_required_factor(view: View) -> View:
    """Show an admin without a required second factor how to set one up, in place of the page."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        match = request.resolver_match
        if needs_factor(request.user) and not (match and match.url_name == "logout"):
            return render(request, "second_factor_needed.html", status=403)
        response: HttpResponse = view(request, *args, **kwargs)
        return response

    return cast("View", checked)
