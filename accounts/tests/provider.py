"""A small provider of OpenID Connect on this machine, which can be made to lie.

It keeps the rules that the tests are about, so that a client that breaks one is refused: a code is
for one use, for one client and one address, and for who has its verifier (RFC 7636).
"""

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, Key, RSAKey

from bookstore_project.oidc_providers import OidcProvider

CLIENT, SECRET = "bookstore", "a secret of the client"
SUBJECT = "248289761001"


@cache
def rsa_key(kid: str = "first") -> RSAKey:
    """Return a key that is made once: that takes a tenth of a second."""
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})


class Provider:
    """The provider. Its attributes are what it says: a test changes them.

    Attributes:
        metadata: members that replace those of the metadata; None removes one.
        claims: members that replace those of the ID token; None removes one.
        userinfo: what /me tells.
        issued: the query that replaces the one of the answer; None removes a member.
        key: signs the tokens.
        algorithm: the one of the signature.
        is_unnamed: whether a token does not name its key.
        published: the keys at /jwks.
        answers: bodies, or functions that send one, in place of those of a path.
        asked: the paths that were asked for.
    """

    def __init__(self) -> None:
        self.server = ThreadingHTTPServer(
            ("127.0.0.1", 0), type("HandlerOfProvider", (Handler,), {"provider": self})
        )
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        self.metadata: dict[str, Any] = {}
        self.claims: dict[str, Any] = {}
        self.userinfo: dict[str, Any] = {}
        self.issued: dict[str, Any] = {}
        self.key: Key = rsa_key()
        self.algorithm = "RS256"
        self.is_unnamed = False
        self.published: list[Any] = [rsa_key().as_dict(private=False)]
        self.answers: dict[str, Any] = {}
        self.asked: list[str] = []
        self.codes: dict[str, dict[str, str]] = {}

    @property
    def setting(self) -> dict[str, OidcProvider]:
        """The setting OIDC_PROVIDERS with this provider alone."""
        provider = OidcProvider(
            id="acme",
            name="Acme",
            issuer=self.issuer,
            client_id=CLIENT,
            client_secret=SECRET,
        )
        return {"acme": provider}

    def authorize(self, url: str) -> str:
        """Sign the user of a browser in, and return the address to which it is sent back."""
        sent = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert url.startswith(f"{self.issuer}/authorize?")
        assert (sent["response_type"], sent["client_id"]) == ("code", CLIENT)
        assert (sent["scope"], sent["code_challenge_method"]) == ("openid email profile", "S256")
        code = secrets.token_urlsafe(16)
        self.codes[code] = sent
        answer = {"code": code, "state": sent["state"], "iss": self.issuer, **self.issued}
        kept = {name: value for name, value in answer.items() if value is not None}
        return f"{sent['redirect_uri']}?{urlencode(kept)}"

    def document(self) -> dict[str, Any]:
        return _merged(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/jwks",
                "userinfo_endpoint": f"{self.issuer}/me",
                "authorization_response_iss_parameter_supported": True,
            },
            self.metadata,
        )

    def tokens(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """Return the tokens for a code, which is used up."""
        asked = self.codes.pop(form.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(
            hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        )
        if not self._is_client(form, authorization):
            return 401, {"error": "invalid_client"}
        if (
            asked is None
            or asked["code_challenge"] != challenge.decode().rstrip("=")
            or asked["redirect_uri"] != form["redirect_uri"]
        ):
            return 400, {"error": "invalid_grant"}
        return 200, {
            "access_token": "an-access-token",
            "token_type": "Bearer",
            "id_token": self.id_token(asked["nonce"]),
        }

    def id_token(self, nonce: str) -> str:
        now = int(time.time())
        claims = _merged(
            {
                "iss": self.issuer,
                "sub": SUBJECT,
                "aud": CLIENT,
                "iat": now,
                "exp": now + 300,
                "nonce": nonce,
            },
            self.claims,
        )
        header = {"alg": self.algorithm, **({} if self.is_unnamed else {"kid": self.key.kid})}
        return jwt.encode(header, claims, self.key, algorithms=[self.algorithm])

    def _is_client(self, form: dict[str, str], authorization: str) -> bool:
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        posted = (form.get("client_id"), form.get("client_secret"))
        is_posted = self.metadata.get("token_endpoint_auth_methods_supported") is not None
        return posted == (CLIENT, SECRET) if is_posted else authorization == f"Basic {basic}"


@contextmanager
def served() -> Iterator[Provider]:
    """Serve a provider until the end of the block."""
    provider = Provider()
    thread = Thread(target=provider.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield provider
    finally:
        provider.server.shutdown()
        thread.join()
        provider.server.server_close()


def ec_key(kid: str) -> ECKey:
    return ECKey.generate_key("P-256", {"kid": kid, "use": "sig"})


def _merged(said: dict[str, Any], changed: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**said, **changed}.items() if value is not None}


class Handler(BaseHTTPRequestHandler):
    """Answers the requests of this service to the provider."""

    provider: Provider

    def do_GET(self) -> None:
        if self._is_replaced():
            return
        if self.path == "/.well-known/openid-configuration":
            self._json(self.provider.document())
        elif self.path == "/jwks":
            self._json({"keys": self.provider.published})
        else:
            assert self.path == "/me"
            assert self.headers["Authorization"] == "Bearer an-access-token"
            subject = self.provider.claims.get("sub", SUBJECT)
            self._json({"sub": subject, **self.provider.userinfo})

    def do_POST(self) -> None:
        assert self.path == "/token"
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self._is_replaced():
            return
        form = {name: values[0] for name, values in parse_qs(body).items()}
        assert form["grant_type"] == "authorization_code"
        status, answer = self.provider.tokens(form, self.headers.get("Authorization", ""))
        self._json(answer, status)

    def _is_replaced(self) -> bool:
        self.provider.asked.append(self.path)
        answer = self.provider.answers.get(self.path)
        if callable(answer):
            answer(self)
        elif answer is not None:
            self._json(answer)
        return answer is not None

    def _json(self, answer: Any, status: int = 200) -> None:
        content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: Any) -> None:
        """Write nothing."""
