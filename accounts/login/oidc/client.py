"""The two halves of a sign-in with a provider: the way there, and what comes back.

OpenID Connect Core 1.0 section 3.1 (code flow), with PKCE (RFC 7636) and the check of the issuer
(RFC 9207), as RFC 9700 recommends.
"""

import secrets
from dataclasses import dataclass
from typing import Any

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from requests import RequestException

from accounts.identity.emails import MAXIMUM_LENGTH, validate_email
from accounts.models.provider_link import MAXIMUM_SUBJECT
from accounts.services.provider_links import Identity
from bookstore_project.oidc_providers import OidcProvider

from .errors import AnswerRefusedError, ProviderUnavailableError, SignInDeniedError
from .fetch import json_of, session_of
from .id_token import id_token_check
from .metadata import Metadata, metadata_of

SCOPE = "openid email profile"
# Random bytes of a state, a nonce and a verifier (RFC 7636 section 4.1: 43 characters or more).
RANDOM_BYTES = 32
# Characters of a code.
MAXIMUM_CODE = 4_000


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """What this service invents for one sign-in, and the browser's session keeps.

    The state binds the answer to the browser (RFC 6749 section 10.12), the nonce the ID token to
    the sign-in, and the verifier the code to this client.
    """

    state: str
    nonce: str
    verifier: str

    @classmethod
    def new(cls) -> "Secrets":
        return cls(**{name: secrets.token_urlsafe(RANDOM_BYTES) for name in cls.__annotations__})


def authorization_url(provider: OidcProvider, sent: Secrets) -> str:
    """Return the address of the provider's sign-in. Raises ProviderUnavailableError."""
    metadata = metadata_of(provider)
    with _session(provider, metadata) as session:
        url, _state = session.create_authorization_url(
            metadata.authorization_endpoint,
            state=sent.state,
            nonce=sent.nonce,
            code_verifier=sent.verifier,
        )
    return str(url)


def answer_check(provider: OidcProvider, answer: QueryDict, sent: Secrets) -> Identity:
    """Return who somebody is at the provider, by the parameters that came back in the address.

    The caller has found that the state is that of the browser.

    Raises SignInDeniedError, AnswerRefusedError and ProviderUnavailableError.
    """
    metadata = metadata_of(provider)
    _check_issuer(provider, metadata, answer)
    if "error" in answer:
        raise SignInDeniedError(provider, str(answer["error"])[:100])
    code = answer.get("code", "")
    if not 1 <= len(code) <= MAXIMUM_CODE:
        raise AnswerRefusedError(provider, "there is no code")
    token = _exchanged(provider, metadata, code=code, sent=sent)
    access_token = str(token.get("access_token") or "")
    claims = id_token_check(
        provider, token.get("id_token"), nonce=sent.nonce, access_token=access_token
    )
    return _identity(provider, {**_userinfo(provider, metadata, claims, access_token), **claims})


def redirect_uri(provider: OidcProvider) -> str:
    """Return the address to which the provider sends people back: never by the Host of a request.

    Each provider has its own, so that one can't pass an answer off as another's (RFC 9700 section
    4.4.2.2).
    """
    path = reverse("account:provider-answer", kwargs={"provider": provider.id})
    return f"{settings.PUBLIC_URL}{path}"


def is_state(answer: QueryDict, sent: Secrets) -> bool:
    """Return whether the answer has the state of this browser."""
    return constant_time_compare(answer.get("state", ""), sent.state)


def _session(provider: OidcProvider, metadata: Metadata) -> OAuth2Session:
    return session_of(
        provider,
        token_endpoint_auth_method=metadata.auth_method,
        scope=SCOPE,
        redirect_uri=redirect_uri(provider),
    )


def _check_issuer(provider: OidcProvider, metadata: Metadata, answer: QueryDict) -> None:
    """Raise AnswerRefusedError for an answer of another provider (RFC 9207 section 2.4)."""
    issuer = answer.get("iss")
    if issuer is None and not metadata.sends_issuer:
        return
    if issuer != provider.issuer:
        raise AnswerRefusedError(provider, "the answer is of another issuer")


def _exchanged(
    provider: OidcProvider, metadata: Metadata, *, code: str, sent: Secrets
) -> dict[str, Any]:
    """Return the tokens for a code. Raises AnswerRefusedError and ProviderUnavailableError."""
    try:
        with _session(provider, metadata) as session:
            token: dict[str, Any] = session.fetch_token(
                metadata.token_endpoint,
                grant_type="authorization_code",
                code=code,
                code_verifier=sent.verifier,
                redirect_uri=redirect_uri(provider),
                allow_redirects=False,
            )
    except AuthlibBaseError as error:
        # The code was used before, or is not one of this client. A wrong secret comes here as well.
        raise AnswerRefusedError(provider, f"the code is refused: {error.error}") from error
    except (RequestException, ValueError, RecursionError) as error:
        raise ProviderUnavailableError(provider, str(error)) from error
    return token


def _userinfo(
    provider: OidcProvider, metadata: Metadata, claims: dict[str, Any], access_token: str
) -> dict[str, Any]:
    """Return what the provider tells apart from the ID token, if that has no address.

    Raises AnswerRefusedError if that is about somebody else (Core 1.0 section 5.3.2).
    """
    if "email" in claims or not (metadata.userinfo_endpoint and access_token):
        return {}
    found = json_of(provider, metadata.userinfo_endpoint, Authorization=f"Bearer {access_token}")
    if found.get("sub") != claims["sub"]:
        raise AnswerRefusedError(provider, "the user info is of another subject")
    return found


def _identity(provider: OidcProvider, claims: dict[str, Any]) -> Identity:
    subject = claims["sub"]
    if not (subject.isascii() and subject.isprintable() and 1 <= len(subject) <= MAXIMUM_SUBJECT):
        raise AnswerRefusedError(provider, "the subject is not 1 to 255 characters of ASCII")
    email = _address(claims.get("email"))
    return Identity(
        issuer=provider.issuer,
        subject=subject,
        email=email,
        # The text "true" is not enough.
        is_verified=bool(email) and claims.get("email_verified") is True,
        name=_text(claims.get("preferred_username") or claims.get("name")),
    )


def _address(value: Any) -> str:
    """Return an address to which this service sends mails; "" for anything else."""
    if not isinstance(value, str) or len(value) > MAXIMUM_LENGTH:
        return ""
    try:
        validate_email(value)
    except ValidationError:
        return ""
    return value


def _text(value: Any) -> str:
    """Return a text that a page may show and the database stores; "" for anything else."""
    return value.strip()[:100] if isinstance(value, str) and value.isprintable() else ""
