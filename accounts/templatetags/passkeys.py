"""Where the pages of this service can use passkeys."""

from django import template
from django.conf import settings

from accounts.services.relying_party import has_passkeys

register = template.Library()


@register.simple_tag
def passkey_origin() -> str:
    """Return the origin at which pages use passkeys; "" if browsers have none there."""
    return str(settings.PUBLIC_URL) if has_passkeys() else ""
