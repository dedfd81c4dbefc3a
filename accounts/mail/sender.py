"""Sends queued mails. Any number of threads, processes and machines may do so at the same time.

One statement leases a mail before it is sent, and another removes it afterwards; no transaction or
lock is open during the conversation with the mail server. A mail that the server accepted is sent
again only if its sender is killed before it has recorded that.
"""

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from enum import Enum

from django import db

from accounts.models import QueuedMail, User
from accounts.models.mail import QueuedMailQuerySet
from bookstore_project.http.request_id import request_id_of
from bookstore_project.serving.background import described

from . import outbox
from .counts import MailCount
from .delivery import NotSentError, RefusedError, ServerAwayError
from .endings import mail_drop, mail_give_up, mail_note_sent, mail_put_off, old_mails_give_up
from .letters import Letter, letter_of

logger = logging.getLogger(__name__)

# Sent mails that could not be recorded because the database was away. Their rows are removed before
# other mails are sent.
_unnoted: list[tuple[QueuedMail, User | None]] = []


class Outcome(Enum):
    """The outcome of an attempt to send a mail."""

    SENT = "sent"
    DROPPED = "dropped"
    PUT_OFF = "put off"
    GIVEN_UP = "given up"


def queue_send(*, is_everything: bool = False) -> Counter[Outcome]:
    """Send the mails that are due, or all in the queue, and return the number of each outcome.

    Once the mail server is found to be away, no further mail is tried. The accounts of password
    resets are still looked up, so that requests for unknown addresses do not accumulate.

    Raises django.db.Error if the database is away; every other error becomes an outcome.
    """
    while _unnoted:
        mail, account = _unnoted[0]
        mail_note_sent(mail, account=account)
        del _unnoted[0]
    run = _Run(is_everything=is_everything)
    run.outcomes[Outcome.GIVEN_UP] += old_mails_give_up()
    for queued in run.mails():
        with outbox.finished_before_exit(), request_id_of(queued.request_id):
            if outbox.is_stopping():
                break
            if QueuedMail.objects.lease(queued):
                run.outcomes[run.attempt(queued)] += 1
    return run.outcomes


class _Run:
    """One pass over the queue."""

    def __init__(self, *, is_everything: bool) -> None:
        self._is_everything = is_everything
        self._is_away = False
        self.outcomes: Counter[Outcome] = Counter()

    def mails(self) -> Iterator[QueuedMail]:
        """Yield the mails to try, each once."""
        if not self._is_everything:
            # Read one at a time, because another sender may be working too.
            while (mail := self._tryable(QueuedMail.objects.due()).first()) is not None:
                yield mail
            return
        for pk in list(QueuedMail.objects.order_by("id").values_list("pk", flat=True)):
            yield from self._tryable(QueuedMail.objects.filter(pk=pk))

    def _tryable(self, mails: QueuedMailQuerySet) -> QueuedMailQuerySet:
        return mails.unresolved() if self._is_away else mails

    def attempt(self, mail: QueuedMail) -> Outcome:
        letter = letter_of(mail)
        if letter is None:
            mail_drop(mail)
            return Outcome.DROPPED
        if self._is_away:
            mail_put_off(mail, account=letter.account, is_counted=False)
            return Outcome.PUT_OFF
        return self._send(mail, letter)

    def _send(self, mail: QueuedMail, letter: Letter) -> Outcome:
        usage: MailCount | None = None
        try:
            # A mail that a killed sender has counted is not counted again.
            usage = None if mail.is_counted else letter.count()
            if usage is not None and usage.is_exceeded:
                mail_drop(mail)
                return Outcome.DROPPED
            letter.send()
        except db.Error:
            raise
        except RefusedError as error:
            mail_give_up(mail, account=letter.account, reason=str(error))
            return Outcome.GIVEN_UP
        except Exception as error:  # noqa: BLE001  # no error may stop the other mails
            self._is_away = isinstance(error, ServerAwayError)
            is_counted = mail.is_counted or not _is_given_back(usage)
            mail_put_off(
                mail, account=letter.account, is_counted=is_counted, reason=_described(error)
            )
            return Outcome.PUT_OFF
        try:
            mail_note_sent(mail, account=letter.account)
        except db.Error:
            _unnoted.append((mail, letter.account))
            raise
        return Outcome.SENT


def _is_given_back(usage: MailCount | None) -> bool:
    """Give back the use of a mail that was not sent, and return whether it is not counted now."""
    if usage is not None:
        with suppress(Exception):
            return usage.give_back()
        return False
    return True


def _described(error: Exception) -> str:
    """Return a description of an error that contains no address."""
    return str(error) if isinstance(error, NotSentError) else described(error)
