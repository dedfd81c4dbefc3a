"""Clear away what is no longer of use; for a daily timer."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts.models import AuthEvent, LoginSession


class Command(BaseCommand):
    help = "Remove login sessions that have expired, and events older than AUTH_EVENT_DAYS."

    def handle(self, *args: Any, **options: Any) -> None:
        sessions, _ = LoginSession.objects.expired().delete()
        oldest = timezone.now() - timedelta(days=settings.AUTH_EVENT_DAYS)
        events, _ = AuthEvent.objects.filter(at__lt=oldest).delete()
        self.stdout.write(f"Removed {sessions} expired sessions and {events} old events.")
