"""The second factor of a request, under the limits: of a login, and of a user who is signed in."""

from collections.abc import Sequence

from django.http import HttpRequest

from accounts.models import LoginSession, LoginTicket, User
from accounts.models.session import PASSWORD
from accounts.origins import Origin
from accounts.services.factor_proofs import Answered, WrongFactorError, factor_verify
from accounts.services.login_tickets import InvalidTicketError, ticket_use
from accounts.services.passkey_answers import Assertion
from accounts.services.passkey_challenges import Purpose
from bookstore_project.errors import LimitExceededError
from bookstore_project.http.refusal import RefusedError

from .limits import begin_second_factor, proof_count


def ticket_redeem(  # noqa: PLR0913  # each by its name
    request: HttpRequest,
    ticket: LoginTicket,
    *,
    first: Sequence[str] = (PASSWORD,),
    code: str | None = None,
    recovery_code: str | None = None,
    passkey: Assertion | None = None,
) -> tuple[str, ...]:
    """Use up the ticket of a login and a proof of a factor, and return the methods of the login.

    The caller then signs the user of the ticket in, who has proved `first` before.

    A wrong code counts as a failed login.

    Raises InvalidTicketError, WrongFactorError, LimitExceededError, and RefusedError as
    factor_verify() does.
    """
    attempt = begin_second_factor(request, ticket.user)
    try:
        methods = ticket_use(
            ticket,
            first=first,
            code=code,
            recovery_code=recovery_code,
            passkey=passkey,
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


def factor_prove(  # noqa: PLR0913  # each by its name
    request: HttpRequest,
    *,
    user: User,
    login: LoginSession | None,
    code: str | None = None,
    recovery_code: str | None = None,
    passkey: Assertion | None = None,
) -> tuple[str, ...]:
    """Use up a proof of a factor of a user who is signed in, and return its methods.

    Args:
        user: the user of the request, who has a second factor.
        login: the row of its token's session, or of its browser's sign-in.

    Raises WrongFactorError, LimitExceededError, and RefusedError as factor_verify() does.
    """
    attempt = proof_count(request, user=user, login=login)
    try:
        methods = factor_verify(
            user=user,
            code=code,
            recovery_code=recovery_code,
            passkey=Answered.of(passkey, Purpose.step_up(login)),
            origin=Origin.of(request),
        )
    except (LimitExceededError, RefusedError):
        # No code was found wrong.
        attempt.give_back()
        raise
    attempt.give_back()
    return methods
