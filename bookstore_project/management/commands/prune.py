"""Clear away what is no longer of use; for a daily timer."""

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand

from bookstore_project.serving.pruning import Prunable


class Command(BaseCommand):
    help = (
        "Remove login sessions that have expired, networks without a login for 30 days, events "
        "older than AUTH_EVENT_DAYS, names given up more than 30 days ago, mails that nobody sent "
        "for a day, what is left of deleted accounts, and answers kept for an Idempotency-Key of "
        "the day before."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        for app in apps.get_app_configs():
            if isinstance(app, Prunable):
                self.stdout.write(app.prune())
