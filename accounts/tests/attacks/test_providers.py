"""Answers that a provider has not made for this browser, and addresses of others.

RFC 9700 (OAuth 2.0 security) and OpenID Connect Core 1.0 section 16 name the attacks.
"""

import base64
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import replace
from threading import Event
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from django.contrib.auth import SESSION_KEY
from django.test import Client
from joserfc import jwt

from accounts.login.oidc import fetch
from accounts.login.oidc.begun import LIFETIME
from accounts.login.oidc.metadata import forget
from accounts.models import AuthEvent, ProviderLink, User
from accounts.tests.pages import PROOF, browser_of, text_of
from accounts.tests.provider import Provider, ec_key, rsa_key, served
from accounts.tests.provider_browser import (
    ANSWER,
    BEGIN,
    LINK,
    REGISTER,
    SIGN_IN,
    begin,
    come_back,
    linked,
    path_of,
)
from conftest import PASSWORD
from tests.tools import require_module

pytestmark = pytest.mark.django_db

REFUSED = "The answer of Acme was not accepted. Begin again."
AWAY = "Acme can't be reached at the moment. Try again later, or another way."
NOT_BEGUN = "took too long, or was begun in another window. Begin again."


@pytest.fixture(autouse=True)
def link(ada: User, provider: Provider) -> ProviderLink:
    """The account of the provider that signs ada in, if the answer is right."""
    return linked(ada, provider)


def refused(client: Client, answer: Any, words: str) -> None:
    """Nobody is signed in by an answer, and the sign-in page says why."""
    assert (answer.status_code, answer.headers["Location"]) == (302, SIGN_IN)
    assert SESSION_KEY not in client.session
    assert words in text_of(client.get(SIGN_IN))


def test_what_is_refused_below_is_accepted_without_the_lie(provider: Provider) -> None:
    client = Client()
    assert come_back(client, provider).headers["Location"] == "/"
    assert SESSION_KEY in client.session


# --- The ID token --------------------------------------------------------------------------------

CLAIMS = {
    "of another issuer": {"iss": "https://evil.example"},
    "of no issuer": {"iss": None},
    "for another client": {"aud": "another"},
    "for other clients": {"aud": ["another", "third"]},
    "for nobody": {"aud": None},
    "for several, and nobody is authorised": {"aud": ["bookstore", "another"]},
    "for several, and another is authorised": {"aud": ["bookstore", "another"], "azp": "another"},
    "another is authorised": {"azp": "another"},
    "expired": {"exp": 1_700_000_000},
    "without an end": {"exp": None},
    "with an end that is no number": {"exp": "never"},
    "of the future": {"iat": 4_000_000_000},
    "of no time": {"iat": None},
    "not valid yet": {"nbf": 4_000_000_000},
    "with another nonce": {"nonce": "another"},
    "without a nonce": {"nonce": None},
    "with several nonces": {"nonce": ["another"]},
    "of nobody": {"sub": None},
    "of an empty subject": {"sub": ""},
    "of a number": {"sub": 7},
    "of a subject that is not ASCII": {"sub": "ädä"},
    "of a subject with a control character": {"sub": "a\x00da"},
    "of a long subject": {"sub": "x" * 256},
    "of another access token": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
}


@pytest.mark.parametrize("claims", CLAIMS.values(), ids=CLAIMS)
def test_an_id_token_that_is_not_for_this_sign_in(
    claims: dict[str, Any], provider: Provider
) -> None:
    provider.claims = claims
    client = Client()
    refused(client, come_back(client, provider), REFUSED)


def test_the_nonce_in_a_list_with_others(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = provider.id_token
    monkeypatch.setattr(provider, "id_token", lambda nonce: made([nonce, "another"]))  # type: ignore[arg-type]  # the lie
    client = Client()
    refused(client, come_back(client, provider), REFUSED)


def part(content: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def unsigned(provider: Provider, nonce: str) -> str:
    claims = provider.id_token(nonce).split(".")[1]
    return f"{part({'alg': 'none'})}.{claims}."


def signed_with_the_public_key(provider: Provider, nonce: str) -> str:
    """Sign as a server does that takes the public key for a secret (RFC 8725 section 2.1)."""
    claims = provider.id_token(nonce).split(".")[1]
    content = f"{part({'alg': 'HS256', 'kid': 'first'})}.{claims}"
    secret = rsa_key().as_pem(private=False)
    signature = hmac.digest(secret, content.encode(), "sha256")
    return f"{content}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def signed_by_another(provider: Provider, nonce: str) -> str:
    """Sign with a key that says it is the provider's."""
    provider.key = rsa_key("another")
    forged = jwt.encode(
        {"alg": "RS256", "kid": "first"},
        jwt.decode(provider.id_token(nonce), provider.key).claims,
        rsa_key("another"),
    )
    provider.key = rsa_key()
    return forged


def signed_by_an_unknown_key(provider: Provider, nonce: str) -> str:
    provider.key, provider.algorithm = ec_key("unknown"), "ES256"
    return provider.id_token(nonce)


def with_its_own_key(provider: Provider, nonce: str) -> str:
    """Bring the key along in the header (CVE-2018-0114)."""
    own = rsa_key("another")
    claims = jwt.decode(provider.id_token(nonce), provider.key).claims
    header = {"alg": "RS256", "jwk": own.as_dict(private=False), "kid": "another"}
    return jwt.encode(header, claims, own)


def changed(provider: Provider, nonce: str) -> str:
    header, _claims, signature = provider.id_token(nonce).split(".")
    other = provider.claims | {"iss": provider.issuer, "sub": "1", "aud": "bookstore"}
    return f"{header}.{part({**other, 'nonce': nonce, 'iat': 1, 'exp': 4e9})}.{signature}"


FORGED: dict[str, Callable[[Provider, str], Any]] = {
    "unsigned": unsigned,
    "HS256 with the public key": signed_with_the_public_key,
    "RS256 by another": signed_by_another,
    "ES256 by another": signed_by_an_unknown_key,
    "with its own key": with_its_own_key,
    "changed": changed,
    "with a header that has lists": lambda *_: f"{part({'alg': ['RS256']})}.e30.AA",
    "without an algorithm": lambda *_: f"{part({'kid': 'first'})}.e30.AA",
    "no token": lambda *_: "no token",
    "not ASCII": lambda *_: "ä.ä.ä",
    "too long": lambda *_: "a" * 20_001,
    "a number": lambda *_: 7,
    "nothing": lambda *_: None,
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
def test_an_id_token_that_the_provider_has_not_signed(
    forged: Callable[[Provider, str], Any], provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Provider()
    made.server.server_close()
    made.issuer = provider.issuer
    monkeypatch.setattr(provider, "id_token", lambda nonce: forged(made, nonce))
    client = Client()
    refused(client, come_back(client, provider), REFUSED)


# --- The answer in the address -------------------------------------------------------------------


def test_an_answer_is_taken_once(provider: Provider) -> None:
    client = Client()
    path = path_of(provider.authorize(begin(client)))
    assert client.get(path).headers["Location"] == "/"
    client.post("/api/session/logout/")
    refused(client, client.get(path), NOT_BEGUN)
    assert provider.asked.count("/token") == 1


def test_an_answer_to_another_browser_signs_nobody_in(provider: Provider) -> None:
    """Otherwise somebody could sign a victim in to an account of their own (login CSRF)."""
    path = path_of(provider.authorize(begin(Client())))
    victim = Client()
    refused(victim, victim.get(path), NOT_BEGUN)
    begin(victim)
    refused(victim, victim.get(path), NOT_BEGUN)
    assert "/token" not in provider.asked


def test_an_answer_without_a_state_leaves_the_sign_in_as_it_was(provider: Provider) -> None:
    client = Client()
    path = path_of(provider.authorize(begin(client)))
    for query in ("", "?state=", "?state=%C3%A4", "?code=x&state=x"):
        refused(client, client.get(f"{ANSWER}{query}"), NOT_BEGUN)
    assert client.get(path).headers["Location"] == "/"


def test_a_code_of_another_browser_is_worth_nothing(provider: Provider) -> None:
    """A stolen code is injected into a sign-in of the thief (RFC 9700 section 4.5)."""
    stolen = dict(parse_qsl(urlsplit(provider.authorize(begin(Client()))).query))["code"]
    thief = Client()
    own = dict(parse_qsl(urlsplit(provider.authorize(begin(thief))).query))
    answer = thief.get(f"{ANSWER}?{urlencode({**own, 'code': stolen})}")
    refused(thief, answer, REFUSED)


@pytest.mark.parametrize("code", [None, "", "x" * 4_001])
def test_an_answer_without_a_code(code: str | None, provider: Provider) -> None:
    provider.issued = {"code": code}
    client = Client()
    refused(client, come_back(client, provider), REFUSED)
    assert "/token" not in provider.asked


def test_an_answer_comes_too_late(provider: Provider) -> None:
    client = Client()
    with require_module("time_machine").travel(time.time(), tick=False) as clock:
        path = path_of(provider.authorize(begin(client)))
        clock.shift(LIFETIME.total_seconds() + 1)
        refused(client, client.get(path), NOT_BEGUN)


@pytest.mark.parametrize("issuer", [None, "", "https://evil.example", "with a slash"])
@pytest.mark.parametrize("answer", [{}, {"error": "access_denied", "code": None}])
def test_an_answer_of_another_issuer(
    issuer: str | None, answer: dict[str, Any], provider: Provider
) -> None:
    """RFC 9207: the code would be sent to the wrong one of two providers (mix-up)."""
    sent = f"{provider.issuer}/" if issuer == "with a slash" else issuer
    provider.issued = {**answer, "iss": sent}
    client = Client()
    refused(client, come_back(client, provider), REFUSED)
    assert "/token" not in provider.asked


def test_a_wrong_issuer_is_refused_where_none_was_promised(provider: Provider) -> None:
    provider.metadata = {"authorization_response_iss_parameter_supported": False}
    provider.issued = {"iss": "https://evil.example"}
    client = Client()
    refused(client, come_back(client, provider), REFUSED)


def test_an_answer_at_the_address_of_another_provider(provider: Provider, settings: Any) -> None:
    """Each provider has an address of its own (RFC 9700 section 4.4.2.2)."""
    client = Client()
    with served() as other:
        evil = replace(other.setting["acme"], id="evil", name="Evil")
        settings.OIDC_PROVIDERS = {**provider.setting, "evil": evil}
        path = path_of(provider.authorize(begin(client)))
        answer = client.get(path.replace("/acme/", "/evil/"))
        refused(client, answer, NOT_BEGUN)
        assert "/token" not in other.asked
    assert client.get(path).headers["Location"] == "/"


def test_another_user_info(provider: Provider) -> None:
    provider.userinfo = {"sub": "another", "email": "ada@example.org", "email_verified": True}
    client = Client()
    refused(client, come_back(client, provider), REFUSED)


def test_a_subject_of_another_issuer_is_somebody_else(
    provider: Provider, link: ProviderLink
) -> None:
    ProviderLink.objects.update(issuer="https://other.example")
    client = Client()
    assert come_back(client, provider).headers["Location"] == REGISTER
    assert SESSION_KEY not in client.session


def test_subjects_in_other_cases_are_others(provider: Provider) -> None:
    ProviderLink.objects.update(subject="Subject")
    provider.claims = {"sub": "sUBJECT"}
    assert come_back(Client(), provider).headers["Location"] == REGISTER


# --- Addresses of others -------------------------------------------------------------------------

VERIFIED = {"sub": "thief", "email": "ada@example.org", "email_verified": True}
NEW = {"name": "mallory", "password": "amber-Compass-31"}


def test_a_verified_address_signs_nobody_in(ada: User, provider: Provider) -> None:
    provider.claims = VERIFIED
    client = Client()
    assert come_back(client, provider).headers["Location"] == REGISTER
    assert SESSION_KEY not in client.session
    page = text_of(client.get(REGISTER))
    assert "An account here has the address ada@example.org. If it is yours, sign in" in page
    assert "Choose a name" not in page


def test_nor_does_it_take_the_address_to_a_new_account(ada: User, provider: Provider) -> None:
    provider.claims = VERIFIED
    client = Client()
    come_back(client, provider)
    answer = client.post(REGISTER, NEW)
    assert answer.status_code == 200
    assert answer.context["is_taken"]
    assert not User.objects.filter(name="mallory").exists()
    assert not ProviderLink.objects.filter(subject="thief").exists()


def test_nor_that_of_an_account_whose_name_it_is(
    make_user: Callable[..., User], provider: Provider
) -> None:
    make_user("carol@example.org")
    provider.claims = {**VERIFIED, "email": "carol@example.org"}
    client = Client()
    come_back(client, provider)
    client.post(REGISTER, NEW)
    assert not User.objects.filter(name="mallory").exists()


def test_the_owner_links_it_by_a_proof_alone(ada: User, provider: Provider) -> None:
    ProviderLink.objects.all().delete()
    provider.claims = VERIFIED
    thief = browser_of(ada)
    come_back(thief, provider)
    for proof in ({}, {"current_password": "wrong"}):
        assert thief.post(LINK, proof).status_code == 200
    assert not ProviderLink.objects.exists()
    assert thief.post(LINK, PROOF).status_code == 302
    assert ProviderLink.objects.get().user == ada


@pytest.mark.parametrize("verified", [False, None, "true", 1])
def test_an_unverified_address_is_confirmed_by_a_mail(verified: Any, provider: Provider) -> None:
    provider.claims = {**VERIFIED, "email": "eve@example.org", "email_verified": verified}
    client = Client()
    come_back(client, provider)
    client.post(REGISTER, {**NEW, "email": "eve@example.org"})
    user = User.objects.get(name="mallory")
    assert (user.email, user.email_confirmed_at) == ("eve@example.org", None)


def test_a_link_of_another_is_not_taken_over(bob: User, provider: Provider) -> None:
    """Bob signs in at the provider as ada: his account gets nothing of hers."""
    client = browser_of(bob)
    answer = come_back(client, provider, link="1")
    assert answer.headers["Location"] == "/account/providers/"
    assert "Another account here is linked with this account of Acme." in text_of(
        client.get("/account/providers/")
    )
    assert ProviderLink.objects.get().user.name == "ada"


def test_what_one_user_has_proved_is_not_there_for_the_next(bob: User, provider: Provider) -> None:
    provider.claims = {"sub": "of bob"}
    client = browser_of(bob)
    come_back(client, provider)
    client.post(SIGN_IN, {"username": "ada", "password": PASSWORD})
    assert client.get(LINK).headers["Location"] == "/account/providers/"


def test_a_page_that_was_open_for_too_long_links_nothing(ada: User, provider: Provider) -> None:
    with require_module("time_machine").travel(time.time(), tick=False) as clock:
        provider.claims = {"sub": "another"}
        client = browser_of(ada)
        come_back(client, provider)
        clock.shift(LIFETIME.total_seconds() + 1)
        assert client.post(LINK, PROOF).headers["Location"] == "/account/providers/"
    assert ProviderLink.objects.count() == 1


# --- What a provider says about itself -----------------------------------------------------------

DOCUMENTS = {
    "another issuer": {"issuer": "https://evil.example"},
    "no issuer": {"issuer": None},
    "no token endpoint": {"token_endpoint": None},
    "an endpoint that is no text": {"jwks_uri": 7},
    "an endpoint without TLS": {"token_endpoint": "http://192.0.2.7/token"},
    "an endpoint of the metadata service": {"jwks_uri": "http://169.254.169.254/latest"},
    "a file": {"jwks_uri": "file:///etc/passwd"},
    "a script": {"authorization_endpoint": "javascript:alert(1)"},
    "an endpoint with a user": {"token_endpoint": "https://a:b@acme.example/token"},
    "an endpoint with a fragment": {"userinfo_endpoint": "https://acme.example/me#x"},
    "an endpoint that is no address": {"userinfo_endpoint": "https://[/"},
}


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_metadata_that_can_not_be_trusted(document: dict[str, Any], provider: Provider) -> None:
    provider.metadata = document
    client = Client()
    refused(client, client.post(BEGIN), AWAY)


def test_a_provider_with_tls_leads_to_no_address_without(
    provider: Provider, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    issuer = "https://acme.example"
    settings.OIDC_PROVIDERS = {"acme": replace(provider.setting["acme"], issuer=issuer)}
    document = {**provider.document(), "issuer": issuer}
    monkeypatch.setattr("accounts.login.oidc.metadata.json_of", lambda *_: document)
    client = Client()
    refused(client, client.post(BEGIN), AWAY)


def moved(handler: Any) -> None:
    handler.send_response(302)
    handler.send_header("Location", "http://169.254.169.254/latest")
    handler.end_headers()


PATHS = ["/.well-known/openid-configuration", "/jwks", "/token", "/me"]
LIES: dict[str, Any] = {
    "a redirect": moved,
    "no JSON": b"<html>",
    "a list": [],
    "deep JSON": b"[" * 20_000,
    "much": b'{"a": "' + b"x" * fetch.MAXIMUM_BYTES + b'"}',
    "an error": lambda handler: handler.send_error(500),
    "the end of the connection": lambda handler: handler.connection.close(),
}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_an_answer_that_is_none(lie: Any, path: str, provider: Provider) -> None:
    client = Client()
    provider.answers = {path: lie}
    answer = client.post(BEGIN) if path == PATHS[0] else come_back(client, provider)
    refused(client, answer, AWAY)


def test_a_provider_that_is_down(provider: Provider, settings: Any) -> None:
    with served() as other:
        settings.OIDC_PROVIDERS = other.setting
    client = Client()
    refused(client, client.post(BEGIN), AWAY)


def test_a_provider_that_was_away_is_not_asked_at_once(provider: Provider) -> None:
    provider.answers = {PATHS[0]: []}
    client = Client()
    for _attempt in range(2):
        refused(client, client.post(BEGIN), AWAY)
    assert provider.asked == [PATHS[0]]
    forget()
    provider.answers = {}
    assert come_back(client, provider).headers["Location"] == "/"


def slowly(handler: Any) -> None:
    """Send a byte at a time, without end."""
    handler.send_response(200)
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(b" ")
    except OSError:
        handler.close_connection = True


def test_a_provider_that_goes_on_and_on(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All requests for one page together have a bound, however little comes at a time."""
    monkeypatch.setattr(fetch, "WHOLE", 0.2)
    monkeypatch.setattr(fetch, "MAXIMUM_BYTES", 10**12)
    provider.answers = {PATHS[0]: slowly}
    client = Client()
    refused(client, client.post(BEGIN), AWAY)


def test_a_provider_that_says_nothing(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    is_over = Event()
    monkeypatch.setattr(fetch, "READ", 0.05)
    provider.answers = {PATHS[0]: lambda handler: is_over.wait()}
    client = Client()
    try:
        refused(client, client.post(BEGIN), AWAY)
    finally:
        is_over.set()


def test_no_time_is_left_for_another_request(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "WHOLE", 0)
    client = Client()
    refused(client, client.post(BEGIN), AWAY)
    assert provider.asked == []


def test_new_keys_are_found_and_unknown_ones_are_not_looked_for_again_and_again(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client()
    come_back(client, provider)
    provider.key = rsa_key("second")
    provider.published = [provider.key.as_dict(private=False)]
    client = Client()
    refused(client, come_back(client, provider), REFUSED)
    assert provider.asked.count("/jwks") == 1
    monkeypatch.setattr("accounts.login.oidc.metadata.KEYS_AGE", -1)
    assert come_back(client, provider).headers["Location"] == "/"
    assert provider.asked.count("/jwks") == 2
    assert provider.asked.count(PATHS[0]) == 1


def test_the_log_has_no_secret(provider: Provider, caplog: pytest.LogCaptureFixture) -> None:
    provider.claims = {"iss": "https://evil.example\nforged line"}
    client = Client()
    path = path_of(provider.authorize(begin(client)))
    client.get(path)
    [code] = [value for name, value in parse_qsl(urlsplit(path).query) if name == "code"]
    assert "A sign-in with acme failed" in caplog.text
    assert "a secret of the client" not in caplog.text
    assert code not in caplog.text
    assert "a secret" not in repr(provider.setting)


def test_nobody_is_said_to_have_failed(provider: Provider) -> None:
    """An answer that is refused is about nobody: no account gets an event by it."""
    provider.claims = {"nonce": "another"}
    come_back(Client(), provider)
    assert not AuthEvent.objects.exists()
