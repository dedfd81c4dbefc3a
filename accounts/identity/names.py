"""Login names: which are valid, and when two are the same.

Two names are the same if they are equal after compatibility normalisation and case folding (the
idea of UsernameCaseMapped, RFC 8265 section 3.3), so that `Ada`, `ADA` and `Ａｄａ` can't be three
people.
"""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from .scripts import validate_scripts

MAXIMUM_LENGTH = 150
# Normalisation can make a name up to eighteen times as long; the result must fit into an index.
MAXIMUM_KEY_LENGTH = 255

# Control characters, format characters (invisible, or reversing the direction of the text),
# surrogates, private use, unassigned, and the two separators that break a line.
REFUSED_CATEGORIES = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}

# Letters, marks and a symbol that are invisible: Unicode's property Default_Ignorable_Code_Point as
# far as the categories above lack it, and the Braille blank. RFC 8264 section 9.13 keeps them out
# of identifiers, because a name with one looks like the name without it.
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
    """Return the form in which names are compared: NFKC, case folded, spaces stripped."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    # Case folding can undo the normal form, for example of a capital with a combining mark.
    return unicodedata.normalize("NFKC", folded).strip()


def validate_name(name: str) -> None:
    """Raise ValidationError unless `name` can be a login name of 1 to 150 characters."""
    # Checked before name_key(): the time to normalise grows with the square of the length.
    if len(name) > MAXIMUM_LENGTH:
        raise _too_long()
    if ":" in name:
        # RFC 7617 section 2: a user-id with a colon can't be sent by HTTP Basic.
        raise ValidationError(_("A name can't contain a colon."), code="colon")
    validate_visible(name)
    key = name_key(name)
    if not key:
        raise ValidationError(_("A name can't be blank."), code="blank")
    if len(key) > MAXIMUM_KEY_LENGTH:
        raise _too_long()


def validate_visible(name: str) -> None:
    """Raise ValidationError if a name of anything has control or invisible characters."""
    if any(
        character in INVISIBLE or unicodedata.category(character) in REFUSED_CATEGORIES
        for character in name
    ):
        raise ValidationError(
            _("A name can't contain control or invisible characters."),
            code="control_character",
        )


# The characters that turn a word into a link, each with a lookalike that has the same name_key().
UNLINKED = str.maketrans(
    {".": "\u2024", "@": "\ufe6b", "/": "\uff0f", ":": "\ufe55", "\u3002": "\ufe12"}
)

# Mail programs turn a word into a link if it ends in a top-level domain, has a path or begins with
# www. Country domains have two letters and most others three; this list has the frequent longer
# ones, those that are known for fraud, and the one that documentation uses (RFC 2606).
TOP_LEVEL = (
    "academy aero agency asia attorney auction autos bank beauty beer best bike blog boats bond "
    "boutique build builders business buzz camera camp capital care careers cash casino center "
    "charity chat cheap church city claims cleaning click clinic clothing cloud club codes "
    "coffee community company computer condos construction consulting contact cool coop coupons "
    "courses credit creditcard cruises dance date dating deals degree delivery democrat dental "
    "design diamonds diet digital direct directory discount doctor domains download education "
    "email energy engineer engineering enterprises equipment estate events example exchange "
    "expert fail faith family fans farm fashion film finance financial fish fitness flights "
    "florist football forsale forum foundation fund furniture gallery games garden gift gifts "
    "gives glass global gold golf graphics gratis green group guide guitars guru hair health "
    "healthcare help hiphop hockey holdings holiday homes hospital host hosting house immo "
    "industries info insure international investments jewelry jobs kitchen land lawyer lease "
    "legal lgbt life lighting limited limo link live loan loans love makeup management market "
    "marketing markets media memorial menu mobi moda money monster mortgage moscow movie museum "
    "name network news ninja observer online page parts party photo photography photos pics "
    "pictures pink plumbing plus poker porn post press productions properties property "
    "protection quest racing realty recipes reisen rent rentals repair report republican rest "
    "restaurant review reviews rocks sale salon save school schule science secure security "
    "services sexy shoes shop shopping show singles site skin social software solar solutions "
    "space storage store stream studio study style supplies supply support surf surgery systems "
    "taxi team tech technology tennis theater tickets tienda tips tires today tools tours town "
    "toys trade trading training travel university vacations ventures viajes video villas "
    "vision vote voto voyage wang watch webcam website wedding wiki wine work works world "
    "yachts yoga zone"
).replace(" ", "|")
LINK = re.compile(
    # A domain in another script, such as .рф, ends in letters beyond ASCII.
    rf"[/:]|www\.|\.(?:[a-z]{{2,3}}|{TOP_LEVEL}|xn--[a-z0-9-]+|[^\W\d_a-z]\w*)(?![\w-])",
    re.IGNORECASE,
)


def unlinked(name: str) -> str:
    """Return a name as it is written in a mail, so that no mail program turns it into a link.

    Most names are unchanged. If a mail program could take the name for a link, the characters that
    make it one are replaced by lookalikes with the same name_key(): a copied name still logs in.
    Characters that could break or reverse the line are replaced by U+FFFD; only names that were
    imported or created by a command can contain them.
    """
    return _harmless(name, is_link=_is_link(name))


def unlinked_words(text: str) -> str:
    """Return what somebody else wrote, without any character that makes a link of it.

    Nobody logs in with it, so that it need not stay as it is where it only may be a link.
    """
    return _harmless(text, is_link=True)


def _is_link(name: str) -> bool:
    plain = unicodedata.normalize("NFKC", name).replace("\u3002", ".")
    return LINK.search(plain) is not None


def _harmless(text: str, *, is_link: bool) -> str:
    return "".join(_unlinked(character, is_link=is_link) for character in text)


def _unlinked(character: str, *, is_link: bool) -> str:
    if character in INVISIBLE or unicodedata.category(character) in REFUSED_CATEGORIES:
        return "\ufffd"
    plain = unicodedata.normalize("NFKC", character)
    harmless = plain.translate(UNLINKED)
    return harmless if is_link and harmless != plain else character


def validate_new_name(name: str) -> None:
    """Raise ValidationError if `name` is no longer allowed for new names. Old names stay valid.

    `name` has passed validate_name(). A name with an @ could be a stranger's email address, and
    one that mixes scripts could look like somebody else's name.
    """
    # NFKC also finds the full-width and small forms of the @.
    if "@" in unicodedata.normalize("NFKC", name):
        raise ValidationError(
            _("A name can't contain an @: it would look like an email address."), code="at_sign"
        )
    validate_scripts(name)


def _too_long() -> ValidationError:
    return ValidationError(
        _("A name has at most %(maximum)s characters."),
        code="max_length",
        params={"maximum": MAXIMUM_LENGTH},
    )
