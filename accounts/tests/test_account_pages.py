"""The account page, and what every page below it has in common."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.urls import reverse

from accounts.login.own_account import own_sessions_end
from accounts.models import EndReason, LoginSession, User
from accounts.origins import Origin
from accounts.pages import sessions, signed_in
from accounts.pages.urls import urlpatterns
from accounts.services.sessions import sessions_revoke
from tests.authenticator import Authenticator

from .pages import browser_of, text_of

pytestmark = pytest.mark.django_db

OVERVIEW = "/account/"
NOBODYS = UUID("00000000-0000-4000-8000-000000000000")


def _addresses() -> Iterator[str]:
    """Yield the address of each page for people who are signed in."""
    for each in urlpatterns:
        view = getattr(each.callback, "view_class", None)
        if view is not None and issubclass(view, signed_in.SignedInPage):
            wanted = each.pattern.converters
            yield reverse(f"account:{each.name}", kwargs=dict.fromkeys(wanted, NOBODYS))


ADDRESSES = list(_addresses())
SETTING_UP = (
    "/account/second-factor/",
    "/account/second-factor/app/",
    "/account/passkeys/",
    "/account/passkeys/new/",
)
# Pages that go on with what another page has begun.
BEGUN_ELSEWHERE = {
    "/account/second-factor/app/confirm/": "/account/second-factor/app/",
    "/account/passkeys/add/": "/account/passkeys/new/",
    "/account/providers/link/": "/account/providers/",
}


def test_the_pages_are_known() -> None:
    assert {OVERVIEW, "/account/sessions/", "/account/deletion/", *SETTING_UP} <= {*ADDRESSES}


def test_the_overview_says_who_one_is(ada: User) -> None:
    text = text_of(browser_of(ada).get(OVERVIEW))
    assert "Name ada" in text
    assert "Email address ada@example.org (confirmed)" in text
    assert "Rights Your own books" in text
    assert "Second factor off" in text
    assert "Member since" in text
    assert " UTC" in text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"email": None}, "Email address none"),
        (
            {"email": "new@example.org", "email_confirmed_at": None},
            "new@example.org (not confirmed yet)",
        ),
        ({"editor": True}, "Rights Editor"),
        ({"admin": True}, "Rights Admin"),
        ({"admin": True, "is_superuser": True}, "Rights Superuser"),
    ],
)
def test_the_overview_says_so_of_others(
    fields: dict[str, Any], words: str, make_user: Callable[..., User]
) -> None:
    assert words in text_of(browser_of(make_user("cleo", **fields)).get(OVERVIEW))


def test_the_overview_counts_recovery_codes(ada: User) -> None:
    Authenticator(ada)
    assert "Second factor on, with 10 recovery codes left" in text_of(browser_of(ada).get(OVERVIEW))


def test_the_overview_leads_to_every_part(ada: User) -> None:
    client = browser_of(ada)
    page = client.get(OVERVIEW).content.decode()
    for name in (
        *("sessions", "events", "password", "name", "email", "second-factor", "providers"),
        *("tokens", "access-token", "export", "deletion"),
    ):
        address = reverse(f"account:{name}")
        assert f'href="{address}"' in page
        assert client.get(address).status_code == 200


def test_the_overview_costs_a_bounded_number_of_queries(
    ada: User, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    Authenticator(ada)
    client = browser_of(ada)
    with django_assert_max_num_queries(8):
        client.get(OVERVIEW)


def test_pages_are_in_the_language_of_the_browser(ada: User) -> None:
    response = browser_of(ada).get(OVERVIEW, headers={"Accept-Language": "de"})
    assert '<html lang="de"' in response.content.decode()


# --- Every page ----------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ADDRESSES)
def test_strangers_are_asked_to_sign_in_first(address: str, client: Client) -> None:
    for response in (client.get(address), client.post(address)):
        assert response.status_code == 302
        assert response.headers["Location"] == (
            reverse(django_settings.LOGIN_URL) + f"?next={address}"
        )


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_browser_keeps_a_page(address: str, ada: User) -> None:
    response = browser_of(ada).get(address)
    assert response.status_code in (200, 302, 404)
    kept = response.headers["Cache-Control"]
    assert "private" in kept
    assert "no-store" in kept or response.status_code == 404


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_form_of_another_page_is_refused(
    address: str, ada: User, session_of: Callable[[User], Client]
) -> None:
    assert session_of(ada).post(address).status_code == 403


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_has_a_heading_a_title_and_no_script_of_its_own(address: str, ada: User) -> None:
    response = browser_of(ada).get(address)
    if response.status_code != 200:
        return
    page = response.content.decode()
    assert page.count("<h1>") == 1
    assert page.count("<main") == 1
    assert "– Bookstore</title>" in page
    assert "<script>" not in page


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_admin_sets_up_a_required_factor_first(address: str, boss: User, settings: Any) -> None:
    settings.REQUIRE_ADMIN_MFA = True
    response = browser_of(boss).get(address)
    if address in BEGUN_ELSEWHERE:
        assert response.headers["Location"] == BEGUN_ELSEWHERE[address]
    elif address in SETTING_UP:
        assert response.status_code == 200
    else:
        assert response.status_code == 403
        assert 'href="/account/second-factor/"' in response.content.decode()


def test_an_admin_with_the_factor_uses_every_page(boss: User, settings: Any) -> None:
    settings.REQUIRE_ADMIN_MFA = True
    Authenticator(boss)
    assert browser_of(boss).get(OVERVIEW).status_code == 200


def test_the_admins_page_leads_to_the_second_factor(boss: User, settings: Any) -> None:
    settings.REQUIRE_ADMIN_MFA = True
    response = browser_of(boss).get("/admin/")
    assert response.status_code == 403
    page = response.content.decode()
    assert 'href="/account/second-factor/"' in page
    assert "POST" not in page
    assert "otpauth_uri" not in page


def test_a_session_that_ends_meanwhile_leads_to_the_sign_in(
    ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = browser_of(ada)
    address = "/account/sessions/end-others/"

    def ended_meanwhile(*args: Any, **kwargs: Any) -> None:
        sessions_revoke(user=User.objects.get(pk=ada.pk), reason=EndReason.REVOKED, origin=Origin())
        original(*args, **kwargs)

    original = own_sessions_end
    monkeypatch.setattr(sessions, "own_sessions_end", ended_meanwhile)
    response = client.post(address)
    assert response.status_code == 302
    assert response.headers["Location"] == f"/api/session/login/?next={address}"


def test_a_browser_without_the_row_of_its_sign_in_changes_nothing(
    ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = browser_of(ada)
    monkeypatch.setattr(signed_in, "login_of", lambda browser: None)
    response = client.post("/account/access-token/")
    assert response.status_code == 302
    assert LoginSession.objects.filter(kind="token").count() == 0


@pytest.mark.parametrize("path", ["tokens/new/", "email/remove/", "sessions/end-others/"])
def test_a_form_leads_back_to_its_list_or_page(path: str, ada: User) -> None:
    page = browser_of(ada).get(f"{OVERVIEW}{path}").content.decode()
    back = path.split("/", maxsplit=1)[0]
    assert f'<a href="{OVERVIEW}{back}/">Cancel</a>' in page
