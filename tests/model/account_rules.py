"""The rules about accounts, sessions and tokens, as the model has them.

They use nothing of the product, and state each rule and each period a second time. An operation
changes what is remembered, and returns what the answer should show, or raises Refused.
"""

from datetime import datetime, timedelta
from typing import Any

from .records import Account, Book, Members, Session, Token

GRACE, LIFETIME = timedelta(seconds=10), timedelta(minutes=45)
IDLE, WHOLE, HELD = timedelta(days=14), timedelta(days=30), timedelta(days=30)
READ, WRITE, MAXIMUM_TOKENS = "books:read", "books:write", 50
INVALID, WRONG = "401 token_invalid", "403 wrong_password"
MISSING, FORBIDDEN = "404 not_found", "403 permission_denied"


class Refused(Exception):  # noqa: N818  # an answer like any other
    """The status and the code of an answer."""


def require(condition: object, refusal: str) -> None:
    if not condition:
        raise Refused(refusal)


class AccountRules:
    def __init__(self, now: datetime) -> None:
        self.now = now
        self.accounts: list[Account] = []
        self.sessions: list[Session] = []
        self.api_tokens: list[Token] = []
        self.books: list[Book] = []
        self.given_up: dict[str, tuple[Account | None, datetime]] = {}

    def is_live(self, thing: Session | Token) -> bool:
        return not thing.has_ended and thing.expires > self.now

    def accept(self, token: Token, *kinds: str) -> Any:
        """Take a token where these kinds are taken. An access token shows that it has arrived."""
        session = token.session
        require(session or (token.kind in kinds and not token.has_ended), INVALID)
        require(token.expires > self.now, "401 token_expired")
        require(token.kind in kinds and (not session or self.is_live(session)), INVALID)
        if session and token.kind == "access" and token.generation == session.generation:
            session.is_delivered = True
        return session

    def caller(self, token: Token, *scopes: str) -> Account:
        """Return the account of an access token, or of an API token with one of the scopes."""
        session = self.accept(token, "access", READ, WRITE)
        require(session or token.kind in scopes, "403 insufficient_scope")
        return token.account

    def login(self, name: str, password: str) -> Session:
        me = self.named(name)
        can = me and me.password == password and "is_active" in me.rights
        require(can, "401 invalid_credentials")
        self.sessions.append(Session(me, self.now, self.now, self.now))
        return self.issue(self.sessions[-1], generation=0)

    def issue(self, session: Session, *, generation: int) -> Session:
        session.generation, session.refreshed = generation, self.now
        session.expires = min(self.now + IDLE, session.created + WHOLE)
        ends = {"access": min(self.now + LIFETIME, session.expires), "refresh": session.expires}
        session.pair = tuple(
            Token(kind, session.account, end.replace(microsecond=0), session, generation)
            for kind, end in ends.items()
        )
        return session

    def times(self, session: Session) -> Members:
        moments = session.created, session.refreshed, session.expires
        texts = [moment.isoformat().replace("+00:00", "Z") for moment in moments]
        return dict(zip(("created_at", "last_used_at", "expires_at"), texts, strict=True))

    def is_answered_again(self, token: Token, session: Session) -> bool:
        is_due = self.now - session.refreshed <= GRACE or not session.is_delivered
        return token.generation == session.generation - 1 and is_due

    def refresh(self, token: Token) -> Session:
        session: Session = self.accept(token, "refresh")
        is_again = self.is_answered_again(token, session)
        if is_again and self.now - session.refreshed <= GRACE:
            return session
        session.has_ended = token.generation != session.generation and not is_again
        require(not session.has_ended, "401 refresh_reused")
        session.is_delivered = False
        return self.issue(session, generation=token.generation + 1)

    def verify(self, token: Token) -> None:
        session = self.accept(token, "access", "refresh")
        is_current = token.kind == "access" or token.generation == session.generation
        require(is_current or self.is_answered_again(token, session), INVALID)

    def end(self, token: Token, ended: Session | Token) -> None:
        """End a session, the caller's own or another, or an API token."""
        require(ended.account is self.caller(token) and self.is_live(ended), MISSING)
        ended.has_ended = True

    def end_all(self, me: Account, keep: Session | None = None, *, spares: bool = False) -> None:
        """End the sessions of an account but one, and its API tokens, or those that do not stay."""
        for session in self.sessions:
            session.has_ended |= session.account is me and session is not keep
        for token in self.api_tokens:
            token.has_ended |= token.account is me and not (spares and token.stays)

    def sign_out(self, token: Token, is_all: bool) -> None:
        self.end_all(self.caller(token), None if is_all else token.session, spares=True)

    def make_token(self, token: Token, password: str, made: Token) -> Token:
        me = self.proven(token, password)
        mine = [each for each in self.api_tokens if each.account is me and self.is_live(each)]
        require(len(mine) < MAXIMUM_TOKENS, "409 too_many_api_tokens")
        self.api_tokens.append(made)
        return made

    def proven(self, token: Token, password: str) -> Account:
        me = self.caller(token)
        require(password == me.password, WRONG)
        return me

    def named(self, name: str) -> Any:
        same = (each for each in self.accounts if each.name.lower() == name.lower())
        return next((each for each in same if not each.is_deleted), None)

    def require_free(self, name: str, me: Account | None = None) -> None:
        """Refuse a name that somebody has, or that anybody but `me` gave up of late."""
        owner, since = self.given_up.get(name.lower(), (me, self.now - HELD))
        is_held = since > self.now - HELD and (owner is None or owner is not me)
        require(self.named(name) in (None, me) and not is_held, "409 name_taken")

    def register(self, name: str, password: str) -> Account:
        self.require_free(name)
        self.accounts.append(Account(name, password))
        return self.accounts[-1]

    def rename(self, token: Token, name: str, password: str) -> Members:
        me = self.caller(token)
        if name != me.name:
            self.proven(token, password)
            self.require_free(name, me)
        if name.lower() != me.name.lower():
            self.given_up[me.name.lower()] = me, self.now
        me.name = name
        return self.profile(me)

    def change_password(self, token: Token, password: str, new: str) -> None:
        me = self.proven(token, password)
        me.password = new
        self.end_all(me, token.session)

    def require_another_admin(self, me: Account) -> None:
        admins = [each for each in self.accounts if {"admin", "is_active"} <= each.rights]
        require(admins != [me], "409 last_admin")

    def delete_account(self, token: Token, password: str) -> None:
        me = self.proven(token, password)
        self.require_another_admin(me)
        self.end_all(me)
        self.given_up[me.name.lower()] = None, self.now
        me.rights, me.is_deleted = set(), True
        for book in (each for each in self.books if each.owner is me):
            book.is_deleted, book.changes = True, []

    def profile(self, me: Account) -> Members:
        rights = {right: right in me.rights for right in ("is_active", "admin", "editor")}
        return {"public_id": me.id, "name": me.name, **rights}

    def require_admin(self, token: Token, account: Account) -> None:
        require("admin" in self.caller(token).rights, FORBIDDEN)
        require(not account.is_deleted, MISSING)

    def set_right(self, token: Token, account: Account, right: str, on: bool) -> Members:
        self.require_admin(token, account)
        if right != "editor" and not on:
            self.require_another_admin(account)
        account.rights = account.rights | {right} if on else account.rights - {right}
        if "is_active" not in account.rights:
            self.end_all(account)
        return self.profile(account)

    def end_sessions_of(self, token: Token, account: Account) -> None:
        self.require_admin(token, account)
        self.end_all(account)
