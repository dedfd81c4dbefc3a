"""What Schemathesis can't read from the OpenAPI document: loaded by it, see schemathesis.toml.

Some rules have no words in JSON Schema: a check digit, Unicode categories, a list of common
passwords. For those the document names a format of its own, and here is how to make values of it.
"""

import os
import string
from decimal import Decimal
from typing import Any

import schemathesis
from hypothesis import strategies as st
from schemathesis import Case, HookContext, SerializationContext
from stdnum import ean

schemathesis.openapi.format(
    "isbn",
    st.integers(min_value=978_000_000_000, max_value=979_999_999_999)
    .map(str)
    .map(lambda digits: digits + ean.calc_check_digit(digits)),
)
schemathesis.openapi.format(
    "login-name", st.text(string.ascii_letters + string.digits, min_size=1, max_size=40)
)
# Letters of another script: nothing like the name, the address or a common password.
schemathesis.openapi.format("new-password", st.text("αβγδεζηθικλμνξοπρστυφχψω", min_size=8))


@schemathesis.serializer("application/x-ndjson", "text/csv")
def file_of_books(context: SerializationContext, value: Any) -> bytes:
    """Send a generated file as it is."""
    return value if isinstance(value, bytes) else str(value).encode()


@schemathesis.hook
def map_body(context: HookContext, body: Any) -> Any:
    """Take the noise out of generated multiples of 0.01, such as 0.35000000000000003."""
    for member in ("price", "book_prize"):
        if isinstance(body, dict) and isinstance(body.get(member), float):
            price = round(body[member], 2)
            if abs(Decimal(price) - Decimal(body[member])) < Decimal("1e-9"):
                body[member] = price
    return body


@schemathesis.hook
def filter_case(context: HookContext, case: Case[Any]) -> bool:
    """Leave out what would spoil the run, and what the document can't promise."""
    return not (
        _is_own_access(case)
        or _is_made_up_cursor(case)
        or _ends_the_run(case)
        or _is_mislabelled(case)
    )


def _is_mislabelled(case: Case[Any]) -> bool:
    """Return whether a request that should succeed has a number for a list of entity tags.

    Schemathesis makes it to be refused, and then takes the 0 for a text: it is called valid
    though it does not match the pattern. With `0` as text, books/tests/test_versions.py.
    """
    headers: Any = case.headers or {}
    numbers = [str(headers.get(name, "")).isdecimal() for name in ("If-Match", "If-None-Match")]
    return case.meta is not None and case.meta.generation.mode.is_positive and any(numbers)


def _is_own_access(case: Case[Any]) -> bool:
    """Return whether an admin would take the token's own rights away, or the login's."""
    public_id = (case.path_parameters or {}).get("public_id")
    return case.method == "PATCH" and public_id in os.environ["SCHEMATHESIS_KEEP"].split()


def _ends_the_run(case: Case[Any]) -> bool:
    """Return whether the token of the run would be refused from then on.

    What ends the session of the run whatever it sends is left out in schemathesis.toml.
    """
    parameters = case.path_parameters or {}
    kept = os.environ["SCHEMATHESIS_KEEP"].split()
    return case.method == "DELETE" and not {*map(str, parameters.values())}.isdisjoint(kept)


def _is_made_up_cursor(case: Case[Any]) -> bool:
    """Return whether a request that should succeed has a cursor that no page gave out."""
    return (
        case.meta is not None
        and case.meta.generation.mode.is_positive
        and "cursor" in (case.query or {})
    )
