"""The codes of errors, with the descriptions that the OpenAPI document has of them.

A code that is missing here fails the tests: they compare every response with the document, and the
codes in the source with these tables.
"""

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import Direction
from rest_framework import serializers

# `code` of problem details (RFC 9457).
PROBLEM_CODES = {
    "bad_authorization_header": "401: `Bearer` is not followed by one token.",
    "bad_forwarded_for": "400: the proxy in front did not name the address of the client.",
    "bad_proxy_secret": "400: the proxy in front sent another secret.",
    "bad_request": "400: the request can't be read.",
    "book_exists": "409: the owner already has that book.",
    "busy": "503: the server has too much to do. Send the request again after `Retry-After`.",
    "changed_meanwhile": "409: another request changed a book of the import. Send the file again.",
    "conflict": "409: the request contradicts what is stored.",
    "conflicting_tokens": "401: two different tokens were sent.",
    "cross_site": "403: a page of another site made the browser send the request.",
    "csrf_failed": "403: the form of a page was sent without its CSRF token.",
    "cursor_expired": "410: the cursor is older than the kept history. Begin without `since`.",
    "database_unavailable": "503: the database is not available, or busy.",
    "disk_full": "503: the server has no room for the file.",
    "email_required": "409: the account must have an email address.",
    "email_taken": "409: another account has this email address.",
    "email_unconfirmed": "403: confirm the address of the account before you sign in.",
    "error": "500: the server failed.",
    "idempotency_key_reused": "422: the key was sent with another request.",
    "import_refused": "422: rows were refused, and nothing was stored; see `report`.",
    "import_running": "409: another import of yours is running.",
    "import_too_slow": "503: the import took too long, and nothing was stored.",
    "insufficient_scope": "403: the API token may not do this.",
    "invalid_credentials": "401: the name or the password is wrong.",
    "invalid_cursor": "400: the cursor can't be used for this list.",
    "invalid_email_token": "403: the token can't confirm an address.",
    "invalid_encoding": "400: the query, a form or a file is not in UTF-8.",
    "invalid_header": "400: a header field can't be parsed.",
    "invalid_parameter": "400: a query parameter is not valid; see `errors`.",
    "invalid_reset_token": "403: the token can't reset a password.",
    "invalid_ticket": "401: the ticket of the sign-in can't be used. Sign in again.",
    "isbn_ambiguous": "409: several books could get the ISBN.",
    "last_admin": "409: no admin would be left.",
    "last_way_in": "409: nothing would be left to sign in with.",
    "length_required": "411: the body has no Content-Length.",
    "limits_unavailable": "503: attempts can't be counted at the moment.",
    "method_not_allowed": "405: the route has no such method; see `Allow`.",
    "name_look_alike": "409: the name looks like that of another account.",
    "name_taken": "409: another account has this name.",
    "no_second_factor": "409: you have no second factor.",
    "no_such_version": "409: the book has no such version to restore.",
    "not_acceptable": "406: no type in `Accept` can be answered.",
    "not_authenticated": "401: no token was sent.",
    "not_found": "404: there is nothing at this address, or nothing that you may see.",
    "not_invitable": "409: the account is inactive, or has a password or no address.",
    "own_account": "409: admins delete their own account at /api/v1/users/me.",
    "parse_error": "400: the body can't be parsed.",
    "passkey_exists": "409: the passkey was added before.",
    "passkey_refused": "401 or 403: the answer of the passkey is refused. Ask for new options.",
    "passkeys_unavailable": "503: browsers have no passkeys at the address of this server.",
    "payload_too_large": "413: the body or the file is too large.",
    "permission_denied": "403: you may not do this.",
    "provider_exists": "409: another account of that provider is linked already.",
    "provider_taken": "409: another account has linked that account of the provider.",
    "refresh_cookie_refused": "403: the cookie came without its header, or from another origin.",
    "refresh_reused": "401: the refresh token was used before, so the session was ended.",
    "search_too_slow": "503: the search took too long. Search for another text.",
    "second_factor_required": "401: the password is right; send a code or a passkey with the "
    "`ticket`.",
    "second_factor_setup_required": "403: admins need a second factor here. Set one up first.",
    "second_factor_unavailable": "503: the server has no key for second factors.",
    "server_error": "500: the server failed.",
    "stale": "412: the record is not in the version that the request demands; see `current`.",
    "step_up_required": "401: the proof of your second factor is older than five minutes. Send a "
    "code to auth/step-up.",
    "throttled": "429: a limit is used up. Send the request again after `Retry-After`.",
    "token_expired": "401: the access token has expired. Get the next one, or sign in.",
    "token_invalid": "401: the token can't be used.",
    "too_many_api_tokens": "409: you have as many API tokens as are allowed.",
    "too_many_idempotency_keys": "429: too many keys were sent within a day.",
    "too_many_passkeys": "409: you have as many passkeys as are allowed.",
    "totp_exists": "409: you have an authenticator app already.",
    "totp_not_begun": "409: no authenticator app waits for its first code.",
    "unknown_parameter": "400: there is no such query parameter, see `errors`.",
    "unsupported_charset": "415: the body is in another charset than UTF-8.",
    "unsupported_media_type": "415: the body is of a type that the route does not take.",
    "validation_error": "400: members of the body are not valid; see `errors`.",
    "wrong_code": "401 or 403: the code is wrong, was used before, or is too old.",
    "wrong_password": "403: `current_password` is not your password.",
}

# `code` of an entry of `errors`: of one member of a body, or of one query parameter.
FIELD_CODES = {
    "at_sign": "A name can't contain an @.",
    "blank": "The text shows nothing.",
    "book_exists": "The owner already has that book.",
    "colon": "A name can't contain a colon.",
    "control_character": "A name can't contain control or invisible characters.",
    "cookie_of_another_site": "Pages of other sites get no cookie.",
    "date": "A time was sent for a date.",
    "empty": "The file is empty.",
    "invalid": "The value has another type or form.",
    "invalid_choice": "The value is not one of those that the member takes.",
    "invalid_cursor": "The cursor can't be used for this list.",
    "invalid_parameter": "The query parameter has another form, or was sent twice.",
    "isbn": "The text is not an ISBN: its digits or its check digit are wrong.",
    "isbn_differs": "The ISBN is not the one of the path.",
    "isbn_rounded": "A spreadsheet has rounded the ISBN.",
    "ismn": "The number is that of printed music (ISMN).",
    "max_decimal_places": "The number has too many decimals.",
    "max_digits": "The number has too many digits.",
    "max_length": "The text is too long.",
    "max_string_length": "The number is written with too many characters.",
    "max_value": "The number is too large.",
    "max_whole_digits": "The number has too many digits before the decimal point.",
    "min_length": "The text is too short.",
    "min_value": "The number is too small.",
    "mixed_scripts": "A name can't mix scripts whose letters look alike.",
    "not_a_list": "The value is not a list.",
    "not_a_text": "The value is a number; write it as a text.",
    "not_found": "There is no such book, or none that you may see.",
    "null": "The member can't be null.",
    "null_characters_not_allowed": "The text has a NUL (U+0000).",
    "password_characters": "The password has control, invisible or unassigned characters.",
    "password_entirely_numeric": "The password has only digits.",
    "password_too_common": "The password is a common one.",
    "password_too_long": "The password is too long.",
    "password_too_short": "The password is too short.",
    "password_too_similar": "The password is similar to the name or the address.",
    "permission_denied": "You may not change the book.",
    "read_only": "The member can't be set; the text says how to change it, if there is a way.",
    "required": "The member is missing.",
    "stale": "The book is of another version.",
    "surrogate_characters_not_allowed": "The text has half of a surrogate pair.",
    "too_many_ties": "Too many books are equal in the first field of the ordering.",
    "too_many_values": "The parameter was repeated too often.",
    "too_slow": "The operations of a batch take too long.",
    "unknown_member": "There is no such member.",
    "unknown_parameter": "There is no such query parameter.",
}

# `code` of an error in the report of an import, besides those of the members of a book.
ROW_CODES = {
    "duplicate_column": "Two columns give the same member.",
    "duplicate_row": "An earlier row of the file is about the same book.",
    "invalid_csv": "The CSV can't be parsed.",
    "invalid_encoding": "The text is in another encoding.",
    "invalid_gzip": "The compressed data is damaged.",
    "invalid_json": "The JSON can't be parsed.",
    "invalid_workbook": "The workbook can't be read.",
    "isbn_ambiguous": "Several books could get the ISBN.",
    "missing_column": "A column that every book needs is missing.",
    "not_an_object": "The JSON value is not an object.",
    "other_currency": "The price is in another currency than those of the store.",
    "parse_error": "The JSON of the row can't be parsed.",
    "permission_denied": "The row is about a book that you may not change.",
    "row_too_long": "The row is too long.",
    "stale": "The row is of another version than the stored book.",
    "too_many_refused": "So many rows were refused that the rest of the file was not read.",
    "too_many_rows": "The file has too many rows.",
    "unknown_column": "Nobody knows the column.",
    "unknown_sheet": "The workbook has no such sheet.",
    "unnamed_column": "A cell stands under no header.",
    "wrong_number_of_cells": "The row has more or fewer cells than the header.",
}

# `code` of a note in the report of an import: a value that was left unset.
NOTE_CODES = {
    "invalid": "The value has another form.",
    "no_date": "The text is not a year or a date.",
    "no_isbn": "The text is not an ISBN.",
    "no_price": "The text is not a price.",
    "other_currency": "The price is in another currency than those of the store.",
}


class CodeField(serializers.CharField):
    """A code of an error. `component` is the name of its schema in the OpenAPI document."""

    component: str
    codes: dict[str, str]


class ProblemCodeField(CodeField):
    component = "ProblemCode"
    codes = PROBLEM_CODES


class FieldCodeField(CodeField):
    component = "FieldErrorCode"
    codes = FIELD_CODES


class RowCodeField(CodeField):
    component = "RowErrorCode"
    codes = dict(sorted({**FIELD_CODES, **ROW_CODES}.items()))


class NoteCodeField(CodeField):
    component = "NoteCode"
    codes = NOTE_CODES


class CodeFieldSchema(OpenApiSerializerFieldExtension):
    """A code is a component of the document: an enumeration that describes each value."""

    target_class = CodeField
    match_subclasses = True

    def map_serializer_field(
        self, auto_schema: AutoSchema, direction: Direction
    ) -> dict[str, object]:
        field: CodeField = self.target
        described = "\n".join(f"* `{code}`: {text}" for code, text in field.codes.items())
        component = ResolvedComponent(
            name=field.component,
            type=ResolvedComponent.SCHEMA,
            schema={
                "type": "string",
                "enum": list(field.codes),
                "description": f"Stable, for programs.\n\n{described}",
                "x-enum-descriptions": list(field.codes.values()),
            },
            object=field.component,
        )
        auto_schema.registry.register_on_missing(component)
        reference: dict[str, object] = component.ref
        return reference
