"""Forms for which a stolen session must not be enough: they ask again who somebody is.

An account with a second factor proves that factor, at most five minutes before, on the step-up
page; any other sends its password along. These are the rules of accounts/api/reauthentication.py.
"""

from abc import abstractmethod
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from django.views.generic.edit import FormView

from accounts.login.fresh_factor import fresh_factor_ask
from accounts.login.own_password import WrongPasswordError, own_password_check
from accounts.login.passwords import MAXIMUM_LENGTH
from accounts.models import User
from bookstore_project.errors import ConflictError, LimitExceededError
from bookstore_project.http.refusal import RefusedError
from bookstore_project.web.forms import PageForm
from bookstore_project.web.sign_in import refusal_words

from .conflicts import conflict_words
from .signed_in import SignedInPage

PASSWORD = "current_password"  # noqa: S105  # the name of a field


class ProofForm(PageForm):
    """A form of `user`, with the current password unless a second factor stands in for it."""

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        if not user.has_factor:
            self.fields[PASSWORD] = forms.CharField(
                label=_("Your current password"),
                strip=False,
                max_length=MAXIMUM_LENGTH,
                widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
            )


class CheckedFormPage(SignedInPage, FormView[Any]):
    """A form whose refusals by the rules are shown in the form itself.

    Attributes:
        title: the heading, which is in the title of the page too.
        submit: the text of the button.
        is_danger: whether the button does something that can't be undone.
        cancel: the route to which a link below the form leads back; "" for no link.
    """

    template_name = "account/form.html"
    form_class: type[forms.Form] = PageForm
    http_method_names = ("get", "head", "post", "options")
    title: Any
    submit: Any
    is_danger = False
    cancel = ""

    @abstractmethod
    def done(self, form: Any) -> HttpResponse:
        """Carry out what the form asks for, and return the answer.

        Raises ConflictError, LimitExceededError and RefusedError: the form then says why.
        """

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            return self.checked(form)
        except ConflictError as error:
            form.add_error(*conflict_words(error, form))
        except (LimitExceededError, RefusedError) as error:
            form.add_error(None, refusal_words(error))
        return self.form_invalid(form)

    def checked(self, form: Any) -> HttpResponse:
        """Return the answer to a valid form."""
        return self.done(form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        names = ("title", "submit", "is_danger", "cancel")
        shown = {name: getattr(self, name) for name in names}
        return super().get_context_data(**{**shown, **kwargs})


class FreshFactorPage(CheckedFormPage):
    """A form that asks somebody with a second factor for it first."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return fresh_factor_ask(request) or super().dispatch(request, *args, **kwargs)


class ProofPage(FreshFactorPage):
    """A form that asks again who somebody is: anybody else for the password, in the form itself."""

    form_class: type[ProofForm] = ProofForm

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "user": self.user}

    def checked(self, form: Any) -> HttpResponse:
        if PASSWORD in form.fields:
            password = form.cleaned_data[PASSWORD]
            try:
                own_password_check(
                    self.request, user=self.user, login=self.login, password=password
                )
            except WrongPasswordError:
                form.add_error(PASSWORD, _("This is not your password."))
                return self.form_invalid(form)
        return self.done(form)
