"""Sessions in the Django admin are shown, and can be ended."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import LoginSession, SessionKind, User
from accounts.origins import Origin
from accounts.services.sessions import session_open

pytestmark = pytest.mark.django_db

USERS = "/admin/accounts/user/"


@pytest.fixture
def admin(boss: User) -> Client:
    client = Client()
    client.force_login(boss)
    return client


def sign_out(admin: Client, *users: User) -> str:
    response = admin.post(
        USERS,
        {"action": "sign_out_everywhere", "_selected_action": [user.pk for user in users]},
        follow=True,
    )
    assert response.status_code == 200
    return response.content.decode()


def test_a_user_is_shown_with_their_live_sessions_escaped(admin: Client, ada: User) -> None:
    for kind in (SessionKind.TOKEN, SessionKind.BROWSER):
        session_open(user=ada, origin=Origin(), kind=kind)
    LoginSession.objects.update(address="203.0.113.7", user_agent="<b>shop</b>")
    page = admin.get(f"{USERS}{ada.pk}/change/").content.decode()
    assert "UTC, token, 203.0.113.7, &lt;b&gt;shop&lt;/b&gt;" in page
    # No browser has the session.
    assert "UTC, browser" not in page


def test_a_user_without_sessions_is_nowhere(admin: Client, ada: User) -> None:
    page = admin.get(f"{USERS}{ada.pk}/change/").content.decode()
    assert "This user is not signed in." in page


def test_signing_out_everywhere_ends_tokens_and_browsers(admin: Client, ada: User) -> None:
    session_open(user=ada, origin=Origin())
    browser = Client(HTTP_ACCEPT="application/json")
    browser.force_login(ada)
    assert "1 user was signed out everywhere." in sign_out(admin, ada)
    assert not LoginSession.objects.live().filter(user=ada).exists()
    ended = LoginSession.objects.filter(user=ada).values_list("kind", "revoked_because")
    assert set(ended) == {("token", "revoked_by_admin"), ("browser", "revoked_by_admin")}
    assert browser.get("/api/v1/users/me").status_code == 401


def test_a_plain_admin_does_not_sign_a_superuser_out(
    admin: Client, make_user: Callable[..., User]
) -> None:
    chief = make_user("chief", admin=True, is_superuser=True)
    session_open(user=chief, origin=Origin())
    assert "0 users were signed out everywhere." in sign_out(admin, chief)
    assert LoginSession.objects.live().filter(user=chief).exists()


def test_a_password_set_in_the_admin_ends_the_users_sessions(admin: Client, ada: User) -> None:
    session_open(user=ada, origin=Origin())
    response = admin.post(
        f"{USERS}{ada.pk}/password/",
        {
            "password1": "amber-Compass-31",
            "password2": "amber-Compass-31",
            "usable_password": "true",
        },
    )
    assert response.status_code == 302
    assert not LoginSession.objects.live().filter(user=ada).exists()
