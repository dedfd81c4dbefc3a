"""Clear away what is no longer of use; for a daily timer."""

from typing import Any

from django.core.management.base import BaseCommand

from accounts.models import LoginSession


class Command(BaseCommand):
    help = "Remove login sessions that have expired."

    def handle(self, *args: Any, **options: Any) -> None:
        removed, _ = LoginSession.objects.expired().delete()
        self.stdout.write(f"Removed {removed} expired sessions.")
