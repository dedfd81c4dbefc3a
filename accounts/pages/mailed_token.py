"""Pages to which a mail links, with a secret token in the address.

The first GET moves the token into a cookie of this page alone and cleans the address by a redirect,
so that neither a Referer nor an address that somebody copies has it. The second GET puts it into a
hidden field of the form. Only the POST of that form uses it: programs that open the links of a mail
to look for harm use up nothing. The token is in a cookie and not in the session, so that a copy of
the database contains no token. The field decides, so that two mails can be open in two tabs.
"""

import re
from abc import abstractmethod
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from bookstore_project.web.forms import PageForm

from .strangers import StrangersPage

PARAMETER = "token"
# What a token consists of (services/password_reset.py, services/email_confirmation.py). The longest
# has an address of 254 characters, and is encoded.
TOKEN = re.compile(r"[\w.:~-]{1,2000}", re.ASCII)
# Seconds. The redirect needs a few, and the page may be loaded again. Its form has the token, so
# that nobody has to hurry with it; loaded later, the page says that the link is to be opened again.
KEPT_FOR = 300


class TokenError(Exception):
    """The token is missing, forged, used or too old."""


class TokenForm(PageForm):
    token = forms.CharField(widget=forms.HiddenInput)


class MailedTokenPage(StrangersPage[Any]):
    """A page that needs the token of a mail, or else says where to ask for another mail.

    Attributes:
        title: the heading, with and without a valid token.
        not_valid: why a token is refused.
        again: the route of the page that asks for another mail.
    """

    form_class = TokenForm
    limit = "reset"
    title: Any
    not_valid: Any = _("This link is not valid, was used before, or is older than an hour.")
    again: str

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if PARAMETER in request.GET:
            return self._moved(request.GET[PARAMETER])
        return self._with(request.COOKIES.get(cookie_name(), ""), super().get)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._with(request.POST.get(PARAMETER, ""), super().post)

    @abstractmethod
    def read(self, token: str) -> None:
        """Look whose token it is. Raises TokenError."""

    def get_initial(self) -> dict[str, Any]:
        return {**super().get_initial(), PARAMETER: self.token}

    def refused(self) -> HttpResponse:
        """Return the page that takes the place of the form."""
        context = {"view": self, "is_missing": not self.token, "next": ""}
        status = 403 if self.token else 200
        template = "account/link_not_valid.html"
        return self.response_class(self.request, template, context, status=status)

    def done(self, response: HttpResponse) -> HttpResponse:
        """Return the response after the token was used. A cookie with another mail's stays."""
        if self.request.COOKIES.get(cookie_name()) == self.token:
            response.delete_cookie(cookie_name(), path=self.request.path, samesite="Lax")
        return response

    def _with(self, token: str, answer: Any) -> HttpResponse:
        self.token = token
        try:
            self.read(token)
            response: HttpResponse = answer(self.request)
        except TokenError:
            return self.refused()
        return response

    def _moved(self, token: str) -> HttpResponse:
        response = redirect(self.request.path)
        # A page that is not ours, and links to this one, learns nothing by it either.
        response["Referrer-Policy"] = "no-referrer"
        response.set_cookie(
            cookie_name(),
            # A mangled one is kept as well, as a token that is not valid.
            token if TOKEN.fullmatch(token) else "-",
            max_age=KEPT_FOR,
            path=self.request.path,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            # A browser sends it along when the link was opened on the page of a mailbox.
            samesite="Lax",
        )
        return response


def cookie_name() -> str:
    """Return the name of the cookie: with the prefix that demands HTTPS (RFC 6265bis) if it is."""
    return "__Secure-mail" if settings.SESSION_COOKIE_SECURE else "mail"
