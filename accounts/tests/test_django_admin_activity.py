"""A user's page in the Django admin: where they are signed in, and what happened to the account."""

from collections.abc import Callable

import pytest
import time_machine
from django.test import Client

from accounts.models import ApiToken, AuthEvent, EventKind, User
from accounts.origins import Origin
from accounts.services.sessions import session_open

USERS = "/admin/accounts/user/"
EVENTS = "/admin/accounts/authevent/"

AdminOf = Callable[[User], Client]


def test_times_are_written_in_one_way_with_their_zone(
    ada: User, boss: User, admin_of: AdminOf
) -> None:
    client = admin_of(boss)
    with time_machine.travel("2026-03-01 17:05Z", tick=False):
        session_open(user=ada, origin=Origin(address="203.0.113.7"))
        for language in ("en", "de"):
            page = client.get(
                f"{USERS}{ada.pk}/change/", headers={"Accept-Language": language}
            ).content.decode()
            # Where they are signed in, and the last sign-in.
            assert "2026-03-01 17:05 UTC, " in page
            assert '<div class="readonly">2026-03-01 17:05 UTC</div>' in page
            assert "login:" not in page
    event = AuthEvent.objects.filter(subject_id=ada.public_id).latest("pk")
    assert str(event) == "signed in, 2026-03-01 17:05 UTC"
    assert "2026-03-01 17:05 UTC" in client.get(EVENTS).content.decode()


def test_the_history_of_a_user_has_the_events_of_the_account(
    ada: User, boss: User, root: User, admin_of: AdminOf
) -> None:
    page = admin_of(boss).get(f"{USERS}{ada.pk}/history/").content.decode()
    assert "No event of this account is recorded." in page
    AuthEvent.objects.create(
        kind=EventKind.NAME_CHANGED,
        subject_id=ada.public_id,
        actor_name="<b>root</b>",
        address="2001:db8::1",
        detail="name",
    )

    page = admin_of(boss).get(f"{USERS}{ada.pk}/history/").content.decode()

    assert "<td>name changed</td><td>&lt;b&gt;root&lt;/b&gt;</td><td>2001:db8::1</td>" in page
    assert f'href="{EVENTS}?q={ada.public_id}"' in page
    assert "change history" not in page.partition('id="content-main"')[2]
    assert admin_of(boss).get(f"{USERS}4242/history/").status_code == 302


def test_events_need_their_own_permission(
    ada: User, boss: User, admin_of: AdminOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    AuthEvent.objects.create(kind=EventKind.NAME_CHANGED, subject_id=ada.public_id)
    monkeypatch.setattr("accounts.admin.AuthEventAdmin.has_view_permission", lambda *_: False)
    page = admin_of(boss).get(f"{USERS}{ada.pk}/history/").content.decode()
    assert "name changed" not in page


def test_the_page_of_a_user_leads_to_the_api_tokens(
    ada: User, boss: User, admin_of: AdminOf, token_of: Callable[..., str]
) -> None:
    token_of(ada)
    token_of(boss)
    client = admin_of(boss)
    page = client.get(f"{USERS}{ada.pk}/change/").content.decode()
    link = "/admin/accounts/apitoken/?q=ada"
    assert f'<a href="{link}">API tokens of this user</a>' in page
    assert [token.user for token in client.get(link).context["cl"].result_list] == [ada]


def test_the_page_of_a_user_offers_the_deletion_where_it_is_allowed(
    ada: User, boss: User, root: User, admin_of: AdminOf
) -> None:
    def offers(viewer: User, user: User) -> bool:
        page = admin_of(viewer).get(f"{USERS}{user.pk}/change/").content.decode()
        return f'href="{USERS}{user.pk}/delete/"' in page

    assert offers(boss, ada)
    assert not offers(boss, boss)
    assert not offers(boss, root)


def test_records_that_nobody_changes_have_no_history(
    ada: User, boss: User, admin_of: AdminOf, token_of: Callable[..., str]
) -> None:
    token_of(ada)
    client = admin_of(boss)
    for name, model in (("authevent", AuthEvent), ("apitoken", ApiToken)):
        address = f"/admin/accounts/{name}/{model.objects.latest('pk').pk}/"
        page = client.get(f"{address}change/")
        assert page.status_code == 200
        assert "historylink" not in page.content.decode()
        assert client.get(f"{address}history/").status_code == 404


def test_the_sign_in_and_the_search_are_named(boss: User, admin_of: AdminOf) -> None:
    page = Client().get("/admin/login/").content.decode()
    assert page.count("<h1>") == 1
    page = admin_of(boss).get(EVENTS).content.decode()
    assert '<label for="searchbar">Search</label>' in page


def test_one_changes_ones_own_password_on_the_page_of_the_account(
    boss: User, admin_of: AdminOf
) -> None:
    response = admin_of(boss).get("/admin/password_change/")
    assert response.headers["Location"] == "/account/password/"
