"""Account events are recorded completely, and never changed."""

import base64
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import AuthEvent, EndReason, EventKind, LoginSession, User
from accounts.origins import Origin
from accounts.services.sessions import session_open, session_revoke
from accounts.services.users import user_update_access
from accounts.tokens.classes import RefreshToken
from conftest import PASSWORD
from tests.client import ConformingClient

pytestmark = pytest.mark.django_db

API = "/api/v1"
EVENTS = f"{API}/users/me/events"
NEW_PASSWORD = "amber-Compass-31"
DEVICE: dict[str, Any] = {"HTTP_USER_AGENT": "shop/1.0", "REMOTE_ADDR": "203.0.113.7"}

ClientOf = Callable[[User], ConformingClient]


def kinds() -> list[str]:
    return list(AuthEvent.objects.order_by("id").values_list("kind", flat=True))


def last() -> AuthEvent:
    return AuthEvent.objects.latest("id")


def people(event: AuthEvent) -> tuple[str, str]:
    """Return the actor and the account."""
    return event.actor_name, event.subject_name


def log_in(password: str = PASSWORD, **headers: Any) -> Any:
    body = {"name": "ada", "password": password}
    return ConformingClient().post(f"{API}/auth/token", body, **headers)


@pytest.fixture
def here(ada: User, client_of: ClientOf) -> ConformingClient:
    """Ada's client, whose own login event was deleted."""
    client = client_of(ada)
    AuthEvent.objects.all().delete()
    return client


@pytest.fixture
def admins(boss: User, client_of: ClientOf) -> ConformingClient:
    client = client_of(boss)
    AuthEvent.objects.all().delete()
    return client


def test_a_login_says_who_from_where_and_in_which_request(ada: User) -> None:
    assert log_in(HTTP_X_REQUEST_ID="req-1", **DEVICE).status_code == 200
    event = AuthEvent.objects.get()
    assert (event.kind, people(event)) == ("login", ("ada", "ada"))
    assert event.actor_id == event.subject_id == ada.public_id
    assert (event.address, event.user_agent) == ("203.0.113.7", "shop/1.0")
    assert event.request_id == "req-1"
    assert timezone.now() - event.at < timedelta(minutes=1)


def test_a_failed_login_is_by_nobody_on_the_account(ada: User) -> None:
    assert log_in("wrong-Harbour-27", **DEVICE).status_code == 401
    event = AuthEvent.objects.get()
    assert (event.kind, people(event)) == ("login_failed", ("", "ada"))
    assert (event.subject_id, event.actor_id) == (ada.public_id, None)
    assert event.address == "203.0.113.7"


def test_what_was_typed_for_a_name_is_not_kept(db: None) -> None:
    body = {"name": "my-secret-Password-9", "password": PASSWORD}
    assert ConformingClient().post(f"{API}/auth/token", body).status_code == 401
    event = AuthEvent.objects.get()
    assert (event.kind, people(event), event.detail) == ("login_failed", ("", ""), "")


def test_the_tutorials_login_is_recorded(ada: User) -> None:
    for password, kind in ((PASSWORD, "login"), ("wrong", "login_failed")):
        basic = base64.b64encode(f"ada:{password}".encode()).decode()
        ConformingClient().post("/login", HTTP_AUTHORIZATION=f"Basic {basic}")
        assert (last().kind, last().subject_name) == (kind, "ada")


@pytest.mark.parametrize("path", ["/api/session/login/", "/admin/login/"])
def test_a_browsers_login_and_logout_are_recorded(path: str, boss: User) -> None:
    browser = Client(headers={"user-agent": "Browser"})
    browser.post(path, {"username": "boss", "password": "wrong"})
    browser.post(path, {"username": "boss", "password": PASSWORD})
    browser.post("/admin/logout/" if "admin" in path else "/api/session/logout/")
    assert kinds() == ["login_failed", "login", "logout"]
    assert people(last()) == ("boss", "boss")
    assert last().user_agent == "Browser"


def test_who_is_not_logged_in_logs_out_unrecorded(db: None) -> None:
    Client().post("/api/session/logout/")
    assert kinds() == []


def test_a_logout_is_recorded_once(here: ConformingClient) -> None:
    assert here.post(f"{API}/auth/logout", **DEVICE).status_code == 204
    assert here.post(f"{API}/auth/logout").status_code == 401
    assert kinds() == ["logout"]
    assert (people(last()), last().address) == (("ada", "ada"), "203.0.113.7")


def test_a_session_that_has_ended_ends_no_second_time(ada: User) -> None:
    session = session_open(user=ada, origin=Origin())
    for reason in (EndReason.LOGOUT, EndReason.REVOKED):
        session_revoke(session, reason=reason, origin=Origin())
    assert kinds() == ["login", "logout"]


def test_a_refresh_token_used_again_is_recorded_once(ada: User) -> None:
    session = session_open(user=ada, origin=Origin())
    stolen = {"refresh": str(RefreshToken.of(session))}
    session.generation = 2
    session.save()
    for _ in range(3):
        answer = ConformingClient().post(f"{API}/auth/token/refresh", stolen, **DEVICE)
        assert answer.status_code == 401
    assert kinds() == ["login", "refresh_reused"]
    # No actor: the token alone does not prove who sent it.
    assert (people(last()), last().address) == (("", "ada"), "203.0.113.7")


def test_ending_a_session_is_recorded(here: ConformingClient, ada: User) -> None:
    other = session_open(user=ada, origin=Origin())
    assert here.delete(f"{API}/auth/sessions/{other.sid}").status_code == 204
    assert last().kind == "session_revoked"
    assert people(last()) == ("ada", "ada")


@pytest.mark.parametrize(
    ("query", "kind"), [("", "other_sessions_revoked"), ("?all=true", "sessions_revoked")]
)
def test_ending_all_others_is_recorded(query: str, kind: str, here: ConformingClient) -> None:
    assert here.delete(f"{API}/auth/sessions{query}").status_code == 204
    assert kinds() == [kind]


def test_an_admin_who_signs_someone_out_is_named(admins: ConformingClient, ada: User) -> None:
    assert admins.delete(f"{API}/users/{ada.public_id}/sessions").status_code == 204
    assert (kinds(), people(last())) == (["sessions_revoked"], ("boss", "ada"))


def test_a_new_password_is_recorded_and_a_wrong_one_too(here: ConformingClient) -> None:
    body = {"current_password": "wrong", "new_password": NEW_PASSWORD}
    assert here.post(f"{API}/users/me/password", body).status_code == 403
    body["current_password"] = PASSWORD
    assert here.post(f"{API}/users/me/password", body).status_code == 204
    assert kinds() == ["password_wrong", "password_changed"]
    assert people(last()) == ("ada", "ada")


@pytest.mark.parametrize(
    ("change", "kind", "detail"),
    [
        ({"admin": True}, "role_changed", "admin: yes"),
        ({"editor": True}, "role_changed", "editor: yes"),
        ({"is_active": False}, "active_changed", "is_active: no"),
    ],
)
def test_what_an_admin_changes_is_recorded(
    change: dict[str, bool], kind: str, detail: str, admins: ConformingClient, ada: User
) -> None:
    for _ in range(2):
        assert admins.patch(f"{API}/users/{ada.public_id}", change).status_code == 200
    # Once: the second time nothing changed.
    event = AuthEvent.objects.get()
    assert (event.kind, event.detail, people(event)) == (kind, detail, ("boss", "ada"))


def test_a_superuser_who_is_demoted_loses_both_on_the_record(root: User, boss: User) -> None:
    user_update_access(user=root, admin=False, origin=Origin(actor=root))
    details = set(AuthEvent.objects.values_list("detail", flat=True))
    assert details == {"admin: no", "is_superuser: no"}


def test_a_new_name_is_recorded(here: ConformingClient) -> None:
    body = {"name": "lovelace", "current_password": PASSWORD}
    assert here.patch(f"{API}/users/me", body).status_code == 200
    event = AuthEvent.objects.get()
    assert (event.kind, event.detail) == ("name_changed", "name: lovelace")


def test_the_admins_form_records_what_it_changed(
    ada: User, boss: User, admin_of: Callable[[User], Client]
) -> None:
    browser = admin_of(boss)
    AuthEvent.objects.all().delete()
    form = {"name": "ada", "email": "", "admin": "on", "editor": "on"}
    page = f"/admin/accounts/user/{ada.pk}"
    assert browser.post(f"{page}/change/", form).status_code == 302
    events = AuthEvent.objects.order_by("id").values_list("kind", "detail", "actor_name")
    assert set(events) == {
        ("email_changed", "removed", "boss"),
        ("role_changed", "admin: yes", "boss"),
        ("role_changed", "editor: yes", "boss"),
        ("active_changed", "is_active: no", "boss"),
    }


def test_the_admins_other_forms_record_too(
    ada: User, boss: User, admin_of: Callable[[User], Client]
) -> None:
    browser = admin_of(boss)
    AuthEvent.objects.all().delete()
    new = {"usable_password": "true", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    page = f"/admin/accounts/user/{ada.pk}/password/"
    assert browser.post(page, {**new, "set-password": "1"}).status_code == 302
    added = {"name": "clerk", "editor": "on", **new}
    assert browser.post("/admin/accounts/user/add/", added).status_code == 302
    sign_out = {"action": "sign_out_everywhere", "_selected_action": [ada.pk]}
    assert browser.post("/admin/accounts/user/", sign_out).status_code == 302
    assert [(event.kind, people(event)) for event in AuthEvent.objects.order_by("id")] == [
        ("password_changed", ("boss", "ada")),
        ("role_changed", ("boss", "clerk")),
        ("sessions_revoked", ("boss", "ada")),
    ]


def test_the_database_refuses_to_change_an_event(ada: User) -> None:
    log_in()
    with pytest.raises(IntegrityError), transaction.atomic():
        AuthEvent.objects.update(detail="nothing happened")
    with pytest.raises(IntegrityError), transaction.atomic():
        last().save()
    assert (AuthEvent.objects.count(), last().detail) == (1, "")


def test_the_record_outlives_the_account(ada: User) -> None:
    log_in()
    public_id = ada.public_id
    ada.delete()
    assert (last().subject_id, last().subject_name) == (public_id, "ada")


def test_prune_keeps_the_configured_days(ada: User, settings: Any) -> None:
    settings.AUTH_EVENT_DAYS = 30
    now = timezone.now()
    for days in (29, 31, 400):
        AuthEvent.objects.create(kind=EventKind.LOGIN, at=now - timedelta(days=days))
    output = StringIO()
    call_command("prune", stdout=output)
    assert AuthEvent.objects.get().at == now - timedelta(days=29)
    assert output.getvalue().startswith("Removed 0 expired sessions and 2 old events.\n")


def test_you_see_what_happened_to_you_alone(
    ada: User, bob: User, boss: User, client_of: ClientOf
) -> None:
    log_in("wrong", HTTP_X_REQUEST_ID="req-7", **DEVICE)
    client_of(boss).delete(f"{API}/users/{ada.public_id}/sessions", **DEVICE)
    client_of(bob)
    ada.refresh_from_db()

    response = client_of(ada).get(EVENTS)

    assert response.status_code == 200
    login, revoked, failed = response.json()["results"]
    assert (login["kind"], login["is_yours"]) == ("login", True)
    assert (revoked["kind"], revoked["is_yours"]) == ("sessions_revoked", False)
    # The address of an admin is not shown to other users.
    assert (revoked["address"], revoked["device"]) == (None, "")
    assert failed == {
        "at": failed["at"],
        "kind": "login_failed",
        "detail": "",
        "is_yours": False,
        "address": "203.0.113.7",
        "device": "shop/1.0",
        "request_id": "req-7",
    }


@pytest.mark.parametrize("rows", [1, 20])
def test_the_list_is_two_queries_whatever_its_length(
    rows: int, here: ConformingClient, ada: User, django_assert_num_queries: Callable[..., Any]
) -> None:
    for _ in range(rows):
        session_open(user=ada, origin=Origin(actor=ada))
    with django_assert_num_queries(2):
        assert len(here.get(EVENTS).json()["results"]) == rows


def test_the_list_goes_on_past_a_page(here: ConformingClient, ada: User) -> None:
    for _ in range(3):
        session_open(user=ada, origin=Origin(actor=ada))
    first = here.get(f"{EVENTS}?limit=2").json()
    second = here.get(first["next"]).json()
    seen = [event["at"] for event in first["results"] + second["results"]]
    assert seen == sorted(seen, reverse=True)
    assert (len(seen), second["next"]) == (3, None)


@pytest.mark.parametrize("names", [["ada"], []], ids=["named", "whoever runs it"])
def test_the_command_that_sets_a_password_records_it(
    names: list[str], ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "ada")
    session_open(user=ada, origin=Origin())
    monkeypatch.setattr("getpass.getpass", lambda prompt: NEW_PASSWORD)
    call_command("changepassword", *names, stdout=StringIO())
    assert kinds() == ["login", "password_changed"]
    assert people(last()) == ("", "ada")
    ada.refresh_from_db()
    assert ada.check_password(NEW_PASSWORD)
    assert not LoginSession.objects.live().exists()


def test_who_is_signed_in_while_guessing_is_not_taken_for_an_admin(ada: User, bob: User) -> None:
    browser = Client(headers={"user-agent": "Guesser"})
    browser.force_login(bob)
    browser.post("/api/session/login/", {"username": "ada", "password": "wrong"})
    assert (last().kind, people(last())) == ("login_failed", ("", "ada"))
    assert (last().address, last().user_agent) == ("127.0.0.1", "Guesser")
