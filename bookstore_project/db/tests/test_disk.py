"""Checks for disk space that store nothing in the database."""

import errno
import os
import resource
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import Mock

import pytest

from bookstore_project.db import disk


@pytest.fixture
def database(tmp_path: Path) -> Path:
    file = tmp_path / "books.sqlite3"
    file.write_bytes(bytes(100_000))
    return file


def test_a_file_with_room_is_left_as_it_is(database: Path) -> None:
    disk.require_room(database)

    assert database.stat().st_size == 100_000
    assert list(database.parent.iterdir()) == [database]


@pytest.mark.parametrize(("free", "is_full"), [(disk.FREE - 1, True), (disk.FREE, False)])
def test_a_disk_is_full_before_the_last_byte_is_used(
    database: Path, free: int, is_full: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Mock(free=free))
    if is_full:
        with pytest.raises(OSError, match="full") as caught:
            disk.require_room(database)
        assert not disk.is_not_writable(caught.value)
    else:
        disk.require_room(database)


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_limit_on_the_size_of_a_file_counts(database: Path) -> None:
    with largest_file(100_000), pytest.raises(OSError, match="too large") as caught:
        disk.require_room(database)
    assert caught.value.errno == errno.EFBIG
    with largest_file(100_000 + disk.WRITTEN):
        disk.require_room(database)


def test_a_file_that_is_read_only_is_not_full(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Root may write to any file.
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(PermissionError) as caught:
        disk.require_room(database)
    assert disk.is_not_writable(caught.value)


def test_a_server_that_had_no_room_is_full_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    now = Mock(return_value=1_000.0)
    monkeypatch.setattr(disk, "time", Mock(monotonic=now))
    server = disk.FullServer()
    assert not server.is_full
    server.note()
    now.return_value += disk.REMEMBERED - 1
    assert server.is_full
    now.return_value += 1
    assert not server.is_full
    server.note()
    server.forget()
    assert not server.is_full
