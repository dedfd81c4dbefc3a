"""Login names: what one may look like, and when two are the same.

Two names are the same if they are equal after compatibility normalisation and case folding (the
idea of UsernameCaseMapped, RFC 8265 section 3.3), so that `Ada`, `ADA` and `Ａｄａ` can't be three
people.
"""

import re
import unicodedata

from django.core.exceptions import ValidationError

MAXIMUM_LENGTH = 150
# Normalisation can lengthen a name up to eighteenfold; an index has to hold the result.
MAXIMUM_KEY_LENGTH = 255

# Control, format (invisible, or turning the text around), surrogate, private, unassigned, and the
# two separators that break a line.
REFUSED_CATEGORIES = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}

# Letters, marks and a symbol that show nothing: RFC 8264 section 9.13 keeps them out of
# identifiers, since a name that has one looks like the name without it.
INVISIBLE = {
    "\u034f",
    "\u115f",
    "\u1160",
    "\u17b4",
    "\u17b5",
    *map(chr, range(0x180B, 0x1810)),
    "\u2800",
    "\u3164",
    *map(chr, range(0xFE00, 0xFE10)),
    "\uffa0",
    *map(chr, range(0xE0100, 0xE01F0)),
}


def name_key(name: str) -> str:
    """Return what `name` is compared by: NFKC, case folded, without surrounding space."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    # Folding can undo the normal form (a capital with a combining mark, for one).
    return unicodedata.normalize("NFKC", folded).strip()


def validate_name(name: str) -> None:
    """Raise ValidationError unless `name` can be a login name of 1 to 150 characters."""
    # Normalising takes time by the square of the length: this comes before name_key().
    if len(name) > MAXIMUM_LENGTH:
        raise _too_long()
    if ":" in name:
        # RFC 7617 section 2: a user-id with a colon can't be sent by HTTP Basic.
        raise ValidationError("A name can't contain a colon.", code="colon")
    if any(
        character in INVISIBLE or unicodedata.category(character) in REFUSED_CATEGORIES
        for character in name
    ):
        raise ValidationError(
            "A name can't contain control or invisible characters.",
            code="control_character",
        )
    key = name_key(name)
    if not key:
        raise ValidationError("A name can't be blank.", code="blank")
    if len(key) > MAXIMUM_KEY_LENGTH:
        raise _too_long()


# What makes a link of a text, and signs that look like these and are the same to name_key().
UNLINKED = str.maketrans(
    {".": "\u2024", "@": "\ufe6b", "/": "\uff0f", ":": "\ufe55", "\u3002": "\ufe12"}
)

# Mail programs make a link of a word that ends in a top-level domain, has a path or begins with
# www. Every domain of a country has two letters, most others have three; of the longer ones, these
# are the frequent ones, and the one that documentation uses (RFC 2606).
TOP_LEVEL = (
    "academy agency app asia bank blog business cam center cloud club company design dev digital "
    "download email example expert finance foundation games global group help host info "
    "international jobs life link live media mobi money name network news ninja online page party "
    "press racing review science shop site software solutions space store stream studio support "
    "systems team tech technology today trade video website wiki work world zone"
).replace(" ", "|")
LINK = re.compile(
    # A domain in another script, such as .рф, ends in letters beyond ASCII.
    rf"[/:]|www\.|\.(?:[a-z]{{2,3}}|{TOP_LEVEL}|xn--[a-z0-9-]+|[^\W\d_a-z]\w*)(?![\w-])",
    re.IGNORECASE,
)


def unlinked(name: str) -> str:
    """Return a name for a mail, written so that no mail program makes a link of a part of it.

    Most names stay as they are. In one that a mail program could take for a link, the signs that
    links are made of are replaced by others of the same name: who copies it logs in with it. What
    could break the line or turn it around, which only a name that was moved in or made by a command
    can have, is replaced by U+FFFD.
    """
    plain = unicodedata.normalize("NFKC", name).replace("\u3002", ".")
    is_link = LINK.search(plain) is not None
    return "".join(_unlinked(character, is_link=is_link) for character in name)


def _unlinked(character: str, *, is_link: bool) -> str:
    if character in INVISIBLE or unicodedata.category(character) in REFUSED_CATEGORIES:
        return "\ufffd"
    plain = unicodedata.normalize("NFKC", character)
    harmless = plain.translate(UNLINKED)
    return harmless if is_link and harmless != plain else character


def validate_new_name(name: str) -> None:
    """Raise ValidationError if nobody may choose `name` any more; those who have it keep it.

    `name` has passed validate_name(). A name that is an address could be a stranger's address.
    """
    # Full-width and small forms of the sign too.
    if "@" in unicodedata.normalize("NFKC", name):
        raise ValidationError(
            "A name can't contain an @: it would look like an email address.", code="at_sign"
        )


def _too_long() -> ValidationError:
    return ValidationError(f"A name has at most {MAXIMUM_LENGTH} characters.", code="max_length")
