"""A running process reads a changed key file, and keeps its keys if the file is broken."""

import logging
import os
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks

from accounts.keys.key import KeyringError
from accounts.keys.ring import DEFAULT_KID
from accounts.keys.ring_watch import WatchedKeyring, current_keyring
from bookstore_project.serving.startup import STARTUP

from .rings import key, write_ring

FIRST, SECOND = key("EdDSA", 0), key("EdDSA", 1)


def kids() -> list[str]:
    return [each.kid for each in current_keyring().keys]


def test_without_a_ring_there_is_the_default_key() -> None:
    assert kids() == [DEFAULT_KID]


def test_a_changed_file_is_taken_up(ring_path: Path) -> None:
    write_ring(ring_path, FIRST)
    assert kids() == [FIRST.kid]
    write_ring(ring_path, FIRST, SECOND)
    assert kids() == [FIRST.kid, SECOND.kid]


def test_a_file_of_the_same_length_and_time_that_took_its_place_is_taken_up(
    ring_path: Path,
) -> None:
    write_ring(ring_path, FIRST)
    assert kids() == [FIRST.kid]
    status = ring_path.stat()
    other = write_ring(ring_path.with_name("other.json"), SECOND)
    os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
    other.replace(ring_path)
    assert ring_path.stat().st_size == status.st_size
    assert kids() == [SECOND.kid]


def test_a_file_that_did_not_change_is_not_read_again(
    ring_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_ring(ring_path, FIRST)
    ring = current_keyring()
    monkeypatch.setattr("accounts.keys.ring.keys_read", lambda path: pytest.fail("was read"))
    assert current_keyring() is ring


def test_who_waited_while_another_read_does_not_read_again(
    ring_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched = WatchedKeyring(write_ring(ring_path, FIRST))
    ring = watched.current()
    write_ring(ring_path, FIRST, SECOND)
    read = WatchedKeyring._read  # noqa: SLF001  # to step in between the look and the lock

    def another_was_first(self: WatchedKeyring) -> Any:
        first = read(self)
        assert read(self) is first
        return first

    monkeypatch.setattr(WatchedKeyring, "_read", another_was_first)
    assert watched.current() is not ring


@pytest.mark.parametrize("break_it", ["delete", "garbage", "deep", "list", "latin", "useless"])
def test_a_broken_file_leaves_the_last_good_ring_and_one_line_in_the_log(
    break_it: str, ring_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_ring(ring_path, FIRST)
    ring = current_keyring()
    if break_it == "delete":
        ring_path.unlink()
    else:
        text = {
            "garbage": b"{",
            "deep": b"[" * 200_000,
            "list": b"[]",
            "latin": b"\xff",
            "useless": b'{"keys": []}',
        }[break_it]
        ring_path.write_bytes(text)

    with caplog.at_level(logging.ERROR, logger="accounts.keys.ring_watch"):
        assert [current_keyring() for _ in range(3)] == [ring] * 3

    (line,) = caplog.messages
    assert line.startswith("The last good keys stay in use: ")
    write_ring(ring_path, SECOND)
    assert kids() == [SECOND.kid]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "can't be read: No such file or directory"),
        ("", "is not JSON"),
        ("[]", "is no JWK Set"),
        ('{"keys": {}}', "is no JWK Set"),
        ('{"keys": [1]}', "A key must be a JSON object"),
        ('{"keys": []}', "No key of the ring could sign"),
    ],
)
def test_a_process_does_not_start_with_a_broken_file(
    text: str | None, message: str, ring_path: Path
) -> None:
    if text is not None:
        ring_path.write_text(text)
    for _ in range(2):
        with pytest.raises(KeyringError, match=message):
            current_keyring()
    (error,) = run_checks(tags=[STARTUP])
    assert error.id == "accounts.E001"
    assert message in error.msg


@pytest.mark.parametrize("mode", [0o600, 0o640])
def test_a_good_ring_passes_the_checks(ring_path: Path, mode: int) -> None:
    write_ring(ring_path, FIRST).chmod(mode)
    assert run_checks(tags=[STARTUP]) == []


@pytest.mark.parametrize("mode", [0o604, 0o602])
def test_a_ring_for_everybody_is_a_warning(ring_path: Path, mode: int) -> None:
    write_ring(ring_path, FIRST).chmod(mode)
    (warning,) = run_checks(tags=[STARTUP])
    assert warning.id == "accounts.W001"
    assert warning.hint == f"chmod o= {ring_path}"
