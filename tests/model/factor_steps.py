"""The steps about second factors."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from hypothesis.stateful import precondition, rule

from . import draws
from .account_steps import AccountSteps
from .answers import body_of
from .draws import chosen
from .records import Account, Token


class FactorSteps(AccountSteps):
    """An authenticator app and its codes, recovery codes, tickets and step-ups."""

    @rule(who=draws.PICK, is_right=draws.IS_RIGHT)
    def begin_totp(self, who: int, is_right: bool) -> None:
        request, begin = "200 POST users/me/totp", self.model.begin_totp
        password = self.my_password(who, is_right)
        sent = {"current_password": password}
        answer, me = self.call(who, request, begin, password, body=sent)
        if me:
            uri = urlsplit(body_of(answer)["otpauth_uri"])
            me.pending = parse_qs(uri.query)["secret"][0]

    @rule(who=draws.PICK, drift=draws.DRIFT)
    def confirm_totp(self, who: int, drift: int | None) -> None:
        token = self.bearer(who)
        me = token.account
        # Seldom one that another session has begun, which is refused.
        is_begun = me.pending and (drift or me.pending_in is token.session)
        if not (me.secret or is_begun):
            self.begin_totp(who, is_right=True)
        request, confirm = "200 POST users/me/totp/confirm", self.model.confirm_totp
        sent = self.code(me, drift or 0)
        answer, is_set = self.call(who, request, confirm, sent["code"], body=sent)
        if is_set:
            self.learn(me, answer)

    def learn(self, me: Account, answer: Any) -> None:
        """Take new recovery codes, of which there are ten."""
        codes = body_of(answer)["recovery_codes"]
        me.codes = frozenset(codes)
        assert len(me.codes) == 10, codes
        self.recovery_codes.setdefault(me, []).extend(codes)

    @rule(who=draws.PICK, is_right=draws.IS_RIGHT)
    def remove_totp(self, who: int, is_right: bool) -> None:
        request, remove = "204 DELETE users/me/totp", self.model.remove_totp
        password = self.my_password(who, is_right)
        self.call(who, request, remove, password, body={"current_password": password})

    @rule(who=draws.PICK, is_right=draws.IS_RIGHT)
    def make_codes(self, who: int, is_right: bool) -> None:
        request, make = "200 POST users/me/recovery-codes", self.model.make_codes
        password = self.my_password(who, is_right)
        sent = {"current_password": password}
        answer, me = self.call(who, request, make, password, body=sent)
        if me:
            self.learn(me, answer)

    @precondition(lambda self: self.model.tickets)
    @rule(which=draws.PICK, drift=draws.DRIFT)
    def second_factor(self, which: int, drift: int | None) -> None:
        self.complete(chosen(self.model.tickets, which), drift)

    @rule(who=draws.PICK, drift=draws.DRIFT, is_lost=draws.FLAG)
    def step_up(self, who: int, drift: int | None, is_lost: bool) -> None:
        """Send a code of the app, which is added first if there is none, or a recovery code."""
        if drift is not None and not self.bearer(who).account.secret:
            self.confirm_totp(who, drift=0)
        sent = self.code(self.bearer(who).account, drift)
        request, step_up = "200 POST auth/step-up", self.model.step_up
        answer, session = self.call(who, request, step_up, *sent.values(), body=sent)
        self.take(session, answer, is_lost=is_lost)

    @rule(who=draws.PICK, whom=draws.PICK)
    def remove_factors_of(self, who: int, whom: int) -> None:
        account, remove = chosen(self.model.accounts, whom), self.model.remove_factors_of
        self.call(who, f"204 DELETE users/{account.id}/factors", remove, account)

    @rule(who=draws.PICK)
    def show_factors(self, who: int) -> None:
        def factors(token: Token) -> Any:
            return self.model.caller(token).factors()

        self.call(who, "200 GET users/me/factors", factors)
