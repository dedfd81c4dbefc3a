"""What the pages of accounts in the browsable API have beside their forms."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from rest_framework.reverse import reverse

from bookstore_project.web.view_page import Link, Row, ViewPage


class ProfilePage(ViewPage):
    """Your own account."""

    def links(self) -> list[Link]:
        return [
            Link(_("Your account"), reverse("account:overview")),
            Link(_("Password"), reverse("password")),
            Link(_("Email address"), reverse("email")),
            Link(_("Sessions"), reverse("session-list")),
            Link(_("Second factors"), reverse("factors")),
            Link(_("API tokens"), reverse("api-token-list")),
            Link(_("Events"), reverse("event-list")),
            Link(_("Export"), reverse("account-export")),
        ]


class SessionsPage(ViewPage):
    """Your sessions, each with a link to the page that ends it."""

    def title(self, method: str) -> str:
        if method != "DELETE":
            return super().title(method)
        if self.request.query_params.get("all") == "true":
            return gettext("End all your sessions, and this one")
        return gettext("End all your other sessions")

    def rows(self) -> list[Row]:
        return [
            Row(
                text=row["device"] or gettext("Unknown device"),
                address=reverse("session", kwargs={"sid": row["sid"]}),
                note=gettext("(this one)") if row["is_current"] else "",
            )
            for row in self.results()
        ]


class FactorsPage(ViewPage):
    """Your second factors, and the routes that change them."""

    def links(self) -> list[Link]:
        return [
            Link(_("Authenticator app"), reverse("totp")),
            Link(_("Passkeys"), reverse("passkey-list")),
            Link(_("Recovery codes"), reverse("recovery-codes")),
        ]


class TotpPage(ViewPage):
    """The secret of an authenticator app, and where its first code goes."""

    def links(self) -> list[Link]:
        return [Link(_("Confirm the app with its first code"), reverse("totp-confirm"))]


class UserPage(ViewPage):
    """All accounts, or one, for admins."""

    def links(self) -> list[Link]:
        if "public_id" not in self.view.kwargs or self.is_gone:
            return []
        names = {
            "user-sessions": _("Sessions"),
            "user-tokens": _("API tokens"),
            "user-factors": _("Second factors"),
        }
        return [Link(text, reverse(name, kwargs=self.view.kwargs)) for name, text in names.items()]
