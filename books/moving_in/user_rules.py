"""Converts the values of old users."""

import json
import unicodedata
from uuid import UUID, uuid5

from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError

from accounts.identity.names import INVISIBLE, MAXIMUM_LENGTH, REFUSED_CATEGORIES, validate_name
from accounts.login.werkzeug import stored_form

from .old_file import OldUser
from .report import Problem, Row
from .values import Value, text_of

# A random constant. An id that is derived from a row is the same in every run.
NAMESPACE = UUID("5d0f5a3e-2f0b-4c0e-9a43-6f6f1f2e8c11")


def derived_id(*parts: Value) -> UUID:
    """Return a public_id that depends only on these values."""
    return uuid5(NAMESPACE, json.dumps([repr(part) for part in parts]))


def user_public_id(row: Row, user: OldUser, *, seen: set[UUID]) -> UUID:
    """Return the user's public_id, or one derived from the row. `seen` has those of other rows."""
    text = (text_of(user.public_id) or "").strip()
    public_id = _uuid(text)
    if public_id is None or public_id in seen:
        made = derived_id(user.id, user.public_id, user.name)
        problem = _problem(text, public_id)
        row.note(problem, "public_id", was=user.public_id, done=f"a new one made: {made}")
        return made
    seen.add(public_id)
    if str(public_id) != user.public_id:
        done = f"written as {public_id}"
        row.note(Problem.PUBLIC_ID_RESPELLED, "public_id", was=user.public_id, done=done)
    return public_id


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _problem(text: str, public_id: UUID | None) -> Problem:
    if not text:
        return Problem.PUBLIC_ID_MISSING
    return Problem.PUBLIC_ID_INVALID if public_id is None else Problem.PUBLIC_ID_DUPLICATE


def user_name(row: Row, value: Value, *, public_id: UUID) -> str:
    """Return a valid name, which another user may already have."""
    text = text_of(value) or ""
    name = _allowed(text)
    if name != text:
        done = "a colon stored as a hyphen, other bad characters left out"
        row.note(Problem.NAME_INVALID, "name", was=text, done=done)
    if len(name) > MAXIMUM_LENGTH:
        name = name[:MAXIMUM_LENGTH]
        row.note(Problem.NAME_TOO_LONG, "name", was=text, done=f"cut to {MAXIMUM_LENGTH}")
    if _is_valid(name):
        return name
    made = f"user-{public_id.hex[:8]}"
    problem = Problem.NAME_TOO_LONG if name.strip() else Problem.NAME_MISSING
    row.note(problem, "name", was=value, done=f"stored as {made!r}")
    return made


def _allowed(text: str) -> str:
    """Return a name without the characters that a name can't contain."""
    return "".join(
        character
        for character in text.replace(":", "-")
        if character not in INVISIBLE and unicodedata.category(character) not in REFUSED_CATEGORIES
    )


def _is_valid(name: str) -> bool:
    try:
        validate_name(name)
    except ValidationError:
        return False
    return True


def user_password(row: Row, value: Value) -> str:
    """Return the old hash, which the next login can verify, or an unusable password."""
    stored = stored_form(text_of(value) or "")
    if stored is not None:
        return stored
    done = "no password stored; an admin can set one"
    # The value is not repeated: it may be the password itself.
    row.note(Problem.PASSWORD_UNKNOWN, "password", was=None, done=done)
    return make_password(None)


def user_admin(row: Row, value: Value) -> bool:
    if value not in (0, 1):
        row.note(Problem.ADMIN_INVALID, "admin", was=value, done="no admin")
    return value == 1
