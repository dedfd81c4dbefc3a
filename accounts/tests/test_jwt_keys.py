"""manage.py jwt_keys: the file that it writes, and its output."""

import io
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import OperationalError

from accounts.keys.ring import DEFAULT_KID
from accounts.models import AuthEvent

from .rings import EARLIER, key, stored, write_ring

pytestmark = pytest.mark.django_db

BESIDE = 6


def jwt_keys(*arguments: str) -> str:
    output = io.StringIO()
    call_command("jwt_keys", *arguments, stdout=output)
    return output.getvalue()


def test_the_default_key_is_listed_without_its_secret() -> None:
    assert jwt_keys("list").splitlines() == [
        "kid      alg    state    not_before            retire_at",
        "default  HS256  signing  1970-01-01T00:00:00Z  -",
    ]


def test_a_rotation_from_the_first_key_to_the_last(ring_path: Path, clock: Any) -> None:
    added = jwt_keys("add", "--alg", "ES256")
    (kid,) = set(stored(ring_path)) - {DEFAULT_KID}
    assert added == f"Added {kid}. It signs from 2026-03-01T13:00:00Z on.\n"
    assert jwt_keys("retire", "default") == (
        "default retires. It verifies until 2026-03-15T13:00:00Z.\n"
    )
    assert jwt_keys("list").splitlines()[1:] == [
        "default                HS256  signing  1970-01-01T00:00:00Z  2026-03-15T13:00:00Z",
        f"{kid}  ES256  next     2026-03-01T13:00:00Z  -",
    ]
    with pytest.raises(CommandError, match="still verifies, until 2026-03-15T13:00:00Z"):
        jwt_keys("remove", "default")
    clock.move_to("2026-03-15T13:00:00Z")
    assert jwt_keys("remove", "default") == "Removed default.\n"
    assert jwt_keys("list").splitlines()[1:] == [f"{kid}  ES256  signing  2026-03-01T13:00:00Z  -"]


def test_every_change_is_on_the_record(ring_path: Path, clock: Any) -> None:
    jwt_keys("add", "--alg", "ES256", "--lead", "0s")
    (kid,) = set(stored(ring_path)) - {DEFAULT_KID}
    jwt_keys("retire", "default", "--now")
    jwt_keys("remove", "default")
    assert list(AuthEvent.objects.order_by("id").values_list("kind", "detail")) == [
        ("key_changed", f"{kid} added, ES256"),
        ("key_changed", f"default retired now; {kid} signs"),
        ("key_changed", "default removed"),
    ]


def test_a_key_is_changed_without_a_database_too(
    ring_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any, **options: Any) -> None:
        raise OperationalError("no database")

    monkeypatch.setattr(AuthEvent.objects, "create", refuse)
    errors = io.StringIO()
    call_command("jwt_keys", "add", "--alg", "EdDSA", stdout=io.StringIO(), stderr=errors)
    assert len(stored(ring_path)) == 2
    assert "not recorded as an event: no database" in errors.getvalue()


def test_a_compromised_key_goes_at_once(ring_path: Path, clock: Any) -> None:
    write_ring(ring_path, key("EdDSA", 0), key("EdDSA", 1))
    said = jwt_keys("retire", "eddsa-1", "--now")
    assert said == ("eddsa-1 is retired: its tokens are refused from now on. eddsa-0 signs.\n")
    assert stored(ring_path)["eddsa-1"]["retire_at"] == "2026-03-01T12:00:00Z"


def test_a_key_that_comes_back_is_told_of(ring_path: Path, clock: Any) -> None:
    jwt_keys("add", "--alg", "EdDSA", "--lead", "0s")
    (kid,) = set(stored(ring_path)) - {DEFAULT_KID}
    jwt_keys("retire", "default")
    assert jwt_keys("retire", kid, "--now").splitlines() == [
        f"{kid} is retired: its tokens are refused from now on. default signs.",
        (
            "default stays longer: it was due to retire at 2026-03-15T12:00:00Z, and now never. "
            "Retire it again later."
        ),
    ]
    assert AuthEvent.objects.latest("id").detail == f"{kid} retired now; default signs"


def test_a_key_that_stays_longer_is_told_of(ring_path: Path, clock: Any) -> None:
    jwt_keys("add", "--alg", "EdDSA", "--lead", "0s")
    (kid,) = set(stored(ring_path)) - {DEFAULT_KID}
    jwt_keys("retire", "default")
    jwt_keys("add", "--alg", "EdDSA", "--lead", "1h")
    assert jwt_keys("retire", kid, "--now").splitlines()[1] == (
        "default stays longer: it was due to retire at 2026-03-15T12:00:00Z, and now at "
        "2026-03-15T13:00:00Z."
    )


@pytest.mark.parametrize("lead", ["0s", "90s", "30m", "2h", "14d"])
def test_the_lead_can_be_chosen(lead: str, ring_path: Path, clock: Any) -> None:
    begins = {
        "0s": "2026-03-01T12:00:00Z",
        "90s": "2026-03-01T12:01:30Z",
        "30m": "2026-03-01T12:30:00Z",
        "2h": "2026-03-01T14:00:00Z",
        "14d": "2026-03-15T12:00:00Z",
    }
    assert f"from {begins[lead]} on" in jwt_keys("add", "--alg", "EdDSA", "--lead", lead)


@pytest.mark.parametrize("lead", ["", "1", "h", "-1h", "1.5h", "1w", "12345d", "１h"])
def test_a_lead_that_is_none_is_refused(lead: str, ring_path: Path) -> None:
    with pytest.raises(CommandError, match="is not a number with a unit"):
        jwt_keys("add", "--alg", "EdDSA", f"--lead={lead}")
    assert not ring_path.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "required: action"),
        (["add"], "required: --alg"),
        (["add", "--alg", "none"], "invalid choice: 'none'"),
        (["add", "--alg", "HS512"], "invalid choice: 'HS512'"),
        (["retire"], "required: kid"),
    ],
)
def test_a_command_that_is_none_is_refused(arguments: list[str], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        jwt_keys(*arguments)


@pytest.mark.parametrize("arguments", [["add", "--alg", "EdDSA"], ["retire", "k"], ["remove", "k"]])
def test_a_change_needs_a_file(arguments: list[str]) -> None:
    with pytest.raises(CommandError, match="Set JWT_KEYRING to the path of the file"):
        jwt_keys(*arguments)


@pytest.mark.parametrize("action", [["list"], ["add", "--alg", "EdDSA"], ["remove", "default"]])
def test_a_broken_file_is_named_and_left(action: list[str], ring_path: Path) -> None:
    ring_path.write_text("{")
    with pytest.raises(CommandError, match=r"keys\.json is not JSON"):
        jwt_keys(*action)
    assert ring_path.read_text() == "{"


def test_a_folder_that_is_not_there_is_named(ring_path: Path, settings: Any) -> None:
    settings.JWT_KEYRING = ring_path.parent / "nowhere" / "keys.json"
    with pytest.raises(CommandError, match="nowhere can't be opened: No such file"):
        jwt_keys("add", "--alg", "EdDSA")


def test_a_ring_that_a_server_refuses_can_be_listed(ring_path: Path, clock: Any) -> None:
    write_ring(ring_path, key("EdDSA", retire_at=EARLIER))
    assert "retired" in jwt_keys("list")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_is_for_its_owner_alone(ring_path: Path) -> None:
    jwt_keys("add", "--alg", "EdDSA")
    assert mode(ring_path) == 0o600
    assert os.listdir(ring_path.parent) == [ring_path.name]  # noqa: PTH208  # names are what counts


def test_a_file_keeps_the_mode_it_was_given(ring_path: Path) -> None:
    jwt_keys("add", "--alg", "EdDSA")
    ring_path.chmod(0o640)
    jwt_keys("add", "--alg", "EdDSA")
    assert mode(ring_path) == 0o640


def test_a_link_to_the_file_stays_one(ring_path: Path) -> None:
    target = ring_path.with_name("target.json")
    write_ring(target, key("EdDSA"))
    ring_path.symlink_to(target)
    jwt_keys("add", "--alg", "ES256")
    assert ring_path.is_symlink()
    assert len(stored(target)) == 2


def test_a_disk_that_is_full_leaves_the_file_and_no_draft(
    ring_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_ring(ring_path, key("EdDSA"))
    before = ring_path.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("accounts.keys.ring_file.os.fsync", full)
    with pytest.raises(CommandError, match="can't be written: No space left on device"):
        jwt_keys("add", "--alg", "EdDSA")
    assert ring_path.read_bytes() == before
    assert [path.name for path in ring_path.parent.iterdir()] == [ring_path.name]


def test_no_command_prints_a_secret(ring_path: Path) -> None:
    said = "".join(jwt_keys("add", "--alg", alg, "--lead", "0s") for alg in ("HS256", "RS256"))
    said += jwt_keys("list") + jwt_keys("retire", "default", "--now") + jwt_keys("list")
    secrets = [jwk["k" if "k" in jwk else "d"] for jwk in stored(ring_path).values()]
    assert len(secrets) == 3
    assert not [secret for secret in secrets if secret in said]


def test_commands_at_once_lose_no_key(ring_path: Path) -> None:
    command = [sys.executable, "manage.py", "jwt_keys", "add", "--alg", "EdDSA"]
    nowhere = f"sqlite:///{ring_path.with_suffix('.sqlite3')}"
    environment = {**os.environ, "JWT_KEYRING": str(ring_path), "DATABASE_URL": nowhere}
    running = [
        subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.PIPE)
        for _ in range(BESIDE)
    ]
    said = [process.communicate()[0].decode() for process in running]
    assert {process.returncode for process in running} == {0}
    added = {line.split()[1].rstrip(".") for line in said}
    assert added | {DEFAULT_KID} == set(stored(ring_path))
    assert len(added) == BESIDE
