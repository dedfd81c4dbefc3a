"""Mails are queued in the transaction that causes them, and sent from the queue."""

import logging
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.cache import cache
from django.core.mail import EmailMessage
from django.core.management import call_command
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from accounts.mail import outbox, queue, sender, texts
from accounts.mail.counts import mail_count
from accounts.mail.delivery import NotSentError, RefusedError, ServerAwayError
from accounts.mail.endings import mail_give_up
from accounts.mail.sender import Outcome, queue_send
from accounts.models import AuthEvent, MailKind, QueuedMail, User
from accounts.models.mail import LEASE, pause_after
from accounts.origins import Origin
from accounts.services.email_change import email_change_request, email_remove
from accounts.services.email_confirmation import email_confirm, email_token
from conftest import PASSWORD
from tests.client import ConformingClient

from .test_email_change import NEW, token_in
from .test_email_change import confirm as confirm_email
from .test_password_reset import ask, confirm

pytestmark = pytest.mark.django_db

EMAIL = "/api/v1/users/me/email"
DAY = timedelta(days=1)

Mails = list[EmailMessage]


@pytest.fixture(autouse=True)
def mails_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave mails in the queue until the test sends them."""
    monkeypatch.setattr(outbox, "wake", lambda: None)
    monkeypatch.setattr(sender, "_unnoted", [])


@pytest.fixture
def client(ada: User, client_of: Callable[[User], ConformingClient]) -> ConformingClient:
    client = client_of(ada)
    AuthEvent.objects.all().delete()
    return client


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[Exception | None], None]:
    """Let every delivery fail with an error of delivery.py; with None, let it succeed again."""

    def fail(error: Exception | None) -> None:
        with monkeypatch.context() as patch:
            patch.setattr("accounts.mail.texts.deliver", _raising(error))
            queue_send()

    return fail


def _raising(error: Exception | None) -> Callable[[EmailMessage], None]:
    def deliver(message: EmailMessage) -> None:
        if error is not None:
            raise error

    return deliver


def ask_for_address(client: ConformingClient, email: str = NEW) -> Any:
    return client.post(EMAIL, {"email": email, "current_password": PASSWORD})


def move_all(**times: timedelta) -> None:
    """Move the times of all queued mails into the past."""
    QueuedMail.objects.update(**{name: F(name) - time for name, time in times.items()})


def events() -> list[tuple[str, str]]:
    return list(AuthEvent.objects.order_by("id").values_list("kind", "detail"))


# --- The row -------------------------------------------------------------------------------------


def test_a_request_for_a_new_password_is_a_row_without_account_and_token(ada: User) -> None:
    device = {"REMOTE_ADDR": "203.0.113.7", "HTTP_USER_AGENT": "shop/1.0"}
    assert ask("ADA@example.org", HTTP_X_REQUEST_ID="req-1", **device).status_code == 202
    row: dict[str, Any]
    (row,) = [{**values} for values in QueuedMail.objects.values()]
    assert row.pop("created_at") is not None
    assert row.pop("due_at") is not None
    assert row == {
        "id": row["id"],
        "kind": "reset",
        "event_kind": "",
        "account_id": None,
        "address": "ADA@example.org",
        "session_epoch": None,
        "email_version": None,
        "client_address": "203.0.113.7",
        "user_agent": "shop/1.0",
        "request_id": "req-1",
        "leased_until": None,
        "attempts": 0,
        "is_counted": False,
    }


def test_a_confirmation_and_a_notice_are_rows_without_token_and_text(
    client: ConformingClient, ada: User
) -> None:
    assert ask_for_address(client).status_code == 202
    assert client.post(EMAIL, {"email": None, "current_password": PASSWORD}).status_code == 204
    rows = QueuedMail.objects.order_by("id").values_list(
        "kind", "account_id", "address", "session_epoch", "email_version", "user_agent"
    )
    assert list(rows) == [
        ("confirmation", ada.public_id, NEW, 0, 0, ""),
        ("removed", ada.public_id, "ada@example.org", None, None, ""),
    ]


@pytest.mark.parametrize("kind", ["reset", "confirmation", "removed"])
def test_a_mail_is_queued_if_and_only_if_its_cause_is_stored(kind: str, ada: User) -> None:
    causes: dict[str, Callable[[], None]] = {
        "reset": lambda: queue.reset_mail_queue(email="ada@example.org", origin=Origin()),
        "confirmation": lambda: email_change_request(user=ada, email=NEW, origin=Origin()),
        "removed": lambda: email_remove(user=ada, origin=Origin()),
    }
    with transaction.atomic():
        causes[kind]()
        assert QueuedMail.objects.get().kind == kind
        transaction.set_rollback(True)
    assert not QueuedMail.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "advertisement"},
        {"address": ""},
        {"kind": MailKind.REMOVED},
        {"kind": MailKind.CONFIRMATION, "account_id": "0" * 32},
        {"session_epoch": 1, "email_version": 1},
        {"kind": MailKind.CHANGED, "account_id": "0" * 32, "user_agent": "shop/1.0"},
        {"kind": MailKind.CHANGED, "account_id": "0" * 32, "client_address": "203.0.113.7"},
    ],
)
def test_the_database_refuses_a_row_that_makes_no_sense(wrong: dict[str, Any]) -> None:
    fields = {"kind": MailKind.RESET, "address": "ada@example.org", **wrong}
    with pytest.raises(IntegrityError), transaction.atomic():
        QueuedMail.objects.create(**fields)


def test_a_row_does_not_print_its_address() -> None:
    mail = QueuedMail(kind=MailKind.RESET, address="ada@example.org")
    assert str(mail) == "password reset, attempt 0"


def test_asking_runs_the_same_statements_for_every_address(ada: User) -> None:
    without_password = User.objects.create_user("eve", email="eve@example.org")
    addresses = ["ada@example.org", "nobody@example.org", str(without_password.email)]
    statements = []
    for address in addresses:
        with CaptureQueriesContext(connection) as queries:
            assert ask(address).status_code == 202
        # On PostgreSQL the statement contains the values; both times are the database's.
        statements.append([query["sql"].replace(address, "ADDRESS") for query in queries])
        QueuedMail.objects.all().delete()
    for each in statements:
        assert [sql.split()[0] for sql in each] == ["SELECT", "INSERT"]
        assert not any("accounts_user" in sql for sql in each)


def test_strangers_do_not_fill_the_table_and_are_not_told(
    ada: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(queue, "MAXIMUM_UNRESOLVED", 2)
    addresses = ["nobody@example.org", "none@example.org", "ada@example.org", "other@example.org"]
    answers = [ask(address) for address in addresses]
    assert {(answer.status_code, answer.content) for answer in answers} == {(202, b"{}")}
    assert len({frozenset(answer.headers) for answer in answers}) == 1
    assert QueuedMail.objects.count() == 2
    dropped = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert len(dropped) == 2
    assert not any(address in caplog.text for address in addresses)


def test_what_waits_for_a_mail_server_is_not_in_the_way_of_others(
    ada: User,
    make_user: Callable[..., User],
    monkeypatch: pytest.MonkeyPatch,
    failing: Callable[[Exception | None], None],
) -> None:
    monkeypatch.setattr(queue, "MAXIMUM_UNRESOLVED", 2)
    make_user("grace", email="grace@example.org")
    for _ in range(3):
        for email in ("ada@example.org", "nobody@example.org"):
            ask(email)
        failing(ServerAwayError("ConnectionRefusedError"))
    # Resets of unknown addresses are removed, and those of one account are merged.
    assert [mail.account_id for mail in QueuedMail.objects.all()] == [ada.public_id]
    ask("grace@example.org")
    assert QueuedMail.objects.count() == 2


# --- Sending -------------------------------------------------------------------------------------


def test_a_mail_that_was_sent_leaves_no_row_and_is_on_the_record(
    ada: User, mailoutbox: Mails
) -> None:
    ask(HTTP_X_REQUEST_ID="req-1", REMOTE_ADDR="203.0.113.7")
    move_all(created_at=timedelta(hours=2))
    asked_at = QueuedMail.objects.get().created_at
    assert events() == []
    assert queue_send() == Counter({Outcome.SENT: 1, Outcome.GIVEN_UP: 0})
    assert [mail.to for mail in mailoutbox] == [["ada@example.org"]]
    assert not QueuedMail.objects.exists()
    (event,) = AuthEvent.objects.all()
    assert (event.kind, event.subject_id) == ("password_reset_requested", ada.public_id)
    assert (event.request_id, event.address) == ("req-1", "203.0.113.7")
    assert event.at == asked_at


def test_a_token_is_good_for_an_hour_from_when_it_is_sent(
    client: ConformingClient, ada: User, mailoutbox: Mails
) -> None:
    ask()
    ask_for_address(client)
    move_all(created_at=timedelta(hours=20), due_at=timedelta(hours=1))
    queue_send()
    tokens = {mail.to[0]: token_in(mail) for mail in mailoutbox}
    assert confirm_email(client, tokens[NEW]).status_code == 204
    # The account has changed, so that the reset's token is void.
    assert confirm(tokens["ada@example.org"]).status_code == 403


def test_a_mail_that_is_not_due_waits(ada: User, mailoutbox: Mails) -> None:
    ask()
    QueuedMail.objects.update(due_at=Now() + timedelta(minutes=1))
    queue_send()
    assert mailoutbox == []
    move_all(due_at=timedelta(minutes=2))
    queue_send()
    assert len(mailoutbox) == 1


def test_of_two_senders_one_gets_a_mail(ada: User) -> None:
    ask()
    first, second = QueuedMail.objects.due().get(), QueuedMail.objects.due().get()
    assert QueuedMail.objects.lease(first)
    assert not QueuedMail.objects.lease(second)
    assert not QueuedMail.objects.due().exists()
    # Another sender has the row: no outcome of an older attempt is stored.
    assert not QueuedMail.objects.of_attempt(second).exists()
    assert QueuedMail.objects.of_attempt(first).exists()


def test_a_mail_of_a_sender_that_was_killed_is_sent_when_its_lease_has_ended(
    ada: User, mailoutbox: Mails
) -> None:
    ask()
    assert QueuedMail.objects.lease(QueuedMail.objects.get())
    for is_everything in (False, True):
        queue_send(is_everything=is_everything)
    assert mailoutbox == []
    move_all(leased_until=LEASE)
    queue_send()
    assert len(mailoutbox) == 1


def test_a_lease_outlasts_a_conversation_with_a_mail_server(settings: Any) -> None:
    # The connection, EHLO, STARTTLS, EHLO, AUTH (three), MAIL, RCPT, DATA, the text, QUIT.
    assert LEASE.total_seconds() >= 2 * 12 * settings.EMAIL_TIMEOUT


def test_a_server_that_stops_begins_no_other_mail(
    ada: User, mailoutbox: Mails, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask()
    monkeypatch.setattr(outbox, "is_stopping", lambda: True)
    assert queue_send() == Counter({Outcome.GIVEN_UP: 0})
    assert (len(mailoutbox), QueuedMail.objects.get().attempts) == (0, 0)


# --- Void mails -----------------------------------------------------------------------------------


def deactivated(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def deleted(user: User) -> None:
    user.delete()


def another_address(user: User) -> None:
    user.refresh_from_db()
    user.email = "ada.new@example.org"
    user.save(update_fields=["email"])


def confirmed_already(user: User) -> None:
    user.refresh_from_db()
    email_confirm(token=email_token(user, NEW), origin=Origin())


def sessions_ended(user: User) -> None:
    User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)


def no_password(user: User) -> None:
    user.set_unusable_password()
    user.save()


VOID = {
    "reset": (deactivated, deleted, another_address, no_password),
    "confirmation": (deactivated, deleted, another_address, confirmed_already, sessions_ended),
}


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        (f"{kind}{tried}", change)
        for kind, changes in VOID.items()
        for change in changes
        for tried in ("", ", tried")
    ],
)
def test_a_mail_whose_cause_is_void_is_dropped(
    kind: str,
    change: Callable[[User], None],
    ada: User,
    mailoutbox: Mails,
    failing: Callable[[Exception | None], None],
) -> None:
    was_tried = kind.endswith("tried")
    kind = kind.partition(",")[0]
    if kind == "reset":
        ask()
    else:
        email_change_request(user=ada, email=NEW, origin=Origin())
    if was_tried:
        failing(NotSentError("SMTPSenderRefused 451"))
    change(ada)
    AuthEvent.objects.all().delete()
    QueuedMail.objects.exclude(kind=kind).delete()
    move_all(due_at=timedelta(hours=1))
    assert queue_send()[Outcome.DROPPED] == 1
    assert mailoutbox == []
    assert not QueuedMail.objects.exists()
    assert events() == []


def test_a_request_that_was_looked_up_is_of_that_account_alone(
    ada: User,
    make_user: Callable[..., User],
    mailoutbox: Mails,
    failing: Callable[[Exception | None], None],
) -> None:
    ask()
    failing(NotSentError("SMTPSenderRefused 451"))
    another_address(ada)
    make_user("grace", email="ada@example.org")
    move_all(due_at=timedelta(hours=1))
    assert queue_send()[Outcome.DROPPED] == 1
    assert mailoutbox == []


@pytest.mark.parametrize("change", [None, deactivated, deleted])
def test_a_notice_goes_out_even_if_a_thief_ends_the_account(
    change: Callable[[User], None] | None, ada: User, mailoutbox: Mails
) -> None:
    email_remove(user=ada, origin=Origin())
    if change is not None:
        change(ada)
    queue_send()
    assert [mail.to for mail in mailoutbox] == [["ada@example.org"]]


def test_a_notice_that_is_not_true_any_more_is_dropped(ada: User, mailoutbox: Mails) -> None:
    email_remove(user=ada, origin=Origin())
    confirmed = email_token(ada, "Ada@example.org")
    email_confirm(token=confirmed, origin=Origin())
    assert queue_send()[Outcome.DROPPED] == 1
    assert mailoutbox == []


# --- Failures -------------------------------------------------------------------------------------


def test_pauses_grow_to_a_quarter_of_an_hour() -> None:
    minutes = [pause_after(attempts).total_seconds() / 60 for attempts in (1, 2, 3, 4, 5, 6, 5_000)]
    assert minutes == [1, 2, 4, 8, 15, 15, 15]


@pytest.mark.parametrize(
    "error", [ServerAwayError("TimeoutError"), NotSentError("SMTPSenderRefused 451")]
)
def test_a_mail_that_fails_is_tried_again_after_a_pause(
    error: Exception,
    ada: User,
    mailoutbox: Mails,
    failing: Callable[[Exception | None], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    ask(HTTP_X_REQUEST_ID="req-1")
    for minutes in (1, 2, 4, 8, 15, 15):
        failing(error)
        mail = QueuedMail.objects.get()
        pauses = QueuedMail.objects.annotate(pause=F("due_at") - Now()).values_list("pause")
        ((pause,),) = pauses
        assert minutes * 60 - 30 < pause.total_seconds() <= minutes * 60
        assert (mail.leased_until, mail.is_counted) == (None, False)
        # Before its time nothing is tried.
        failing(ZeroDivisionError())
        move_all(due_at=timedelta(minutes=minutes))
    # No event is recorded before the mail is sent.
    assert events() == []
    assert queue_send()[Outcome.SENT] == 1
    assert len(mailoutbox) == 1
    assert events() == [("password_reset_requested", "")]
    warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert warnings[1].getMessage() == (
        f"Not sent: password reset, attempt 2: {error}. Next attempt in 2 minutes."
    )
    assert warnings[1].__dict__["request_id"] == "req-1"


def test_a_mistake_in_our_code_stops_no_other_mail(
    ada: User,
    make_user: Callable[..., User],
    mailoutbox: Mails,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    make_user("grace", email="grace@example.org")
    ask()
    ask("grace@example.org")
    send = texts.reset_mail_send

    def fail(*, user: User, token: str) -> None:
        if user == ada:
            raise ValueError(user.email, token)
        send(user=user, token=token)

    monkeypatch.setattr(texts, "reset_mail_send", fail)
    assert queue_send() == Counter({Outcome.PUT_OFF: 1, Outcome.SENT: 1, Outcome.GIVEN_UP: 0})
    assert [mail.to for mail in mailoutbox] == [["grace@example.org"]]
    assert "attempt 1: ValueError at " in caplog.text
    assert "ada@example.org" not in caplog.text


def test_once_the_mail_server_is_away_no_other_mail_is_tried(
    ada: User, make_user: Callable[..., User], monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[list[str]] = []

    def away(message: EmailMessage) -> None:
        tried.append(message.to)
        raise ServerAwayError("TimeoutError")

    monkeypatch.setattr("accounts.mail.texts.deliver", away)
    make_user("grace", email="grace@example.org")
    email_change_request(user=ada, email=NEW, origin=Origin())
    email_remove(user=ada, origin=Origin())
    for email in ("grace@example.org", "nobody@example.org"):
        ask(email)
    outcomes = queue_send()
    assert outcomes == Counter({Outcome.PUT_OFF: 2, Outcome.DROPPED: 2, Outcome.GIVEN_UP: 0})
    assert len(tried) == 1
    assert queue_send(is_everything=True)[Outcome.PUT_OFF] == 1
    assert len(tried) == 2


def test_one_request_of_an_account_waits_however_often_it_asked(
    ada: User, mailoutbox: Mails, failing: Callable[[Exception | None], None]
) -> None:
    for number in range(4):
        ask(REMOTE_ADDR=f"203.0.113.{number}")
        failing(NotSentError("SMTPSenderRefused 451"))
        assert QueuedMail.objects.get().client_address == f"203.0.113.{number}"
    ask(REMOTE_ADDR="203.0.113.9")
    queue_send()
    assert len(mailoutbox) == 1
    assert not QueuedMail.objects.exists()
    assert [event.address for event in AuthEvent.objects.all()] == ["203.0.113.9"]


def test_what_fails_is_not_counted_and_what_arrives_is_counted_once(
    ada: User,
    mailoutbox: Mails,
    settings: Any,
    failing: Callable[[Exception | None], None],
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "reset-mail": (2, 3600)}
    ask()
    for _ in range(5):
        failing(NotSentError("SMTPSenderRefused 451"))
        move_all(due_at=timedelta(hours=1))
    queue_send()
    for _ in range(2):
        ask()
        queue_send()
    assert len(mailoutbox) == 2


def test_a_mail_of_a_killed_sender_is_not_counted_twice(
    ada: User, mailoutbox: Mails, settings: Any
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "reset-mail": (1, 3600)}
    ask()
    # The sender is killed after it has counted the mail.
    QueuedMail.objects.lease(QueuedMail.objects.get())
    mail_count("reset", "ada@example.org")
    move_all(leased_until=LEASE)
    queue_send()
    assert len(mailoutbox) == 1


def test_a_failure_after_that_is_not_counted_twice_either(
    ada: User, settings: Any, mailoutbox: Mails, failing: Callable[[Exception | None], None]
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "reset-mail": (1, 3600)}
    ask()
    QueuedMail.objects.lease(QueuedMail.objects.get())
    mail_count("reset", "ada@example.org")
    move_all(leased_until=LEASE)
    failing(NotSentError("SMTPSenderRefused 451"))
    move_all(due_at=timedelta(hours=1))
    queue_send()
    assert len(mailoutbox) == 1


@pytest.mark.parametrize("broken", ["take", "give_back"])
def test_mails_wait_while_limits_can_not_be_counted(
    broken: str, ada: User, mailoutbox: Mails, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: Any, **kwargs: Any) -> None:
        raise ConnectionError

    ask()
    with monkeypatch.context() as patch:
        if broken == "take":
            patch.setattr(cache, "incr", away)
        else:
            patch.setattr(cache, "decr", away)
            patch.setattr("accounts.mail.texts.deliver", _raising(NotSentError("451")))
        assert queue_send()[Outcome.PUT_OFF] == 1
    # A use that could not be given back counts for the next attempt.
    assert QueuedMail.objects.get().is_counted == (broken == "give_back")
    move_all(due_at=timedelta(hours=1))
    queue_send()
    assert len(mailoutbox) == 1


@pytest.mark.parametrize("kind", ["reset", "confirmation", "removed"])
def test_a_mail_that_failed_for_a_day_is_given_up(
    kind: str,
    client: ConformingClient,
    ada: User,
    failing: Callable[[Exception | None], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    causes: dict[str, Callable[[], Any]] = {
        "reset": ask,
        "confirmation": lambda: ask_for_address(client),
        "removed": lambda: client.post(EMAIL, {"email": None, "current_password": PASSWORD}),
    }
    causes[kind]()
    failing(NotSentError("SMTPSenderRefused 451"))
    move_all(created_at=DAY - timedelta(minutes=1))
    failing(NotSentError("SMTPSenderRefused 451"))
    assert QueuedMail.objects.get().kind == kind
    move_all(created_at=timedelta(minutes=1))
    AuthEvent.objects.all().delete()
    caplog.clear()

    assert queue_send() == Counter({Outcome.GIVEN_UP: 1})

    assert not QueuedMail.objects.exists()
    asked = [("password_reset_requested", "")] if kind == "reset" else []
    label = MailKind(kind).label
    assert events() == [*asked, ("mail_failed", label)]
    assert {event.subject_id for event in AuthEvent.objects.all()} == {ada.public_id}
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert record.getMessage() == f"Given up: {label}, attempt 1: it has waited for a day."
    assert client.get("/api/v1/users/me/events").json()["results"][0]["kind"] == "mail_failed"


def test_a_refused_recipient_is_given_up_at_once(
    client: ConformingClient, ada: User, failing: Callable[[Exception | None], None]
) -> None:
    ask()
    ask_for_address(client)
    failing(RefusedError("SMTPRecipientsRefused 550"))
    assert not QueuedMail.objects.exists()
    assert events() == [
        ("email_change_requested", ""),
        ("password_reset_requested", ""),
        ("mail_failed", "password reset"),
        ("mail_failed", "confirmation of an address"),
    ]


def test_a_notice_of_a_deleted_account_is_given_up_without_an_event(
    ada: User, failing: Callable[[Exception | None], None]
) -> None:
    email_remove(user=ada, origin=Origin())
    ada.delete()
    AuthEvent.objects.all().delete()
    failing(RefusedError("SMTPRecipientsRefused 550"))
    assert not QueuedMail.objects.exists()
    assert events() == []


def test_of_two_that_give_a_mail_up_one_records_it(ada: User) -> None:
    email_remove(user=ada, origin=Origin())
    AuthEvent.objects.all().delete()
    mail = QueuedMail.objects.get()
    for _ in range(2):
        mail_give_up(mail, account=ada, reason="it has waited for a day")
    assert events() == [("mail_failed", "notice of a removed address")]


def test_a_mail_is_not_sent_again_while_the_database_can_not_be_told(
    ada: User, mailoutbox: Mails, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask()

    def away(*args: Any, **kwargs: Any) -> None:
        raise OperationalError

    with monkeypatch.context() as patch:
        patch.setattr(sender, "mail_note_sent", away)
        for _ in range(2):
            with pytest.raises(OperationalError):
                queue_send()
    # Long enough for the lease to expire.
    move_all(leased_until=LEASE)
    assert queue_send() == Counter({Outcome.GIVEN_UP: 0})
    assert len(mailoutbox) == 1
    assert not QueuedMail.objects.exists()
    assert events() == [("password_reset_requested", "")]


def test_a_database_that_is_away_while_a_letter_is_made_leaves_the_mail(
    ada: User, mailoutbox: Mails, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask()

    def away(message: EmailMessage) -> None:
        raise OperationalError

    with monkeypatch.context() as patch:
        patch.setattr("accounts.mail.texts.deliver", away)
        with pytest.raises(OperationalError):
            queue_send()
    move_all(leased_until=LEASE)
    queue_send()
    assert len(mailoutbox) == 1


# --- The commands --------------------------------------------------------------------------------


def command(*arguments: str, name: str = "send_mail_queue") -> str:
    output = StringIO()
    call_command(name, *arguments, stdout=output)
    return output.getvalue()


def test_the_command_sends_what_is_due_and_with_now_everything(
    ada: User, make_user: Callable[..., User], mailoutbox: Mails
) -> None:
    for name in ("grace", "mary", "susan"):
        make_user(name, email=f"{name}@example.org")
        ask(f"{name}@example.org")
    ask("nobody@example.org")
    # Another sender has one, and the other waits for its next attempt.
    QueuedMail.objects.lease(QueuedMail.objects.get(address="mary@example.org"))
    QueuedMail.objects.filter(address="susan@example.org").update(due_at=Now() + DAY)
    assert command() == (
        "Mails: 1 sent, 1 dropped, 0 put off, 0 given up; 2 queued, 1 of them being sent.\n"
    )
    assert command("--now") == (
        "Mails: 1 sent, 0 dropped, 0 put off, 0 given up; 1 queued, 1 of them being sent.\n"
    )
    assert [mail.to[0] for mail in mailoutbox] == ["grace@example.org", "susan@example.org"]


def test_prune_clears_away_what_nobody_sent(ada: User) -> None:
    email_remove(user=ada, origin=Origin())
    for _ in range(2):
        ask("nobody@example.org")
    move_all(created_at=DAY)
    ask("nobody@example.org")
    AuthEvent.objects.all().delete()
    assert "\nGave up 3 mails that could not be sent.\n" in command(name="prune")
    assert QueuedMail.objects.count() == 1
    assert events() == [("mail_failed", "notice of a removed address")]
