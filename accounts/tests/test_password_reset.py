"""A password reset: anyone may request it, and the owner of the mailbox sets the password."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.test import Client

from accounts.identity.names import unlinked
from accounts.mail import outbox
from accounts.models import AuthEvent, LoginSession, QueuedMail, User
from accounts.origins import Origin
from accounts.services.password_reset import (
    InvalidResetTokenError,
    ResetTokenGenerator,
    reset_token,
    user_reset_password,
)
from accounts.services.sessions import sessions_end
from conftest import PASSWORD
from tests.client import ConformingClient
from tests.problems import field_codes

from .problems import refused as refused_with

refused = partial(refused_with, code="invalid_reset_token")

pytestmark = pytest.mark.django_db

# The token in a link to our page, or the whole link to a page of the operator.
MAILED = r"^    (?:\S+/account/\S+\?token=)?(\S+)$"

RESET = "/api/v1/auth/password-reset"
CONFIRM = f"{RESET}/confirm"
ME = "/api/v1/users/me"
NEW = "amber-Compass-31"

Mails = list[EmailMessage]


def ask(email: str = "ada@example.org", **headers: Any) -> Any:
    return ConformingClient().post(RESET, {"email": email}, **headers)


def confirm(token: str, password: str = NEW, **headers: Any) -> Any:
    return ConformingClient().post(CONFIRM, {"token": token, "new_password": password}, **headers)


def log_in(password: str) -> int:
    body = {"name": "ada", "password": password}
    status: int = ConformingClient().post("/api/v1/auth/token", body).status_code
    return status


def token_in(mail: EmailMessage) -> str:
    (token,) = re.findall(MAILED, str(mail.body), flags=re.MULTILINE)
    return str(token)


def name_in(mail: EmailMessage) -> str:
    """Return the login name in a mail."""
    form = r"^(?:You sign in as (?P<plain>.*)\.|“(?P<quoted>.*)”)$"
    (found,) = re.finditer(form, str(mail.body), flags=re.MULTILINE)
    return found["plain"] or found["quoted"]


@pytest.mark.parametrize("path", [RESET, f"{RESET}/"])
def test_the_token_from_the_mail_sets_a_new_password(
    ada: User, mailoutbox: Mails, path: str
) -> None:
    response = ConformingClient().post(path, {"email": "ADA@example.org"})
    assert (response.status_code, response.json()) == (202, {})
    (mail,) = mailoutbox

    response = confirm(token_in(mail))

    assert (response.status_code, response.json()) == (200, {"name": "ada"})
    assert [log_in(PASSWORD), log_in(NEW)] == [401, 200]


def test_the_mail_says_what_it_is(ada: User, mailoutbox: Mails, settings: Any) -> None:
    settings.PUBLIC_URL = "https://books.example.org"
    ask(HTTP_HOST="localhost")
    (mail,) = mailoutbox
    assert (mail.to, mail.from_email) == (["ada@example.org"], settings.DEFAULT_FROM_EMAIL)
    assert mail.subject == "A new password – Bookstore"
    for part in (
        "You sign in as ada.",
        "    https://books.example.org/account/reset-password/?token=",
        "valid for one hour",
        "If it wasn't you",
    ):
        assert part in str(mail.body)
    assert "localhost" not in str(mail.body)


NAMES = [
    "ada.lovelace",
    "Zoë Müller",
    "Win a prize",
    "evil.example",
    "www.evil.example/1?x=2",
    "kim@work.example",
    "evil。example",
    "evil．example／１",
    "紫式部",
    "שרה",
    "{instructions} {0}",
    "“quoted”\N{FULL STOP}",
    "x" * 31,
    "\U0001f4d6" * 150,
    "line\u3000two",
    "a\N{DIGIT ONE FULL STOP}example",
]


@pytest.mark.parametrize("name", NAMES)
def test_the_mail_names_the_account_whatever_its_name(
    name: str, make_user: Callable[..., User], mailoutbox: Mails
) -> None:
    user = make_user(name, email="ada@example.org")
    ask()
    (mail,) = mailoutbox
    named = name_in(mail)
    # A copied name logs in, and the response to the token contains the name as it was chosen.
    credentials = {"name": named, "password": PASSWORD}
    assert ConformingClient().post("/api/v1/auth/token", credentials).status_code == 200
    assert User.objects.named(named).get() == user
    assert confirm(reset_token(user)).json() == {"name": name}


@pytest.mark.parametrize(
    "name", ["ada.lovelace", "mal.lory x", "Dr. A. Lovelace", "a.b.c", "kim.", "st.john", "v1.2"]
)
def test_a_name_with_a_dot_stands_in_the_mail_as_it_is(
    name: str, make_user: Callable[..., User], mailoutbox: Mails
) -> None:
    make_user(name, email="ada@example.org")
    ask()
    assert name_in(mailoutbox[0]) == name


LINKS = [
    "evil.example",
    "evil.com",
    "EVIL.De",
    "win at evil.online now",
    "evil.click",
    "Your account is locked. Go to evil.rocks",
    "EVIL.Security",
    "evil｡click",
    "www.evil.anything",
    "www.evil.example/1?x=2",
    "evil.anything/1",
    "http://evil.anything",
    "mailto:kim@evil.anything",
    "kim@work.example",
    "evil。example",
    "evil．example／１",
    "зло.рф",
    "evil.xn--p1ai",
    "a\N{DIGIT ONE FULL STOP}example",
]


@pytest.mark.parametrize("name", LINKS)
def test_the_mail_has_no_link_of_a_stranger(
    name: str, make_user: Callable[..., User], mailoutbox: Mails
) -> None:
    make_user(name, email="ada@example.org")
    ask()
    assert not set(".．｡。@＠/:：").intersection(name_in(mailoutbox[0]))


@pytest.mark.parametrize(
    "sign", ["\n", "\r", "\x85", "\u2028", "\u202e", "\u200b", "\x00", "\u3164"]
)
def test_a_name_that_no_form_takes_stays_on_its_line(sign: str) -> None:
    assert unlinked(f"a{sign}b.com") == "a\ufffdb\u2024com"


def test_a_mailbox_is_not_filled_by_many_accounts(
    make_user: Callable[..., User], mailoutbox: Mails, settings: Any
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "reset-mail": (3, 3600)}
    for number in range(5):
        user = make_user(f"user{number}", email="victim@example.org")
        assert ask("victim@example.org").status_code == 202
        user.delete()
    assert len(mailoutbox) == 3


def test_a_mistake_counts_too(ada: User, settings: Any) -> None:
    """The request is counted before its body is read."""
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "reset": (2, 3600)}
    assert [ask("nonsense").status_code, ask().status_code, ask().status_code] == [400, 202, 429]


def test_the_mail_has_a_link_where_there_is_a_page(
    ada: User, mailoutbox: Mails, settings: Any
) -> None:
    settings.PASSWORD_RESET_URL = "https://shop.example.org/reset#{token}"
    ask()
    link = token_in(mailoutbox[0])
    address, _, token = link.partition("#")
    assert address == "https://shop.example.org/reset"
    assert confirm(token).status_code == 200


def test_the_mail_goes_to_the_address_that_is_stored(ada: User, mailoutbox: Mails) -> None:
    # The same key, but another address to a mail server.
    assert ask("ada@ｅxample.org").status_code == 202
    assert [mail.to for mail in mailoutbox] == [["ada@example.org"]]


def nobody(user: User) -> None:
    User.objects.filter(pk=user.pk).update(email=None, email_key=None)


def inactive(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def without_password(user: User) -> None:
    user.set_unusable_password()
    user.save()


@pytest.mark.parametrize("change", [nobody, inactive, without_password])
def test_the_answer_is_the_same_where_no_mail_is_sent(
    change: Callable[[User], None], ada: User, mailoutbox: Mails
) -> None:
    known = ask()
    assert len(mailoutbox) == 1
    change(ada)
    other = ask()
    assert (other.status_code, other.content) == (known.status_code, known.content)
    assert set(other.headers) == set(known.headers)
    assert len(mailoutbox) == 1
    assert AuthEvent.objects.count() == 1


@pytest.mark.parametrize("email", ["ada@example.org", "nobody@example.org"])
def test_asking_looks_nobody_up(
    email: str,
    ada: User,
    hash_calls: list[str],
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: Callable[[int], Any],
) -> None:
    monkeypatch.setattr(outbox, "wake", lambda: None)
    # The maximum, and one more: neither belongs to an account.
    with django_assert_num_queries(2):
        assert ask(email).status_code == 202
    assert hash_calls == []
    assert [(mail.address, mail.account_id) for mail in QueuedMail.objects.all()] == [(email, None)]


def test_every_session_ends(
    ada: User, client_of: Callable[[User], ConformingClient], bob: User
) -> None:
    client, others = client_of(ada), client_of(bob)
    browser = Client(HTTP_ACCEPT="application/json")
    browser.force_login(ada)
    assert confirm(reset_token(ada)).status_code == 200
    assert [one.get(ME).status_code for one in (client, browser, others)] == [401, 401, 200]
    ended = LoginSession.objects.filter(user=ada)
    assert [session.revoked_because for session in ended] == ["password_reset"] * 2


def test_a_token_is_good_for_once(ada: User) -> None:
    first, second = reset_token(ada), reset_token(ada)
    assert confirm(first).status_code == 200
    answers = [refused(confirm(token, "violet-Compass-32")) for token in (first, second)]
    assert answers[0] == answers[1]
    assert log_in(NEW) == 200


def new_address(user: User) -> None:
    user.email = "new@example.org"
    user.save()


def another_address_and_back(user: User) -> None:
    """Change the address as a form of the admin does."""
    for email in ("new@example.org", "ada@example.org"):
        user.email = email
        user.save(update_fields=["email"])


def all_sessions_ended(user: User) -> None:
    sessions_end(user=user, reason="revoked")  # type: ignore[arg-type]  # the value will do


def deleted(user: User) -> None:
    user.delete()


@pytest.mark.parametrize(
    "change",
    [
        inactive,
        without_password,
        new_address,
        another_address_and_back,
        all_sessions_ended,
        deleted,
    ],
)
def test_a_token_is_void_once_the_account_has_changed(
    change: Callable[[User], None], ada: User
) -> None:
    token = reset_token(ada)
    change(ada)
    refused(confirm(token))


def test_a_login_does_not_make_a_token_void(ada: User) -> None:
    token = reset_token(ada)
    assert log_in(PASSWORD) == 200
    Client().force_login(ada)
    assert confirm(token).status_code == 200


@pytest.mark.parametrize(("seconds", "status"), [(3600, 200), (3601, 403)])
def test_a_token_is_good_for_an_hour(
    seconds: int, status: int, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime(2027, 1, 1)
    monkeypatch.setattr(ResetTokenGenerator, "_now", lambda generator: now)
    token = reset_token(ada)
    later = now + timedelta(seconds=seconds)
    monkeypatch.setattr(ResetTokenGenerator, "_now", lambda generator: later)
    assert confirm(token).status_code == status


def made_up_tokens(user: User, other: User) -> list[str]:
    token, theirs = reset_token(user), reset_token(other)
    return [
        "x",
        "." * 15_000,
        token.upper(),
        token + "0",
        token[:-1],
        f"{theirs.partition('.')[0]}.{token.partition('.')[2]}",
        f"{user.public_id.hex}.{'z' * 13}-{'0' * 32}",
        "０" + token[1:],
    ]


def test_a_made_up_token_is_403_and_costs_no_hash(
    ada: User, bob: User, hash_calls: list[str]
) -> None:
    answers = [refused(confirm(token)) for token in made_up_tokens(ada, bob)]
    assert all(answer == answers[0] for answer in answers)
    assert hash_calls == []
    assert not AuthEvent.objects.exists()


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("password1234", "password_too_common"),
        ("short", "password_too_short"),
        ("ada@example.org", "password_too_similar"),
    ],
)
def test_a_weak_password_is_400_and_leaves_the_token(password: str, code: str, ada: User) -> None:
    token = reset_token(ada)
    response = confirm(token, password)
    assert response.status_code == 400
    assert ("#/new_password", code) in field_codes(response)
    assert log_in(PASSWORD) == 200
    assert confirm(token).status_code == 200


@pytest.mark.parametrize("path", [RESET, CONFIRM])
def test_what_is_missing_is_400(path: str, anonymous: ConformingClient) -> None:
    response = anonymous.post(path, {})
    assert response.status_code == 400
    assert {code for _, code in field_codes(response)} == {"required"}


def test_a_token_that_was_used_meanwhile_changes_nothing(ada: User) -> None:
    token = reset_token(ada)
    user_reset_password(token=token, password=NEW, origin=Origin())
    with pytest.raises(InvalidResetTokenError):
        user_reset_password(token=token, password="violet-Compass-32", origin=Origin())
    ada.refresh_from_db()
    assert ada.check_password(NEW)
    assert AuthEvent.objects.count() == 1


def test_a_stale_token_in_a_header_is_not_in_the_way(ada: User) -> None:
    stale = {"HTTP_AUTHORIZATION": "Bearer stale"}
    assert ask(**stale).status_code == 202
    assert confirm(reset_token(ada), **stale).status_code == 200


def test_both_are_on_the_record(ada: User) -> None:
    device = {"REMOTE_ADDR": "203.0.113.7", "HTTP_USER_AGENT": "shop/1.0"}
    ask(HTTP_X_REQUEST_ID="req-1", **device)
    confirm(reset_token(ada), HTTP_X_REQUEST_ID="req-2", **device)
    events = AuthEvent.objects.order_by("id").values_list(
        "kind", "subject_name", "actor_name", "address", "user_agent", "request_id", "detail"
    )
    where = ("203.0.113.7", "shop/1.0")
    assert list(events) == [
        ("password_reset_requested", "ada", "", *where, "req-1", ""),
        ("password_reset", "ada", "", *where, "req-2", ""),
    ]


def test_one_address_asks_and_tries_a_limited_number_of_times(
    ada: User, settings: Any, mailoutbox: Mails
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "reset": (2, 3600)}
    assert ask().headers["RateLimit-Policy"] == '"reset";q=2;w=3600'
    response = confirm("made up")
    assert response.headers["RateLimit"].startswith('"reset";r=0;t=')
    for response in (ask(), confirm(reset_token(ada))):
        assert response.status_code == 429
        assert response.json()["code"] == "throttled"
        assert 0 < int(response.headers["Retry-After"]) <= 3600
    assert len(mailoutbox) == 1
    assert ask(REMOTE_ADDR="203.0.113.7").status_code == 202


def test_a_mailbox_is_not_filled_and_nobody_is_told(
    ada: User, settings: Any, mailoutbox: Mails
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "reset-mail": (2, 3600)}
    answers = [ask(REMOTE_ADDR=f"203.0.113.{number}") for number in range(4)]
    assert {(answer.status_code, answer.content) for answer in answers} == {(202, b"{}")}
    assert len(mailoutbox) == 2
    assert AuthEvent.objects.count() == 2
