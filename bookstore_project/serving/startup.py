"""What must be right before a server answers its first request."""

from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured

# The tag of Django's system checks that are run here. manage.py runs all of them by itself.
STARTUP = "startup"


def require_startup_checks() -> None:
    """Raise ImproperlyConfigured with everything that the checks find wrong."""
    errors = [message.msg for message in run_checks(tags=[STARTUP]) if message.is_serious()]
    if errors:
        raise ImproperlyConfigured(" ".join(errors))
