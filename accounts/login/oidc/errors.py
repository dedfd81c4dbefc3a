"""Why nobody is signed in with a provider. Each message is shown to people on a page."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from bookstore_project.oidc_providers import OidcProvider


class ProviderError(Exception):
    """A sign-in with a provider did not succeed. `words` say so to people, `reason` to the log."""

    words: Any

    def __init__(self, provider: OidcProvider, reason: str = "") -> None:
        super().__init__(f"{provider.id}: {reason}")
        self.provider = provider
        self.reason = reason

    def __str__(self) -> str:
        return str(self.words % {"provider": self.provider.name})


class ProviderUnavailableError(ProviderError):
    """The provider can't be reached, or its answer is not one of OpenID Connect."""

    words = _("%(provider)s can't be reached at the moment. Try again later, or another way.")


class AnswerRefusedError(ProviderError):
    """What came back from the provider can't be trusted."""

    words = _("The answer of %(provider)s was not accepted. Begin again.")


class SignInDeniedError(ProviderError):
    """The provider says that it signs nobody in, for example because somebody cancelled."""

    words = _("%(provider)s did not sign you in.")


class NotBegunError(ProviderError):
    """This browser has begun no sign-in with the provider, or too long ago, or has finished it."""

    words = _(
        "The sign-in with %(provider)s took too long, or was begun in another window. Begin again."
    )
