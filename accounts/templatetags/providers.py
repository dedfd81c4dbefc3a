"""The providers with which people sign in."""

from collections.abc import Iterable

from django import template
from django.conf import settings

from bookstore_project.oidc_providers import OidcProvider

register = template.Library()


@register.simple_tag
def sign_in_providers() -> Iterable[OidcProvider]:
    """Return the providers of the settings, in their order."""
    providers: dict[str, OidcProvider] = settings.OIDC_PROVIDERS
    return providers.values()
