"""One's own data: the export of an account, and its deletion."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from accounts.identity.emails import MAXIMUM_LENGTH
from accounts.login.own_account import own_account_remove

from .proof import ProofForm, ProofPage
from .signed_in import SignedInPage


class ExportPage(SignedInPage, TemplateView):
    """Says what is in the export, and leads to it."""

    template_name = "account/export.html"


class DeletionForm(ProofForm):
    """The name of the account, typed, so that nobody deletes it by mistake."""

    field_order = ("name", "current_password")

    name = forms.CharField(
        label=_("Type your name to confirm"),
        max_length=MAXIMUM_LENGTH,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if not self.user.is_named(name):
            raise forms.ValidationError(_("This is not your name."))
        return name


class DeletionPage(ProofPage):
    """Deletes the account."""

    title = _("Delete your account?")
    submit = _("Delete the account")
    is_danger = True
    template_name = "account/deletion.html"
    cancel = "account:overview"
    form_class = DeletionForm

    def done(self, form: Any) -> HttpResponse:
        own_account_remove(self.request, user=self.user, login=self.login)
        messages.success(self.request, _("Your account was deleted."))
        return redirect("home")
