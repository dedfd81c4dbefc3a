"""The second factor of a request, under the limits: of a login, and of a user who is signed in."""

from django.http import HttpRequest

from accounts.models import LoginSession, LoginTicket, User
from accounts.origins import Origin
from accounts.services.factors import WrongFactorError, factor_verify
from accounts.services.login_tickets import InvalidTicketError, ticket_use
from bookstore_project.errors import LimitExceededError
from bookstore_project.http.refusal import RefusedError

from .limits import begin_second_factor, proof_count


def ticket_redeem(
    request: HttpRequest,
    ticket: LoginTicket,
    *,
    code: str | None = None,
    recovery_code: str | None = None,
) -> tuple[str, ...]:
    """Use up the ticket of a login and a code, and return the methods of the login.

    The caller then signs the user of the ticket in. A wrong code counts as a failed login.

    Raises InvalidTicketError, WrongFactorError, LimitExceededError, and RefusedError as
    factor_verify() does.
    """
    attempt = begin_second_factor(request, ticket.user.name)
    try:
        methods = ticket_use(
            ticket,
            code=code,
            recovery_code=recovery_code,
            origin=Origin.of(request, actor=ticket.user),
        )
    except WrongFactorError:
        attempt.failed()
        raise
    except (InvalidTicketError, LimitExceededError, RefusedError):
        # No code was found wrong.
        attempt.succeeded()
        raise
    attempt.succeeded()
    return methods


def factor_prove(
    request: HttpRequest,
    *,
    user: User,
    session: LoginSession | None,
    code: str | None = None,
    recovery_code: str | None = None,
) -> tuple[str, ...]:
    """Use up a code of a user who is signed in, and return the methods that it proves.

    Args:
        user: the user of the request, who has a second factor.
        session: the session of its token; None for a browser.

    Raises WrongFactorError, LimitExceededError, and RefusedError as factor_verify() does.
    """
    attempt = proof_count(request, user=user, session=session)
    try:
        methods = factor_verify(
            user=user, code=code, recovery_code=recovery_code, origin=Origin.of(request)
        )
    except (LimitExceededError, RefusedError):
        # No code was found wrong.
        attempt.give_back()
        raise
    attempt.give_back()
    return methods
