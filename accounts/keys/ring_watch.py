"""The key ring of a running process, which reads the key file again when it changes."""

import logging
import threading
from functools import cache
from pathlib import Path

from django.conf import settings

from .key import KeyringError
from .ring import Keyring, default_keyring
from .ring_file import file_version

logger = logging.getLogger(__name__)


class WatchedKeyring:
    """The ring of a file, read again whenever the file has changed.

    If the file has become unusable, the last good ring stays in use and one error is logged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._version: object = None
        self._ring: Keyring | None = None

    def current(self) -> Keyring:
        """Return the ring. Raises KeyringError if the file has never been usable."""
        if self._ring is not None and file_version(self.path) == self._version:
            return self._ring
        with self._lock:
            return self._read()

    def _read(self) -> Keyring:
        version = file_version(self.path)
        if self._ring is not None and version == self._version:
            return self._ring
        try:
            self._ring = Keyring.of_file(self.path)
        except KeyringError as error:
            if self._ring is None:
                raise
            # The message is enough; a traceback would add nothing but length.
            logger.error("The last good keys stay in use: %s", error)  # noqa: TRY400  # as said
        # The version from before the read: a change during the read causes another read.
        self._version = version
        return self._ring


_watched = cache(WatchedKeyring)


def current_keyring() -> Keyring:
    """Return the key ring in use now. Raises KeyringError if it can't be used."""
    if settings.JWT_KEYRING is None:
        return default_keyring(settings.JWT_SIGNING_KEY, tuple(settings.JWT_FORMER_KEYS))
    return _watched(settings.JWT_KEYRING).current()
