"""The account page: who somebody is, and where each thing about the account is done."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from accounts.services.factors import factors_of

from .signed_in import SignedInPage

# The pages that the overview leads to, in groups: the heading, and for each page the name of its
# route, its own name, and what is done there.
GROUPS = (
    (
        _("Where you are signed in"),
        (
            ("sessions", _("Sessions"), _("Your browsers and programs, and how to end them.")),
            ("events", _("Recent events"), _("Sign-ins, failed ones, and changes.")),
        ),
    ),
    (
        _("How you sign in"),
        (
            ("password", _("Password"), _("Choose another one.")),
            ("second-factor", _("Second factor"), _("An authenticator app and recovery codes.")),
            ("passkeys", _("Passkeys"), _("Sign in by your device, without the password.")),
            ("providers", _("Other providers"), _("Sign in with an account that you have there.")),
            ("name", _("Name"), _("The name that you sign in with.")),
            ("email", _("Email address"), _("For a new password, and to sign in with.")),
        ),
    ),
    (
        _("Programs"),
        (
            ("tokens", _("API tokens"), _("For programs that run without you.")),
            ("access-token", _("Access token"), _("To try the API in a terminal now.")),
        ),
    ),
    (
        _("Your data"),
        (
            ("export", _("Export your data"), _("Download everything that is kept about you.")),
            ("deletion", _("Delete your account"), _("With your books, for good.")),
        ),
    ),
)


class OverviewPage(SignedInPage, TemplateView):
    """The account page."""

    template_name = "account/overview.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(groups=GROUPS, factors=factors_of(self.user), **kwargs)
