"""One's own second factor: an authenticator app is added, confirmed and removed, and codes made."""

import base64
from contextlib import suppress
from typing import Any

from django import forms
from django.contrib import messages
from django.core.validators import RegexValidator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from pyotp import TOTP, parse_uri

from accounts.login.qr import qr_svg
from accounts.services.factor_proofs import WrongFactorError
from accounts.services.factors import factors_of
from accounts.services.recovery_codes import recovery_codes_make
from accounts.services.totp import totp_begin, totp_confirm, totp_remove
from accounts.services.totp_codes import SIX_DIGITS
from bookstore_project.web.forms import PageForm

from .proof import CheckedFormPage, ProofForm, ProofPage
from .signed_in import SignedInPage

# Characters of an otpauth URI: a name of 150 characters may have a dozen each when it is quoted.
LONGEST_URI = 3000
# Characters of a secret that are shown together: people type it in groups.
GROUP = 4


class SecondFactorPage(SignedInPage, TemplateView):
    """Shows which second factors somebody has, and leads to what can be done."""

    is_for_setting_up = True
    template_name = "account/second_factor.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(factors=factors_of(self.user), **kwargs)


class CodeForm(PageForm):
    """The first code of an app.

    The URI with the secret comes back from the page itself, to be shown again after a wrong code:
    the server shows the secret once.
    """

    uri = forms.CharField(required=False, max_length=LONGEST_URI, widget=forms.HiddenInput)
    code = forms.CharField(
        label=_("Code that the app shows"),
        max_length=7,
        validators=[RegexValidator(SIX_DIGITS, _("Give the six digits that the app shows."))],
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}
        ),
    )


class AddAppPage(ProofPage):
    """Makes a secret for an app, and shows it with a form for the first code."""

    is_for_setting_up = True
    title = _("Add an authenticator app")
    submit = _("Continue")
    template_name = "account/add_app.html"

    def done(self, form: ProofForm) -> HttpResponse:
        uri = totp_begin(self.user, login=self.login)
        context = self.get_context_data(
            form=CodeForm(initial={"uri": uri}),
            submit=ConfirmAppPage.submit,
            action=reverse("account:confirm-app"),
            **secret_of(uri),
        )
        return self.response_class(
            request=self.request, template=["account/confirm_app.html"], context=context
        )


class ConfirmAppPage(CheckedFormPage):
    """Confirms the app with its first code, and shows the recovery codes."""

    is_for_setting_up = True
    title = _("Add an authenticator app")
    submit = _("Turn the second factor on")
    template_name = "account/confirm_app.html"
    form_class = CodeForm

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Begin again: only the request that made the secret shows it."""
        return redirect("account:add-app")

    def done(self, form: CodeForm) -> HttpResponse:
        try:
            codes = totp_confirm(
                user=self.user,
                code=form.cleaned_data["code"],
                origin=self.origin,
                login=self.login,
            )
        except WrongFactorError:
            form.add_error(
                "code",
                _("This is not the code that the app shows now. Check the clock of its device."),
            )
            return self.form_invalid(form)
        return codes_page(self, codes, is_new=True)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        shown = secret_of(self.request.POST.get("uri", "")[:LONGEST_URI])
        return super().get_context_data(**shown, **kwargs)


class RemoveAppPage(ProofPage):
    """Removes the app and the recovery codes."""

    title = _("Remove your authenticator app?")
    submit = _("Remove the app")
    is_danger = True
    template_name = "account/remove_app.html"
    cancel = "account:second-factor"

    def done(self, form: ProofForm) -> HttpResponse:
        totp_remove(user=self.user, origin=self.origin)
        messages.success(self.request, _("The authenticator app was removed."))
        return redirect("account:second-factor")


class RecoveryCodesPage(ProofPage):
    """Makes recovery codes, in place of those from before."""

    title = _("Make new recovery codes")
    submit = _("Make new codes")
    template_name = "account/recovery_codes.html"
    cancel = "account:second-factor"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(factors=factors_of(self.user), **kwargs)

    def done(self, form: ProofForm) -> HttpResponse:
        codes = recovery_codes_make(user=self.user, origin=self.origin)
        return codes_page(self, codes, is_new=False)


def codes_page(page: CheckedFormPage, codes: list[str], *, is_new: bool) -> HttpResponse:
    """Return the page that shows recovery codes, once."""
    return page.response_class(
        request=page.request,
        template=["account/made_codes.html"],
        context={"codes": codes, "is_new": is_new},
    )


def secret_of(uri: str) -> dict[str, Any]:
    """Return what a page shows of an otpauth URI: a QR code as an image, and the secret to type.

    Returns nothing for a text that is no such URI.
    """
    with suppress(ValueError):
        app = parse_uri(uri)
        if isinstance(app, TOTP):
            image = base64.b64encode(qr_svg(uri).encode()).decode()
            groups = range(0, len(app.secret), GROUP)
            return {
                "qr": f"data:image/svg+xml;base64,{image}",
                "secret": [app.secret[at : at + GROUP] for at in groups],
            }
    return {}
