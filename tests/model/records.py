"""What the model remembers: accounts, sessions, tokens and books, and how the lists show them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Members = dict[str, Any]

READ, WRITE = "books:read", "books:write"


@dataclass(eq=False)
class Account:
    """`last_step` is the time step of the last code of its app, `pending` the secret of an app that
    waits for its first code in the session `pending_in`.
    """

    name: str
    password: str
    id: str = ""
    rights: set[str] = field(default_factory=lambda: {"is_active"})
    is_deleted: bool = False
    secret: str = ""
    pending: str = ""
    pending_since: datetime = datetime.min
    pending_in: Any = None
    last_step: int = -1
    codes: frozenset[str] = frozenset()

    def shown(self) -> Members:
        rights = {right: right in self.rights for right in ("is_active", "admin", "editor")}
        return {"public_id": self.id, "name": self.name, **rights}

    def factors(self) -> Members:
        methods = {"totp": self.secret, "recovery_code": self.codes}
        known = [method for method, is_there in methods.items() if is_there]
        return {"methods": known, "recovery_codes_left": len(self.codes)}


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
    proof: datetime | None = None
    is_step_up: bool = False
    id: str = ""

    def shown(self, token: "Token") -> Members:
        times = self.created, self.refreshed, self.expires
        texts = (time.isoformat().replace("+00:00", "Z") for time in times)
        names = ("created_at", "last_used_at", "expires_at")
        shown = dict(zip(names, texts, strict=True))
        return {"sid": self.id, **shown, "is_current": self is token.session}


@dataclass(eq=False)
class Token:
    """Its kind is `access` or `refresh`, with a session, or the scope of an API token, or `ticket`.

    Of a ticket, `generation` counts the codes that were sent with it.
    """

    kind: str
    expires: datetime
    account: Account
    # A Session, or None for API tokens and tickets.
    session: Any = None
    generation: int = 0
    stays: bool = False
    has_ended: bool = False
    id: str = ""
    text: str = ""
    proof: datetime | None = None

    def __post_init__(self) -> None:
        """Take what a JWT has of its session; it counts whole seconds."""
        if self.session:
            self.expires = self.expires.replace(microsecond=0)
            self.generation, self.proof = self.session.generation, self.session.proof

    @property
    def parent(self) -> "Session | Token":
        """What ends it: its session, or an API token itself."""
        parent: Session | Token = self.session or self
        return parent

    def shown(self, _: object) -> Members:
        return {"id": self.id, "scopes": [self.kind], "keep_on_sign_out": self.stays}


@dataclass(eq=False)
class Book:
    """The values, or the last ones if it is deleted, and the changes, latest first."""

    owner: Account
    values: Members
    id: int = 0
    version: int = 1
    is_deleted: bool = False
    changes: list[Members] = field(default_factory=list)

    @property
    def now(self) -> Members | None:
        return None if self.is_deleted else self.values

    @property
    def edition(self) -> tuple[Any, ...]:
        """What no two books of an owner share; the author is the same for all."""
        return self.values["name"], self.values["isbn"]

    def shown(self) -> Members:
        return {"id": self.id, "owner": self.owner.id, "version": self.version, **self.values}

    def deletion(self) -> Members:
        return {"id": self.id, "version": self.version, "book": self.values}


class Memory:
    """Everything, and the time."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.accounts: list[Account] = []
        self.sessions: list[Session] = []
        self.api_tokens: list[Token] = []
        self.tickets: list[Token] = []
        self.books: list[Book] = []
        # Who gave up a name, and when; nobody has the name of a deleted account.
        self.given_up: dict[str, tuple[Account | None, datetime]] = {}
