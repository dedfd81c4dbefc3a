"""The steps about accounts: each sends a request, and compares the answer with the model's."""

from collections.abc import Callable
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine, rule
from pyotp import TOTP, random_base32

from . import draws
from .answers import body_of, claims_of, compare
from .book_rules import Model
from .draws import chosen
from .product import START, Product
from .records import READ, WRITE, Account, Session, Token


class AccountSteps(RuleBasedStateMachine):
    """The product, the model, and the tokens that clients keep."""

    # Of all machines in this process.
    steps = 0

    def __init__(self) -> None:
        super().__init__()
        AccountSteps.steps -= 1
        self.product, self.model = Product(), Model(START)
        self.tokens: list[Token] = []
        self.recovery_codes: dict[Account, list[str]] = {}

    def check_invariants(self, *args: Any) -> None:
        """Count a step: hypothesis calls this at the beginning and after each one."""
        AccountSteps.steps += 1
        super().check_invariants(*args)

    def send(self, *args: Any, **sent: Any) -> Any:
        """Send a request, each a millisecond after the one before: see Product.send()."""
        self.wait(0.001)
        return self.product.send(*args, **sent)

    def call(
        self, who: int, request: str, predict: Callable[..., Any], *args: Any, **sent: Any
    ) -> Any:
        """Send a request with a token, and return the answer and the prediction: see compare().

        `request` begins with the status of a success.
        """
        token, (success, _, rest) = self.bearer(who, request), request.partition(" ")
        answer = self.send(rest, token=token.text, **sent)
        return answer, compare(answer, int(success), predict, token, *args)

    def kept(self, pick: int, *kinds: str) -> Token:
        """Return a token of those kinds: mostly of a live session, or an old one, or another."""
        known = [token for token in self.tokens if token.kind in kinds or pick % 16 == 15]
        live = [token for token in known if all(map(self.model.is_live, (token, token.parent)))]
        token: Token = chosen(known if pick % 16 > 13 or not live else live, pick // 16)
        return token

    def bearer(self, who: int, request: str = "") -> Token:
        """Return a token for a request. If all have expired or ended, somebody logs in first."""
        kinds = ("access", READ, WRITE) if " books" in request else ("access",)
        token = self.kept(who, *kinds)
        if who % 16 < 14 and not self.model.is_live(token.parent):
            active = [each.name for each in self.model.accounts if "is_active" in each.rights]
            self.enter(chosen(active, who // 16))
        return self.kept(who, *kinds)

    def enter(self, name: str) -> None:
        """Log in, with a code if one is asked for: at a time when none has been used."""
        tickets = len(self.model.tickets)
        self.wait(90)
        self.login(name, is_right=True)
        if len(self.model.tickets) > tickets:
            self.complete(self.model.tickets[-1], drift=0)

    def complete(self, ticket: Token, drift: int | None) -> None:
        """Send the ticket of a login with a code."""
        code = self.code(ticket.account, drift)
        body = {"ticket": ticket.text, **code}
        answer = self.send("POST auth/token/second-factor", body)
        session = compare(answer, 200, self.model.second_factor, ticket, *code.values())
        self.take(session, answer)

    def code(self, me: Account, drift: int | None) -> dict[str, str]:
        """Return a code of an app, or one of the recovery codes that the account ever had."""
        if drift is None:
            return {"recovery_code": chosen(self.recovery_codes.get(me, ["none"]), len(me.codes))}
        step = int(self.product.now.timestamp()) // 30 + drift
        return {"code": TOTP(me.secret or me.pending or random_base32()).generate_otp(step)}

    def password(self, account: Account | None, is_right: bool) -> str:
        number = draws.PASSWORDS.index(account.password) if account else 0
        return draws.PASSWORDS[number if is_right else number - 1]

    def my_password(self, who: int, is_right: bool) -> str:
        return self.password(self.bearer(who).account, is_right)

    def take(self, session: Session | None, answer: Any, *, is_lost: bool = False) -> None:
        """Check a pair of tokens, which the client keeps unless the answer was lost."""
        if session is None:
            return
        for token in session.pair:
            text = body_of(answer)[token.kind]
            assert text == (token.text or text), f"another {token.kind} token than before"
            claims, token.text = claims_of(text), text
            session.id = session.id or claims["sid"]
            known = {"exp": token.expires.timestamp(), "gen": token.generation, "sid": session.id}
            if token.kind == "access":
                known["amr"] = ["pwd", *(["otp", "mfa"] if token.proof else [])]
            assert known.items() <= claims.items(), f"claims {claims}, predicted {known}"
            if not is_lost:
                self.tokens.append(token)

    @rule(seconds=draws.SECONDS)
    def wait(self, seconds: float) -> None:
        self.product.wait(seconds)
        self.model.now = self.product.now

    @rule(name=draws.NAME, password=draws.PASSWORD)
    def register(self, name: str, password: str) -> None:
        answer = self.send("POST auth/register", {"name": name, "password": password})
        if account := compare(answer, 201, self.model.register, name, password):
            account.id = body_of(answer)["public_id"]

    @rule(name=draws.NAME, is_right=draws.IS_RIGHT)
    def login(self, name: str, is_right: bool) -> None:
        password = self.password(self.model.named(name), is_right)
        answer = self.send("POST auth/token", {"name": name, "password": password})
        self.take(compare(answer, 200, self.model.login, name, password), answer)
        if ticket := body_of(answer).get("ticket"):
            self.model.tickets[-1].text = ticket

    def exchange(self, token: Token, *, is_lost: bool = False) -> Session | None:
        answer = self.send("POST auth/token/refresh", {"refresh": token.text})
        session: Session | None = compare(answer, 200, self.model.refresh, token)
        self.take(session, answer, is_lost=is_lost)
        return session

    @rule(which=draws.PICK, is_lost=draws.FLAG)
    def refresh(self, which: int, is_lost: bool) -> None:
        self.exchange(self.kept(which, "refresh"), is_lost=is_lost)

    @rule(which=draws.PICK, is_used=draws.FLAG, seconds=draws.SECONDS)
    def replay(self, which: int, is_used: bool, seconds: float) -> None:
        """Refresh, use the access token or not, wait, and send the refresh token again."""
        token = self.kept(which, "refresh")
        session = self.exchange(token)
        if session and is_used:
            access, path = session.pair[0], "auth/sessions"
            answer = self.send(f"GET {path}?limit=100", token=access.text)
            compare(answer, 200, self.model.rows, access, path)
        self.wait(seconds)
        self.exchange(token)

    @rule(which=draws.PICK)
    def verify(self, which: int) -> None:
        token = self.kept(which, "access", "refresh")
        answer = self.send("POST auth/token/verify", {"token": token.text})
        compare(answer, 200, self.model.verify, token)

    @rule(who=draws.PICK, which=draws.PICK)
    def end_session(self, who: int, which: int) -> None:
        session = chosen(self.model.sessions, which)
        self.call(who, f"204 DELETE auth/sessions/{session.id}", self.model.end, session)

    @rule(who=draws.PICK)
    def log_out(self, who: int) -> None:
        token = self.bearer(who)
        self.call(who, "204 POST auth/logout", self.model.end, token.session or token)

    @rule(who=draws.PICK, is_all=draws.FLAG)
    def sign_out(self, who: int, is_all: bool) -> None:
        request = f"204 DELETE auth/sessions?all={str(is_all).lower()}"
        self.call(who, request, self.model.sign_out, is_all)

    @rule(who=draws.PICK, name=draws.NAME, is_right=draws.IS_RIGHT)
    def rename(self, who: int, name: str, is_right: bool) -> None:
        sent = {"name": name, "current_password": self.my_password(who, is_right)}
        self.call(who, "200 PATCH users/me", self.model.rename, *sent.values(), body=sent)

    @rule(who=draws.PICK, new=draws.PASSWORD, is_right=draws.IS_RIGHT)
    def change_password(self, who: int, new: str, is_right: bool) -> None:
        sent = {"current_password": self.my_password(who, is_right), "new_password": new}
        change = self.model.change_password
        self.call(who, "204 POST users/me/password", change, *sent.values(), body=sent)

    @rule(who=draws.PICK, is_right=draws.IS_RIGHT)
    def delete_account(self, who: int, is_right: bool) -> None:
        sent = {"password": self.my_password(who, is_right)}
        delete = self.model.delete_account
        self.call(who, "204 DELETE users/me", delete, *sent.values(), body=sent)

    @rule(who=draws.PICK, whom=draws.PICK, right=draws.RIGHT, on=draws.FLAG)
    def set_right(self, who: int, whom: int, right: str, on: bool) -> None:
        account, change = chosen(self.model.accounts, whom), self.model.set_right
        request = f"200 PATCH users/{account.id}"
        self.call(who, request, change, account, right, on, body={right: on})

    @rule(who=draws.PICK, whom=draws.PICK)
    def end_sessions_of(self, who: int, whom: int) -> None:
        account, end = chosen(self.model.accounts, whom), self.model.end_sessions_of
        self.call(who, f"204 DELETE users/{account.id}/sessions", end, account)

    @rule(who=draws.PICK, scope=draws.SCOPE, stays=draws.FLAG, is_right=draws.IS_RIGHT)
    def make_token(self, who: int, scope: str, stays: bool, is_right: bool) -> None:
        sent = {"current_password": self.my_password(who, is_right), "expires_in_days": 7}
        body = {"name": "job", "scopes": [scope], "keep_on_sign_out": stays, **sent}
        args = self.model.make_token, sent["current_password"], scope, stays
        answer, made = self.call(who, "201 POST users/me/tokens", *args, body=body)
        if made:
            made.id, made.text = body_of(answer)["id"], body_of(answer)["token"]
            self.tokens.append(made)

    @rule(who=draws.PICK, which=draws.PICK)
    def end_token(self, who: int, which: int) -> None:
        ended = chosen(self.model.api_tokens, which)
        self.call(who, f"204 DELETE users/me/tokens/{ended.id}", self.model.end, ended)
