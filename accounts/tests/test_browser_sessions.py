"""The session of a browser is bound to a login, which ends 30 days after the sign-in."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import Error
from django.test import Client

from accounts.login.browser_sessions import SessionMovedError, SessionStore
from accounts.models import AuthEvent, BrowserSession, LoginSession, User
from accounts.models.browser_session import row_key
from accounts.services import browser_use
from accounts.tokens.classes import AccessToken, RefreshToken
from conftest import PASSWORD
from tests.client import ConformingClient

from .rings import START

pytestmark = pytest.mark.django_db

# A record that does not exist: Django stores a message about it in the session.
MISSING = "/admin/accounts/user/99999/change/"
API = "/api/v1"
SESSIONS = f"{API}/auth/sessions"
ME = f"{API}/users/me"
SIGN_IN = "/api/session/login/"
DEVICE: dict[str, Any] = {"HTTP_USER_AGENT": "Firefox", "REMOTE_ADDR": "203.0.113.7"}

Clock = time_machine.Traveller


def sign_in(user: User, path: str = SIGN_IN, client: Any = None) -> ConformingClient:
    """Return a browser that has signed in on a page."""
    browser = client or ConformingClient(**DEVICE)
    form = {"username": user.name, "password": PASSWORD}
    assert browser.post(path, form, format="multipart").status_code == 302
    return browser


def log_in(user: User) -> ConformingClient:
    """Return a program that has logged in by JSON."""
    body = {"name": user.name, "password": PASSWORD}
    access = ConformingClient().post(f"{API}/auth/token", body).json()["access"]
    return ConformingClient(HTTP_AUTHORIZATION=f"Bearer {access}")


def listed(client: ConformingClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(SESSIONS).json()["results"]
    return found


def statuses(*clients: ConformingClient) -> list[int]:
    return [client.get(ME).status_code for client in clients]


def key_of(client: ConformingClient) -> str:
    value: str = client.cookies["sessionid"].value
    return value


@pytest.mark.parametrize("path", [SIGN_IN, "/admin/login/"])
def test_a_browser_is_listed_beside_programs(path: str, boss: User) -> None:
    program, browser = log_in(boss), sign_in(boss, path)
    for client, current in ((program, "token"), (browser, "browser")):
        found = listed(client)
        assert [session["kind"] for session in found] == ["browser", "token"]
        assert [session["kind"] for session in found if session["is_current"]] == [current]
    shown = listed(browser)[0]
    assert (shown["device"], shown["address"]) == ("Firefox", "203.0.113.7")
    assert shown["sid"] == str(LoginSession.objects.get(kind="browser").sid)


def test_one_browser_is_ended_by_its_sid_at_once(ada: User) -> None:
    program, here, there = log_in(ada), sign_in(ada), sign_in(ada)
    [sid] = [
        session["sid"]
        for session in listed(there)
        if session["kind"] == "browser" and not session["is_current"]
    ]
    assert program.delete(f"{SESSIONS}/{sid}").status_code == 204
    assert statuses(program, here, there) == [200, 401, 200]
    assert len(listed(program)) == 2
    assert AuthEvent.objects.latest("id").kind == "session_revoked"
    assert program.delete(f"{SESSIONS}/{sid}").status_code == 404


def test_a_browser_ends_a_program_and_itself(ada: User) -> None:
    program, browser = log_in(ada), sign_in(ada)
    for session in listed(browser)[::-1]:
        assert browser.delete(f"{SESSIONS}/{session['sid']}").status_code == 204
    assert statuses(program, browser) == [401, 401]


def test_a_browser_of_somebody_else_is_not_there(ada: User, bob: User) -> None:
    browser = sign_in(bob)
    sid = LoginSession.objects.get(user=bob).sid
    assert sign_in(ada).delete(f"{SESSIONS}/{sid}").status_code == 404
    assert statuses(browser) == [200]


@pytest.mark.parametrize("kind", ["browser", "token"])
def test_ending_the_others_ends_all_that_are_listed_but_this_one(kind: str, ada: User) -> None:
    program, browser, other = log_in(ada), sign_in(ada), sign_in(ada)
    here = browser if kind == "browser" else program
    [before] = [session for session in listed(here) if session["is_current"]]
    assert here.delete(SESSIONS).status_code == 204
    expected = [200 if client is here else 401 for client in (program, browser, other)]
    assert statuses(program, browser, other) == expected
    [after] = listed(here)
    # The key of the browser is another one, and the session is the same.
    assert (after["sid"], after["is_current"]) == (before["sid"], True)
    assert AuthEvent.objects.latest("id").kind == "other_sessions_revoked"


def test_a_new_password_keeps_the_session_under_another_key(ada: User) -> None:
    browser, other = sign_in(ada), sign_in(ada)
    [before] = [session for session in listed(browser) if session["is_current"]]
    key = key_of(browser)
    body = {"current_password": PASSWORD, "new_password": "amber-Compass-31"}
    assert browser.post(f"{ME}/password", body).status_code == 204
    assert key_of(browser) != key
    assert statuses(browser, other) == [200, 401]
    [after] = listed(browser)
    assert (after["sid"], after["created_at"]) == (before["sid"], before["created_at"])
    assert BrowserSession.objects.get().login == LoginSession.objects.get(revoked_at=None)


@pytest.mark.parametrize("path", [f"{API}/auth/logout", "/api/session/logout/"])
def test_a_sign_out_ends_it(path: str, ada: User) -> None:
    program, browser = log_in(ada), sign_in(ada)
    assert browser.post(path).status_code in (204, 302)
    assert statuses(program, browser) == [200, 401]
    assert [session["kind"] for session in listed(program)] == ["token"]
    assert LoginSession.objects.get(kind="browser").revoked_because == "logout"
    assert not BrowserSession.stored.filter(login__isnull=False).exists()
    kinds = AuthEvent.objects.order_by("id").values_list("kind", flat=True)
    assert list(kinds) == ["login", "login", "logout"]


def test_an_ended_browser_that_signs_out_records_nothing(ada: User) -> None:
    browser = sign_in(ada)
    LoginSession.objects.get().delete()
    assert browser.post("/api/session/logout/").status_code == 302
    assert AuthEvent.objects.get().kind == "login"


def test_signing_in_again_ends_the_session_before(ada: User, bob: User) -> None:
    program = log_in(ada)
    browser = sign_in(ada)
    for user in (ada, bob):
        sign_in(user, client=browser)
    assert [session["kind"] for session in listed(program)] == ["token"]
    [bobs] = listed(browser)
    assert bobs["is_current"]
    ended = LoginSession.objects.filter(user=ada, kind="browser")
    assert [session.revoked_because for session in ended] == ["logout", "logout"]


def test_what_was_stored_while_it_was_ended_revives_nothing(ada: User, boss: User) -> None:
    browser = sign_in(boss, "/admin/login/")
    # The request has read its session, and stores it after the end.
    session = SessionStore(key_of(browser))
    assert session.login is not None
    sid = session.login.sid
    assert log_in(boss).delete(f"{SESSIONS}/{sid}").status_code == 204
    session["x"] = "y"
    session.save()
    session.cycle_key()
    session.save()
    browser.cookies["sessionid"] = session.session_key or ""
    assert statuses(browser) == [401]


@pytest.mark.parametrize("command", ["clearsessions", "prune"])
def test_no_command_leaves_a_ghost(command: str, ada: User) -> None:
    program, browser, other = log_in(ada), sign_in(ada), sign_in(ada)
    BrowserSession.objects.filter(pk=row_key(key_of(browser))).update(expire_date=START)
    Session.objects.create(session_key="k" * 32, session_data="", expire_date=START)
    call_command(command, stdout=StringIO())
    assert [row.pk for row in BrowserSession.stored.all()] == [row_key(key_of(other))]
    assert Session.objects.exists() is (command == "clearsessions")
    assert len(listed(program)) == 2
    assert statuses(browser, other) == [401, 200]


def test_a_browser_whose_row_is_lost_is_not_listed(ada: User) -> None:
    program, browser = log_in(ada), sign_in(ada)
    BrowserSession.stored.all().delete()
    assert [session["kind"] for session in listed(program)] == ["token"]
    assert statuses(browser) == [401]


def test_use_extends_it_by_14_days_but_not_beyond_30(boss: User, clock: Clock) -> None:
    client = Client()
    client.force_login(boss)
    for day, left in ((10, 14), (20, 10), (29, 1)):
        clock.move_to(START + timedelta(days=day))
        response = client.get(MISSING)
        assert response.status_code == 302
        assert response.cookies["sessionid"]["max-age"] == left * 86_400
        ends = datetime.now(UTC) + timedelta(days=left)
        assert BrowserSession.objects.get().expire_date == ends
        api = ConformingClient()
        api.cookies = client.cookies
        assert listed(api)[0]["expires_at"] == f"{ends:%Y-%m-%dT%H:%M:%SZ}"
    clock.move_to(START + timedelta(days=30, seconds=1))
    assert "/admin/login/" in client.get("/admin/").headers["Location"]


def test_it_ends_after_30_days_although_its_row_says_later(ada: User, clock: Clock) -> None:
    browser = sign_in(ada)
    BrowserSession.objects.update(expire_date=START + timedelta(days=90))
    clock.move_to(START + timedelta(days=30, seconds=1))
    assert statuses(browser) == [401]


def test_a_new_sign_in_begins_again(boss: User, clock: Clock) -> None:
    browser = sign_in(boss)
    clock.move_to(START + timedelta(days=10))
    sign_in(boss, client=browser)
    clock.move_to(START + timedelta(days=22))
    assert browser.get(MISSING).status_code == 302
    clock.move_to(START + timedelta(days=35))
    assert statuses(browser) == [200]
    clock.move_to(START + timedelta(days=40, seconds=1))
    assert statuses(browser) == [401]


def test_a_session_without_a_user_has_djangos_lifetime(clock: Clock) -> None:
    session = SessionStore()
    session["cart"] = "x"
    assert session.login is None
    assert session.get_expiry_age() == 14 * 86_400
    assert session.get_expiry_date() == START + timedelta(days=14)
    session.save()
    assert SessionStore(session.session_key)["cart"] == "x"


def test_the_last_use_is_noted_once_an_hour(ada: User, clock: Clock) -> None:
    browser = sign_in(ada)
    for minutes, noted in ((59, 0), (60, 60), (119, 60), (121, 121)):
        clock.move_to(START + timedelta(minutes=minutes))
        [session] = listed(browser)
        used = START + timedelta(minutes=noted)
        assert session["last_used_at"] == f"{used:%Y-%m-%dT%H:%M:%SZ}"


def test_a_use_that_can_not_be_noted_does_no_harm(
    ada: User, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = sign_in(ada)
    clock.move_to(START + timedelta(hours=2))

    def locked() -> Any:
        raise Error

    monkeypatch.setattr(browser_use, "no_lock_wait", locked)
    assert statuses(browser) == [200]
    assert LoginSession.objects.get().refreshed_at == START


def test_a_request_of_a_browser_is_two_queries_as_before(
    ada: User, django_assert_num_queries: Callable[..., Any]
) -> None:
    browser = sign_in(ada)
    with django_assert_num_queries(2):
        assert browser.get(ME).status_code == 200


@pytest.mark.parametrize("rows", [1, 20])
def test_the_list_is_three_queries_whatever_its_length(
    rows: int, ada: User, django_assert_num_queries: Callable[..., Any]
) -> None:
    browser = [sign_in(ada) for _ in range(rows)][-1]
    with django_assert_num_queries(3):
        assert len(listed(browser)) == rows


@pytest.mark.parametrize("rows", [1, 20])
def test_the_list_of_an_admin_is_three_queries_whatever_its_length(
    rows: int, ada: User, boss: User, django_assert_num_queries: Callable[..., Any]
) -> None:
    admin = log_in(boss)
    for _ in range(rows):
        sign_in(ada)
    with django_assert_num_queries(3):
        found = admin.get(f"{API}/users/{ada.public_id}/sessions").json()["results"]
    assert len(found) == rows


def test_a_copy_of_the_database_signs_nobody_in(ada: User) -> None:
    """Neither with what is stored in the place of the key, nor with any other column."""
    browser = sign_in(ada)
    assert statuses(browser) == [200]
    [stored] = BrowserSession.stored.values()
    assert key_of(browser) not in str(stored)
    thief = ConformingClient()
    for text in stored.values():
        thief.cookies["sessionid"] = str(text)
        assert statuses(thief) == [401]
    assert statuses(browser) == [200]


def test_a_new_key_is_none_that_is_in_use(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = sign_in(ada)
    used, new = key_of(browser), "n" * 32
    keys = iter([used, new])
    monkeypatch.setattr(
        "django.contrib.sessions.backends.base.get_random_string", lambda *_: next(keys)
    )
    session = SessionStore()
    session.create()
    assert session.session_key == new
    assert statuses(browser) == [200]


def test_no_answer_has_the_key_of_a_session(boss: User) -> None:
    browser = sign_in(boss)
    key = key_of(browser)
    bodies = [
        browser.get(path).content.decode()
        for path in (SESSIONS, ME, f"{ME}/events", f"{API}/users/{boss.public_id}/sessions")
    ]
    texts = [str(row) for row in AuthEvent.objects.values()]
    assert str(BrowserSession.stored.get()).startswith("browser of boss from 203.0.113.7, 20")
    assert not [text for text in (*bodies, *texts) if key in text]


def test_of_two_requests_with_one_key_one_gets_the_next(ada: User) -> None:
    first, second = (SessionStore(key) for key in [key_of(sign_in(ada))] * 2)
    assert first.login == second.login
    first.cycle_key()
    with pytest.raises(SessionMovedError):
        second.cycle_key()
    [row] = BrowserSession.stored.all()
    assert row.session_key == row_key(first.session_key)


def test_a_page_whose_session_has_got_another_key_meanwhile_is_400_and_changes_nothing(
    boss: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, changed = sign_in(boss), User.set_password
    page = f"/admin/accounts/user/{boss.pk}/password/"
    password = "amber-Compass-31"
    form = {"usable_password": "true", "password1": password, "password2": password}

    def another_request_comes_first(user: User, raw_password: str | None) -> None:
        SessionStore(key_of(browser)).cycle_key()
        changed(user, raw_password)

    monkeypatch.setattr(User, "set_password", another_request_comes_first)
    assert browser.post(page, form, format="multipart").status_code == 400
    monkeypatch.undo()
    assert User.objects.get(pk=boss.pk).check_password(PASSWORD)


def test_a_browser_has_no_tokens(ada: User) -> None:
    sign_in(ada)
    login = LoginSession.objects.get()
    access, refresh = str(AccessToken.of(login)), str(RefreshToken.of(login))
    assert ConformingClient(HTTP_AUTHORIZATION=f"Bearer {access}").get(ME).status_code == 401
    answer = ConformingClient().post(f"{API}/auth/token/refresh", {"refresh": refresh})
    assert answer.status_code == 401


def test_an_admin_sees_browsers_of_others_and_ends_them(ada: User, boss: User) -> None:
    admin, browser = log_in(boss), sign_in(ada)
    path = f"{API}/users/{ada.public_id}/sessions"
    [session] = admin.get(path).json()["results"]
    assert (session["kind"], session["device"]) == ("browser", "Firefox")
    assert session["is_current"] is False
    assert admin.get(f"{API}/users/{'0' * 8}-0000-4000-8000-{'0' * 12}/sessions").status_code == 404
    page = sign_in(boss).get(f"/admin/accounts/user/{ada.pk}/change/").content.decode()
    assert "UTC, browser, 203.0.113.7, Firefox" in page
    assert admin.delete(path).status_code == 204
    assert statuses(browser) == [401]
    assert admin.get(path).json()["results"] == []


def test_a_sign_in_of_a_deleted_account_opens_nothing(ada: User) -> None:
    # Deleted between the check of the password and the login.
    browser = Client()
    stale = User.objects.get(pk=ada.pk)
    ada.delete()
    browser.force_login(stale)
    assert not LoginSession.objects.exists()
    assert not browser.session.items()
    assert browser.get(ME, headers={"accept": "application/json"}).status_code == 401


def test_the_cookies_of_production_are_what_their_prefix_promises(ada: User, settings: Any) -> None:
    settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    browser = Client(enforce_csrf_checks=True, HTTP_ORIGIN="https://testserver")
    page = browser.get(SIGN_IN, secure=True)
    token = browser.cookies["__Host-csrftoken"].value
    form = {"username": "ada", "password": PASSWORD, "csrfmiddlewaretoken": token}
    signed_in = browser.post(SIGN_IN, form, secure=True)
    assert (page.status_code, signed_in.status_code) == (200, 302)
    token = browser.cookies["__Host-csrftoken"].value
    out = browser.post("/api/session/logout/", {"csrfmiddlewaretoken": token}, secure=True)
    assert out.status_code == 302
    # RFC 6265bis section 4.1.3.2, also for the cookie that deletes: the browser would ignore it.
    sent = [*page.cookies.items(), *signed_in.cookies.items(), *out.cookies.items()]
    assert {name for name, _ in sent} == {"__Host-sessionid", "__Host-csrftoken"}
    for _, cookie in sent:
        assert (cookie["secure"], cookie["path"], cookie["domain"]) == (True, "/", "")
    assert out.cookies["__Host-sessionid"].value == ""
