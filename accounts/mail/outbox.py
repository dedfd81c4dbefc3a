"""The thread of a server process that sends mails, so that no response waits for one.

It sends from the queue in the database, not from memory. It reads the queue when the process
starts, when this process has added a mail, and at intervals for the mails of other processes.
"""

from contextlib import AbstractContextManager

from django.db import transaction

from bookstore_project.serving.background import BackgroundWorker, Work

# The end of the process waits until a mail in progress is recorded as sent.
_outbox = BackgroundWorker(name="outbox", complaint="Mails can't be sent now: %s. They wait.")


def start(work: Work) -> None:
    """Start the thread, which calls `work`: see BackgroundWorker.start."""
    _outbox.start(work)


def wake() -> None:
    """Wake the thread as soon as the current transaction is committed."""
    transaction.on_commit(_outbox.wake)


def is_stopping() -> bool:
    """Return whether this process is ending, so that no further mail may be started."""
    return _outbox.is_stopping


def finished_before_exit() -> AbstractContextManager[None]:
    """Return a context that the end of this process waits for."""
    return _outbox.finished_before_exit()
