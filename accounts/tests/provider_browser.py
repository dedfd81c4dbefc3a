"""What a browser does between this service and a provider."""

import re
from html import unescape
from typing import Any
from urllib.parse import urlsplit

from django.test import Client

from accounts.models import ProviderLink, User
from accounts.tests.provider import SUBJECT, Provider

SIGN_IN = "/api/session/login/"
REGISTER = "/account/providers/register/"
PROVIDERS = "/account/providers/"
LINK = "/account/providers/link/"
BEGIN = "/account/providers/acme/begin/"
ANSWER = "/account/providers/acme/answer/"


def begin(client: Client, **form: str) -> str:
    """Press a button, and return the address of the provider to which the page leads."""
    page = client.post(BEGIN, form)
    assert page.status_code == 200
    found = re.findall(
        r'<meta http-equiv="refresh" content="0;url=([^"]*)">', page.content.decode()
    )
    [url] = found
    return unescape(url)


def path_of(address: str) -> str:
    """Return the path and the query of an address of ours."""
    parts = urlsplit(address)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"http://localhost:8000{ANSWER}"
    return f"{parts.path}?{parts.query}"


def come_back(client: Client, provider: Provider, **form: str) -> Any:
    """Press a button, sign in at the provider, and return the answer to what comes back."""
    return client.get(path_of(provider.authorize(begin(client, **form))))


def linked(user: User, provider: Provider, subject: str = SUBJECT) -> ProviderLink:
    """Link an account of the provider to a user."""
    return ProviderLink.objects.create(
        user=user, issuer=provider.issuer, subject=subject, shown_as="ada@acme.example"
    )
