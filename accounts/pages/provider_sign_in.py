"""Signing in with a provider: the way there, the way back, and an account for somebody new."""

import logging
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import RedirectURLMixin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.generic.base import View

from accounts.login.limits import require_login_limit
from accounts.login.oidc.begun import (
    Begun,
    begin,
    begun_take,
    identity_find,
    identity_forget,
    identity_of,
    identity_remember,
)
from accounts.login.oidc.errors import ProviderError
from accounts.login.provider_sign_in import provider_sign_in
from accounts.login.unconfirmed import unconfirmed_remember
from accounts.models import User
from accounts.services.provider_links import (
    Identity,
    NotAcceptedError,
    provider_name,
    provider_register,
    provider_user,
)
from bookstore_project.errors import EmailUnconfirmedError, LimitExceededError, SessionEndedError
from bookstore_project.oidc_providers import OidcProvider
from bookstore_project.web.next_page import MAXIMUM, with_next
from bookstore_project.web.sign_in import open_to_strangers, refusal_words

from .register import RegisterForm, RegisterPage
from .strangers import stranger

logger = logging.getLogger(__name__)

# The member of the form that begins the linking of an account.
LINK = "link"


class ProviderView(RedirectURLMixin, View):
    """A step of the sign-in with the provider of the address.

    What goes wrong is said on the sign-in page, or on the page with the linked providers.
    """

    next_page = "home"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.is_link = False
        self.then = ""

    @property
    def provider(self) -> OidcProvider:
        """The provider. Raises Http404."""
        found: OidcProvider | None = settings.OIDC_PROVIDERS.get(self.kwargs["provider"])
        if found is None:
            raise Http404
        return found

    def refused(self, text: Any) -> HttpResponse:
        messages.error(self.request, str(text))
        if self.is_link:
            return redirect("account:providers")
        return redirect(with_next("rest_framework:login", self.then))

    def failed(self, error: ProviderError) -> HttpResponse:
        # The reason may have texts of others: one line, and ASCII.
        reason = ascii(error.reason)[:500]
        logger.warning("A sign-in with %s failed: %s", error.provider.id, reason)
        return self.refused(error)


class BeginPage(ProviderView):
    """Takes the form of a button, and leads the browser to the provider."""

    http_method_names = ("post", "options")

    def post(self, request: HttpRequest, provider: str) -> HttpResponse:
        try:
            # Before the form is read.
            require_login_limit(request)
            self.is_link = LINK in request.POST and request.user.is_authenticated
            then = self.get_redirect_url()
            self.then = then if len(then) <= MAXIMUM else ""
            url = begin(request, self.provider, then=self.then, is_link=self.is_link)
        except LimitExceededError as error:
            return self.refused(refusal_words(error))
        except ProviderError as error:
            return self.failed(error)
        # A page and no redirect: the Content-Security-Policy of the page with the button lets its
        # forms lead to this site alone.
        context = {"url": url, "provider": self.provider}
        return render(request, "account/to_provider.html", context)


class AnswerPage(ProviderView):
    """The address to which the provider sends the browser back."""

    http_method_names = ("get", "options")

    def get(self, request: HttpRequest, provider: str) -> HttpResponse:
        try:
            # Before it counts: a page of another site can send its visitors here, without a state.
            begun = begun_take(request, self.provider)
            require_login_limit(request)
            self.is_link, self.then = begun.is_link, begun.then
            identity = identity_find(request, self.provider, begun)
            user = provider_user(identity)
        except LimitExceededError as error:
            return self.refused(refusal_words(error))
        except ProviderError as error:
            return self.failed(error)
        except NotAcceptedError:
            return self.refused(self.not_accepted())
        if user is None:
            return self.unknown(identity, begun)
        return self.linked(user, identity)

    def linked(self, user: User, identity: Identity) -> HttpResponse:
        """Answer somebody whose account of the provider is linked to the account of `user`."""
        if self.is_link:
            is_own = user == self.request.user
            return self.refused(
                _("You have linked this account of %(provider)s already.")
                % {"provider": self.provider.name}
                if is_own
                else _("Another account here is linked with this account of %(provider)s.")
                % {"provider": self.provider.name}
            )
        try:
            then = provider_sign_in(self.request, user, identity, then=self.then)
        except EmailUnconfirmedError:
            unconfirmed_remember(self.request, user, email=user.email or "")
            return redirect(with_next("account:unconfirmed", self.then))
        except SessionEndedError:
            return self.refused(self.not_accepted())
        # Not redirect(), which takes a text without a slash or a dot for the name of a route.
        return HttpResponseRedirect(then)

    def unknown(self, identity: Identity, begun: Begun) -> HttpResponse:
        """Answer somebody whose account of the provider is linked to none."""
        identity_remember(self.request, identity)
        if begun.is_link or self.request.user.is_authenticated:
            return redirect("account:link-provider")
        return redirect(with_next("account:provider-register", self.then))

    def not_accepted(self) -> str:
        return _("The account that is linked with %(provider)s can't sign in.") % {
            "provider": self.provider.name
        }


class NewAccountForm(RegisterForm):
    """A new account of somebody whom a provider names.

    An address that the provider has verified is not asked for.
    """

    def __init__(self, *args: Any, identity: Identity, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if identity.is_verified:
            del self.fields["email"]
        self.identity = identity

    def clean(self) -> dict[str, Any]:
        if self.identity.is_verified:
            # The password must not be like it.
            self.cleaned_data["email"] = self.identity.email
        return super().clean()


class ProviderRegisterPage(RegisterPage):
    """Makes an account for somebody whom a provider names, and links both.

    An address that is another account's is not taken, although the provider has verified it: its
    owner signs in first, and then links both. Otherwise a provider could take any account over, and
    so could the next owner of an address there.
    """

    template_name = "account/provider_register.html"
    form_class = NewAccountForm
    identity: Identity

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        identity = identity_of(request)
        if identity is None:
            return redirect(with_next("rest_framework:login", self.get_redirect_url()))
        self.identity = identity
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "identity": self.identity}

    def get_initial(self) -> dict[str, Any]:
        return {"name": self.identity.name, "email": self.identity.email}

    def registered(self, form: NewAccountForm) -> User:
        user = provider_register(
            identity=self.identity, origin=stranger(self.request), **form.cleaned_data
        )
        identity_forget(self.request)
        return user

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        identity = self.identity
        is_taken = identity.is_verified and User.objects.of_address(identity.email).exists()
        return super().get_context_data(
            identity=identity,
            provider=provider_name(identity.issuer),
            is_taken=is_taken,
            sign_in=with_next("rest_framework:login", reverse("account:link-provider")),
            **kwargs,
        )


begin_page = open_to_strangers(never_cache(BeginPage.as_view()))
answer_page = never_cache(AnswerPage.as_view())
