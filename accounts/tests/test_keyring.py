"""The ring: which key signs, which verify, and how one takes over from another."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from accounts.keys.key import Key, KeyringError
from accounts.keys.ring import (
    DEFAULT_KID,
    TOKEN_LIFETIME,
    Keyring,
    key_add,
    key_remove,
    key_retire,
    key_revoke,
)

from .rings import EARLIER, START, key, stored, write_ring

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)

pytestmark = pytest.mark.usefixtures("clock")

OLD = key("EdDSA", 0, not_before=EARLIER)
NOW = key("EdDSA", 1, not_before=START)
NEXT = key("EdDSA", 2, not_before=START + HOUR)


def retired(old: Key, after: timedelta) -> Key:
    return key("EdDSA", int(old.kid[-1]), not_before=old.not_before, retire_at=START + after)


def test_the_latest_that_has_begun_signs() -> None:
    ring = Keyring([NEXT, OLD, NOW])
    assert ring.signing_key(START - SECOND) == OLD
    assert ring.signing_key(START) == NOW
    assert ring.signing_key(START + HOUR - SECOND) == NOW
    assert ring.signing_key(START + HOUR) == NEXT
    assert ring.signing_key(EARLIER - SECOND) is None


def test_of_keys_added_in_the_same_second_the_last_signs(ring_path: Path) -> None:
    for _ in range(8):
        added = key_add(path=ring_path, alg="EdDSA", lead=timedelta(0))
        assert Keyring.of_file(ring_path).signing_key(START) == added


def test_a_token_made_again_is_signed_with_the_key_of_its_time(clock: Any) -> None:
    clock.move_to(START + HOUR)
    assert Keyring([OLD, NEXT]).key_for(START + HOUR - SECOND) == OLD


def test_a_key_revoked_since_signs_nothing_again(clock: Any) -> None:
    revoked = retired(NOW, HOUR)
    clock.move_to(START + HOUR)
    assert Keyring([OLD, revoked]).key_for(START) == OLD
    assert Keyring([revoked, NEXT]).key_for(START) == NEXT


def test_a_ring_without_a_key_signs_nothing() -> None:
    with pytest.raises(KeyringError, match="No key of the ring can sign"):
        Keyring([]).key_for(START)


def test_a_key_verifies_before_it_signs_and_until_it_retires(clock: Any) -> None:
    ring = Keyring([retired(OLD, HOUR), NOW, NEXT])
    assert {ring.verifying_key(each.kid) for each in ring.keys} == set(ring.keys)
    clock.move_to(START + HOUR - SECOND)
    assert ring.verifying_key(OLD.kid) is not None
    clock.move_to(START + HOUR)
    assert ring.verifying_key(OLD.kid) is None


@pytest.mark.parametrize("kid", [None, "", "another", 1, True, ["eddsa-0"], {"eddsa-0": 1}])
def test_a_name_of_no_key_verifies_nothing(kid: object) -> None:
    assert Keyring([OLD]).verifying_key(kid) is None


def test_a_ring_is_published_but_for_its_secrets_and_its_retired_keys() -> None:
    ring = Keyring([key("HS256"), retired(OLD, -HOUR), NOW, NEXT])
    assert ring.published() == [NOW, NEXT]


def test_each_key_has_one_state() -> None:
    ring = Keyring([retired(OLD, -HOUR), key("ES256"), NOW, NEXT])
    assert [ring.state(each) for each in ring.keys] == ["retired", "verifying", "signing", "next"]


def test_two_keys_of_one_name_are_refused() -> None:
    with pytest.raises(KeyringError, match="the same kid"):
        Keyring([OLD, key("EdDSA", 0, not_before=START)])


@pytest.mark.parametrize(
    ("keys", "moment"),
    [
        ([], "2026-03-01T12:00:00Z"),
        ([NEXT], "2026-03-01T12:00:00Z"),
        ([retired(OLD, timedelta())], "2026-03-01T12:00:00Z"),
        ([retired(OLD, HOUR - SECOND), NEXT], "2026-03-01T12:59:59Z"),
        ([retired(OLD, HOUR)], "2026-03-01T13:00:00Z"),
        ([OLD, retired(OLD, HOUR)][1:], "2026-03-01T13:00:00Z"),
    ],
)
def test_a_ring_that_could_not_sign_at_some_moment_is_refused(
    keys: list[Key], moment: str, ring_path: Path
) -> None:
    with pytest.raises(KeyringError, match=f"No key of the ring could sign at {moment}"):
        Keyring.of_file(write_ring(ring_path, *keys))


@pytest.mark.parametrize("keys", [[OLD], [retired(OLD, HOUR), NEXT], [OLD, retired(NOW, HOUR)]])
def test_a_ring_that_can_sign_at_every_moment_is_taken(keys: list[Key], ring_path: Path) -> None:
    assert len(Keyring.of_file(write_ring(ring_path, *keys)).keys) == len(keys)


def test_a_new_key_signs_after_its_lead(ring_path: Path) -> None:
    write_ring(ring_path, OLD)
    added = key_add(path=ring_path, alg="ES256")
    ring = Keyring.of_file(ring_path)
    assert ring.signing_key(START + HOUR - SECOND) == OLD
    assert ring.signing_key(START + HOUR) == added
    assert ring.verifying_key(added.kid) == added


def test_a_new_file_begins_with_the_default_key(ring_path: Path, settings: Any) -> None:
    added = key_add(path=ring_path, alg="EdDSA", lead=HOUR)
    assert set(stored(ring_path)) == {DEFAULT_KID, added.kid}
    default = Keyring.of_file(ring_path).key_for(START)
    assert (default.kid, default.private) == (DEFAULT_KID, settings.JWT_SIGNING_KEY.encode())


def test_a_ring_that_signs_no_more_is_mended_by_a_new_key(ring_path: Path) -> None:
    write_ring(ring_path, retired(OLD, -HOUR))
    key_add(path=ring_path, alg="EdDSA", lead=timedelta())
    assert len(Keyring.of_file(ring_path).keys) == 2


def test_a_key_retires_when_the_last_token_it_signed_has_expired(ring_path: Path) -> None:
    write_ring(ring_path, OLD, NEXT)
    key_retire(path=ring_path, kid=OLD.kid)
    assert stored(ring_path)[OLD.kid]["retire_at"] == "2026-03-15T13:00:00Z"
    assert "retire_at" not in stored(ring_path)[NEXT.kid]


Change = Callable[..., Key]


@pytest.mark.parametrize(
    ("change", "kid", "message"),
    [
        (key_retire, NEXT.kid, "No key takes over from eddsa-2. Add one: manage.py jwt_keys add"),
        (key_retire, "another", "There is no key another"),
        (key_revoke, "another", "There is no key another"),
        (key_remove, "another", "There is no key another"),
        (key_retire, NOW.kid, "eddsa-1 is retired already"),
        (key_revoke, NOW.kid, "eddsa-1 is retired already"),
        (key_revoke, OLD.kid, "No key of the ring could sign at 2026-03-01T12:00:00Z"),
        (key_remove, OLD.kid, "eddsa-0 still verifies, and is not to be retired"),
    ],
)
def test_a_change_that_can_not_be_made_leaves_the_file(
    change: Change, kid: str, message: str, ring_path: Path
) -> None:
    write_ring(ring_path, OLD, retired(NOW, timedelta()), NEXT)
    before = ring_path.read_bytes()
    with pytest.raises(KeyringError, match=message):
        change(path=ring_path, kid=kid)
    assert ring_path.read_bytes() == before


def test_a_revoked_key_is_refused_at_once(ring_path: Path) -> None:
    write_ring(ring_path, OLD, NOW)
    key_revoke(path=ring_path, kid=NOW.kid)
    ring = Keyring.of_file(ring_path)
    assert ring.verifying_key(NOW.kid) is None
    assert ring.key_for(START) == OLD


def test_a_key_whose_successor_is_revoked_stays(ring_path: Path) -> None:
    write_ring(ring_path, OLD, NOW)
    key_retire(path=ring_path, kid=OLD.kid)
    key_revoke(path=ring_path, kid=NOW.kid)
    assert "retire_at" not in stored(ring_path)[OLD.kid]


def test_a_key_stays_for_as_long_as_its_tokens_need_when_a_later_one_takes_over(
    ring_path: Path,
) -> None:
    write_ring(ring_path, OLD, NOW, NEXT)
    key_retire(path=ring_path, kid=OLD.kid)
    key_revoke(path=ring_path, kid=NOW.kid)
    # It signs again, until NEXT does.
    assert Keyring.of_file(ring_path).named(OLD.kid).retire_at == START + HOUR + TOKEN_LIFETIME


def test_a_retired_key_can_be_removed(ring_path: Path) -> None:
    write_ring(ring_path, retired(OLD, -HOUR), NOW)
    key_remove(path=ring_path, kid=OLD.kid)
    assert set(stored(ring_path)) == {NOW.kid}
