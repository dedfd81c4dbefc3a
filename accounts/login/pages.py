"""Signing in with a browser: a name and a password, and a second factor on a page of its own.

Nobody is signed in between the two pages: the browser's session then has the digest of a ticket
(accounts/services/login_tickets.py), as a program has the ticket itself. Only passkeys need a
script (passkey_pages.py).
"""

from abc import ABC, abstractmethod
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.auth.views import LoginView, LogoutView, RedirectURLMixin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.generic.edit import FormView

from accounts.models import LoginTicket, User
from accounts.origins import Origin
from accounts.services.browser_use import login_of
from accounts.services.factor_proofs import WrongFactorError, WrongPasskeyError
from accounts.services.factors import methods_of
from accounts.services.login_tickets import InvalidTicketError, ticket_of_digest
from accounts.services.passkey_challenges import Purpose
from bookstore_project.errors import LimitExceededError, SessionEndedError
from bookstore_project.http.rate_limits import require_address_limit
from bookstore_project.http.refusal import RefusedError
from bookstore_project.web.next_page import with_next
from bookstore_project.web.sign_in import SignInForm, open_to_strangers, refusal_words

from .browser_events import sign_in
from .browser_proof import browser_step_up
from .passkey_pages import AnswerField, PasskeyPage, passkey_options
from .second_factor import factor_prove, ticket_redeem
from .second_step import (
    BY_PASSWORD,
    TICKET,
    first_step_of,
    second_step_begin,
    second_step_end,
)
from .unconfirmed import unconfirmed_remember

BEGIN_AGAIN = _("The sign-in took too long, or too many codes were wrong. Sign in again.")


class TwoStepLoginView(LoginView):
    """A sign-in page whose users with a second factor go on to the page that asks for it."""

    def form_valid(self, form: Any) -> HttpResponse:
        user: User = form.get_user()
        if not user.has_factor:
            return super().form_valid(form)
        try:
            second_step_begin(self.request, user)
        except SessionEndedError:
            # The account was deleted meanwhile.
            return redirect(self.request.get_full_path())
        return redirect(page_address("second-factor", self.get_success_url()))

    def form_invalid(self, form: Any) -> HttpResponse:
        """Lead a user whose address is not confirmed on to the page that sends the mail again."""
        user: User | None = form.unconfirmed
        if user is None:
            return super().form_invalid(form)
        unconfirmed_remember(self.request, user, email=user.email or "")
        return redirect(with_next("account:unconfirmed", self.get_redirect_url()))


class SignInView(TwoStepLoginView):
    """The sign-in page of the browsable API."""

    template_name = "rest_framework/login.html"
    authentication_form = SignInForm


class FactorForm(forms.Form):
    """One proof of a second factor: a code, a recovery code, or the answer of a passkey."""

    code = forms.CharField(required=False, max_length=100)
    recovery_code = forms.CharField(required=False, max_length=100)
    passkey = AnswerField(required=False)

    def clean(self) -> dict[str, Any]:
        sent = {name: proof for name, proof in self.cleaned_data.items() if proof}
        if len(sent) != 1 and not self.errors:
            self.add_error("code", _("Give the code of your app, or one recovery code."))
        return sent


class FactorPage(RedirectURLMixin, FormView[FactorForm], ABC):
    """A page that asks for a second factor, and then goes on to the page in `next`."""

    template_name = "second_factor.html"
    form_class = FactorForm
    next_page = "home"
    http_method_names = ("get", "head", "post", "options")
    title: Any
    # Why the page asks.
    reason: Any

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return super().dispatch(request, *args, **kwargs)
        except (InvalidTicketError, SessionEndedError):
            messages.error(request, BEGIN_AGAIN)
            return redirect(page_address("login", self.get_redirect_url()))

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.require_open()
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.require_open()
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: FactorForm) -> HttpResponse:
        [(field, proof)] = form.cleaned_data.items()
        try:
            require_address_limit(self.request, "login")
            self.prove({field: proof})
        except WrongPasskeyError as error:
            self.require_open()
            form.add_error(None, gettext(error.detail))
            return self.form_invalid(form)
        except WrongFactorError:
            self.require_open()
            form.add_error(field, _("The code is wrong, was used before, or is too old."))
            return self.form_invalid(form)
        except (LimitExceededError, RefusedError) as error:
            form.add_error(None, refusal_words(error))
            return self.form_invalid(form)
        return super().form_valid(form)

    @abstractmethod
    def prove(self, sent: dict[str, Any]) -> None:
        """Use up a proof. Raises WrongFactorError, LimitExceededError and RefusedError."""

    @abstractmethod
    def asked(self) -> tuple[User, Purpose]:
        """Return whose factor it is, and the purpose of a passkey's challenge."""

    def require_open(self) -> None:  # not every page has an end
        """Raise InvalidTicketError if no further code is taken."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user, purpose = self.asked()
        methods = methods_of(user)
        return {
            **super().get_context_data(**kwargs),
            "next": self.get_redirect_url(),
            "title": self.title,
            "reason": self.reason,
            "methods": methods,
            "passkey_options": passkey_options(methods, user=user, purpose=purpose),
        }


class SecondFactorPage(FactorPage):
    """The second page of a sign-in."""

    title = _("Second step of the sign-in")
    reason = _("Your account asks for a second factor after the password.")

    def require_open(self) -> None:
        digest = self.request.session.get(TICKET, "")
        self.ticket: LoginTicket = ticket_of_digest(digest, origin=Origin.of(self.request))
        if first_step_of(self.request) != BY_PASSWORD:
            self.reason = _("Your account asks for its second factor as well.")

    def asked(self) -> tuple[User, Purpose]:
        return self.ticket.user, Purpose.second_factor(self.ticket.digest)

    def prove(self, sent: dict[str, Any]) -> None:
        first = first_step_of(self.request)
        methods = ticket_redeem(self.request, self.ticket, first=first.methods, **sent)
        second_step_end(self.request)
        # Gives the session another key, as the first step did for somebody who was signed in.
        sign_in(self.request, self.ticket.user, methods=methods, detail=first.detail)


class StepUpPage(LoginRequiredMixin, FactorPage):
    """Asks somebody who is signed in for the second factor again (accounts/services/step_up.py)."""

    title = _("Prove who you are again")
    reason = _(
        "What you are about to do needs a proof that it is you, so that nobody else does it in "
        "your browser. The proof is good for five minutes."
    )

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if isinstance(request.user, User) and not request.user.has_factor:
            return HttpResponseRedirect(self.get_success_url())
        return super().dispatch(request, *args, **kwargs)

    def asked(self) -> tuple[User, Purpose]:
        user = self.request.user
        assert isinstance(user, User)  # noqa: S101  # LoginRequiredMixin
        return user, Purpose.step_up(login_of(self.request.session))

    def prove(self, sent: dict[str, Any]) -> None:
        (user, _purpose), session = self.asked(), self.request.session
        methods = factor_prove(self.request, user=user, login=login_of(session), **sent)
        browser_step_up(session, methods=methods, origin=Origin.of(self.request))


def page_address(name: str, then: str) -> str:
    """Return the address of one of the pages below, which goes on to the address `then`."""
    return with_next(f"rest_framework:{name}", then)


def factor_page(view: type[FactorPage]) -> Any:
    """Return the function that answers requests for a page, which no browser keeps."""
    return open_to_strangers(never_cache(view.as_view()))


# Replaces rest_framework.urls, with the names that DRF's templates use.
app_name = "rest_framework"
urlpatterns = [
    path("login/", open_to_strangers(SignInView.as_view()), name="login"),
    path("passkey/", open_to_strangers(never_cache(PasskeyPage.as_view())), name="passkey"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("second-factor/", factor_page(SecondFactorPage), name="second-factor"),
    path("step-up/", factor_page(StepUpPage), name="step-up"),
]
