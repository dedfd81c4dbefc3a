"""Converts the values of old users."""

import json
import unicodedata
from uuid import UUID, uuid5

from django.core.exceptions import ValidationError

from accounts.identity import emails
from accounts.identity.names import INVISIBLE, MAXIMUM_LENGTH, REFUSED_CATEGORIES, validate_name
from accounts.login import flask_bcrypt, werkzeug

from .old_file import OldUser
from .report import Problem, Row
from .values import Value, plain_text, text_of

# A random constant. An id that is derived from a row is the same in every run.
NAMESPACE = UUID("5d0f5a3e-2f0b-4c0e-9a43-6f6f1f2e8c11")

# Values of the admin column, and of the role column. Others make no admin.
NAMED = {"admin": True, "administrator": True, "user": False, "member": False}
FLAGS = {**NAMED, "0": False, "1": True, "false": False, "true": True, "f": False, "t": True}
ROLES = {**NAMED, "": False}


def derived_id(*parts: Value) -> UUID:
    """Return a public_id that depends only on these values."""
    return uuid5(NAMESPACE, json.dumps([repr(part) for part in parts]))


def user_public_id(row: Row, user: OldUser, *, seen: set[UUID]) -> UUID:
    """Return the user's public_id, or one derived from the row. `seen` has those of other rows."""
    # Some copies have a UUID as the id, and no other.
    is_id = user.public_id is None and parsed_uuid(text_of(user.id) or "") is not None
    old_id = user.id if is_id else user.public_id
    text = (text_of(old_id) or "").strip()
    public_id = parsed_uuid(text)
    if public_id is None or public_id in seen:
        made = derived_id(user.id, user.public_id, user.name)
        problem = _problem(text, public_id)
        row.note(problem, "public_id", was=old_id, done=f"a new one made: {made}")
        return made
    seen.add(public_id)
    if str(public_id) != old_id:
        done = f"written as {public_id}"
        row.note(Problem.PUBLIC_ID_RESPELLED, "public_id", was=old_id, done=done)
    return public_id


def parsed_uuid(text: str) -> UUID | None:
    """Return a UUID in any usual spelling, or None."""
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


def user_email(row: Row, value: Value) -> str | None:
    """Return a valid address, which another user may already have, or None."""
    email = plain_text(value)
    if not email:
        return None
    try:
        emails.validate_email(email)
    except ValidationError:
        is_valid = False
    else:
        is_valid = len(email) <= emails.MAXIMUM_LENGTH
    if is_valid:
        return email
    row.note(Problem.EMAIL_INVALID, "email", was=value, done="stored without an address")
    return None


def user_password(value: Value) -> str | None:
    """Return the old hash as the next login can verify it, or None."""
    old_hash = text_of(value) or ""
    return werkzeug.stored_form(old_hash) or flask_bcrypt.stored_form(old_hash)


def note_password(row: Row, *, email: str | None) -> None:
    """Report a password that can't be verified, with the ways back in.

    The value is not repeated: it may be the password itself.
    """
    way = f"a reset by mail to {email}, or an admin, sets one" if email else "an admin can set one"
    done = f"no password stored; {way}"
    row.note(Problem.PASSWORD_UNKNOWN, "password", was=None, done=done)


def user_admin(row: Row, user: OldUser) -> bool:
    """Return whether the flag or the role makes an admin. Unknown values make none."""
    if user.role is None:
        return _meaning(row, Problem.ADMIN_INVALID, "admin", value=user.admin, meanings=FLAGS)
    return _meaning(row, Problem.ROLE_UNKNOWN, "role", value=user.role, meanings=ROLES)


def _meaning(
    row: Row, problem: Problem, field: str, *, value: Value, meanings: dict[str, bool]
) -> bool:
    # Bytes are no flag, although 1 of a BIT column could be meant.
    is_text = value is not None and not isinstance(value, bytes)
    found = meanings.get(plain_text(value).casefold()) if is_text else None
    if found is None:
        row.note(problem, field, was=value, done="no admin")
    return bool(found)
