"""Hooks for facts that are not in the OpenAPI document. Loaded as schemathesis.toml says.

Some rules can't be expressed in JSON Schema: a check digit, Unicode categories, a list of common
passwords. The document that Schemathesis reads gets custom formats for them, and this module
generates their values.
"""

import os
import re
import string
from datetime import date
from typing import Any

import schemathesis
from hypothesis import strategies as st
from schemathesis import Case, HookContext, SerializationContext
from stdnum import ean

schemathesis.openapi.format(
    "isbn",
    # Without those of printed music, which begin with 979-0.
    (st.integers(978_000_000_000, 978_999_999_999) | st.integers(979_100_000_000, 979_999_999_999))
    .map(str)
    .map(lambda digits: digits + ean.calc_check_digit(digits)),
)
schemathesis.openapi.format(
    "login-name", st.text(string.ascii_letters + string.digits, min_size=1, max_size=40)
)
# Letters of another script, unlike the name, the address and common passwords.
schemathesis.openapi.format("new-password", st.text("αβγδεζηθικλμνξοπρστυφχψω", min_size=8))
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# The schemas with such a rule: members of a component, and parameters of all operations.
FORMATS = {
    ("BookRequest", "isbn"): "isbn",
    ("IsbnBookRequest", "isbn"): "isbn",
    ("PatchedBookRequest", "isbn"): "isbn",
    ("InviteRequest", "name"): "login-name",
    ("NewApiTokenRequest", "name"): "login-name",
    ("NewPasskeyRequest", "name"): "login-name",
    ("PatchedPasskeyRequest", "name"): "login-name",
    ("PatchedProfileRequest", "name"): "login-name",
    ("RegisterRequest", "name"): "login-name",
    ("TutorialRegisterRequest", "name"): "login-name",
    ("PasswordChangeRequest", "new_password"): "new-password",
    ("PasswordResetConfirmRequest", "new_password"): "new-password",
    ("RegisterRequest", "password"): "new-password",
    ("TutorialRegisterRequest", "password"): "new-password",
}


@schemathesis.hook
def before_load_schema(context: HookContext, raw_schema: dict[str, Any]) -> None:
    """Add the custom formats to the document."""
    schemas = raw_schema["components"]["schemas"]
    for (component, member), name in FORMATS.items():
        schemas[component]["properties"][member]["format"] = name
    proofs = set(filter(None, map(_with_required_proof, schemas.items())))
    for operations in raw_schema["paths"].values():
        for operation in operations.values():
            body = operation.get("requestBody", {})
            if any(name in str(body) for name in proofs):
                body["required"] = True
            for parameter in operation.get("parameters", ()):
                if parameter["name"] == "isbn":
                    schema = parameter["schema"]
                    schema.get("items", schema)["format"] = "isbn"


def _with_required_proof(component: tuple[str, Any]) -> str:
    """Require the current password in a component that has one, and return its reference.

    The document has it as optional, because accounts with a second factor need none. Those of a run
    have no factor; accounts/tests tests requests without the password.
    """
    name, schema = component
    member = "password" if name == "PasswordRequest" else "current_password"
    if member not in schema.get("properties", {}):
        return ""
    if name.startswith("Patched"):
        schema["dependentRequired"] = {"name": [member]}
        return ""
    schema["required"] = sorted({*schema.get("required", ()), member})
    return f"#/components/schemas/{name}'"


@schemathesis.serializer(
    "application/x-ndjson",
    "text/csv",
    "text/tab-separated-values",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
)
def file_of_books(context: SerializationContext, value: Any) -> bytes:
    """Send a generated file unchanged."""
    return value if isinstance(value, bytes) else str(value).encode()


@schemathesis.hook
def filter_case(context: HookContext, case: Case[Any]) -> bool:
    """Skip cases that would break the run, and cases whose outcome the document can't specify."""
    return not (
        _is_own_access(case)
        or _is_made_up_cursor(case)
        or _names_two_isbns(case)
        or _ends_the_run(case)
        or _is_mislabelled(case)
        or _has_made_up_options(case)
        or _refreshes_nothing(case)
        or _has_half_an_operation(case)
        or _has_a_number_for_a_price(case)
        or _has_a_mark_for_other_files(case)
        or _has_no_value(case)
        or _logs_in_twice(case)
        or _has_not_one_code(case)
        or _has_a_day_of_no_month(case)
    )


@schemathesis.hook
def before_add_examples(context: HookContext, examples: list[Case[Any]]) -> None:
    """Skip the same cases among those made of examples, for which filter_case is not called."""
    examples[:] = [case for case in examples if filter_case(context, case)]


def _has_a_mark_for_other_files(case: Case[Any]) -> bool:
    """Return whether a request asks for a byte order mark in a file that has none, such as NDJSON.

    books/tests/test_export.py tests the refusal.
    """
    query = case.query or {}
    return case.path.endswith("/books/export") and "bom" in query and "format" in query


def _has_no_value(case: Case[Any]) -> bool:
    """Return whether an invalid value in the query becomes a valid one in an address.

    `name=null` asks for books with that name, and an empty filter is no filter.
    """
    is_negative = case.meta is not None and case.meta.generation.mode.is_negative
    return is_negative and any(value in (None, "null", "") for value in (case.query or {}).values())


def _has_a_day_of_no_month(case: Case[Any]) -> bool:
    """Return whether a request that should succeed has a day such as 0302-02-31.

    The patterns of dates do not say which months are shorter. books/tests/test_more_filters.py and
    test_publication.py test the refusals.
    """
    is_positive = case.meta is not None and case.meta.generation.mode.is_positive
    body = case.body if isinstance(case.body, dict) else {}
    texts = map(str, (*(case.query or {}).values(), *body.values()))
    days = [found[0] for text in texts if (found := DAY.match(text))]
    return is_positive and not all(map(_is_in_the_calendar, days))


def _is_in_the_calendar(day: str) -> bool:
    try:
        date.fromisoformat(day)
    except ValueError:
        return False
    return True


def _logs_in_twice(case: Case[Any]) -> bool:
    """Return whether an invalid body is sent with a Basic header, with which every body is ignored.

    flask_compat/tests/test_copies.py tests invalid bodies.
    """
    is_negative = case.meta is not None and case.meta.generation.mode.is_negative
    return is_negative and case.path == "/login"


def _has_not_one_code(case: Case[Any]) -> bool:
    """Return whether a second step or a step-up that should succeed has no proof, or two.

    A union could say that one is required, but generated clients wrap unions.
    accounts/tests/test_second_factor_login.py and test_step_up.py test the refusals.
    """
    is_positive = case.meta is not None and case.meta.generation.mode.is_positive
    is_second = case.path.endswith(("/auth/token/second-factor", "/auth/step-up"))
    body = case.body if isinstance(case.body, dict) else ()
    sent = {"code", "recovery_code", "passkey"}.intersection(body)
    return is_second and is_positive and len(sent) != 1


def _refreshes_nothing(case: Case[Any]) -> bool:
    """Return whether a refresh that should succeed has no token in a body.

    Only a refresh by the cookie needs none; accounts/tests/test_refresh_cookie.py tests it.
    """
    is_positive = case.meta is not None and case.meta.generation.mode.is_positive
    is_refresh = case.path.endswith("/auth/token/refresh")
    return is_refresh and is_positive and not isinstance(case.body, dict)


def _has_a_number_for_a_price(case: Case[Any]) -> bool:
    """Return whether a request that should fail has a number for a price.

    The document has the type of prices as text or null; numbers are taken as well.
    """
    body = case.body if isinstance(case.body, dict) else {}
    prices = [body.get(member) for member in ("price", "book_prize")]
    return any(isinstance(price, (int, float)) for price in prices)


def _has_made_up_options(case: Case[Any]) -> bool:
    """Return whether an import that should succeed has a generated option for its file.

    Only some texts name a character set, columns or a form of dates.
    """
    body = case.body if isinstance(case.body, dict) else {}
    texts = {"encoding", "columns", "date_format", "sheet"}
    is_import = case.path.endswith("/books/import")
    given = {*(case.query or {}), *body}
    is_positive = case.meta is not None and case.meta.generation.mode.is_positive
    return is_import and is_positive and not texts.isdisjoint(given)


def _has_half_an_operation(case: Case[Any]) -> bool:
    """Return whether a batch that should succeed has an operation without what it needs.

    A union of the three kinds of operations could say that, but generated clients wrap unions.
    """
    is_positive = case.meta is not None and case.meta.generation.mode.is_positive
    body: Any = case.body
    is_batch = case.path.endswith("/books/batch") and isinstance(body, dict)
    operations = body.get("operations", []) if is_batch and is_positive else []
    return not all(map(_is_whole, operations))


def _is_whole(operation: dict[str, Any]) -> bool:
    given = operation.keys()
    match operation["op"]:
        case "create":
            is_book = {"name", "author"} <= operation.get("book", {}).keys()
            return is_book and given.isdisjoint({"id", "version"})
        case "change":
            return {"id", "book"} <= given
        case _:
            return "id" in given and "book" not in given


def _is_mislabelled(case: Case[Any]) -> bool:
    """Return whether a request that should succeed has a number for a list of entity tags.

    Schemathesis generates it as an invalid value, and then treats the 0 as a text and the case as
    valid, although it does not match the pattern. books/tests/test_versions.py tests `0` as text.
    """
    headers: Any = case.headers or {}
    numbers = [str(headers.get(name, "")).isdecimal() for name in ("If-Match", "If-None-Match")]
    return case.meta is not None and case.meta.generation.mode.is_positive and any(numbers)


def _is_own_access(case: Case[Any]) -> bool:
    """Return whether the admin would remove their own rights, or those of the Basic login."""
    public_id = (case.path_parameters or {}).get("public_id")
    return case.method == "PATCH" and public_id in os.environ["SCHEMATHESIS_KEEP"].split()


def _ends_the_run(case: Case[Any]) -> bool:
    """Return whether the request would invalidate the token of the run.

    Routes that always end the session are excluded in schemathesis.toml.
    """
    parameters = case.path_parameters or {}
    kept = os.environ["SCHEMATHESIS_KEEP"].split()
    return case.method == "DELETE" and not {*map(str, parameters.values())}.isdisjoint(kept)


def _is_made_up_cursor(case: Case[Any]) -> bool:
    """Return whether a request that should succeed has a generated cursor, also one of the feed."""
    return (
        case.meta is not None
        and case.meta.generation.mode.is_positive
        and not {"cursor", "since"}.isdisjoint(case.query or {})
    )


def _names_two_isbns(case: Case[Any]) -> bool:
    """Return whether a request that should succeed has a generated ISBN in the path and the body.

    They must be the same; books/tests/test_by_isbn.py sends different ones.
    """
    return (
        case.meta is not None
        and case.meta.generation.mode.is_positive
        and "isbn" in (case.path_parameters or {})
        and isinstance(case.body, dict)
        and "isbn" in case.body
    )
