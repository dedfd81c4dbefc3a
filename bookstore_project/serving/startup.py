"""Checks that must pass before a server answers its first request."""

from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured

# The tag of the system checks that run here. manage.py runs all system checks by itself.
STARTUP = "startup"


def require_startup_checks() -> None:
    """Raise ImproperlyConfigured with the messages of all checks that fail."""
    errors = [message.msg for message in run_checks(tags=[STARTUP]) if message.is_serious()]
    if errors:
        raise ImproperlyConfigured(" ".join(errors))
