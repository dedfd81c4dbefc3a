"""The proof of a second factor by the user of a browser.

It is in the row of the sign-in. Unlike a token, the cookie of a browser does not say when its user
proved a factor: instead, each proof gives the session another key.
"""

from collections.abc import Sequence

from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.utils import timezone

from accounts.models.session import SEVERAL_FACTORS
from accounts.origins import Origin
from accounts.services.browser_use import login_of
from accounts.services.step_up import FRESH_FOR, proof_store, stepped_up_record


def browser_step_up(session: SessionBase, *, methods: Sequence[str], origin: Origin) -> None:
    """Store a proof in the row of a browser's sign-in, and give its session another key.

    A cookie that was stolen before is then of no session (OWASP ASVS 5.0, 7.2.4).

    Args:
        session: the session of somebody who is signed in.
        methods: the RFC 8176 methods of the factor.

    Raises SessionEndedError if the sign-in ended meanwhile.
    """
    login = login_of(session)
    assert login is not None  # noqa: S101  # the row of somebody who is signed in
    with transaction.atomic():
        proof_store(login, methods=methods)
        session.cycle_key()
        stepped_up_record(login.user, origin=origin)


def has_fresh_factor(session: SessionBase) -> bool:
    """Return whether the user proved a second factor within the last five minutes."""
    login = login_of(session)
    if login is None or SEVERAL_FACTORS not in login.methods:
        return False
    return timezone.now() - login.proved_at <= FRESH_FOR
