"""Values of settings that have a form of their own, checked before anything is served."""

import re

from django.core.exceptions import ImproperlyConfigured

MINIMUM_SECRET = 32
# Text without a space or a control character.
VISIBLE = re.compile("[!-~]+")


def rate(variable: str, text: str) -> tuple[int, int]:
    """Return the quota and the seconds of a limit such as 30/3600. Raises ImproperlyConfigured."""
    quota, _, window = text.partition("/")
    if not (quota.isdecimal() and window.isdecimal() and int(window)):
        raise ImproperlyConfigured(f"{variable} must be a quota and seconds, such as 30/3600.")
    return int(quota), int(window)


def link(variable: str, url: str) -> str:
    """Return an address that has {token} where a token goes, or "". Raises ImproperlyConfigured."""
    if url and not (url.startswith(("https://", "http://")) and "{token}" in url):
        raise ImproperlyConfigured(
            f"{variable} must be an address with {{token}} in it, such as "
            "https://shop.example.org/mail#{token}."
        )
    return url


def proxy_secret(secret: str, *, is_due: bool) -> str:
    """Return the secret that a proxy sends in X-Proxy-Secret, or "" where none `is_due`.

    Raises ImproperlyConfigured if it is missing, too short, or fits into no header field.
    """
    if is_due and not secret:
        raise ImproperlyConfigured(
            "TRUSTED_PROXIES needs PROXY_SECRET, which the proxy in front sends in X-Proxy-Secret. "
            "Otherwise a client could choose its own address. See docs/serving.md."
        )
    if secret and not (len(secret) >= MINIMUM_SECRET and VISIBLE.fullmatch(secret)):
        raise ImproperlyConfigured(
            f"PROXY_SECRET must have at least {MINIMUM_SECRET} characters, all of them letters, "
            "digits and other visible ASCII: it stands in a header field, with a space behind it."
        )
    return secret
