"""Charges imports that take long to the limit of their user.

On SQLite imports take turns, so a file that takes long keeps others from importing.
"""

from accounts.models import User
from bookstore_project.http.rate_limits import charge_time

LIMIT = "import"
# Seconds of processor time that count as another import.
UNIT = 10


def charge(user: User, seconds: float) -> None:
    """Count one use of the limit for each UNIT of an import that is over."""
    charge_time(LIMIT, key=str(user.public_id), seconds=seconds, unit=UNIT)
