"""Where something comes from: who asks for it, and from which device."""

from dataclasses import dataclass
from typing import Self

from django.http import HttpRequest

from bookstore_project.http.client_address import client_address
from bookstore_project.http.request_id import current_request_id

from .models import User
from .models.session import MAXIMUM_AGENT_LENGTH


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Who asks for something, and from where. With no member: a command on the server itself."""

    actor: User | None = None
    address: str | None = None
    user_agent: str = ""
    request_id: str = ""

    @classmethod
    def of(cls, request: HttpRequest, *, actor: User | None = None) -> Self:
        """Return where a request comes from: from `actor`, or else from who is logged in."""
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
