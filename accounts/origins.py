"""The origin of a request: the user who sent it, their address and their device."""

from dataclasses import dataclass
from typing import Self

from django.http import HttpRequest

from bookstore_project.http.client_address import client_address
from bookstore_project.http.request_id import current_request_id

from .models import User
from .models.session import MAXIMUM_AGENT_LENGTH


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Who did something, and from where. An empty one is a command on the server itself."""

    actor: User | None = None
    address: str | None = None
    user_agent: str = ""
    request_id: str = ""

    @classmethod
    def of(cls, request: HttpRequest, *, actor: User | None = None) -> Self:
        """Return the origin of a request. Its actor is `actor`, or else the request's user."""
        if actor is None:
            user = getattr(request, "user", None)
            actor = user if isinstance(user, User) else None
        return cls(
            actor=actor,
            address=client_address(request),
            user_agent=_agent(request),
            request_id=current_request_id(),
        )


def _agent(request: HttpRequest) -> str:
    agent = request.headers.get("User-Agent", "")
    return "".join(filter(str.isprintable, agent))[:MAXIMUM_AGENT_LENGTH]
