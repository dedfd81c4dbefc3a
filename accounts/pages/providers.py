"""One's own linked providers: a list, the question whether to link one, and the removal."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.generic import TemplateView

from accounts.login.oidc.begun import identity_forget, identity_of
from accounts.models import ProviderLink
from accounts.services.provider_links import (
    Identity,
    provider_link,
    provider_name,
    provider_unlink,
)

from .proof import ProofForm, ProofPage
from .signed_in import SignedInPage


class ProvidersPage(SignedInPage, TemplateView):
    """The providers of the settings, each with the account that is linked, and former ones."""

    template_name = "account/providers.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        links = {
            link.issuer: link
            for link in ProviderLink.objects.filter(user=self.user).order_by("created_at")
        }
        providers = settings.OIDC_PROVIDERS.values()
        rows = [(each.name, each.id, links.pop(each.issuer, None)) for each in providers]
        former = [(link.issuer, "", link) for link in links.values()]
        return super().get_context_data(rows=[*rows, *former], **kwargs)


class LinkProviderPage(ProofPage):
    """Asks whether the account of the provider that was just shown signs in from now on."""

    title = _("Link this account?")
    submit = _("Link the account")
    cancel = "account:providers"
    template_name = "account/link_provider.html"

    @method_decorator(never_cache)
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and identity_of(request) is None:
            return redirect("account:providers")
        return super().dispatch(request, *args, **kwargs)

    @property
    def identity(self) -> Identity:
        identity = identity_of(self.request)
        assert identity is not None  # noqa: S101  # see dispatch()
        return identity

    def done(self, form: ProofForm) -> HttpResponse:
        identity = self.identity
        provider_link(user=self.user, identity=identity, origin=self.origin)
        identity_forget(self.request)
        text = _("You can sign in with %(provider)s from now on.")
        messages.success(self.request, text % {"provider": provider_name(identity.issuer)})
        return redirect("account:providers")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        identity = self.identity
        provider = provider_name(identity.issuer)
        return super().get_context_data(identity=identity, provider=provider, **kwargs)


class RemoveProviderPage(ProofPage):
    """Removes the link to an account of a provider."""

    title = _("Remove this provider?")
    submit = _("Remove the provider")
    cancel = "account:providers"
    is_danger = True
    template_name = "account/remove_provider.html"

    def get_link(self) -> ProviderLink:
        """Return the link of the address. Raises Http404."""
        link: ProviderLink = get_object_or_404(ProviderLink, user=self.user, pk=self.kwargs["id"])
        return link

    def done(self, form: ProofForm) -> HttpResponse:
        link = self.get_link()
        try:
            provider_unlink(link, user=self.user, origin=self.origin)
        except ProviderLink.DoesNotExist as error:
            raise Http404 from error
        text = _("You can't sign in with %(provider)s any more.")
        messages.success(self.request, text % {"provider": provider_name(link.issuer)})
        return redirect("account:providers")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        link = self.get_link()
        return super().get_context_data(link=link, provider=provider_name(link.issuer), **kwargs)
