"""The address of a record is what DRF makes of its route."""

import pytest
from django.test.utils import override_script_prefix
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.request import Request
from rest_framework.reverse import reverse
from rest_framework.test import APIRequestFactory

from bookstore_project.speed.record_address import record_address

PREFIXES = st.sampled_from(["/", "/shop/", "/1234567890123456789/"])
QUERIES = st.sampled_from(["", "?format=json", "?format=api&x=1"])


@given(pk=st.integers(1, 2**63 - 1), prefix=PREFIXES, query=QUERIES, secure=st.booleans())
def test_the_address_is_what_drf_makes_of_the_route(
    pk: int, prefix: str, query: str, secure: bool
) -> None:
    request = Request(APIRequestFactory().post(f"/api/v1/books{query}", secure=secure))

    with override_script_prefix(prefix):
        address = record_address("book-detail", pk, request)
        assert address == reverse("book-detail", kwargs={"pk": pk}, request=request)

    assert address.partition("://")[2].startswith(f"testserver{prefix}api/v1/books/{pk}")


@pytest.mark.parametrize("pk", [31, 10**18])
def test_one_number_leaves_nothing_in_the_address_of_the_next(pk: int) -> None:
    request = Request(APIRequestFactory().post("/api/v1/books"))
    address = record_address("book-detail", pk, request)
    assert address == f"http://testserver/api/v1/books/{pk}"
