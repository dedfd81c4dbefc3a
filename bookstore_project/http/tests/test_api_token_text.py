"""The text of API tokens: recognisable, and refused if it is mistyped."""

import re
import zlib
from pathlib import Path

import pytest
from django.conf import settings

from bookstore_project.http.api_token_text import (
    ALPHABET,
    PATTERN,
    is_api_token,
    is_well_formed,
    new_token,
    redacted,
)

# The largest secret, so that every digit and the padding of the checksum are tested.
LARGEST = 2**256 - 1


def number_of(digits: str) -> int:
    number = 0
    for digit in digits:
        number = number * 62 + ALPHABET.index(digit)
    return number


def test_a_token_has_a_prefix_256_random_bits_and_the_crc_32_of_them() -> None:
    token = new_token()

    assert PATTERN.fullmatch(token)
    assert is_api_token(token)
    assert is_well_formed(token)
    secret, checksum = token[4:47], token[47:]
    assert (token[:4], len(secret), len(checksum)) == ("bks_", 43, 6)
    assert number_of(checksum) == zlib.crc32(secret.encode())


def test_no_two_tokens_are_the_same() -> None:
    assert len({new_token() for _ in range(1_000)}) == 1_000


@pytest.mark.parametrize("bits", [0, 1, LARGEST])
def test_every_number_of_256_bits_has_43_digits(bits: int, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def randbits(number: int) -> int:
        asked.append(number)
        return bits

    monkeypatch.setattr("secrets.randbits", randbits)
    token = new_token()

    assert asked == [256]
    assert number_of(token[4:47]) == bits
    assert is_well_formed(token)


def test_a_mistyped_token_is_not_well_formed() -> None:
    token = new_token()

    for place in range(4, len(token)):
        other = "A" if token[place] != "A" else "B"
        assert not is_well_formed(f"{token[:place]}{other}{token[place + 1 :]}")


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token[:-1],
        lambda token: f"{token}0",
        lambda token: f"{token}\n",
        lambda token: f" {token}",
        lambda token: token.replace("bks_", "bkx_"),
        lambda token: token.replace("bks_", "BKS_"),
        lambda token: f"{token[:-1]}\u0661",
        lambda token: f"{token[:-1]}-",
    ],
)
def test_another_form_is_not_well_formed(change: object) -> None:
    assert not is_well_formed(change(new_token()))  # type: ignore[operator]  # a lambda


def test_a_secret_is_redacted_wherever_it_is_in_a_text() -> None:
    token = new_token()

    assert redacted(f"GET /x/{token}/y {token[:20]}") == "GET /x/bks_[redacted]/y bks_[redacted]"
    assert re.search(token[4:], redacted(token)) is None


@pytest.mark.parametrize("text", ["", "bks_", "a bks_short b", "nothing of that kind"])
def test_other_texts_stay(text: str) -> None:
    assert redacted(text) == text


def test_the_page_has_the_expression_for_secret_scanners() -> None:
    page = Path(settings.BASE_DIR, "docs", "api-tokens.md").read_text(encoding="utf-8")

    assert f"\n{PATTERN.pattern}\n" in page
