"""Linked providers on the account page: the list, the link of another one, and the removal."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.auth import SESSION_KEY
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.mail.sender import queue_send
from accounts.models import AuthEvent, EndReason, ProviderLink, User
from accounts.origins import Origin
from accounts.pages.event_words import event_name, event_words
from accounts.pages.providers import RemoveProviderPage
from accounts.services.provider_links import Identity, provider_link
from accounts.services.sessions import sessions_revoke
from accounts.tests.devices import device_of
from bookstore_project.errors import SessionEndedError
from conftest import PASSWORD
from tests.authenticator import Authenticator

from .pages import PROOF, browser_of, prove_factor, text_of
from .provider import SUBJECT, Provider
from .provider_browser import LINK, PROVIDERS, SIGN_IN, come_back, linked

pytestmark = pytest.mark.django_db

STEP_UP = "/api/session/step-up/"
ACCOUNT = {"email": "ada@acme.example", "email_verified": True}


def remove_page(link: ProviderLink) -> str:
    return f"{PROVIDERS}{link.pk}/remove/"


# --- The list ------------------------------------------------------------------------------------


def test_the_list_has_each_provider_with_a_button(ada: User, provider: Provider) -> None:
    page = browser_of(ada).get(PROVIDERS)
    assert "Acme Link an account" in text_of(page)
    assert 'aria-label="Link an account of Acme"' in page.content.decode()


def test_the_list_has_the_linked_accounts(ada: User, bob: User, provider: Provider) -> None:
    linked(bob, provider, "another")
    link = linked(ada, provider)
    ProviderLink.objects.create(user=ada, issuer="https://former.example", subject="7")
    page = browser_of(ada).get(PROVIDERS)
    text = text_of(page)
    assert "Acme Linked account ada@acme.example Linked" in text
    assert "https://former.example Linked account 7 Linked" in text
    assert text.count("This server does not sign anybody in with it any more.") == 1
    assert f'href="{remove_page(link)}" aria-label="Remove this provider: Acme"' in (
        page.content.decode()
    )
    assert text.count("Remove") == 2
    assert "Link an account" not in text


def test_a_server_without_providers_says_so(ada: User) -> None:
    assert "This server has none." in text_of(browser_of(ada).get(PROVIDERS))


# --- Another one ---------------------------------------------------------------------------------


def test_the_owner_links_an_account(ada: User, provider: Provider) -> None:
    provider.userinfo = ACCOUNT
    client = browser_of(ada)
    assert come_back(client, provider, link="1").headers["Location"] == LINK
    assert not ProviderLink.objects.exists()
    asked = text_of(client.get(LINK))
    assert "Provider Acme Your account there ada@acme.example Your account here ada" in asked
    assert "anybody who can sign in to that account of Acme can sign in" in asked
    answer = client.post(LINK, PROOF)
    assert answer.headers["Location"] == PROVIDERS
    assert "You can sign in with Acme from now on." in text_of(client.get(PROVIDERS))
    link = ProviderLink.objects.get()
    assert (link.user, link.issuer, link.subject, link.shown_as) == (
        ada,
        provider.issuer,
        SUBJECT,
        "ada@acme.example",
    )
    event = AuthEvent.objects.latest("pk")
    assert (event.kind, event.actor_id, event.detail) == ("provider_linked", ada.public_id, "Acme")
    assert (event_words(event), event_name(event)) == (
        "Sign-in with another provider added",
        "Acme",
    )
    assert client.get(LINK).headers["Location"] == PROVIDERS
    assert come_back(Client(), provider).headers["Location"] == "/"


def test_the_owner_is_told_by_mail(ada: User, provider: Provider) -> None:
    client = browser_of(ada)
    come_back(client, provider, link="1")
    client.post(LINK, PROOF)
    client.post(remove_page(ProviderLink.objects.get()), PROOF)
    queue_send()
    assert [each.subject.removesuffix(" – Bookstore") for each in mail.outbox] == [
        "A sign-in with another provider was added",
        "A sign-in with another provider was removed",
    ]


def test_a_stranger_signs_in_first_and_then_links(ada: User, provider: Provider) -> None:
    client = Client()
    come_back(client, provider)
    page = client.get("/account/providers/register/")
    assert f"{SIGN_IN}?next=%2Faccount%2Fproviders%2Flink%2F" in page.content.decode()
    sent = {"username": "ada", "password": PASSWORD, "next": LINK}
    assert client.post(SIGN_IN, sent).headers["Location"] == LINK
    assert client.post(LINK, PROOF).headers["Location"] == PROVIDERS
    assert ProviderLink.objects.get().user == ada


def test_somebody_who_was_signed_out_meanwhile_signs_in_first(
    ada: User, provider: Provider
) -> None:
    answer = Client().get(LINK)
    assert answer.headers["Location"] == f"{SIGN_IN}?next={LINK}"


def test_the_second_factor_is_asked_for_before(ada: User, provider: Provider) -> None:
    Authenticator(ada)
    client = browser_of(ada)
    come_back(client, provider, link="1")
    assert urlsplit(client.get(LINK).headers["Location"]).path == STEP_UP
    prove_factor(client)
    assert "Your second factor is still asked for." in text_of(client.get(LINK))
    assert client.post(LINK).headers["Location"] == PROVIDERS
    assert ProviderLink.objects.get().user == ada


def test_one_account_of_each_provider(ada: User, provider: Provider) -> None:
    linked(ada, provider, "another")
    client = browser_of(ada)
    assert come_back(client, provider, link="1").headers["Location"] == LINK
    assert "You have linked another account of this provider. Remove it first." in text_of(
        client.post(LINK, PROOF)
    )
    assert ProviderLink.objects.get().subject == "another"


def test_an_account_that_is_linked_before_changes_nothing(ada: User, provider: Provider) -> None:
    linked(ada, provider)
    client = browser_of(ada)
    assert come_back(client, provider, link="1").headers["Location"] == PROVIDERS
    assert "You have linked this account of Acme already." in text_of(client.get(PROVIDERS))


def test_two_accounts_of_ours_at_the_same_time(ada: User, bob: User, provider: Provider) -> None:
    """Both have seen that nobody has it; the database decides."""
    client = browser_of(ada)
    come_back(client, provider, link="1")
    linked(bob, provider)
    assert "Another account here is linked with this account." in text_of(client.post(LINK, PROOF))
    with pytest.raises(IntegrityError), transaction.atomic():
        linked(ada, provider)


def test_nothing_is_linked_after_the_sessions_ended(ada: User, provider: Provider) -> None:
    stale = User.objects.get(pk=ada.pk)
    sessions_revoke(user=ada, reason=EndReason.REVOKED, origin=Origin())
    identity = Identity(issuer=provider.issuer, subject=SUBJECT)
    with pytest.raises(SessionEndedError):
        provider_link(user=stale, identity=identity, origin=Origin(actor=stale))
    assert not ProviderLink.objects.exists()


def test_a_provider_that_fails_leads_back_to_the_list(ada: User, provider: Provider) -> None:
    provider.issued = {"code": None, "error": "access_denied"}
    client = browser_of(ada)
    assert come_back(client, provider, link="1").headers["Location"] == PROVIDERS
    assert "Acme did not sign you in." in text_of(client.get(PROVIDERS))


# --- Removal -------------------------------------------------------------------------------------


def test_the_owner_removes_a_provider(ada: User, provider: Provider) -> None:
    link, client = linked(ada, provider), browser_of(ada)
    page = text_of(client.get(remove_page(link)))
    assert "Provider Acme Linked account ada@acme.example" in page
    assert client.post(remove_page(link), {}).status_code == 200
    assert ProviderLink.objects.exists()
    assert client.post(remove_page(link), PROOF).headers["Location"] == PROVIDERS
    assert not ProviderLink.objects.exists()
    assert "You can't sign in with Acme any more." in text_of(client.get(PROVIDERS))
    event = AuthEvent.objects.latest("pk")
    assert (event.kind, event.detail) == ("provider_unlinked", "Acme")
    assert SESSION_KEY in client.session


def test_a_provider_of_another_is_404(ada: User, bob: User, provider: Provider) -> None:
    link, client = linked(bob, provider), browser_of(ada)
    assert client.get(remove_page(link)).status_code == 404
    assert client.post(remove_page(link), PROOF).status_code == 404
    assert ProviderLink.objects.exists()


def test_a_provider_that_is_removed_meanwhile_is_404(
    ada: User, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    link, client = linked(ada, provider), browser_of(ada)

    def removed_meanwhile(page: RemoveProviderPage) -> ProviderLink:
        ProviderLink.objects.all().delete()
        return link

    monkeypatch.setattr(RemoveProviderPage, "get_link", removed_meanwhile)
    assert client.post(remove_page(link), PROOF).status_code == 404


def test_the_last_way_in_is_not_removed(ada: User, provider: Provider) -> None:
    link = linked(ada, provider)
    ProviderLink.objects.create(user=ada, issuer="https://former.example", subject="7")
    Authenticator(ada)
    User.objects.filter(pk=ada.pk).update(password="!")
    client = browser_of(User.objects.get(pk=ada.pk))
    prove_factor(client)
    assert "You have no other way to sign in. Choose a password or add a passkey first." in (
        text_of(client.post(remove_page(link)))
    )
    assert ProviderLink.objects.filter(pk=link.pk).exists()


@pytest.mark.parametrize("left", ["a passkey", "another provider"])
def test_another_way_in_is_enough(left: str, ada: User, provider: Provider, settings: Any) -> None:
    link = linked(ada, provider)
    if left == "a passkey":
        device_of(ada)
    else:
        [former] = provider.setting.values()
        other = replace(former, id="other", issuer="https://other.example")
        settings.OIDC_PROVIDERS = {**provider.setting, "other": other}
        ProviderLink.objects.create(user=ada, issuer=other.issuer, subject="7")
        Authenticator(ada)
    User.objects.filter(pk=ada.pk).update(password="!")
    client = browser_of(User.objects.get(pk=ada.pk))
    prove_factor(client)
    assert client.post(remove_page(link)).headers["Location"] == PROVIDERS
    assert not ProviderLink.objects.filter(pk=link.pk).exists()


def test_a_link_says_whose_it_is(ada: User, provider: Provider) -> None:
    assert str(linked(ada, provider)) == f"ada at {provider.issuer}"
