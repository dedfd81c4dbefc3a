"""Attacks on logins with a second factor by somebody who knows the password (ASVS 6.5, 6.6).

The clock stands, so that a code is of one time step, until a test moves it.
"""

import base64
import hashlib
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.cache import cache as limits
from django.core.management import call_command

from accounts.models import (
    AuthEvent,
    EndReason,
    EventKind,
    LoginSession,
    LoginTicket,
    TotpFactor,
    User,
)
from accounts.models.factor import TICKET_TRIES
from accounts.origins import Origin
from accounts.services import login_tickets
from accounts.services.factor_proofs import WrongFactorError, factor_verify
from accounts.services.sessions import sessions_end
from accounts.services.totp_codes import counter_of
from bookstore_project.http.rate_limits import Limit
from conftest import PASSWORD
from tests.authenticator import STEP, Authenticator
from tests.client import ConformingClient

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

TOKEN = "/api/v1/auth/token"
SECOND = "/api/v1/auth/token/second-factor"
HOME, STRANGER = "203.0.113.7", "198.51.100.1"

ClientOf = Callable[[User], ConformingClient]
SetLimits = Callable[..., None]


@pytest.fixture
def set_limits(settings: Any) -> SetLimits:
    """Set quotas, all in a window of an hour."""

    def set_quotas(**quotas: int) -> None:
        named = {name.replace("_", "-"): (quota, 3600) for name, quota in quotas.items()}
        settings.RATE_LIMITS = {**settings.RATE_LIMITS, **named}

    return set_quotas


def password(name: str = "ada", address: str = STRANGER, **credentials: str) -> Any:
    body = {"name": name, "password": PASSWORD, **credentials}
    return ConformingClient(REMOTE_ADDR=address).post(TOKEN, body)


def ticket_of(name: str = "ada", address: str = STRANGER) -> str:
    ticket: str = password(name, address).json()["ticket"]
    return ticket


def second(ticket: str, address: str = STRANGER, **codes: str) -> Any:
    return ConformingClient(REMOTE_ADDR=address).post(SECOND, {"ticket": ticket, **codes})


def refusal(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


# --- Codes of the app ----------------------------------------------------------------------------


def test_a_code_works_once(app: Authenticator) -> None:
    code = app.fresh()
    assert second(ticket_of(), code=code).status_code == 200
    assert refusal(second(ticket_of(), code=code)) == (401, "wrong_code")


def test_the_code_that_added_the_app_logs_nobody_in(app: Authenticator) -> None:
    assert refusal(second(ticket_of(), code=app.shown())) == (401, "wrong_code")


def test_a_code_that_was_seen_stays_used_by_every_other_way(app: Authenticator, ada: User) -> None:
    code = app.fresh()
    factor_verify(user=ada, code=code, origin=Origin())
    assert refusal(second(ticket_of(), code=code)) == (401, "wrong_code")


def test_an_earlier_code_is_not_accepted_after_a_later_one(app: Authenticator) -> None:
    app.fresh()
    assert second(ticket_of(), code=app.shown(steps=1)).status_code == 200
    for steps in (-1, 0, 1):
        assert refusal(second(ticket_of(), code=app.shown(steps=steps))) == (401, "wrong_code")


@pytest.mark.parametrize(
    ("steps", "is_right"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_a_clock_may_be_off_by_one_step(app: Authenticator, steps: int, is_right: bool) -> None:
    app.fresh()
    response = second(ticket_of(), code=app.shown(steps=steps))
    assert response.status_code == (200 if is_right else 401)


def test_a_code_is_over_when_its_time_is(app: Authenticator, clock: Any) -> None:
    code = app.fresh()
    clock.shift(timedelta(seconds=2 * STEP))
    assert refusal(second(ticket_of(), code=code)) == (401, "wrong_code")


def test_a_code_of_another_account_is_wrong(app: Authenticator, bob: User) -> None:
    other = Authenticator(bob)
    assert refusal(second(ticket_of(), code=other.fresh())) == (401, "wrong_code")
    assert second(ticket_of("bob"), code=other.shown()).status_code == 200


def test_of_two_requests_with_one_code_the_first_stores_it(
    app: Authenticator, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another request uses the code between this one's check and its UPDATE."""
    code = app.fresh()

    def used_first(factor: TotpFactor, sent: str) -> int | None:
        counter = counter_of(factor, sent)
        TotpFactor.objects.update(last_counter=counter)
        return counter

    monkeypatch.setattr("accounts.services.totp_codes.counter_of", used_first)
    with pytest.raises(WrongFactorError):
        factor_verify(user=ada, code=code, origin=Origin())


def test_a_secret_that_was_replaced_meanwhile_accepts_no_old_code(
    app: Authenticator, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = app.fresh()

    def replaced_first(factor: TotpFactor, sent: str) -> int | None:
        counter = counter_of(factor, sent)
        TotpFactor.objects.update(secret="another")
        return counter

    monkeypatch.setattr("accounts.services.totp_codes.counter_of", replaced_first)
    with pytest.raises(WrongFactorError):
        factor_verify(user=ada, code=code, origin=Origin())


def test_a_code_without_an_app_is_wrong(ada: User, app: Authenticator) -> None:
    TotpFactor.objects.all().delete()
    assert refusal(second(ticket_of(), code=app.shown())) == (401, "wrong_code")


# --- Recovery codes ------------------------------------------------------------------------------


def test_a_recovery_code_works_once(app: Authenticator) -> None:
    code = app.recovery_codes[0]
    assert second(ticket_of(), recovery_code=code).status_code == 200
    assert refusal(second(ticket_of(), recovery_code=code)) == (401, "wrong_code")


def test_a_recovery_code_of_another_account_is_wrong(app: Authenticator, bob: User) -> None:
    other = Authenticator(bob)
    response = second(ticket_of(), recovery_code=other.recovery_codes[0])
    assert refusal(response) == (401, "wrong_code")
    assert second(ticket_of("bob"), recovery_code=other.recovery_codes[0]).status_code == 200


def test_old_recovery_codes_are_void(app: Authenticator, client_of: ClientOf, ada: User) -> None:
    made = client_of(ada).post("/api/v1/users/me/recovery-codes", {"current_password": PASSWORD})
    old, new = app.recovery_codes[0], made.json()["recovery_codes"][0]
    ticket = ticket_of()
    assert refusal(second(ticket, recovery_code=old)) == (401, "wrong_code")
    assert second(ticket, recovery_code=new).status_code == 200


def test_recovery_codes_do_not_outlive_the_app(
    app: Authenticator, client_of: ClientOf, ada: User
) -> None:
    client = client_of(ada)
    client.delete("/api/v1/users/me/totp", {"current_password": PASSWORD})
    ada.refresh_from_db()
    Authenticator(ada)
    response = second(ticket_of(), recovery_code=app.recovery_codes[0])
    assert refusal(response) == (401, "wrong_code")


# --- Tickets -------------------------------------------------------------------------------------


def test_a_ticket_logs_in_once(app: Authenticator) -> None:
    ticket = ticket_of()
    assert second(ticket, code=app.fresh()).status_code == 200
    assert refusal(second(ticket, code=app.fresh())) == (401, "invalid_ticket")
    response = second(ticket, recovery_code=app.recovery_codes[0])
    assert refusal(response) == (401, "invalid_ticket")
    assert LoginSession.objects.count() == 1


def test_of_two_requests_with_one_ticket_one_gets_a_session(
    app: Authenticator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another request uses the ticket up while this one's code is checked."""

    def used_first(**arguments: Any) -> tuple[str, ...]:
        methods = factor_verify(**arguments)
        LoginTicket.objects.all().delete()
        return methods

    monkeypatch.setattr(login_tickets, "factor_verify", used_first)
    assert refusal(second(ticket_of(), code=app.fresh())) == (401, "invalid_ticket")
    assert not LoginSession.objects.exists()


def test_a_ticket_is_of_the_network_of_the_password(app: Authenticator) -> None:
    ticket = ticket_of(address="2001:db8:1:2::a")
    other = second(ticket, address="2001:db8:1:3::a", code=app.fresh())
    assert refusal(other) == (401, "invalid_ticket")
    # An address of the same /64 is the same network.
    assert second(ticket, address="2001:db8:1:2::b", code=app.fresh()).status_code == 200


def test_a_ticket_is_of_the_account_of_the_password(app: Authenticator, bob: User) -> None:
    Authenticator(bob)
    assert refusal(second(ticket_of("bob"), code=app.fresh())) == (401, "wrong_code")
    assert not LoginSession.objects.exists()


@pytest.mark.parametrize("forged", ["x", "x" * 43, " ", "\0", "0" * 64, "{digest}"], ids=ascii)
def test_a_forged_ticket_is_401(app: Authenticator, forged: str) -> None:
    ticket = ticket_of()
    sent = forged.format(digest=hashlib.sha256(ticket.encode()).hexdigest())
    status = second(sent, code=app.fresh()).status_code
    assert status == (400 if forged in {" ", "\0"} else 401)
    assert not LoginSession.objects.exists()


def _new_password(user: User) -> None:
    user.set_password("amber-Compass-31")
    user.save()


ENDS: dict[str, Callable[[User], object]] = {
    "a new password": _new_password,
    "all sessions ended": lambda user: sessions_end(user=user, reason=EndReason.REVOKED),
    "deactivated": lambda user: User.objects.filter(pk=user.pk).update(is_active=False),
    "deleted": lambda user: user.delete(),
}


@pytest.mark.parametrize("end", ENDS)
def test_a_ticket_does_not_outlive(end: str, app: Authenticator, ada: User) -> None:
    ticket, code = ticket_of(), app.fresh()
    ENDS[end](User.objects.get(pk=ada.pk))
    assert refusal(second(ticket, code=code)) == (401, "invalid_ticket")
    assert not LoginSession.objects.exists()


@pytest.mark.parametrize("how", ["the app is removed", "by an admin", "the app is replaced"])
def test_a_ticket_does_not_outlive_the_factor(
    how: str, app: Authenticator, ada: User, boss: User, client_of: ClientOf
) -> None:
    client, code = client_of(ada), app.fresh()
    ticket = ticket_of()
    if how == "by an admin":
        client_of(boss).delete(f"/api/v1/users/{ada.public_id}/factors")
    else:
        client.delete("/api/v1/users/me/totp", {"current_password": PASSWORD})
    if how == "the app is replaced":
        ada.refresh_from_db()
        code = Authenticator(ada).fresh()
    LoginSession.objects.all().delete()
    assert refusal(second(ticket, code=code)) == (401, "invalid_ticket")
    assert not LoginSession.objects.exists()


def test_a_ticket_is_no_token(app: Authenticator) -> None:
    ticket = ticket_of()
    client = ConformingClient(HTTP_AUTHORIZATION=f"Bearer {ticket}")
    assert client.get("/api/v1/users/me").status_code == 401
    refresh = ConformingClient().post("/api/v1/auth/token/refresh", {"refresh": ticket})
    assert refresh.status_code == 401


# --- Guessing ------------------------------------------------------------------------------------


def test_five_wrong_codes_end_the_ticket(app: Authenticator, set_limits: SetLimits) -> None:
    set_limits(failed_login=100)
    ticket = ticket_of()
    for _ in range(TICKET_TRIES):
        assert refusal(second(ticket, code=app.wrong())) == (401, "wrong_code")
    assert refusal(second(ticket, code=app.fresh())) == (401, "invalid_ticket")
    assert AuthEvent.objects.filter(kind=EventKind.SECOND_FACTOR_FAILED).count() == TICKET_TRIES


def test_tries_at_once_are_no_more_than_five(
    app: Authenticator, set_limits: SetLimits, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other tries of a ticket are counted after this one has read it."""
    set_limits(failed_login=100)
    found = login_tickets.ticket_find

    def counted_meanwhile(*args: Any, **kwargs: Any) -> LoginTicket:
        row = found(*args, **kwargs)
        LoginTicket.objects.update(tries=TICKET_TRIES)
        return row

    monkeypatch.setattr("accounts.api.views.second_factor.ticket_find", counted_meanwhile)
    assert refusal(second(ticket_of(), code=app.fresh())) == (401, "invalid_ticket")
    assert not AuthEvent.objects.filter(kind=EventKind.SECOND_FACTOR_FAILED).exists()


@pytest.mark.parametrize("kind", ["code", "recovery_code"])
def test_wrong_codes_count_as_failed_logins(
    kind: str, app: Authenticator, set_limits: SetLimits
) -> None:
    set_limits(failed_login=3)
    wrong = {kind: app.wrong()}
    for _ in range(3):
        assert refusal(second(ticket_of(), **wrong)) == (401, "wrong_code")
    # The password alone has reset nothing: neither step goes on.
    assert refusal(password()) == (429, "throttled")


def test_a_ticket_from_before_is_of_no_use_once_the_quota_is_spent(
    app: Authenticator, set_limits: SetLimits
) -> None:
    set_limits(failed_login=2)
    tickets = [ticket_of() for _ in range(3)]
    for ticket in tickets[:2]:
        assert refusal(second(ticket, code=app.wrong())) == (401, "wrong_code")
    assert refusal(second(tickets[2], code=app.fresh())) == (429, "throttled")
    assert not LoginSession.objects.exists()


def test_wrong_passwords_count_against_codes_too(app: Authenticator, set_limits: SetLimits) -> None:
    set_limits(failed_login=2)
    ticket = ticket_of()
    for _ in range(2):
        password(password="not-my-Password-1")
    assert refusal(second(ticket, code=app.fresh())) == (429, "throttled")


def test_a_right_code_gives_its_own_use_back_and_no_other(
    app: Authenticator, set_limits: SetLimits
) -> None:
    set_limits(failed_login=3)
    second(ticket_of(), code=app.wrong())
    second(ticket_of(), code=app.wrong())
    assert second(ticket_of(), code=app.fresh()).status_code == 200
    account = Limit.named("failed-login").look("name:ada")
    assert account.used == 3


def test_codes_are_bounded_for_the_account_whatever_tickets_they_are_for(
    app: Authenticator, set_limits: SetLimits
) -> None:
    set_limits(failed_login=100, second_factor=7)
    for number in range(7):
        response = second(
            ticket_of(address=f"198.51.100.{number}"), f"198.51.100.{number}", code=app.wrong()
        )
        assert refusal(response) == (401, "wrong_code")
    response = second(ticket_of(), code=app.fresh())
    assert refusal(response) == (429, "throttled")
    assert int(response["Retry-After"]) > 0
    assert not LoginSession.objects.exists()


def test_a_refused_code_is_not_used_up_and_no_failed_login(
    app: Authenticator, set_limits: SetLimits
) -> None:
    set_limits(failed_login=3, second_factor=0)
    code = app.fresh()
    assert refusal(second(ticket_of(), code=code)) == (429, "throttled")
    assert Limit.named("failed-login").look("name:ada").used == 1
    set_limits(failed_login=3, second_factor=5)
    assert second(ticket_of(), code=code).status_code == 200


def test_spent_codes_leave_the_owner_the_recovery_codes(
    app: Authenticator, set_limits: SetLimits
) -> None:
    set_limits(second_factor=0)
    response = second(ticket_of(), recovery_code=app.recovery_codes[0])
    assert response.status_code == 200


def test_who_spends_the_quotas_does_not_lock_the_owner_out(
    app: Authenticator, set_limits: SetLimits
) -> None:
    set_limits(failed_login=2, second_factor=2)
    assert second(ticket_of(address=HOME), HOME, code=app.fresh()).status_code == 200
    for _ in range(2):
        assert refusal(second(ticket_of(), code=app.wrong())) == (401, "wrong_code")
    assert refusal(password()) == (429, "throttled")
    # From a network that the account knows, both steps go on.
    assert second(ticket_of(address=HOME), HOME, code=app.fresh()).status_code == 200


def test_the_allowance_of_a_known_network_is_bounded(
    app: Authenticator, set_limits: SetLimits
) -> None:
    set_limits(failed_login=100, second_factor=2)
    assert second(ticket_of(address=HOME), HOME, code=app.fresh()).status_code == 200
    for _ in range(4):
        response = second(ticket_of(address=HOME), HOME, code=app.wrong())
        assert refusal(response) == (401, "wrong_code")
    response = second(ticket_of(address=HOME), HOME, code=app.fresh())
    assert refusal(response) == (429, "throttled")


def test_a_network_that_was_known_before_the_factor_gives_no_further_guesses(
    ada: User, set_limits: SetLimits, clock: Any
) -> None:
    """Somebody who knew the password has logged in from as many networks as an account knows."""
    set_limits(failed_login=100, second_factor=2)
    assert password(address=HOME).status_code == password(address=STRANGER).status_code == 200
    clock.shift(timedelta(seconds=1))
    app = Authenticator(ada)
    for _ in range(2):
        assert refusal(second(ticket_of(), code=app.wrong())) == (401, "wrong_code")
    for address in (STRANGER, HOME):
        response = second(ticket_of(address=address), address, code=app.wrong())
        assert refusal(response) == (429, "throttled")
    # A recovery code gets in, and makes the network known again, the day after the last login.
    clock.shift(timedelta(days=1))
    code = app.recovery_codes[0]
    assert second(ticket_of(address=HOME), HOME, recovery_code=code).status_code == 200
    for _ in range(2):
        assert refusal(second(ticket_of(), code=app.wrong())) == (401, "wrong_code")
    assert refusal(second(ticket_of(), code=app.wrong())) == (429, "throttled")
    assert second(ticket_of(address=HOME), HOME, code=app.fresh()).status_code == 200


def test_a_wrong_code_from_a_known_network_is_429_once_the_quota_is_spent(
    app: Authenticator, set_limits: SetLimits
) -> None:
    set_limits(failed_login=2)
    assert second(ticket_of(address=HOME), HOME, code=app.fresh()).status_code == 200
    for _ in range(2):
        second(ticket_of(), code=app.wrong())
    response = second(ticket_of(address=HOME), HOME, code=app.wrong())
    assert refusal(response) == (429, "throttled")
    assert AuthEvent.objects.filter(kind=EventKind.SECOND_FACTOR_FAILED).count() == 3


def test_a_network_that_another_account_knows_is_no_way_around(
    app: Authenticator, bob: User, set_limits: SetLimits
) -> None:
    set_limits(failed_login=1)
    assert password("bob", HOME).status_code == 200
    tickets = [ticket_of(address=HOME) for _ in range(2)]
    assert refusal(second(tickets[0], HOME, code=app.wrong())) == (401, "wrong_code")
    assert refusal(second(tickets[1], HOME, code=app.fresh())) == (429, "throttled")


def test_an_address_is_limited(app: Authenticator, set_limits: SetLimits) -> None:
    set_limits(login=2)
    for _ in range(2):
        assert second("x", code="123456").status_code == 401
    assert refusal(second("x", code="123456")) == (429, "throttled")


def test_a_pending_secret_can_not_be_guessed_with_a_stolen_token(
    ada: User, client_of: ClientOf, set_limits: SetLimits
) -> None:
    set_limits(second_factor=3)
    client = client_of(ada)
    client.post("/api/v1/users/me/totp", {"current_password": PASSWORD})
    answers = [
        client.post("/api/v1/users/me/totp/confirm", {"code": f"{number:06}"}).status_code
        for number in range(4)
    ]
    assert answers == [403, 403, 403, 429]


# --- Other ways in -------------------------------------------------------------------------------


@pytest.mark.parametrize("header", ["basic", "body", "email"])
def test_the_tutorials_login_has_no_way_around(
    header: str, app: Authenticator, anonymous: ConformingClient
) -> None:
    def log_in(secret: str) -> Any:
        if header == "basic":
            credentials = base64.b64encode(f"ada:{secret}".encode()).decode()
            return anonymous.post("/login", HTTP_AUTHORIZATION=f"Basic {credentials}")
        name = {"email": "ada@example.org"} if header == "email" else {"name": "ada"}
        return anonymous.post("/login", {**name, "password": secret})

    right = log_in(PASSWORD)
    # Both are the first attempt from their address.
    limits.clear()
    wrong = log_in("not-my-Password-1")
    assert (right.status_code, right.content) == (401, b"could not verify")
    assert right.content == wrong.content
    names = set(right.headers) - {"X-Request-Id"}
    assert {name: right[name] for name in names} == {name: wrong[name] for name in names}
    assert not LoginSession.objects.exists()
    kinds = [EventKind.SECOND_FACTOR_ASKED, EventKind.LOGIN_FAILED]
    events = AuthEvent.objects.filter(kind__in=kinds).order_by("pk")
    assert [event.kind for event in events] == kinds
    assert {event.actor_id for event in events} == {None}


def test_a_session_from_before_goes_on(ada: User, client_of: ClientOf) -> None:
    client = client_of(ada)
    Authenticator(ada)
    assert client.get("/api/v1/users/me").status_code == 200


def test_jobs_go_on_and_an_operator_may_make_one(
    ada: User, job_of: Callable[..., ConformingClient]
) -> None:
    job = job_of(ada)
    Authenticator(ada)
    assert job.get("/api/v1/books").status_code == 200
    printed = StringIO()
    call_command(
        "issue_token", user="ada", scope=["books:read"], days=1, stdout=printed, stderr=StringIO()
    )
    client = ConformingClient(HTTP_AUTHORIZATION=f"Bearer {printed.getvalue().strip()}")
    assert client.get("/api/v1/books").status_code == 200
    # It reaches no factor.
    assert client.get("/api/v1/users/me/factors").status_code == 403


def test_another_name_leads_around_no_factor(
    app: Authenticator, ada: User, client_of: ClientOf
) -> None:
    """The factor is of the account, and not of its name."""
    client = client_of(ada)
    client.patch("/api/v1/users/me", {"name": "lovelace", "current_password": PASSWORD})
    assert refusal(password("lovelace")) == (401, "second_factor_required")
    assert refusal(password("ada")) == (401, "invalid_credentials")
