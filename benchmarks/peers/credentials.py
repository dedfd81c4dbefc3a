"""PyJWT tokens, as the tutorials of Flask and FastAPI sign and read them."""

from datetime import UTC, datetime, timedelta

import jwt

from .surroundings import KEY, TOKEN_MINUTES


def new_token(public_id: object) -> str:
    expires = datetime.now(UTC) + timedelta(minutes=TOKEN_MINUTES)
    return jwt.encode({"public_id": str(public_id), "exp": expires}, KEY, algorithm="HS256")


def public_id_of(token: str) -> str:
    """Return the public_id in the token. Raises jwt.InvalidTokenError."""
    claims = jwt.decode(token, KEY, algorithms=["HS256"])
    return str(claims["public_id"])
