"""The keys of a running process: the file is looked at again whenever it has changed."""

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

    A file that has become unusable leaves the last ring that was good, and one line in the log.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._version: object = None
        self._ring: Keyring | None = None

    def current(self) -> Keyring:
        """Return the ring. Raises KeyringError if there has not been a good one yet."""
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
            # The message says it all; a traceback would come with every line that led here.
            logger.error("The last good keys stay in use: %s", error)  # noqa: TRY400  # as said
        # Looked up before reading: a change in between is read once more.
        self._version = version
        return self._ring


_watched = cache(WatchedKeyring)


def current_keyring() -> Keyring:
    """Return the keys that count now. Raises KeyringError if there are none."""
    if settings.JWT_KEYRING is None:
        return default_keyring(settings.JWT_SIGNING_KEY)
    return _watched(settings.JWT_KEYRING).current()
