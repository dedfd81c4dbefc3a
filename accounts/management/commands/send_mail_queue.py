"""Sends the queued mails, from a timer, or by hand once a mail server is back."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from accounts.mail.sender import Outcome, queue_send
from accounts.models import QueuedMail


class Command(BaseCommand):
    help = (
        "Send the mails that are due. A server process does this by itself. The command is for "
        "installations without one, and for sending at once when a mail server is back. It may run "
        "while a server or another such command runs."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--now",
            action="store_true",
            help="Try every mail in the queue, including those whose next attempt is not due yet.",
        )

    def handle(self, *args: Any, now: bool, **options: Any) -> None:
        outcomes = queue_send(is_everything=now)
        waiting = QueuedMail.objects.count()
        leased = waiting - QueuedMail.objects.unleased().count()
        counts = ", ".join(f"{outcomes[outcome]} {outcome.value}" for outcome in Outcome)
        self.stdout.write(f"Mails: {counts}; {waiting} queued, {leased} of them being sent.")
