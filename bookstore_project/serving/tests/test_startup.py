"""The checks before a server answers its first request."""

from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from bookstore_project.serving.startup import require_startup_checks


def test_a_server_starts_when_nothing_is_wrong() -> None:
    require_startup_checks()


def test_a_server_says_what_is_wrong_and_does_not_start(tmp_path: Path, settings: Any) -> None:
    settings.JWT_KEYRING = tmp_path / "keys.json"
    with pytest.raises(ImproperlyConfigured, match=r"keys\.json can't be read: No such file"):
        require_startup_checks()
