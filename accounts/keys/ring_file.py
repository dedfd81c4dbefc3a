"""The key file: a JWK Set (RFC 7517 section 5) of private keys."""

import fcntl
import json
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bookstore_project.private_file import draft_beside

from .key import Key, KeyringError


def keys_read(path: Path) -> list[Key]:
    """Return the keys of a file. Raises KeyringError."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise KeyringError(f"{path} can't be read: {error.strerror}.") from error
    except (ValueError, RecursionError):
        # Without the cause, which contains the whole text of the file.
        raise KeyringError(f"{path} is not JSON.") from None
    jwks = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(jwks, list):
        raise KeyringError(f'{path} is no JWK Set: an object whose "keys" is an array.')
    return [Key.from_jwk(jwk) for jwk in jwks]


def keys_write(path: Path, keys: Iterable[Key]) -> None:
    """Replace the file atomically, and flush it to disk. Raises KeyringError.

    A new file is readable only by its owner; an existing one keeps its owner and mode.
    """
    text = json.dumps({"keys": [key.to_jwk() for key in keys]}, indent=2) + "\n"
    path = path.resolve()
    try:
        _replace(path, text)
    except OSError as error:
        raise KeyringError(f"{path} can't be written: {error.strerror}.") from error


def _replace(path: Path, text: str) -> None:
    with draft_beside(path) as (file, draft):
        if path.exists():
            _keep_owner(file.fileno(), path.stat())
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
        draft.replace(path)
    with _directory(path) as directory:
        os.fsync(directory)


def _keep_owner(descriptor: int, before: os.stat_result) -> None:
    os.fchown(descriptor, before.st_uid, before.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(before.st_mode))


@contextmanager
def file_locked(path: Path) -> Iterator[None]:
    """Let only one process at a time read and rewrite the file. Raises KeyringError.

    The lock is on the folder, because each write replaces the file itself.
    """
    with _directory(path.resolve()) as directory:
        fcntl.flock(directory, fcntl.LOCK_EX)
        yield


@contextmanager
def _directory(path: Path) -> Iterator[int]:
    try:
        descriptor = os.open(path.parent, os.O_RDONLY)
    except OSError as error:
        raise KeyringError(f"{path.parent} can't be opened: {error.strerror}.") from error
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def file_version(path: Path) -> tuple[int, int, int] | None:
    """Return a value that changes whenever the file changes; None if it can't be read."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
