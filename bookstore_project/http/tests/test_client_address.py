"""The client's address: a forged X-Forwarded-For has no effect."""

from typing import Any

import pytest
from django.test import RequestFactory

from bookstore_project.http.client_address import (
    BadForwardedForError,
    client_address,
    client_network,
)

PEER = "198.51.100.1"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "", PEER),
        (0, "203.0.113.7", PEER),
        (1, "", PEER),
        (1, "203.0.113.7", "203.0.113.7"),
        (1, "6.6.6.6, 203.0.113.7", "203.0.113.7"),
        (2, "6.6.6.6, 203.0.113.7, 10.0.0.2", "203.0.113.7"),
        (1, "203.0.113.7:51423", "203.0.113.7"),
        (1, "[2001:DB8:5::7]", "2001:db8:5::7"),
        (1, "[2001:db8:5::7]:51423", "2001:db8:5::7"),
        (1, "[::ffff:203.0.113.7]:51423", "203.0.113.7"),
        (2, "203.0.113.7:51423, 10.0.0.2:80", "203.0.113.7"),
        (1, "6.6.6.6, 2001:DB8::1", "2001:db8::1"),
        (1, "fe80::1%eth0", "fe80::1"),
        (1, "::ffff:203.0.113.7", "203.0.113.7"),
        (1, f"fe80::1%{'x' * 100}", "fe80::1"),
    ],
)
def test_the_address_comes_from_the_configured_proxies(
    proxies: int, forwarded: str, expected: str, settings: Any
) -> None:
    settings.TRUSTED_PROXIES = proxies
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    request = RequestFactory().get("/", headers=headers, REMOTE_ADDR=PEER)
    assert client_address(request) == expected


@pytest.mark.parametrize(
    ("proxies", "forwarded"),
    [
        (1, ""),
        (1, "junk"),
        (1, "unknown"),
        (1, "_hidden"),
        (1, "203.0.113.7, "),
        (1, "203.0.113.7, junk"),
        (1, "203.0.113.7:http"),
        (1, "203.0.113.7:999999"),
        (1, "[203.0.113.7"),
        (1, "[junk]:80"),
        (1, "2001:db8:5::7]:80"),
        (1, "6" * 100),
        (2, "203.0.113.7"),
    ],
)
def test_an_entry_that_is_no_address_is_never_the_proxys_own(
    proxies: int, forwarded: str, settings: Any
) -> None:
    settings.TRUSTED_PROXIES = proxies
    headers = {"X-Forwarded-For": forwarded}
    with pytest.raises(BadForwardedForError):
        client_address(RequestFactory().get("/", headers=headers, REMOTE_ADDR=PEER))


def test_a_unix_socket_has_no_address() -> None:
    assert client_address(RequestFactory().get("/", REMOTE_ADDR="")) is None


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("", ""),
    ],
)
def test_an_ipv6_client_is_counted_by_its_network(address: str, network: str) -> None:
    assert client_network(RequestFactory().get("/", REMOTE_ADDR=address)) == network
