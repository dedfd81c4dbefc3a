"""Send the mails that wait; for a timer, or by hand once a mail server is back."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from accounts.mail.sender import Outcome, queue_send
from accounts.models import QueuedMail


class Command(BaseCommand):
    help = (
        "Send the mails that are due. A server does this by itself; the command is for those that "
        "have no server process, and for not waiting once a mail server is back. It may run beside "
        "a server and beside itself."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--now",
            action="store_true",
            help="Try every mail that waits, also those that failed and are to be tried later.",
        )

    def handle(self, *args: Any, now: bool, **options: Any) -> None:
        outcomes = queue_send(is_everything=now)
        waiting = QueuedMail.objects.count()
        leased = waiting - QueuedMail.objects.unleased().count()
        counts = ", ".join(f"{outcomes[outcome]} {outcome.value}" for outcome in Outcome)
        self.stdout.write(f"Mails: {counts}; {waiting} wait, {leased} of them at another sender.")
