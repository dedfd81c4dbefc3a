"""The answers to a sign-in that needs a second factor, and to a wrong code."""

from typing import Any

from rest_framework.exceptions import AuthenticationFailed, PermissionDenied

from accounts.models import User
from accounts.origins import Origin
from accounts.services.factor_proofs import WrongFactorError, WrongPasskeyError
from accounts.services.factors import methods_of
from accounts.services.login_tickets import ticket_make
from accounts.services.passkey_checks import NOT_ACCEPTED
from bookstore_project.api.errors import ExtendedProblem

WRONG_CODE = "The code is wrong, was used before, or is too old."


class SecondFactorRequired(AuthenticationFailed, ExtendedProblem):
    """The password is right: 401 with a ticket for POST auth/token/second-factor."""

    default_detail = (
        "The password is right. Send a code of your second factor, or the answer of a passkey, "
        "with the ticket to /api/v1/auth/token/second-factor."
    )
    default_code = "second_factor_required"
    # RFC 6749 section 5.1 says so of tokens; a ticket is half a login.
    headers = {"Cache-Control": "no-store"}

    def __init__(self, **members: Any) -> None:
        super().__init__()
        self.members = members


class PasskeyRefused(AuthenticationFailed):
    """The answer of a passkey is refused, by a sign-in: 401."""

    default_detail = NOT_ACCEPTED
    default_code = "passkey_refused"


class PasskeyForbidden(PermissionDenied):
    """The answer of a passkey is refused, for somebody who is signed in: 403."""

    default_detail = NOT_ACCEPTED
    default_code = "passkey_refused"


def login_refusal(error: WrongFactorError) -> AuthenticationFailed:
    """Return the answer to a sign-in whose factor is wrong."""
    if isinstance(error, WrongPasskeyError):
        return PasskeyRefused(error.detail)
    return AuthenticationFailed(WRONG_CODE, code="wrong_code")


def step_up_refusal(error: WrongFactorError) -> PermissionDenied:
    """Return the answer to somebody who is signed in and whose factor is wrong."""
    if isinstance(error, WrongPasskeyError):
        return PasskeyForbidden(error.detail)
    return PermissionDenied(WRONG_CODE, code="wrong_code")


class InvalidTicket(AuthenticationFailed):
    """The ticket of a sign-in can't be used: 401."""

    default_detail = (
        "The ticket is not valid, was used, is older than five minutes, or is of another network. "
        "Sign in again."
    )
    default_code = "invalid_ticket"


def second_factor_required(user: User, *, origin: Origin) -> SecondFactorRequired:
    """Return the answer to the right password of a user with a factor, with a new ticket.

    Raises SessionEndedError if the account was deleted since `user` was read.
    """
    ticket, lifetime = ticket_make(user=user, origin=origin)
    return SecondFactorRequired(
        ticket=ticket, methods=methods_of(user), expires_in=int(lifetime.total_seconds())
    )
