"""Links to accounts of providers, which somebody who is not the owner wants to have."""

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.conf import settings as used_settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.management.commands import changepassword
from django.core.management import call_command
from django.test import Client

from accounts.models import AuthEvent, ProviderLink, User
from accounts.origins import Origin
from accounts.services.factors import factors_remove
from accounts.services.password_reset import reset_token
from accounts.tests.pages import PROOF, browser_of, text_of
from accounts.tests.provider import Provider
from accounts.tests.provider_browser import (
    ANSWER,
    LINK,
    PROVIDERS,
    REGISTER,
    SIGN_IN,
    come_back,
    linked,
)
from conftest import PASSWORD
from tests.authenticator import Authenticator
from tests.client import ConformingClient

pytestmark = pytest.mark.django_db

SECOND_FACTOR = "/api/session/second-factor/"
NEW = {"name": "grace", "password": "amber-Compass-31", "email": ""}


def with_the_cookie_of(client: Client) -> Client:
    """Return the browser of somebody who has stolen the cookie of a session."""
    thief = Client()
    name = used_settings.SESSION_COOKIE_NAME
    thief.cookies[name] = client.cookies[name].value
    return thief


def account_at(provider: Provider, subject: str) -> None:
    """Let the provider sign the next one in with the account of this subject."""
    provider.claims = {"sub": subject, "email": f"{subject}@acme.example"}


# --- Between the page that shows an account and its form -----------------------------------------


def test_a_thief_of_the_cookie_puts_no_other_account_in_the_place_of_the_one_shown(
    ada: User, provider: Provider
) -> None:
    """The thief signs in at the provider while the owner types the password."""
    owner = browser_of(ada)
    account_at(provider, "of-ada")
    come_back(owner, provider, link="1")
    assert "of-ada@acme.example" in text_of(owner.get(LINK))
    account_at(provider, "of-mallory")
    assert come_back(with_the_cookie_of(owner), provider, link="1").headers["Location"] == LINK

    answer = owner.post(LINK, PROOF)

    assert answer.headers["Location"] == f"{SIGN_IN}?next={LINK}"
    assert not ProviderLink.objects.exists()


def test_nor_does_a_cookie_from_before_the_answer(ada: User, provider: Provider) -> None:
    owner = browser_of(ada)
    thief = with_the_cookie_of(owner)
    account_at(provider, "of-ada")
    come_back(owner, provider, link="1")
    assert thief.get(LINK).headers["Location"] == f"{SIGN_IN}?next={LINK}"
    assert SESSION_KEY not in thief.session
    assert owner.post(LINK, PROOF).status_code == 302
    assert ProviderLink.objects.get().subject == "of-ada"


def test_nor_is_a_new_account_linked_with_another_than_the_one_shown(provider: Provider) -> None:
    new = Client()
    account_at(provider, "of-grace")
    come_back(new, provider)
    assert "of-grace@acme.example" in text_of(new.get(REGISTER))
    account_at(provider, "of-mallory")
    come_back(with_the_cookie_of(new), provider)

    assert new.post(REGISTER, NEW).headers["Location"] == SIGN_IN

    assert not ProviderLink.objects.exists()
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ({"email": "ada@example.org"}, "ada@example.org (not verified by Acme)"),
        ({"name": "ada@example.org"}, "ada@example.org (not verified by Acme)"),
        ({"email": "ada@example.org", "email_verified": True}, "ada@example.org"),
    ],
)
def test_an_address_that_a_thief_has_chosen_there_is_not_shown_as_the_owners(
    told: dict[str, Any], shown: str, ada: User, provider: Provider
) -> None:
    """Somebody who has signed the owner's browser in at the provider, to an account of theirs."""
    provider.claims = {"sub": "of-mallory", **told}
    owner = browser_of(ada)
    come_back(owner, provider, link="1")
    assert f"Your account there {shown} Your account here ada" in text_of(owner.get(LINK))


# --- Counted against a visitor of another site ---------------------------------------------------


def test_a_page_elsewhere_uses_up_no_sign_ins_of_its_visitors(
    ada: User, provider: Provider, settings: Any
) -> None:
    """An image of theirs is a GET without the cookie, from the network of the visitor."""
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "login": (2, 60)}
    visitor = Client()
    for _image in range(5):
        answer = visitor.get(ANSWER, headers={"Sec-Fetch-Site": "cross-site"})
        assert answer.headers["Location"] == SIGN_IN
    sent = {"username": "ada", "password": PASSWORD}
    assert visitor.post(SIGN_IN, sent).headers["Location"] == "/"


# --- Before the owner ----------------------------------------------------------------------------


def reset_by_mail(user: User) -> None:
    body = {"token": reset_token(User.objects.get(pk=user.pk)), "new_password": "quiet-Lantern-58"}
    answer = ConformingClient().post("/api/v1/auth/password-reset/confirm", body)
    assert answer.status_code == 200


def test_an_account_made_with_the_address_of_another_person_is_theirs_alone(
    provider: Provider,
) -> None:
    """Who resets its password keeps it: "Pre-hijacked accounts", USENIX Security 2022."""
    account_at(provider, "of-mallory")
    thief = Client()
    come_back(thief, provider)
    thief.post(REGISTER, {**NEW, "email": "grace@example.org"})
    account = User.objects.get(name="grace")
    assert come_back(Client(), provider).headers["Location"] == "/"

    reset_by_mail(account)

    account.refresh_from_db()
    assert (account.email, account.email_confirmed_at is None) == ("grace@example.org", False)
    assert come_back(Client(), provider).headers["Location"] == REGISTER


def test_a_link_by_a_stolen_password_does_not_outlive_a_reset(
    ada: User, provider: Provider
) -> None:
    account_at(provider, "of-mallory")
    thief = Client()
    thief.post(SIGN_IN, {"username": "ada", "password": PASSWORD})
    come_back(thief, provider, link="1")
    thief.post(LINK, PROOF)
    ProviderLink.objects.create(user=ada, issuer="https://former.example", subject="7")

    reset_by_mail(ada)

    assert come_back(Client(), provider).headers["Location"] == REGISTER
    assert not ProviderLink.objects.exists()
    ended = AuthEvent.objects.filter(kind="provider_unlinked", subject_id=ada.public_id)
    details = ended.order_by("pk").values_list("detail", flat=True)
    assert list(details) == ["Acme", "https://former.example"]


def by_an_admin(user: User, boss: User) -> None:
    form = {"password1": "quiet-Lantern-58", "password2": "quiet-Lantern-58"}
    page = f"/admin/accounts/user/{user.pk}/password/"
    answer = browser_of(boss).post(page, {**form, "usable_password": "true"})
    assert answer.status_code == 302


def by_the_operator(user: User, _boss: User) -> None:
    call_command("changepassword", user.name, stdout=StringIO())


@pytest.mark.parametrize("set_by", [by_an_admin, by_the_operator])
def test_nor_a_password_that_somebody_else_sets(
    set_by: Callable[[User, User], None],
    ada: User,
    boss: User,
    provider: Provider,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(changepassword.Command, "_get_pass", lambda *_: "quiet-Lantern-58")
    linked(ada, provider)
    set_by(ada, boss)
    assert User.objects.get(pk=ada.pk).check_password("quiet-Lantern-58")
    assert come_back(Client(), provider).headers["Location"] == REGISTER
    assert AuthEvent.objects.filter(kind="provider_unlinked").count() == 1


def test_a_password_that_an_admin_disables_leaves_it(
    ada: User, boss: User, provider: Provider
) -> None:
    """As the page says: to keep everybody out, the account is made inactive."""
    linked(ada, provider)
    form = {"usable_password": "false", "password1": "", "password2": "", "unset-password": "1"}
    page = f"/admin/accounts/user/{ada.pk}/password/"
    assert browser_of(boss).post(page, form).status_code == 302
    assert come_back(Client(), provider).headers["Location"] == "/"


def test_the_page_that_changes_a_password_leads_to_the_links_that_stay(
    ada: User, provider: Provider
) -> None:
    owner = browser_of(ada)
    words = "Accounts of other providers that are linked still sign in."
    assert words not in text_of(owner.get("/account/password/"))
    linked(ada, provider)
    page = owner.get("/account/password/")
    assert words in text_of(page)
    assert f'<a href="{PROVIDERS}">' in page.content.decode().partition("<main")[2]


# --- After a second factor -----------------------------------------------------------------------


def test_a_lost_device_signs_in_with_no_provider_once_its_factor_is_removed(
    ada: User, provider: Provider
) -> None:
    """The phone that had the app may still be signed in at the provider."""
    linked(ada, provider)
    Authenticator(ada)
    phone = Client()
    assert come_back(phone, provider).headers["Location"] == SECOND_FACTOR
    factors_remove(user=ada, origin=Origin())
    assert phone.get(SECOND_FACTOR).headers["Location"] == SIGN_IN
    assert come_back(phone, provider).headers["Location"] == REGISTER
    sent = {"username": "ada", "password": PASSWORD}
    assert Client().post(SIGN_IN, sent).headers["Location"] == "/"
