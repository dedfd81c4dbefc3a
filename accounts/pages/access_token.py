"""The page that shows an access token, to try the API in a terminal."""

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts.tokens.page_token import page_token_make
from bookstore_project.http.rate_limits import require_limit
from bookstore_project.web.forms import PageForm

from .proof import CheckedFormPage


class AccessTokenPage(CheckedFormPage):
    """Makes an access token, and shows it once.

    It asks for no password: the token does no more than the browser, and for 45 minutes. Each is a
    session and an event, so that there are as many in an hour as new API tokens.
    """

    title = _("Get an access token")
    submit = _("Get a token")
    template_name = "account/access_token.html"

    def done(self, form: PageForm) -> HttpResponse:
        require_limit(self.request, "api-token", key=f"page {self.user.public_id}")
        token = page_token_make(user=self.user, browser=self.login, origin=self.origin)
        context = self.get_context_data(form=form, token=str(token), submit=_("Get another token"))
        return self.render_to_response(context)
