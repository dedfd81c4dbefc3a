"""An admin makes an account without a password, and its user sets one by a mail."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.mail import outbox
from accounts.mail.sender import queue_send
from accounts.models import AuthEvent, QueuedMail, User
from accounts.services import invitations
from accounts.services.password_reset import ResetTokenGenerator, invitation_token
from conftest import PASSWORD
from tests.client import ConformingClient
from tests.problems import field_codes

pytestmark = pytest.mark.django_db

# The token in a link to our page, or the whole link to a page of the operator.
MAILED = r"^    (?:\S+/account/\S+\?token=)?(\S+)$"

USERS = "/api/v1/users"
ADMIN = "/admin/accounts/user/"
RESET = "/api/v1/auth/password-reset"
ADDRESS = "kim@example.org"
NEW = "amber-Compass-31"
BODY = {"name": "kim", "email": ADDRESS}

Mails = list[EmailMessage]
ClientOf = Callable[[User], ConformingClient]


def token_in(mail: EmailMessage) -> str:
    (token,) = re.findall(MAILED, str(mail.body), flags=re.MULTILINE)
    return str(token)


def accept(token: str) -> Any:
    body = {"token": token, "new_password": NEW}
    return ConformingClient().post(f"{RESET}/confirm", body)


def log_in(name: str, password: str = NEW) -> int:
    body = {"name": name, "password": password}
    status: int = ConformingClient().post("/api/v1/auth/token", body).status_code
    return status


def events() -> list[tuple[str, str, str]]:
    rows = AuthEvent.objects.filter(kind="account_invited").order_by("id")
    return list(rows.values_list("kind", "subject_name", "actor_name"))


def by_api(boss: User, name: str = "kim", email: str = ADDRESS) -> None:
    client = Client()
    client.force_login(boss)
    body = {"name": name, "email": email}
    assert client.post(USERS, body, content_type="application/json").status_code == 201


def by_admin(boss: User, name: str = "kim", email: str = ADDRESS) -> None:
    client = Client()
    client.force_login(boss)
    form = {"name": name, "email": email, "usable_password": "false"}
    assert client.post(f"{ADMIN}add/", form).status_code == 302


def by_command(boss: User, name: str = "kim", email: str = ADDRESS) -> None:
    output = StringIO()
    call_command("invite", name, email, stdout=output)
    assert output.getvalue() == f"Invited {name}: a mail to {email} is queued.\n"


@pytest.mark.parametrize("invite", [by_api, by_admin, by_command])
def test_the_user_sets_the_password_and_the_address_is_confirmed(
    invite: Callable[[User], None], boss: User, mailoutbox: Mails, settings: Any
) -> None:
    settings.EMAIL_VERIFICATION = "required"
    invite(boss)
    user = User.objects.get(name="kim")
    assert (user.has_usable_password(), user.email_confirmed_at) == (False, None)
    (mail,) = mailoutbox
    assert (mail.to, mail.subject) == ([ADDRESS], "Your account – Bookstore")
    for part in (
        "    http://localhost:8000/account/invitation/?token=",
        "You sign in as kim.",
        "valid for one week",
    ):
        assert part in str(mail.body)
    actor = "" if invite is by_command else "boss"
    assert events() == [("account_invited", "kim", actor)]

    assert accept(token_in(mail)).json() == {"name": "kim"}

    user.refresh_from_db()
    assert user.email_confirmed_at is not None
    assert user.invited_at is None
    assert [log_in("kim"), log_in(ADDRESS)] == [200, 200]


def test_the_answer_is_the_new_account(boss: User, client_of: ClientOf) -> None:
    response = client_of(boss).post(USERS, BODY)
    assert response.status_code == 201
    body = response.json()
    assert (body["name"], body["email"], body["email_confirmed_at"]) == ("kim", ADDRESS, None)
    assert (body["admin"], body["editor"], body["is_active"]) == (False, False, True)
    assert body == client_of(boss).get(f"{USERS}/{body['public_id']}").json()


def test_a_page_of_the_operator_takes_the_place_of_the_route(
    boss: User, mailoutbox: Mails, settings: Any
) -> None:
    settings.PASSWORD_RESET_URL = "https://shop.example.org/reset#{token}"
    by_api(boss)
    page, _, token = token_in(mailoutbox[0]).partition("#")
    assert page == "https://shop.example.org/reset"
    assert accept(token).status_code == 200


@pytest.mark.parametrize(("after", "status"), [(timedelta(0), 200), (timedelta(seconds=1), 403)])
def test_an_invitation_is_good_for_a_week_and_a_reset_for_an_hour(
    after: timedelta,
    status: int,
    boss: User,
    mailoutbox: Mails,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = datetime(2027, 1, 1)
    monkeypatch.setattr(ResetTokenGenerator, "_now", lambda generator: now)
    by_api(boss)
    later = now + timedelta(days=7) + after
    monkeypatch.setattr(ResetTokenGenerator, "_now", lambda generator: later)
    assert accept(token_in(mailoutbox[0])).status_code == status


def test_an_invitation_works_once(boss: User, mailoutbox: Mails) -> None:
    by_api(boss)
    assert accept(token_in(mailoutbox[0])).status_code == 200
    assert accept(token_in(mailoutbox[0])).status_code == 403


@pytest.mark.parametrize("invite", [by_api, by_command])
def test_inviting_again_sends_another_mail_until_a_password_is_set(
    invite: Callable[..., None], boss: User, mailoutbox: Mails, client_of: ClientOf
) -> None:
    by_api(boss)
    invite(boss, "kim", ADDRESS)
    assert (User.objects.filter(name="kim").count(), len(mailoutbox)) == (1, 2)
    assert len(events()) == 2
    assert accept(token_in(mailoutbox[1])).status_code == 200
    response = client_of(boss).post(USERS, BODY)
    assert (response.status_code, response.json()["code"]) == (409, "name_taken")
    with pytest.raises(CommandError, match=r"\(name_taken\)"):
        call_command("invite", "kim", ADDRESS)
    assert len(mailoutbox) == 2


def test_the_admin_invites_again_who_has_no_password(
    boss: User, ada: User, bob: User, mailoutbox: Mails, admin_of: Callable[[User], Client]
) -> None:
    by_admin(boss)
    kim = User.objects.get(name="kim")
    chosen = {"action": "invite_again", "_selected_action": [kim.pk, ada.pk, bob.pk]}
    response = admin_of(boss).post(ADMIN, chosen, follow=True)
    assert b"1 user was invited again." in response.content
    assert [mail.to for mail in mailoutbox] == [[ADDRESS]] * 2
    assert len(events()) == 2


@pytest.mark.parametrize("is_invited", [False, True])
def test_only_a_superuser_invites_a_superuser_again(
    is_invited: bool,
    boss: User,
    client_of: ClientOf,
    admin_of: Callable[[User], Client],
    mailoutbox: Mails,
) -> None:
    chief = User.objects.create_user("kim", email=ADDRESS, admin=True, is_superuser=True)
    User.objects.filter(pk=boss.pk).update(is_superuser=is_invited)
    actor = User.objects.get(pk=boss.pk)
    assert client_of(actor).post(USERS, BODY).status_code == (201 if is_invited else 403)
    chosen = {"action": "invite_again", "_selected_action": [chief.pk]}
    admin_of(actor).post(ADMIN, chosen)
    assert len(mailoutbox) == len(events()) == (2 if is_invited else 0)


def test_nobody_is_invited_who_sets_a_password_in_that_moment(
    boss: User, client_of: ClientOf, mailoutbox: Mails, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_api(boss)
    user = User.objects.get(name="kim")

    def overtaken(invited: User, email: str) -> None:
        with_password(user)

    monkeypatch.setattr(invitations, "require_free_email", overtaken)
    response = client_of(boss).post(USERS, BODY)
    assert (response.status_code, response.json()["code"]) == (409, "not_invitable")
    assert (len(mailoutbox), len(events())) == (1, 1)


# --- Refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"name": "ADA", "email": ADDRESS}, "name_taken"),
        ({"name": "kim", "email": "ADA@example.org"}, "email_taken"),
        ({"name": "kim", "email": "named@example.org"}, "email_taken"),
        ({"name": "invited", "email": "another@example.org"}, "name_taken"),
    ],
)
def test_what_is_taken_is_409(
    body: dict[str, str],
    code: str,
    boss: User,
    make_user: Callable[..., User],
    client_of: ClientOf,
) -> None:
    make_user("ada", email="ada@example.org")
    make_user("named@example.org")
    by_api(boss, "invited", "invited@example.org")
    before = User.objects.count()
    response = client_of(boss).post(USERS, body)
    assert (response.status_code, response.json()["code"]) == (409, code)
    with pytest.raises(CommandError, match=rf"\({code}\)"):
        call_command("invite", body["name"], body["email"])
    assert User.objects.count() == before


def test_a_name_that_is_taken_in_that_moment_is_409(
    boss: User,
    make_user: Callable[..., User],
    client_of: ClientOf,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def overtaken(user: User, email: str) -> None:
        make_user("KIM")

    monkeypatch.setattr(invitations, "require_free_email", overtaken)
    response = client_of(boss).post(USERS, BODY)
    assert (response.status_code, response.json()["code"]) == (409, "name_taken")


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        ({"name": "kim"}, {("#/email", "required")}),
        ({"name": "kim", "email": None}, {("#/email", "null")}),
        ({"email": ADDRESS}, {("#/name", "required")}),
        ({"name": ADDRESS, "email": ADDRESS}, {("#/name", "at_sign")}),
        ({**BODY, "admin": True}, {("#/admin", "read_only")}),
        ({**BODY, "password": PASSWORD}, {("#/password", "unknown_member")}),
    ],
)
def test_what_is_no_invitation_is_400(
    body: dict[str, Any], codes: set[tuple[str, str]], boss: User, client_of: ClientOf
) -> None:
    response = client_of(boss).post(USERS, body)
    assert (response.status_code, field_codes(response)) == (400, codes)
    assert User.objects.get() == boss


@pytest.mark.parametrize(
    ("name", "address"), [("a:b", ADDRESS), (ADDRESS, ADDRESS), ("kim", "nonsense"), ("", ADDRESS)]
)
def test_the_command_refuses_what_the_api_does(name: str, address: str) -> None:
    with pytest.raises(CommandError):
        call_command("invite", name, address)
    assert not User.objects.exists()


def test_the_admin_makes_an_account_without_an_address_as_before(
    boss: User, mailoutbox: Mails, admin_of: Callable[[User], Client]
) -> None:
    form = {"name": "kim", "usable_password": "false"}
    assert admin_of(boss).post(f"{ADMIN}add/", form).status_code == 302
    assert (mailoutbox, events()) == ([], [])


def test_the_admins_other_addresses_get_a_confirmation(
    boss: User, mailoutbox: Mails, admin_of: Callable[[User], Client]
) -> None:
    form = {
        "name": "kim",
        "email": ADDRESS,
        "usable_password": "true",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }
    assert admin_of(boss).post(f"{ADMIN}add/", form).status_code == 302
    kim = User.objects.get(name="kim")
    changed = {"name": "kim", "email": "kim.new@example.org", "is_active": "on"}
    assert admin_of(boss).post(f"{ADMIN}{kim.pk}/change/", changed).status_code == 302
    confirmations = [mail for mail in mailoutbox if mail.subject.startswith("Confirm")]
    assert [mail.to for mail in confirmations] == [[ADDRESS], ["kim.new@example.org"]]
    token = token_in(confirmations[1])
    answer = ConformingClient().post("/api/v1/auth/email/confirm", {"token": token})
    assert answer.json() == {"name": "kim", "email": "kim.new@example.org"}


def test_an_address_that_is_somebodys_name_is_refused_in_the_admin(
    boss: User, make_user: Callable[..., User], admin_of: Callable[[User], Client]
) -> None:
    make_user(ADDRESS)
    form = {"name": "kim", "email": ADDRESS, "usable_password": "false"}
    response = admin_of(boss).post(f"{ADMIN}add/", form)
    assert response.status_code == 200
    assert b"This email address is taken." in response.content


# --- Resets of such accounts ----------------------------------------------------------------------


def test_a_reset_works_for_an_invited_account(boss: User, mailoutbox: Mails) -> None:
    by_api(boss)
    assert ConformingClient().post(RESET, {"email": ADDRESS}).status_code == 202
    assert mailoutbox[1].subject == "A new password – Bookstore"
    assert accept(token_in(mailoutbox[1])).status_code == 200
    assert accept(token_in(mailoutbox[0])).status_code == 403


def test_a_password_that_an_admin_disabled_is_not_set_by_a_mail(
    boss: User, mailoutbox: Mails, admin_of: Callable[[User], Client]
) -> None:
    by_api(boss)
    user = User.objects.get(name="kim")
    admin = admin_of(boss)
    chosen = {"usable_password": "true", "password1": NEW, "password2": NEW}
    assert admin.post(f"{ADMIN}{user.pk}/password/", chosen).status_code == 302
    form = {"usable_password": "false", "unset-password": "1"}
    assert admin.post(f"{ADMIN}{user.pk}/password/", form).status_code == 302
    user.refresh_from_db()
    assert (user.has_usable_password(), user.invited_at) == (False, None)
    assert accept(token_in(mailoutbox[0])).status_code == 403
    mailoutbox.clear()
    ConformingClient().post(RESET, {"email": ADDRESS})
    assert not mailoutbox


def with_password(user: User) -> None:
    user.set_password(NEW)
    user.save()


def inactive(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def elsewhere(user: User) -> None:
    user.email = "other@example.org"
    user.save(update_fields=["email"])


@pytest.mark.parametrize("change", [with_password, inactive, elsewhere, User.delete])
def test_an_invitation_that_waits_is_dropped_once_it_is_void(
    change: Callable[[User], Any],
    boss: User,
    mailoutbox: Mails,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outbox, "wake", lambda: None)
    by_api(boss)
    user = User.objects.get(name="kim")
    token = invitation_token(user)
    change(user)
    queue_send()
    assert (mailoutbox, QueuedMail.objects.count()) == ([], 0)
    assert accept(token).status_code == 403


def test_a_mailbox_gets_a_limited_number_of_invitations(
    boss: User, mailoutbox: Mails, settings: Any
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "reset-mail": (2, 3600)}
    for _ in range(3):
        by_api(boss)
    assert len(mailoutbox) == 2
