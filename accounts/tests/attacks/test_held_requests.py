"""Requests whose sender holds the body back until something else has happened.

What ends or changes until the body is there holds for the request too.
"""

from collections.abc import Callable
from io import StringIO
from typing import Any

import pyotp
import pytest
from django.core.management import call_command
from django.test import Client

from accounts.models import (
    ApiToken,
    AuthEvent,
    EndReason,
    LoginSession,
    Passkey,
    TotpFactor,
    User,
)
from accounts.origins import Origin
from accounts.services.deletion import user_erase
from accounts.services.sessions import session_revoke
from accounts.services.totp import totp_begin
from accounts.tests.devices import CURRENT, NEW, PASSKEYS
from accounts.tests.held import send_held
from accounts.tests.proofs import ACTIONS, BY_BOTH, BY_PASSWORD, WITHOUT_FACTOR, Action, opened
from conftest import PASSWORD
from tests.authenticator import Authenticator
from tests.passkey_authenticator import Device

pytestmark = pytest.mark.django_db

TOTP = "/api/v1/users/me/totp"

CHANGES = ("role_changed", "active_changed", "account_deleted")

by_token_and_cookie = pytest.mark.parametrize("is_browser", [False, True], ids=["token", "cookie"])


def signed_in(user: User, *, is_browser: bool, methods: tuple[str, ...] = BY_PASSWORD) -> Client:
    """Return a client with a new login, the only one of its user, by these methods."""
    LoginSession.objects.filter(user=user).delete()
    if not is_browser:
        access = opened(user, methods)["access"]
        return Client(
            headers={"accept": "application/json", "authorization": f"Bearer {access}"},
        )
    client = Client(headers={"accept": "application/json"})
    client.force_login(user)
    LoginSession.objects.filter(user=user).update(amr=" ".join(methods))
    return client


def end_session_of(user: User) -> None:
    """End the one session of a user alone, as its owner does in the list, or by signing out."""
    session = LoginSession.objects.get(user=user)
    session_revoke(session, reason=EndReason.REVOKED, origin=Origin(actor=user))


def state(user: User) -> Any:
    apps = list(TotpFactor.objects.values_list("secret", "confirmed_at"))
    tokens = ApiToken.objects.filter(user=user).count()
    codes = sorted(user.recovery_codes.values_list("digest", flat=True))
    rows = User.objects.values_list("name", "email", "email_version", "password", "admin")
    return list(rows.order_by("pk")), apps, tokens, codes


def refused(answer: Any, *, is_browser: bool) -> bool:
    """Return whether the request is answered as one that is sent after its session."""
    code = "not_authenticated" if is_browser else "token_invalid"
    return (answer.status_code, answer.json()["code"]) == (401, code)


# --- One's own account, once this session alone was ended ----------------------------------------


def held(action: Action, client: Client, *, meanwhile: Callable[[], object]) -> Any:
    given = {action.password: PASSWORD} if action.password else {}
    body = {**action.body, **given}
    return send_held(client, action.method.upper(), action.path, body, meanwhile=meanwhile)


@by_token_and_cookie
@pytest.mark.parametrize("name", WITHOUT_FACTOR)
def test_with_the_password_it_changes_nothing_after_its_session(
    name: str, is_browser: bool, ada: User
) -> None:
    client, before = signed_in(ada, is_browser=is_browser), state(ada)
    answer = held(WITHOUT_FACTOR[name], client, meanwhile=lambda: end_session_of(ada))
    assert refused(answer, is_browser=is_browser)
    assert state(ada) == before
    assert not AuthEvent.objects.filter(kind="email_change_requested").exists()


@by_token_and_cookie
@pytest.mark.parametrize("name", WITHOUT_FACTOR)
def test_it_changes_nothing_after_a_session_that_ends_while_the_password_is_checked(
    name: str, is_browser: bool, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    check, client, before = User.check_password, signed_in(ada, is_browser=is_browser), state(ada)

    def checked_at_last(user: User, password: str) -> bool:
        end_session_of(ada)
        return check(user, password)

    monkeypatch.setattr(User, "check_password", checked_at_last)
    answer = held(WITHOUT_FACTOR[name], client, meanwhile=lambda: None)
    assert refused(answer, is_browser=False)
    assert state(ada) == before


@by_token_and_cookie
@pytest.mark.parametrize("name", ACTIONS)
def test_with_a_fresh_factor_it_changes_nothing_after_its_session(
    name: str, is_browser: bool, ada: User
) -> None:
    """The owner has signed out: the proof was this session's."""
    Authenticator(ada)
    ada.refresh_from_db()
    client = signed_in(ada, is_browser=is_browser, methods=BY_BOTH)
    before = state(ada)
    answer = held(ACTIONS[name], client, meanwhile=lambda: end_session_of(ada))
    assert refused(answer, is_browser=is_browser)
    assert state(ada) == before


@by_token_and_cookie
@pytest.mark.parametrize("route", [TOTP, f"{TOTP}/confirm"])
def test_it_adds_no_app_after_its_session(route: str, is_browser: bool, ada: User) -> None:
    """The app of a thief would lock the owner out."""
    client = signed_in(ada, is_browser=is_browser)
    app = pyotp.parse_uri(totp_begin(ada))
    assert isinstance(app, pyotp.TOTP)
    body = {"code": app.now()} if route.endswith("confirm") else {"current_password": PASSWORD}
    before = state(ada)
    answer = send_held(client, "POST", route, body, meanwhile=lambda: end_session_of(ada))
    assert refused(answer, is_browser=is_browser)
    assert state(ada) == before
    assert not User.objects.get(pk=ada.pk).has_factor


@by_token_and_cookie
def test_it_adds_no_passkey_after_its_session(is_browser: bool, ada: User) -> None:
    """The passkey of a thief would sign in by itself, long after the session."""
    client = signed_in(ada, is_browser=is_browser)
    options = client.post(NEW, CURRENT, content_type="application/json").json()["public_key"]
    body = {"name": "phone", "credential": Device().create(options)}
    answer = send_held(client, "POST", PASSKEYS, body, meanwhile=lambda: end_session_of(ada))
    assert refused(answer, is_browser=is_browser)
    assert not Passkey.objects.exists()
    assert not User.objects.get(pk=ada.pk).has_factor


# --- Other accounts, once the admin has added a second factor ------------------------------------


def requests_of_an_admin(subject: User) -> dict[str, tuple[str, str, dict[str, Any]]]:
    user = f"/api/v1/users/{subject.public_id}"
    password = {"current_password": PASSWORD}
    return {
        "rights": ("PATCH", user, {"admin": True}),
        "invitation": ("POST", "/api/v1/users", {"name": "kim", "email": "kim@example.org"}),
        "deletion": ("DELETE", user, password),
        "deletion by POST": ("POST", f"{user}/deletion", password),
    }


@by_token_and_cookie
@pytest.mark.parametrize("what", ["rights", "invitation", "deletion", "deletion by POST"])
def test_without_the_factor_that_an_admin_adds_meanwhile_it_changes_nobody(
    what: str, is_browser: bool, boss: User, bob: User
) -> None:
    """When it was begun, the admin's account was asked for less."""
    client, before = signed_in(boss, is_browser=is_browser), state(boss)
    method, path, body = requests_of_an_admin(bob)[what]
    apps: list[Authenticator] = []
    answer = send_held(
        client, method, path, body, meanwhile=lambda: apps.append(Authenticator(boss))
    )
    assert len(apps) == 1
    # As it is asked for now.
    assert (answer.status_code, answer.json()["code"]) == (401, "step_up_required")
    assert state(boss)[0] == before[0]
    assert LoginSession.objects.live().filter(user=boss).count() == 1


def test_without_anything_in_between_it_is_answered_as_ever(boss: User, bob: User) -> None:
    client = signed_in(boss, is_browser=False)
    for what, status in {"rights": 200, "invitation": 201, "deletion by POST": 204}.items():
        method, path, body = requests_of_an_admin(bob)[what]
        assert send_held(client, method, path, body, meanwhile=lambda: None).status_code == status


def test_an_app_that_waits_for_its_code_is_no_factor_yet(boss: User, bob: User) -> None:
    client = signed_in(boss, is_browser=False)
    method, path, body = requests_of_an_admin(bob)["rights"]
    answer = send_held(client, method, path, body, meanwhile=lambda: totp_begin(boss))
    assert answer.status_code == 200


# --- An account that becomes a superuser's meanwhile ---------------------------------------------


def promote(user: User) -> None:
    User.objects.filter(pk=user.pk).update(admin=True, is_superuser=True)


@by_token_and_cookie
@pytest.mark.parametrize("what", ["rights", "deletion", "deletion by POST"])
def test_a_plain_admin_does_not_act_on_who_becomes_a_superuser_meanwhile(
    what: str, is_browser: bool, boss: User, bob: User
) -> None:
    client = signed_in(boss, is_browser=is_browser)
    method, path, body = requests_of_an_admin(bob)[what]
    sent = {"admin": False, "is_active": False} if what == "rights" else body
    answer = send_held(client, method, path, sent, meanwhile=lambda: promote(bob))
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    bob.refresh_from_db()
    assert (bob.admin, bob.is_superuser, bob.is_active) == (True, True, True)
    assert not AuthEvent.objects.filter(kind__in=CHANGES).exists()


@pytest.mark.parametrize(
    ("what", "proof"),
    [
        ("rights", "accounts.api.views.users.require_fresh_factor"),
        ("deletion", "accounts.api.views.deletion.reauthenticate"),
    ],
)
def test_nor_on_who_becomes_one_while_the_proof_is_checked(
    what: str, proof: str, boss: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in(boss, is_browser=False)
    method, path, body = requests_of_an_admin(bob)[what]
    monkeypatch.setattr(proof, lambda *_args: promote(bob))
    answer = send_held(client, method, path, body, meanwhile=lambda: None)
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    bob.refresh_from_db()
    assert bob.is_superuser


def test_the_admin_deletes_no_account_that_becomes_a_superusers_meanwhile(
    boss: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in(boss, is_browser=True)

    def promoted_first(*, user: User, origin: Origin) -> None:
        promote(user)
        user_erase(user=user, origin=origin)

    monkeypatch.setattr("accounts.admin.erasure.user_erase", promoted_first)
    page = f"/admin/accounts/user/{bob.pk}/delete/"
    answer = client.post(page, {"post": "yes"}, follow=True, headers={"accept": "text/html"})
    assert "Nothing was deleted" in answer.content.decode()
    # The page is one transaction, and the promotion of this test is undone with it.
    assert User.objects.filter(pk=bob.pk).exists()


def test_a_superuser_and_the_operator_act_on_a_superuser(bob: User, boss: User) -> None:
    promote(bob)
    promote(boss)
    client = signed_in(boss, is_browser=False)
    method, path, body = requests_of_an_admin(bob)["rights"]
    assert send_held(client, method, path, body, meanwhile=lambda: None).status_code == 200
    call_command("erase_user", "bob", "--yes", stdout=StringIO())
    assert not User.objects.filter(pk=bob.pk).exists()
