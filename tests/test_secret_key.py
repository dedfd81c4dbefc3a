"""The development keys: generated once, readable only by their owner, and stable."""

import os
import stat
from base64 import urlsafe_b64decode
from pathlib import Path

import pytest

from bookstore_project.secret_key import development_factor_key, development_secret_key


def test_the_key_is_made_once_and_kept(tmp_path: Path) -> None:
    path = tmp_path / ".secret_key"

    key = development_secret_key(path)

    assert len(key) >= 64
    assert development_secret_key(path) == key
    assert path.read_text() == key


def test_the_key_of_second_factors_is_another_one(tmp_path: Path) -> None:
    key = development_factor_key(tmp_path / ".factor_key")

    assert len(urlsafe_b64decode(key)) == 32
    assert development_factor_key(tmp_path / ".factor_key") == key
    assert stat.S_IMODE((tmp_path / ".factor_key").stat().st_mode) == 0o600


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / ".secret_key"

    development_secret_key(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_two_checkouts_have_two_keys(tmp_path: Path) -> None:
    assert development_secret_key(tmp_path / "a") != development_secret_key(tmp_path / "b")


def test_a_key_of_ones_own_is_kept(tmp_path: Path) -> None:
    path = tmp_path / ".secret_key"
    path.write_text("my own key\n")

    assert development_secret_key(path) == "my own key"


def test_nothing_is_left_beside_the_key(tmp_path: Path) -> None:
    development_secret_key(tmp_path / ".secret_key")

    assert [path.name for path in tmp_path.iterdir()] == [".secret_key"]


def test_of_two_processes_that_start_together_one_makes_the_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / ".secret_key"
    link = os.link

    def come_second(draft: str, target: Path) -> None:
        target.write_text("the other's key")
        link(draft, target)

    monkeypatch.setattr(os, "link", come_second)

    assert development_secret_key(path) == "the other's key"
    assert [entry.name for entry in tmp_path.iterdir()] == [".secret_key"]
