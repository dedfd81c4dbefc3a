"""Signing in by a form: the browsable API's page, and the admin's."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from .errors import LimitExceededError


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
    path("login/", SignInView.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
]
