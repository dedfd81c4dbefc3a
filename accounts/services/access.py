"""The rules about what admins may do, and to which accounts."""

from typing import Any

from django.conf import settings

from accounts.models import User


class SuperuserSparedError(Exception):
    """A plain admin may not act on the account of a superuser."""


def may_act_on(actor: Any, subject: User) -> bool:
    """Return whether the admin `actor` may act on the account of `subject`.

    Only a superuser may act on a superuser: a plain admin could lock them out or take over their
    account. The API and the forms and actions of the Django admin all use this rule.
    """
    return not subject.is_superuser or (isinstance(actor, User) and actor.is_superuser)


def require_may_act_on(actor: User | None, subject: User) -> None:
    """Raise SuperuserSparedError unless may_act_on(). Without an actor, the operator acts.

    For a subject that is locked: the one that the request had read before its body arrived may
    have become a superuser since.
    """
    if actor is not None and not may_act_on(actor, subject):
        raise SuperuserSparedError


def needs_factor(user: Any) -> bool:
    """Return whether a user has to set up a second factor before anything else.

    That is an admin without one, with the setting REQUIRE_ADMIN_MFA. Editors need none: their flag
    reaches books alone, and every change of a book can be undone.
    """
    is_admin = isinstance(user, User) and user.admin
    return is_admin and settings.REQUIRE_ADMIN_MFA and not user.has_factor
