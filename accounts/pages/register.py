"""The page that makes an account, and the page where a new user begins."""

from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.views import RedirectURLMixin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from accounts.login.unconfirmed import unconfirmed_remember
from accounts.models import User
from accounts.services.users import user_register
from bookstore_project.errors import ConflictError
from bookstore_project.web.forms import PageForm
from bookstore_project.web.next_page import with_next

from .conflicts import conflict_words
from .credential_fields import AddressField, NewNameField, NewPasswordField
from .strangers import StrangersPage, stranger

# What a stranger may do about these conflicts, beside the words of conflicts.py.
CONFLICTS = {
    "name_taken": ("name", _("This name is taken. Choose another, or sign in if it is yours.")),
    "email_taken": (
        "email",
        _("Another account has this address. If it is yours, sign in or ask for a new password."),
    ),
}


class RegisterForm(PageForm):
    """A new account. The address may be left out unless it must be confirmed."""

    name = NewNameField(
        help_text=_("You sign in with it. Upper and lower case are the same."),
    )
    email = AddressField()
    password = NewPasswordField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["autofocus"] = True
        email = self.fields["email"]
        email.required = settings.EMAIL_VERIFICATION == "required"
        if email.required:
            email.help_text = _("You can sign in once you have opened the link in our mail to it.")
        else:
            email.label = _("Email address (optional)")
            email.help_text = _("Without it, nobody can send you a new password.")

    def clean(self) -> dict[str, Any]:
        """Check the password, which must not be similar to the name and the address."""
        sent = self.cleaned_data
        if "password" in sent:
            user = User(name=sent.get("name", ""), email=sent.get("email") or None)
            try:
                validate_password(sent["password"], user)
            except ValidationError as error:
                self.add_error("password", error)
        return sent


class RegisterPage(StrangersPage[RegisterForm]):
    """Makes an account and signs its user in, or leads to the mail that must be read first."""

    template_name = "account/register.html"
    form_class = RegisterForm
    limit = "register"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            return redirect("account:overview")
        return super().dispatch(request, *args, **kwargs)

    def act(self, form: RegisterForm) -> HttpResponse:
        try:
            user = self.registered(form)
        except ConflictError as error:
            field, words = CONFLICTS.get(error.code) or conflict_words(error, form)
            form.add_error(field if field in form.fields else None, words)
            return self.form_invalid(form)
        then = self.get_redirect_url()
        if user.awaits_confirmation:
            unconfirmed_remember(self.request, user, email=user.email or "")
            return redirect(with_next("account:unconfirmed", then))
        login(self.request, user)
        return redirect(with_next("account:welcome", then))

    def registered(self, form: Any) -> User:
        """Store the account. Raises ConflictError."""
        return user_register(origin=stranger(self.request), **form.cleaned_data)


class WelcomePage(LoginRequiredMixin, RedirectURLMixin, TemplateView):
    """What a new user does next."""

    template_name = "account/welcome.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        then = self.get_redirect_url()
        # The home page has no more to go on with than this one.
        is_home = then == reverse("home")
        return {**super().get_context_data(**kwargs), "next": "" if is_home else then}
