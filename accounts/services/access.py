"""Which accounts an admin may act on."""

from typing import Any

from accounts.models import User


def may_act_on(actor: Any, subject: User) -> bool:
    """Return whether `actor`, who is an admin, may act on the account of `subject`.

    Nobody but a superuser acts on one: a plain admin could lock them out or take their account. The
    API and the Django admin, its forms and its actions, have this one rule.
    """
    return not subject.is_superuser or (isinstance(actor, User) and actor.is_superuser)
