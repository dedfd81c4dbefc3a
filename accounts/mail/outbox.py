"""The thread of a server process that sends mails, so that no answer waits for one.

It sends from a table (accounts/mail/), not from memory. It looks at the table when the process
starts, whenever this process has put a mail into it, and every so often for mails that another
process left.
"""

from contextlib import AbstractContextManager

from django.db import transaction

from bookstore_project.serving.background import BackgroundWorker, Work

# The one of this process. Its end waits for the mail that is being sent, to be noted as sent.
_outbox = BackgroundWorker(name="outbox", complaint="Mails can't be sent now: %s. They wait.")


def start(work: Work) -> None:
    """Have `work` called in this process from now on: see BackgroundWorker.start."""
    _outbox.start(work)


def wake() -> None:
    """Have the mails of the current transaction sent once it is committed."""
    transaction.on_commit(_outbox.wake)


def is_stopping() -> bool:
    """Return whether this process ends, so that no other mail should be begun."""
    return _outbox.is_stopping


def finished_before_exit() -> AbstractContextManager[None]:
    """Return a context whose end is waited for when this process ends."""
    return _outbox.finished_before_exit()
