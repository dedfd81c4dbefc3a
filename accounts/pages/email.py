"""The pages that change and remove one's email address."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from accounts.login.own_account import own_email_change
from accounts.services.email_change import email_remove

from .credential_fields import AddressField
from .proof import ProofForm, ProofPage


class EmailForm(ProofForm):
    """Another address, or the present one, to which another mail is then sent."""

    email = AddressField()


class EmailPage(ProofPage):
    """Sends a mail that confirms an address. Until it is confirmed, nothing changes."""

    title = _("Change your email address")
    submit = _("Send a mail to this address")
    template_name = "account/email.html"
    form_class = EmailForm

    def get_initial(self) -> dict[str, Any]:
        is_waiting = self.user.email and self.user.email_confirmed_at is None
        return {"email": self.user.email} if is_waiting else {}

    def done(self, form: EmailForm) -> HttpResponse:
        email = form.cleaned_data["email"]
        own_email_change(self.request, user=self.user, email=email)
        text = _(
            "A mail is on its way to %(email)s. The address is yours once you have confirmed it by "
            "that mail, within an hour. Until then nothing changes."
        )
        messages.success(self.request, text % {"email": email})
        return redirect("account:overview")


class RemoveEmailPage(ProofPage):
    """Removes the address."""

    title = _("Remove your email address?")
    submit = _("Remove the address")
    is_danger = True
    template_name = "account/remove_email.html"
    cancel = "account:email"

    def done(self, form: ProofForm) -> HttpResponse:
        email_remove(user=self.user, origin=self.origin)
        messages.success(self.request, _("Your email address was removed."))
        return redirect("account:overview")
