"""The page that changes one's name."""

from copy import copy
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from accounts.identity.names import name_key, validate_new_name
from accounts.login.own_account import own_name_change

from .credential_fields import NameField
from .proof import ProofForm, ProofPage


class NameForm(ProofForm):
    """Another name. The name that somebody has stays valid, in any case."""

    name = NameField(label=_("New name"))

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if name == self.user.name:
            raise forms.ValidationError(_("This is your name already."))
        if name_key(name) != name_key(self.user.name):
            validate_new_name(name)
        return name


class NamePage(ProofPage):
    """Changes the name."""

    title = _("Change your name")
    submit = _("Change the name")
    template_name = "account/name.html"
    form_class = NameForm

    def get_initial(self) -> dict[str, Any]:
        return {"name": self.user.name}

    def done(self, form: NameForm) -> HttpResponse:
        # A copy, so that the header has the old name if the new one is refused.
        own_name_change(self.request, user=copy(self.user), name=form.cleaned_data["name"])
        messages.success(self.request, _("Your name was changed."))
        return redirect("account:overview")
