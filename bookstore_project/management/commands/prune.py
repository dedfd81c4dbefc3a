"""Delete expired rows of all apps; for a daily timer."""

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand

from bookstore_project.serving.pruning import Prunable


class Command(BaseCommand):
    help = (
        "Remove expired sessions, networks without a sign-in for 30 days, events older than "
        "AUTH_EVENT_DAYS, names given up more than 30 days ago, mails that could not be sent for a "
        "day, the remaining rows of deleted accounts, responses stored for an Idempotency-Key more "
        "than a day ago, and deletions in the feed of changes older than FEED_DAYS. Complete the "
        "names that a server of an earlier release has stored since the last upgrade."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        for app in apps.get_app_configs():
            if isinstance(app, Prunable):
                self.stdout.write(app.prune())
