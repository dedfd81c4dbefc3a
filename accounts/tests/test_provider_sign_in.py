"""Signing in with a provider: the way there and back, and the rules of a sign-in."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth import SESSION_KEY
from django.test import Client

from accounts.models import AuthEvent, LoginSession, ProviderLink, User
from accounts.pages.event_words import event_name, event_words
from tests.authenticator import Authenticator

from .pages import browser_of, text_of
from .provider import Provider, ec_key, rsa_key
from .provider_browser import (
    ANSWER,
    BEGIN,
    PROVIDERS,
    REGISTER,
    SIGN_IN,
    begin,
    come_back,
    linked,
    path_of,
)

pytestmark = pytest.mark.django_db

BOOKS = "/api/v1/books?q=emma"
ADMIN = "/admin/login/"


def is_signed_in(client: Client) -> bool:
    return SESSION_KEY in client.session


# --- The way there -------------------------------------------------------------------------------


@pytest.mark.parametrize("page", [SIGN_IN, ADMIN, "/account/register/"])
def test_each_provider_has_a_button(page: str, provider: Provider) -> None:
    shown = Client().get(page, {"next": BOOKS})
    assert "Sign in with Acme" in text_of(shown)
    form = shown.content.decode().partition(f'action="{BEGIN}"')[2]
    assert f'name="next" value="{BOOKS}"' in form


@pytest.mark.parametrize("page", [SIGN_IN, ADMIN, "/account/register/"])
def test_without_providers_there_is_no_button(page: str) -> None:
    assert "/account/providers/" not in Client().get(page).content.decode()


def test_the_way_there(provider: Provider) -> None:
    url = begin(Client(HTTP_HOST="127.0.0.1"))
    sent = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    secrets = [sent.pop(name) for name in ("state", "nonce", "code_challenge")]
    assert sent == {
        "response_type": "code",
        "client_id": "bookstore",
        # By PUBLIC_URL, and not by the Host of the request.
        "redirect_uri": f"http://localhost:8000{ANSWER}",
        "scope": "openid email profile",
        "code_challenge_method": "S256",
    }
    assert len({*secrets}) == 3
    assert min(map(len, secrets)) == 43
    assert url != begin(Client())


def test_the_page_on_the_way_is_not_kept_and_has_a_link(provider: Provider) -> None:
    page = Client().post(BEGIN)
    assert "no-store" in page.headers["Cache-Control"]
    assert "On to Acme You sign in there, and come back here afterwards." in text_of(page)
    assert f'<a class="button" href="{provider.issuer}/authorize?' in page.content.decode()


def test_the_session_of_a_visitor_gets_another_key(provider: Provider) -> None:
    client = Client()
    begin(client)
    before = client.session.session_key
    begin(client)
    assert client.session.session_key != before


def test_an_unknown_provider_is_404(provider: Provider) -> None:
    assert Client().post("/account/providers/evil/begin/").status_code == 404
    assert Client().get("/account/providers/evil/answer/").status_code == 404


def test_a_button_of_another_site_is_refused(provider: Provider) -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post(BEGIN).status_code == 403
    assert client.get(BEGIN).status_code == 405


# --- The way back --------------------------------------------------------------------------------


def test_a_linked_account_signs_in_and_leads_on(ada: User, provider: Provider) -> None:
    link, client = linked(ada, provider), Client()
    response = come_back(client, provider, next=BOOKS)
    assert (response.status_code, response.headers["Location"]) == (302, BOOKS)
    assert client.session[SESSION_KEY] == str(ada.pk)
    login = LoginSession.objects.get()
    assert (login.kind, login.methods) == ("browser", ("fed",))
    event = AuthEvent.objects.latest("pk")
    assert (event.kind, event.actor_id, event.detail) == (
        "login",
        ada.public_id,
        "provider: Acme",
    )
    assert (event_words(event), event_name(event)) == ("Signed in with another provider", "Acme")
    link.refresh_from_db()
    assert link.last_used_at is not None


def test_without_a_next_page_it_leads_home(ada: User, provider: Provider) -> None:
    linked(ada, provider)
    assert come_back(Client(), provider).headers["Location"] == "/"


@pytest.mark.parametrize("then", ["https://evil.example/", "//evil.example", "/" + "x" * 2_000])
def test_no_other_site_and_no_long_address_is_the_next_page(
    then: str, ada: User, provider: Provider
) -> None:
    linked(ada, provider)
    assert come_back(Client(), provider, next=then).headers["Location"] == "/"


def test_a_word_is_followed_as_an_address(ada: User, provider: Provider) -> None:
    linked(ada, provider)
    assert come_back(Client(), provider, next="word").headers["Location"] == "word"


def test_the_session_gets_another_key_and_the_former_user_is_signed_out(
    ada: User, bob: User, provider: Provider
) -> None:
    linked(ada, provider)
    client = browser_of(bob)
    before = client.session.session_key
    come_back(client, provider)
    assert client.session[SESSION_KEY] == str(ada.pk)
    assert client.session.session_key != before
    assert not LoginSession.objects.live().filter(user=bob).exists()


def test_the_second_factor_of_ours_is_asked_for(
    app: Authenticator, provider: Provider, settings: Any
) -> None:
    linked(app.user, provider)
    client = Client()
    response = come_back(client, provider, next=BOOKS)
    assert response.headers["Location"] == (
        "/api/session/second-factor/?next=%2Fapi%2Fv1%2Fbooks%3Fq%3Demma"
    )
    assert not is_signed_in(client)
    asked = AuthEvent.objects.latest("pk")
    assert (asked.kind, event_name(asked)) == ("second_factor_asked", "Acme")
    assert "second factor asked for" in event_words(asked)
    second = response.headers["Location"]
    assert "Your account asks for its second factor as well." in text_of(client.get(second))
    sent = client.post(second, {"code": app.fresh(), "next": BOOKS})
    assert sent.headers["Location"] == BOOKS
    assert LoginSession.objects.get().methods == ("fed", "otp", "mfa")
    assert AuthEvent.objects.filter(kind="login", detail="provider: Acme").count() == 1


def test_an_inactive_account_does_not_sign_in(ada: User, provider: Provider) -> None:
    linked(ada, provider)
    User.objects.update(is_active=False)
    client = Client()
    assert come_back(client, provider).headers["Location"] == SIGN_IN
    assert "The account that is linked with Acme can't sign in." in text_of(client.get(SIGN_IN))


def test_an_account_that_is_deleted_meanwhile_does_not_sign_in(
    ada: User, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    linked(ada, provider)

    def deleted_meanwhile(*args: Any) -> User:
        User.objects.all().delete()
        return ada

    monkeypatch.setattr("accounts.pages.provider_sign_in.provider_user", deleted_meanwhile)
    client = Client()
    assert come_back(client, provider).headers["Location"] == SIGN_IN
    assert not is_signed_in(client)


def test_an_address_that_awaits_its_confirmation(
    ada: User, provider: Provider, settings: Any
) -> None:
    settings.EMAIL_VERIFICATION = "required"
    User.objects.update(must_confirm_email=True, email_confirmed_at=None)
    linked(ada, provider)
    client = Client()
    response = come_back(client, provider)
    assert response.headers["Location"] == "/account/unconfirmed/"
    assert client.get("/account/unconfirmed/").status_code == 200
    assert not is_signed_in(client)


def test_the_limit_of_the_address(ada: User, provider: Provider, settings: Any) -> None:
    linked(ada, provider)
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "login": (2, 60)}
    client, late = Client(), Client()
    path = path_of(provider.authorize(begin(late)))
    begin(client)
    for browser, answer in ((client, client.post(BEGIN)), (late, late.get(path))):
        assert answer.headers["Location"] == SIGN_IN
        assert "There were too many attempts." in text_of(browser.get(SIGN_IN))
    assert "/token" not in provider.asked
    assert AuthEvent.objects.filter(kind="login_refused").count() == 1


def test_somebody_who_cancels_at_the_provider_is_told(provider: Provider) -> None:
    provider.issued = {"code": None, "error": "access_denied"}
    client = Client()
    response = come_back(client, provider, next=BOOKS)
    assert response.headers["Location"] == f"{SIGN_IN}?next=%2Fapi%2Fv1%2Fbooks%3Fq%3Demma"
    assert "Acme did not sign you in." in text_of(client.get(SIGN_IN))


def test_somebody_unknown_is_led_to_an_account(ada: User, provider: Provider) -> None:
    client = Client()
    response = come_back(client, provider, next=BOOKS)
    assert response.headers["Location"] == f"{REGISTER}?next=%2Fapi%2Fv1%2Fbooks%3Fq%3Demma"
    assert not is_signed_in(client)
    assert not ProviderLink.objects.exists()


def test_somebody_who_is_signed_in_is_asked_whether_to_link(ada: User, provider: Provider) -> None:
    assert come_back(browser_of(ada), provider).headers["Location"] == f"{PROVIDERS}link/"


# --- Providers of other kinds --------------------------------------------------------------------


def test_a_provider_with_another_way_to_prove_the_client(ada: User, provider: Provider) -> None:
    provider.metadata = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    linked(ada, provider)
    assert come_back(Client(), provider).headers["Location"] == "/"


def test_a_provider_that_does_not_send_its_issuer(ada: User, provider: Provider) -> None:
    provider.metadata = {"authorization_response_iss_parameter_supported": None}
    provider.issued = {"iss": None}
    linked(ada, provider)
    assert come_back(Client(), provider).headers["Location"] == "/"


@pytest.mark.parametrize("algorithm", ["RS512", "PS256", "ES256"])
def test_other_signatures(algorithm: str, ada: User, provider: Provider) -> None:
    provider.key = ec_key("curve") if algorithm == "ES256" else rsa_key()
    provider.algorithm = algorithm
    provider.published = [provider.key.as_dict(private=False)]
    linked(ada, provider)
    assert come_back(Client(), provider).headers["Location"] == "/"


def test_keys_of_other_kinds_are_passed_over(ada: User, provider: Provider) -> None:
    first = rsa_key().as_dict(private=False)
    provider.published = [
        7,
        {"kty": "AKP", "kid": "first"},
        {"kty": "RSA", "kid": "first"},
        {"kty": "oct", "k": "c2VjcmV0", "kid": "first"},
        {**rsa_key("other").as_dict(private=False), "kid": "first", "use": "enc"},
        {**rsa_key("other").as_dict(private=False), "kid": "first"},
        first,
    ]
    linked(ada, provider)
    assert come_back(Client(), provider).headers["Location"] == "/"


def test_a_token_that_names_no_key(ada: User, provider: Provider) -> None:
    provider.published = [rsa_key("other").as_dict(private=False), *provider.published]
    provider.is_unnamed = True
    linked(ada, provider)
    assert come_back(Client(), provider).headers["Location"] == "/"


def test_several_audiences_with_the_authorised_party(ada: User, provider: Provider) -> None:
    provider.claims = {"aud": ["bookstore", "another"], "azp": "bookstore"}
    linked(ada, provider)
    assert come_back(Client(), provider).headers["Location"] == "/"
