"""The rule about which accounts an admin may act on."""

from typing import Any

from accounts.models import User


def may_act_on(actor: Any, subject: User) -> bool:
    """Return whether the admin `actor` may act on the account of `subject`.

    Only a superuser may act on a superuser: a plain admin could lock them out or take over their
    account. The API and the forms and actions of the Django admin all use this rule.
    """
    return not subject.is_superuser or (isinstance(actor, User) and actor.is_superuser)
