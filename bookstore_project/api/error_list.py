"""The list of errors in one response, bounded in number and size."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bookstore_project.http.problems import MAXIMUM_DETAIL, shortened

# A response lists at most this many errors, with this many characters of JSON together, and says
# if there are more. Errors repeat names from the request, which may be long after escaping.
MAXIMUM_ERRORS = 20
MAXIMUM_SIZE = 6_000

# Validation stops after this many errors: one more than listed shows that there are others.
MAXIMUM_REFUSED = MAXIMUM_ERRORS + 1

# Characters of an unknown name that a response repeats.
MAXIMUM_NAME = 100

# Codes of errors of query parameters that are also the code of the response.
OWN = {"unknown_parameter", "invalid_cursor"}


@dataclass(frozen=True, kw_only=True)
class ErrorList:
    """The errors of a body's fields, or of query parameters.

    Each entry of `errors` names a field by a `pointer` (RFC 6901), or a `parameter`; `member` is
    the name of that key. `has_others` is true if the list leaves errors out.
    """

    errors: list[dict[str, str]]
    member: str
    has_others: bool

    @classmethod
    def of(cls, details: Any, *, member: str) -> "ErrorList":
        """Return the list for DRF's nested error details."""
        errors: list[dict[str, str]] = []
        size = 0
        for error in field_errors(details, member=member):
            error["detail"] = shortened(error["detail"])
            size += len(json.dumps(error))
            if len(errors) == MAXIMUM_ERRORS or (errors and size > MAXIMUM_SIZE):
                return cls(errors=errors, member=member, has_others=True)
            errors.append(error)
        return cls(errors=errors, member=member, has_others=False)

    def common_code(self) -> str:
        """Return the code of the response: one of OWN if every error has that code."""
        codes = {error["code"] for error in self.errors}
        return codes.pop() if len(codes) == 1 and codes <= OWN else "invalid_parameter"

    def summary(self) -> str:
        """Return a sentence that names the invalid fields or parameters."""
        found = {error[self.member].removeprefix("#/") for error in self.errors} - {"#"}
        if not found:
            return self.errors[0]["detail"]
        # 30 characters are left for the rest of the sentence.
        names = shortened(", ".join(sorted(found)), MAXIMUM_DETAIL - 30)
        return f"Not valid: {names}{' and others' if self.has_others else ''}."


def field_errors(details: Any, *, member: str, path: str = "") -> Iterator[dict[str, str]]:
    """Flatten DRF's nested error details into entries with a JSON pointer (RFC 6901)."""
    if isinstance(details, Mapping) and isinstance(details.get("message"), str):
        # One error. A field may be called `message` too, but its value is no text.
        where = f"#{path}" if member == "pointer" else path.removeprefix("/")
        yield {
            member: where,
            "code": details["code"],
            "detail": str(details["message"]),
        }
    elif isinstance(details, Mapping):
        for key, nested in details.items():
            step = "" if key == "non_field_errors" else f"/{_escape(str(key))}"
            yield from field_errors(nested, member=member, path=path + step)
    else:
        for nested in details:
            yield from field_errors(nested, member=member, path=path)


def _escape(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
