"""What the model remembers: accounts, sessions, tokens and books."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Members = dict[str, Any]


@dataclass(eq=False)
class Account:
    name: str
    password: str
    id: str = ""
    rights: set[str] = field(default_factory=lambda: {"is_active"})
    is_deleted: bool = False


@dataclass(eq=False)
class Session:
    account: Account
    created: datetime
    refreshed: datetime
    expires: datetime
    generation: int = 0
    is_delivered: bool = True
    has_ended: bool = False
    pair: "tuple[Token, ...]" = ()
    id: str = ""


@dataclass(eq=False)
class Token:
    """Its kind is `access` or `refresh`, with a session, or else the scope of an API token."""

    kind: str
    account: Account
    expires: datetime
    session: Session | None = None
    generation: int = 0
    stays: bool = False
    has_ended: bool = False
    id: str = ""
    text: str = ""

    @property
    def parent(self) -> "Session | Token":
        """What ends it: its session, or an API token itself."""
        return self.session or self


@dataclass(eq=False)
class Book:
    """The values, or the last ones if it is deleted, and the changes, latest first."""

    owner: Account
    values: Members
    id: int = 0
    version: int = 1
    is_deleted: bool = False
    changes: list[Members] = field(default_factory=list)
