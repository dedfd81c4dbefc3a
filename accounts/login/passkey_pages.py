"""Signing in with a passkey in a browser. Its pages need a script: bookstore/passkeys.js."""

import json
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.views import RedirectURLMixin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views import View

from accounts.models import User
from accounts.services.factors import PASSKEY
from accounts.services.passkey_answers import (
    NOT_AN_ANSWER,
    Assertion,
    MalformedAnswerError,
    answer_in,
    assertion_of,
)
from accounts.services.passkey_challenges import Purpose
from accounts.services.passkey_checks import NOT_ACCEPTED, PasskeyRefusedError
from accounts.services.passkey_options import request_options
from accounts.services.relying_party import has_passkeys
from bookstore_project.errors import (
    EmailUnconfirmedError,
    LimitExceededError,
    SessionEndedError,
)
from bookstore_project.http.refusal import RefusedError
from bookstore_project.web.next_page import with_next
from bookstore_project.web.sign_in import refusal_words

from .limits import require_login_limit
from .passkeys import browser_passkey_sign_in
from .unconfirmed import unconfirmed_remember

# Characters of the JSON of an answer.
MAXIMUM_ANSWER = 12_000

REFUSALS = (
    PasskeyRefusedError,
    LimitExceededError,
    RefusedError,
    SessionEndedError,
)


class AnswerField(forms.CharField):
    """The hidden field with the answer of a passkey, which the script fills in."""

    def __init__(self, *, parse: Any = assertion_of, **kwargs: Any) -> None:
        super().__init__(
            max_length=MAXIMUM_ANSWER,
            widget=forms.HiddenInput,
            error_messages={"required": _(NOT_AN_ANSWER)},
            **kwargs,
        )
        self.parse = parse

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            return self.parse(answer_in(text))
        except MalformedAnswerError as error:
            raise forms.ValidationError(_(NOT_AN_ANSWER), code="invalid") from error


class AnswerForm(forms.Form):
    """The answer of a passkey."""

    passkey = AnswerField()


class PasskeyPage(RedirectURLMixin, View):
    """Takes the form of the sign-in page's button, and goes on to the page in `next`.

    What goes wrong is said on the sign-in page, to which the browser is sent back.
    """

    http_method_names = ("post", "options")
    next_page = "home"

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            # Before the form is read.
            require_login_limit(request)
            browser_passkey_sign_in(request, _answer(request))
        except EmailUnconfirmedError as error:
            return self.led_on(error.user)
        except REFUSALS as error:
            return self.refused(_words(error))
        # Not redirect(), which takes a text without a slash or a dot for the name of a route.
        return HttpResponseRedirect(self.get_success_url())

    def refused(self, text: Any) -> HttpResponse:
        messages.error(self.request, text)
        return redirect(with_next("rest_framework:login", self.get_redirect_url()))

    def led_on(self, user: User) -> HttpResponse:
        """Lead a user whose address is not confirmed on to the page that sends the mail again."""
        unconfirmed_remember(self.request, user, email=user.email or "")
        return redirect(with_next("account:unconfirmed", self.get_redirect_url()))


def _answer(request: HttpRequest) -> Assertion:
    """Return the answer in the form. Raises PasskeyRefusedError."""
    form = AnswerForm(request.POST)
    if not form.is_valid():
        raise PasskeyRefusedError(NOT_AN_ANSWER)
    answer: Assertion = form.cleaned_data["passkey"]
    return answer


def _words(error: Exception) -> str:
    """Return why a sign-in is refused."""
    match error:
        case PasskeyRefusedError():
            words = gettext(error.detail)
        case LimitExceededError() | RefusedError():
            words = refusal_words(error)
        case _:
            # The account was deleted meanwhile.
            words = gettext(NOT_ACCEPTED)
    return words


def passkey_options(methods: tuple[str, ...], *, user: User, purpose: Purpose) -> str:
    """Return what the script needs to ask for a passkey of a user, as JSON; "" if there is none."""
    if PASSKEY not in methods or not has_passkeys():
        return ""
    return json.dumps(request_options(purpose, user=user))
