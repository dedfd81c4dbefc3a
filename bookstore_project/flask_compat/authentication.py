"""Authenticates the tutorial's requests, some of which send a token without a scheme."""

import re

from rest_framework.request import Request

from accounts.models import ApiToken
from accounts.tokens.authentication import TokenAuthentication
from bookstore_project.api.errors import TokenRefused

# A JWT in compact form (RFC 7515 section 3.1). Nothing else in the header is a bare token: a word
# without dots is the name of a scheme.
BARE_TOKEN = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)


class TutorialTokenAuthentication(TokenAuthentication):
    """Also takes `Authorization: <token>`, as copies of the tutorial do."""

    def sent_token(self, request: Request) -> bytes | None:
        """Return the one token of a request, or None. Raises TokenRefused for different ones."""
        sent = super().sent_token(request)
        header: str = request.META.get("HTTP_AUTHORIZATION", "").strip()
        if not BARE_TOKEN.fullmatch(header):
            return sent
        bare = header.encode()
        if sent not in (None, bare):
            raise TokenRefused("Two different tokens were sent.", code="conflicting_tokens")
        return bare

    def get_api_token(self, request: Request, sent: str) -> ApiToken:
        """Refuse every API token: they are for the canonical API."""
        raise TokenRefused
