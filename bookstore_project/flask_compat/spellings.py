"""Other spellings of the contract's members, which copies of the tutorial send."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from rest_framework.exceptions import ErrorDetail, ValidationError

# In lower case; the upper and lower case of a request do not count.
ACCOUNT = {"name": ("username",)}
BOOK = {
    "name": ("title",),
    "Author": (),
    "Publisher": (),
    "book_prize": ("book_price", "price"),
}


def in_the_contracts_words(data: Any, spellings: Mapping[str, Sequence[str]]) -> Any:
    """Return a body with the contract's names in place of other spellings of them.

    A member in the contract's own spelling is taken as it is, and others of the same meaning are
    ignored, as they always were. Raises ValidationError if several others contradict each other.
    """
    if not isinstance(data, Mapping):
        return data
    meanings = {
        spelling: member
        for member, others in spellings.items()
        for spelling in (member.casefold(), *others)
    }
    sent = defaultdict(list)
    for name, value in data.items():
        member = meanings.get(name.casefold())
        if member is not None and member not in data:
            sent[member].append(value)
    contradictory = [
        member for member, values in sent.items() if any(each != values[0] for each in values)
    ]
    if contradictory:
        text = "Two spellings of this member have different values. Send one of them."
        error = ErrorDetail(text, code="contradictory")
        raise ValidationError({member: [error] for member in contradictory})
    return {**data, **{member: values[0] for member, values in sent.items()}}
