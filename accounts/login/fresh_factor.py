"""The way to the page that asks somebody who is signed in for the second factor again."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from accounts.models import User

from .browser_proof import has_fresh_factor
from .pages import page_address

NOTHING_DONE = _("Nothing was changed, because your second factor had to be proved again first.")


def fresh_factor_ask(request: HttpRequest) -> HttpResponse | None:
    """Return None if the user proved a second factor just now, or has none.

    Otherwise return a redirect to the page that asks for it, and leads back. A page asks before it
    shows its form, so that most forms are sent within the five minutes. One that is not is opened
    again, and says so.
    """
    user = request.user
    if not isinstance(user, User) or not user.has_factor or has_fresh_factor(request.session):
        return None
    if request.method == "POST":
        messages.warning(request, NOTHING_DONE)
    return redirect(page_address("step-up", request.get_full_path()))
