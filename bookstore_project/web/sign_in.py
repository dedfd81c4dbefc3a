"""Signing in by a form: the browsable API's page, and the admin's."""

from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Any, TypeVar, cast

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from bookstore_project.errors import LimitExceededError
from bookstore_project.http import cross_site
from bookstore_project.http.body_length import declared_length
from bookstore_project.http.charset import require_utf8_form
from bookstore_project.http.content_length import STRANGERS_MAXIMUM
from bookstore_project.http.problems import bad_request, error_page
from bookstore_project.http.rate_limits import require_address_limit

TOO_LONG = "What was typed, or the address of this page, is too long."

View = TypeVar("View", bound=Callable[..., Any])


def open_to_strangers(view: View) -> View:
    """Settle what a stranger may ask of a page with a form before the form is read.

    As in api/anonymous.py: that no page of another site had it sent (403), that the address is
    counted against the limit of logins, that the form is short (413). If the limit is spent, the
    form itself says so. No page is longer than a form may be, however long the address of the page
    is or what was typed.
    """
    protected = csrf_protect(view)

    # Django's middleware would read the form before the address is counted.
    @csrf_exempt
    @wraps(view)
    def settled(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "POST":
            if cross_site.is_cross_site(request):
                return error_page(
                    request, status=403, code=cross_site.CODE, detail=cross_site.DETAIL
                )
            with suppress(LimitExceededError):
                require_address_limit(request, "login")
            if declared_length(request) > STRANGERS_MAXIMUM:
                return bad_request(request, RequestDataTooBig())
            require_utf8_form(request)
        response: HttpResponseBase = protected(request, *args, **kwargs)
        if isinstance(response, TemplateResponse):
            page = response.render()
            if len(page.content) > STRANGERS_MAXIMUM:
                return error_page(request, status=400, code="bad_request", detail=TOO_LONG)
            return page
        return response

    return cast("View", settled)


class LimitedSignInMixin(forms.Form):
    """Says in the form that it was tried too often."""

    def clean(self) -> Any:
        try:
            return super().clean()
        except LimitExceededError as error:
            raise forms.ValidationError(
                f"There were too many attempts. {error}", code="throttled"
            ) from error


class SignInForm(LimitedSignInMixin, AuthenticationForm):
    """The browsable API's form."""

    error_messages = {
        **AuthenticationForm.error_messages,
        # Django's own sentence says that names tell upper from lower case, which ours do not.
        "invalid_login": "The name or the password is wrong.",
    }


class SignInView(LoginView):
    template_name = "rest_framework/login.html"
    authentication_form = SignInForm


# In place of rest_framework.urls, under the names that its templates use.
app_name = "rest_framework"
urlpatterns = [
    path("login/", open_to_strangers(SignInView.as_view()), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
]
