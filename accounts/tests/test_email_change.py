"""A change of address needs the password, and a confirmation by a mail to the new address."""

import re
from base64 import urlsafe_b64decode
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
from django.core import signing
from django.core.mail import EmailMessage
from django.db.models import F
from django.test import Client

from accounts.mail.delivery import NotSentError
from accounts.models import AuthEvent, User
from accounts.origins import Origin
from accounts.services.email_change import email_change_request, email_remove
from accounts.services.email_confirmation import email_confirm, email_token
from conftest import PASSWORD
from tests.client import ConformingClient
from tests.problems import field_codes

from .problems import refused as refused_with

refused = partial(refused_with, code="invalid_email_token")

pytestmark = pytest.mark.django_db

# The token in a link to our page, or the whole link to a page of the operator.
MAILED = r"^    (?:\S+/account/\S+\?token=)?(\S+)$"

EMAIL = "/api/v1/users/me/email"
CONFIRM = f"{EMAIL}/confirm"
ME = "/api/v1/users/me"
NEW = "lovelace@example.org"

Mails = list[EmailMessage]


@pytest.fixture
def client(ada: User, client_of: Callable[[User], ConformingClient]) -> ConformingClient:
    client = client_of(ada)
    AuthEvent.objects.all().delete()
    return client


def ask(client: Any, email: str | None = NEW, password: str = PASSWORD) -> Any:
    return client.post(EMAIL, {"email": email, "current_password": password})


def confirm(client: Any, token: str) -> Any:
    return client.post(CONFIRM, {"token": token})


def token_in(mail: EmailMessage) -> str:
    (token,) = re.findall(MAILED, str(mail.body), flags=re.MULTILINE)
    return str(token)


def stored(user: User) -> tuple[str | None, str | None]:
    user.refresh_from_db()
    return user.email, user.email_key


@pytest.mark.parametrize("slash", ["", "/"])
def test_the_token_from_the_mail_changes_the_address(
    client: ConformingClient, ada: User, mailoutbox: Mails, slash: str
) -> None:
    response = client.post(EMAIL + slash, {"email": "L@Example.org", "current_password": PASSWORD})
    assert (response.status_code, response.json()) == (202, {})
    assert stored(ada) == ("ada@example.org", "ada@example.org")

    response = client.post(CONFIRM + slash, {"token": token_in(mailoutbox[0])})

    assert (response.status_code, response.content) == (204, b"")
    assert stored(ada) == ("L@Example.org", "l@example.org")
    assert client.get(ME).json()["email"] == "L@Example.org"


def test_the_mail_goes_to_the_new_address_and_names_the_account(
    client: ConformingClient, mailoutbox: Mails
) -> None:
    ask(client)
    (mail,) = mailoutbox
    assert (mail.to, mail.subject) == ([NEW], "Confirm your address – Bookstore")
    body = str(mail.body)
    link = "    http://localhost:8000/account/confirm-email/?token="
    for part in (link, "valid for one hour", "If you have no such account"):
        assert part in body
    assert "the address of the account ada at Bookstore," in body
    assert "example.org" not in body


def test_the_mail_has_a_link_where_there_is_a_page(
    client: ConformingClient, mailoutbox: Mails, settings: Any
) -> None:
    settings.EMAIL_CONFIRM_URL = "https://shop.example.org/confirm?token={token}"
    ask(client)
    address, _, token = token_in(mailoutbox[0]).partition("=")
    assert address == "https://shop.example.org/confirm?token"
    assert confirm(client, token).status_code == 204


def test_the_old_address_is_told_and_the_sessions_go_on(
    client: ConformingClient, ada: User, mailoutbox: Mails
) -> None:
    browser = Client(HTTP_ACCEPT="application/json")
    browser.force_login(ada)
    assert confirm(client, email_token(ada, NEW)).status_code == 204
    (notice,) = mailoutbox
    assert notice.to == ["ada@example.org"]
    assert notice.subject == "Your address was changed – Bookstore"
    assert NEW not in str(notice.body)
    assert [one.get(ME).status_code for one in (client, browser)] == [200, 200]


def test_a_token_tells_a_stranger_nothing_of_the_account(make_user: Callable[..., User]) -> None:
    # A name with letters that no hexadecimal digest has.
    user = make_user("zuleika", email="zuleika@example.org")
    public_id, _, token = email_token(user, "mistyped@example.com").partition(".")
    assert public_id == user.public_id.hex
    signed = token.partition(":")[0]
    said = urlsafe_b64decode(signed + "=" * (-len(signed) % 4)).decode()
    assert "mistyped@example.com" in said
    for secret in ("zuleika", "example.org", str(user.public_id), user.public_id.hex):
        assert secret not in said


def test_a_token_is_void_once_the_address_has_changed_in_any_way(
    client: ConformingClient, ada: User
) -> None:
    token = email_token(ada, NEW)
    assert confirm(client, token).status_code == 204
    assert ask(client, None).status_code == 204
    # The address is None, as when the token was created, but was changed in between.
    assert confirm(client, token).status_code == 403
    assert stored(ada) == (None, None)


VICTIM = "victim@example.org"


def test_a_mailbox_is_not_filled_by_the_notices_of_many_accounts(
    make_user: Callable[..., User], mailoutbox: Mails, settings: Any
) -> None:
    """Accounts that have merely given an address cause eight mails to it in an hour."""
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "reset-mail": (2, 3600)}
    for number in range(10):
        user = make_user(f"user{number}", email=VICTIM, email_confirmed_at=None)
        email_remove(user=user, origin=Origin())
    assert [mail.to for mail in mailoutbox] == [[VICTIM]] * 8


@pytest.mark.parametrize("change", ["removed", "changed", "changed by an admin"])
def test_no_number_of_strangers_keeps_the_notice_from_who_has_confirmed_the_address(
    change: str,
    make_user: Callable[..., User],
    admin_client: Client,
    mailoutbox: Mails,
    settings: Any,
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "reset-mail": (1, 3600)}
    for number in range(6):
        stranger = make_user(f"stranger{number}", email=VICTIM, email_confirmed_at=None)
        email_remove(user=stranger, origin=Origin())
    owner = make_user("owner", email=VICTIM)
    mailoutbox.clear()
    if change == "removed":
        email_remove(user=owner, origin=Origin())
    elif change == "changed":
        email_confirm(token=email_token(owner, NEW), origin=Origin())
    else:
        form = {"name": "owner", "email": "", "is_active": "on"}
        page = f"/admin/accounts/user/{owner.pk}/change/"
        assert admin_client.post(page, form).status_code == 302
    subject = "removed" if change != "changed" else "changed"
    told = [(mail.to, mail.subject) for mail in mailoutbox]
    assert told == [([VICTIM], f"Your address was {subject} – Bookstore")]


@pytest.fixture
def asked(
    make_user: Callable[..., User], mailoutbox: Mails, settings: Any
) -> Callable[[str], bool]:
    """A function by which an account asks for a confirmation, and that says whether one was sent.

    A mailbox gets two further mails an hour, and eight first ones.
    """
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "reset-mail": (2, 3600)}
    users: dict[str, User] = {}

    def ask_as(name: str) -> bool:
        before = len(mailoutbox)
        users[name] = users.get(name) or make_user(name)
        email_change_request(user=users[name], email=VICTIM, origin=Origin())
        return len(mailoutbox) > before

    return ask_as


def test_strangers_can_not_use_up_the_mails_of_an_owner(asked: Callable[[str], bool]) -> None:
    """Neither one with many requests, nor several."""
    assert [asked("stranger") for _ in range(5)] == [True, True, True, False, False]
    assert asked("another")
    assert not asked("another")
    assert asked("owner")


def test_a_mailbox_is_not_filled_by_the_confirmations_of_many_accounts(
    asked: Callable[[str], bool], mailoutbox: Mails
) -> None:
    sent = [asked(f"user{number}") for number in range(10)]
    again = [asked(f"user{number}") for number in range(10)]

    assert sent == [True] * 8 + [False] * 2
    assert again == [True, True] + [False] * 8
    assert [mail.to for mail in mailoutbox] == [[VICTIM]] * 10


def test_a_first_mail_that_was_dropped_is_still_the_first_one(
    asked: Callable[[str], bool], clock: Any
) -> None:
    for number in range(8):
        asked(f"user{number}")
    for _ in range(3):
        assert not asked("owner")
    clock.shift(3600)
    assert asked("owner")


def test_a_confirmation_that_fails_is_given_back(
    asked: Callable[[str], bool], monkeypatch: pytest.MonkeyPatch, mailoutbox: Mails
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("accounts.mail.texts.deliver", Mock(side_effect=NotSentError("away")))
        for number in range(9):
            assert not asked(f"user{number}")
    assert [asked(f"other{number}") for number in range(9)] == [True] * 8 + [False]


def test_null_removes_the_address_at_once(
    client: ConformingClient, ada: User, mailoutbox: Mails
) -> None:
    response = ask(client, None)
    assert (response.status_code, response.content) == (204, b"")
    assert stored(ada) == (None, None)
    (notice,) = mailoutbox
    assert notice.to == ["ada@example.org"]
    assert notice.subject == "Your address was removed – Bookstore"
    # No second notice is sent.
    assert ask(client, None).status_code == 204
    assert len(mailoutbox) == 1


def test_a_first_address_is_confirmed_and_nobody_is_told(
    bob: User, client_of: Callable[[User], ConformingClient], mailoutbox: Mails
) -> None:
    client = client_of(bob)
    assert ask(client).status_code == 202
    assert confirm(client, token_in(mailoutbox[0])).status_code == 204
    assert stored(bob) == (NEW, NEW)
    assert len(mailoutbox) == 1


@pytest.mark.parametrize("email", [NEW, None, "bob@example.org"])
def test_a_wrong_password_is_403_before_anything_else(
    client: ConformingClient, ada: User, bob: User, mailoutbox: Mails, email: str | None
) -> None:
    User.objects.filter(pk=bob.pk).update(email="bob@example.org", email_key="bob@example.org")
    response = ask(client, email, "wrong")
    assert response.status_code == 403
    assert response.json()["code"] == "wrong_password"
    assert stored(ada)[0] == "ada@example.org"
    assert mailoutbox == []
    assert [event.kind for event in AuthEvent.objects.all()] == ["password_wrong"]


@pytest.mark.parametrize("missing", ["email", "current_password"])
def test_what_is_missing_is_400(client: ConformingClient, missing: str) -> None:
    body = {"email": NEW, "current_password": PASSWORD}
    del body[missing]
    response = client.post(EMAIL, body)
    assert response.status_code == 400
    assert field_codes(response) == {(f"#/{missing}", "required")}


def test_a_confirmation_without_a_token_is_400(client: ConformingClient) -> None:
    response = client.post(CONFIRM, {})
    assert response.status_code == 400
    assert field_codes(response) == {("#/token", "required")}


def test_an_address_of_another_account_is_409(
    client: ConformingClient, make_user: Callable[..., User], mailoutbox: Mails
) -> None:
    make_user("grace", email=NEW)
    response = ask(client, NEW.upper())
    assert response.status_code == 409
    assert response.json()["code"] == "email_taken"
    assert mailoutbox == []


def test_an_address_that_was_taken_meanwhile_is_409(
    client: ConformingClient, ada: User, make_user: Callable[..., User]
) -> None:
    token = email_token(ada, NEW)
    make_user("grace", email=NEW)
    response = confirm(client, token)
    assert response.status_code == 409
    assert response.json()["code"] == "email_taken"
    assert stored(ada)[0] == "ada@example.org"


def test_a_token_is_good_for_once_and_void_once_another_is_used(
    client: ConformingClient, ada: User
) -> None:
    first, second = email_token(ada, NEW), email_token(ada, "other@example.org")
    assert confirm(client, first).status_code == 204
    assert refused(confirm(client, first)) == refused(confirm(client, second))
    assert stored(ada)[0] == NEW


def test_only_the_account_that_asked_can_confirm(
    ada: User, bob: User, client_of: Callable[[User], ConformingClient]
) -> None:
    refused(confirm(client_of(bob), email_token(ada, NEW)))
    assert stored(bob) == (None, None)
    assert stored(ada)[0] == "ada@example.org"


def test_a_token_is_void_once_all_sessions_have_ended(
    ada: User, client_of: Callable[[User], ConformingClient]
) -> None:
    token = email_token(ada, NEW)
    User.objects.filter(pk=ada.pk).update(session_epoch=F("session_epoch") + 1)
    ada.refresh_from_db()
    refused(confirm(client_of(ada), token))


@pytest.mark.parametrize(("seconds", "status"), [(3600, 204), (3601, 403)])
def test_a_token_is_good_for_an_hour(
    seconds: int,
    status: int,
    client: ConformingClient,
    ada: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 1_800_000_000
    monkeypatch.setattr(signing, "time", SimpleNamespace(time=lambda: now))
    token = email_token(ada, NEW)
    monkeypatch.setattr(signing, "time", SimpleNamespace(time=lambda: now + seconds))
    assert confirm(client, token).status_code == status


def test_a_made_up_token_is_403(client: ConformingClient, ada: User) -> None:
    token = email_token(ada, NEW)
    payload, made_at, signature = token.split(":")
    made_up = ["x", "x:y:z", token[:-1], f".{token}", f"{payload}:zzzzzz:{signature}", "é" * 40]
    answers = [refused(confirm(client, each)) for each in [*made_up, f"{payload}:{made_at}"]]
    assert all(answer == answers[0] for answer in answers)
    assert stored(ada)[0] == "ada@example.org"


@pytest.mark.parametrize("path", [EMAIL, CONFIRM])
def test_a_stranger_gets_401(path: str, anonymous: ConformingClient) -> None:
    assert anonymous.post(path, {}).status_code == 401


def test_what_happens_is_on_the_record_without_an_address(
    client: ConformingClient, ada: User, mailoutbox: Mails
) -> None:
    ask(client)
    confirm(client, token_in(mailoutbox[0]))
    ask(client, None)
    events = AuthEvent.objects.order_by("id").values_list(
        "kind", "detail", "actor_name", "subject_name"
    )
    assert list(events) == [
        ("email_change_requested", "", "ada", "ada"),
        ("email_changed", "", "ada", "ada"),
        ("email_changed", "removed", "ada", "ada"),
    ]


def test_one_account_sends_a_limited_number_of_mails(
    client: ConformingClient, settings: Any, mailoutbox: Mails
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "reset-mail": (2, 3600)}
    answers = [ask(client, f"{number}@example.org") for number in range(3)]
    assert [answer.status_code for answer in answers] == [202, 202, 429]
    assert '"reset-mail";r=1;' in answers[0].headers["RateLimit"]
    assert 0 < int(answers[2].headers["Retry-After"]) <= 3600
    assert len(mailoutbox) == 2
    # Requests of strangers have a counter of their own.
    assert (
        ConformingClient()
        .post("/api/v1/auth/password-reset", {"email": "ada@example.org"})
        .status_code
        == 202
    )
    assert len(mailoutbox) == 3


@pytest.mark.parametrize("email", [NEW, None])
def test_nothing_changes_once_all_sessions_have_ended(
    client: ConformingClient,
    ada: User,
    mailoutbox: Mails,
    monkeypatch: pytest.MonkeyPatch,
    email: str | None,
) -> None:
    """The user's sessions are ended while the password is being checked."""

    def ended_first(*args: Any) -> None:
        User.objects.filter(pk=ada.pk).update(session_epoch=F("session_epoch") + 1)

    monkeypatch.setattr("accounts.api.views.emails.reauthenticate", ended_first)
    response = ask(client, email)
    assert response.status_code == 401
    assert response.json()["code"] == "token_invalid"
    assert stored(ada)[0] == "ada@example.org"
    assert mailoutbox == []
