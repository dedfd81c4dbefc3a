"""One's own passkeys: a list, two pages that add one, a new name, and the removal of each."""

import json
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.login.passkey_pages import AnswerField
from accounts.models import Passkey
from accounts.models.passkey import MAXIMUM_NAME
from accounts.services.passkey_answers import registration_of
from accounts.services.passkey_challenges import Purpose
from accounts.services.passkey_checks import PasskeyRefusedError
from accounts.services.passkeys import (
    passkey_add,
    passkey_begin,
    passkey_remove,
    passkey_rename,
)
from bookstore_project.web.forms import PageForm

from .credential_fields import LabelField
from .lists import ListPage
from .proof import CheckedFormPage, ProofForm, ProofPage
from .second_factor import codes_page


class PasskeysPage(ListPage):
    """The passkeys of the account, the latest first."""

    is_for_setting_up = True
    template_name = "account/passkeys.html"

    def get_queryset(self) -> QuerySet[Passkey]:
        return Passkey.objects.filter(user=self.user).order_by("-created_at")


def name_field() -> LabelField:
    """Return the field for the name of a passkey."""
    help_text = _("Where the passkey is, such as the name of a phone.")
    return LabelField(max_length=MAXIMUM_NAME, help_text=help_text)


class NewPasskeyForm(ProofForm):
    """The name of a new passkey."""

    name = name_field()


class NewPasskeyPage(ProofPage):
    """Asks for a name, and then shows the button with which the browser makes the passkey."""

    is_for_setting_up = True
    title = _("Add a passkey")
    submit = _("Continue")
    template_name = "account/new_passkey.html"
    cancel = "account:passkeys"
    form_class = NewPasskeyForm

    def done(self, form: NewPasskeyForm) -> HttpResponse:
        options = passkey_begin(user=self.user, purpose=Purpose.adding(self.user, self.login))
        context = self.get_context_data(
            form=form,
            name=form.cleaned_data["name"],
            passkey_options=json.dumps(options),
            action=reverse("account:add-passkey"),
        )
        return self.response_class(
            request=self.request, template=["account/make_passkey.html"], context=context
        )


class MadePasskeyForm(forms.Form):
    """The name of a passkey, and what the browser has made."""

    name = name_field()
    passkey = AnswerField(parse=registration_of)


class AddPasskeyPage(CheckedFormPage):
    """Stores the passkey that the browser has made. What goes wrong is said on the page before."""

    is_for_setting_up = True
    form_class = MadePasskeyForm

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Begin again: only the request that made the challenge shows the button."""
        return redirect("account:new-passkey")

    def done(self, form: MadePasskeyForm) -> HttpResponse:
        try:
            _passkey, codes = passkey_add(
                user=self.user,
                name=form.cleaned_data["name"],
                answer=form.cleaned_data["passkey"],
                purpose=Purpose.adding(self.user, self.login),
                origin=self.origin,
            )
        except PasskeyRefusedError as error:
            form.add_error(None, gettext(error.detail))
            return self.form_invalid(form)
        if codes:
            return codes_page(self, codes, is_new=True)
        messages.success(self.request, _("The passkey was added."))
        return redirect("account:passkeys")

    def form_invalid(self, form: MadePasskeyForm) -> HttpResponse:
        for errors in form.errors.values():
            messages.error(self.request, str(errors[0]))
        return redirect("account:new-passkey")


class OwnPasskey(CheckedFormPage):
    """A form about the passkey of the address."""

    def get_passkey(self) -> Passkey:
        """Return the passkey. Raises Http404."""
        passkey: Passkey = get_object_or_404(Passkey, user=self.user, pk=self.kwargs["id"])
        return passkey

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(passkey=self.get_passkey(), **kwargs)


class RenameForm(PageForm):
    """Another name of a passkey."""

    name = name_field()


class RenamePasskeyPage(OwnPasskey):
    """Gives a passkey another name."""

    title = _("Rename a passkey")
    submit = _("Save the name")
    cancel = "account:passkeys"
    form_class = RenameForm

    def get_initial(self) -> dict[str, Any]:
        return {"name": self.get_passkey().name}

    def done(self, form: RenameForm) -> HttpResponse:
        try:
            passkey_rename(self.get_passkey(), name=form.cleaned_data["name"])
        except Passkey.DoesNotExist as error:
            raise Http404 from error
        return redirect("account:passkeys")


class RemovePasskeyPage(OwnPasskey, ProofPage):
    """Removes a passkey, and with the last factor the recovery codes."""

    title = _("Remove this passkey?")
    submit = _("Remove the passkey")
    is_danger = True
    template_name = "account/remove_passkey.html"
    cancel = "account:passkeys"

    def done(self, form: ProofForm) -> HttpResponse:
        try:
            passkey_remove(self.get_passkey(), user=self.user, origin=self.origin)
        except Passkey.DoesNotExist as error:
            raise Http404 from error
        messages.success(self.request, _("The passkey was removed."))
        return redirect("account:passkeys")
