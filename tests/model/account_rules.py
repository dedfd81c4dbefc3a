"""The rules about sessions, tokens, accounts and second factors, as the model has them.

They use nothing of the product, and state each rule and each period a second time. An operation
changes what is remembered, and returns what the answer should show, or raises Refused.
"""

from datetime import datetime, timedelta
from typing import Any

from pyotp import TOTP

from .answers import require
from .records import READ, WRITE, Account, Members, Memory, Session, Token

GRACE, FRESH, LIFETIME = timedelta(seconds=10), timedelta(minutes=5), timedelta(minutes=45)
PENDING, IDLE, WHOLE = timedelta(hours=1), timedelta(days=14), timedelta(days=30)
SEVEN_DAYS, HELD, MAXIMUM_TOKENS, TRIES = timedelta(days=7), timedelta(days=30), 50, 5
INVALID, MISSING, FORBIDDEN = "401 token_invalid", "404 not_found", "403 permission_denied"


class AccountRules(Memory):
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

    def open_session(self, me: Account, *, proof: datetime | None = None) -> Session:
        self.sessions.append(Session(me, self.now, self.now, self.now, proof=proof))
        return self.renew(self.sessions[-1], generation=0)

    def renew(self, session: Session, *, generation: int) -> Session:
        session.generation, session.refreshed = generation, self.now
        session.expires = min(self.now + IDLE, session.created + WHOLE)
        return self.issue(session)

    def issue(self, session: Session) -> Session:
        """Sign a pair of tokens, with the session's proof of a second factor."""
        ends = {"access": min(session.refreshed + LIFETIME, session.expires)}
        ends["refresh"], me = session.expires, session.account
        session.pair = tuple(Token(kind, end, me, session) for kind, end in ends.items())
        return session

    def is_answered_again(self, token: Token, session: Session) -> bool:
        is_due = self.now - session.refreshed <= GRACE or not session.is_delivered
        return token.generation == session.generation - 1 and is_due

    def refresh(self, token: Token) -> Session:
        session: Session = self.accept(token, "refresh")
        is_again, was_step_up = self.is_answered_again(token, session), session.is_step_up
        if is_again and was_step_up:
            # The sender of the token from before has not sent the code.
            session.proof, session.is_step_up = None, False
        if is_again and self.now - session.refreshed <= GRACE:
            return self.issue(session) if was_step_up else session
        session.has_ended = token.generation != session.generation and not is_again
        require(not session.has_ended, "401 refresh_reused")
        session.is_delivered = session.is_step_up = False
        return self.renew(session, generation=token.generation + 1)

    def verify(self, token: Token) -> None:
        session = self.accept(token, "access", "refresh")
        is_current = token.kind == "access" or token.generation == session.generation
        require(is_current or self.is_answered_again(token, session), INVALID)

    def end(self, token: Token, ended: Session | Token) -> None:
        """End a session, the caller's own or another, or an API token."""
        require(ended.account is self.caller(token) and self.is_live(ended), MISSING)
        if ended in self.api_tokens:
            self.fresh(token)
        ended.has_ended = True

    def end_all(self, me: Account, keep: Session | None = None, *, spares: bool = False) -> None:
        """End the sessions of an account but one, and its API tokens, or those that do not stay."""
        for session in self.sessions:
            session.has_ended |= session.account is me and session is not keep
        for token in self.api_tokens + self.tickets:
            token.has_ended |= token.account is me and not (spares and token.stays)

    def sign_out(self, token: Token, is_all: bool) -> None:
        self.end_all(self.caller(token), None if is_all else token.session, spares=True)

    def make_token(self, token: Token, password: str, scope: str, stays: bool) -> Token:
        me = self.proven(token, password)
        mine = [each for each in self.api_tokens if each.account is me and self.is_live(each)]
        require(len(mine) < MAXIMUM_TOKENS, "409 too_many_api_tokens")
        self.api_tokens.append(Token(scope, self.now + SEVEN_DAYS, me, stays=stays))
        return self.api_tokens[-1]

    def login(self, name: str, password: str) -> Session:
        me = self.named(name)
        can = me and me.password == password and "is_active" in me.rights
        require(can, "401 invalid_credentials")
        self.tickets += [Token("ticket", self.now + FRESH, me)] if me.secret else []
        require(not me.secret, "401 second_factor_required")
        return self.open_session(me)

    def proven(self, token: Token, password: str) -> Account:
        """Return the caller, who has just proved a second factor, or has none and a password."""
        require((me := self.caller(token)).secret or password == me.password, "403 wrong_password")
        return self.fresh(token)

    def fresh(self, token: Token) -> Account:
        age = self.now - (token.proof or self.now - WHOLE).replace(microsecond=0)
        require(not token.account.secret or age <= FRESH, "401 step_up_required")
        return token.account

    def takes(self, me: Account, secret: str, code: str) -> bool:
        """Use up a code of an app (RFC 6238), or a recovery code; return whether it is right."""
        app, now = TOTP(secret), int(self.now.timestamp()) // 30
        steps = [each for each in range(now - 1, now + 2) if app.generate_otp(each) == code]
        is_right = code in me.codes or max(steps, default=-1) > me.last_step
        me.codes, me.last_step = me.codes - {code}, max([me.last_step, *steps])
        return is_right

    def begin_totp(self, token: Token, password: str) -> Account:
        me = self.proven(token, password)
        require(not me.secret, "409 totp_exists")
        me.pending_since, me.pending_in, me.last_step = self.now, token.session, -1
        return me

    def confirm_totp(self, token: Token, code: str) -> Account:
        me = self.caller(token)
        require(not me.secret, "409 totp_exists")
        is_here = me.pending and me.pending_in is token.session
        require(is_here and self.now - me.pending_since < PENDING, "409 totp_not_begun")
        require(self.takes(me, me.pending, code), "403 wrong_code")
        return self.set_factor(me, me.pending)

    def set_factor(self, me: Account, secret: str) -> Account:
        me.secret, me.pending, me.codes = secret, "", frozenset()
        for ticket in self.tickets:
            ticket.has_ended |= ticket.account is me
        return me

    def remove_totp(self, token: Token, password: str) -> None:
        me = self.proven(token, password)
        require(me.secret or me.pending, MISSING)
        self.set_factor(me, "")

    def make_codes(self, token: Token, password: str) -> Account:
        me = self.proven(token, password)
        require(me.secret, "409 no_second_factor")
        return me

    def second_factor(self, ticket: Token, code: str) -> Session:
        require(self.is_live(ticket) and ticket.generation < TRIES, "401 invalid_ticket")
        ticket.generation += 1
        require(self.takes(ticket.account, ticket.account.secret, code), "401 wrong_code")
        ticket.has_ended = True
        return self.open_session(ticket.account, proof=self.now)

    def step_up(self, token: Token, code: str) -> Session:
        me, session = self.caller(token), token.session
        require(me.secret, "409 no_second_factor")
        require(self.takes(me, me.secret, code), "403 wrong_code")
        session.proof, session.is_step_up, session.is_delivered = self.now, True, False
        return self.renew(session, generation=session.generation + 1)

    def remove_factors_of(self, token: Token, account: Account) -> None:
        require("admin" in self.caller(token).rights, FORBIDDEN)
        self.fresh(token)
        require(not account.is_deleted, MISSING)
        require(account is not token.account, FORBIDDEN)
        if account.secret:
            self.end_all(account)
        self.set_factor(account, "")

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
        self.given_up[me.name.lower()] = me, self.now
        me.name = name
        return me.shown()

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

    def require_admin(self, token: Token, account: Account) -> None:
        require("admin" in self.caller(token).rights, FORBIDDEN)
        require(not account.is_deleted, MISSING)

    def set_right(self, token: Token, account: Account, right: str, on: bool) -> Members:
        self.require_admin(token, account)
        self.fresh(token)
        if right != "editor" and not on:
            self.require_another_admin(account)
        account.rights = account.rights | {right} if on else account.rights - {right}
        if "is_active" not in account.rights:
            self.end_all(account)
        return account.shown()

    def end_sessions_of(self, token: Token, account: Account) -> None:
        self.require_admin(token, account)
        self.end_all(account)
