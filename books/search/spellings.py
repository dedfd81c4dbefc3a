"""Characters that people write for one another, and the one that each is folded to.

docs/decisions/search.md lists them, and those that stay apart.
"""

# PostgreSQL's trigrams consist of letters and digits only, so each sign is replaced by one of the
# 1,165 Yi syllables.
FIRST_SIGN, SIGNS = 0xA000, 1165


def sign_letter(sign: str) -> str:
    """Return the Yi syllable that a sign is folded to."""
    return chr(FIRST_SIGN + ord(sign) % SIGNS)


# The apostrophe of keyboards, single quotation marks, primes, accents typed for an apostrophe, and
# letters that look like one: the Ukrainian apostrophe, the ʻokina, saltillo, hamza and ayin in
# transliterations, the Hebrew geresh.
APOSTROPHES = (
    "'`\u02b9\u02bb\u02bc\u02bd\u02be\u02bf\u02c8\u02ca\u02cb\u055a\u05f3\u07f4\u07f5"
    "\u2018\u2019\u201a\u201b\u2032\u2035\u275b\u275c\u275f\ua78b\ua78c"
)
# Characters with the Unicode property Quotation_Mark that are not single ones, double primes, and
# the Hebrew gershayim.
QUOTES = (
    '"\u00ab\u00bb\u02ba\u02ee\u05f4\u201c\u201d\u201e\u201f\u2039\u203a\u275d\u275e\u2760'
    "\u2e42\u300c\u300d\u300e\u300f\u301d\u301e\u301f\U0001f676\U0001f677\U0001f678"
)
# Dashes that are no dash punctuation (Pd), all of which is folded to a hyphen: the minus sign, a
# hyphen used as a bullet, and a modifier letter.
DASHES = "\u02d7\u2043\u2212\u2796"
# Wave dashes are dash punctuation, but Windows has a tilde in their place.
TILDES = "\u301c\u3030"

# Accents that stand alone. NFKD splits them into a space and a mark, which would part a word, and
# the double ones into two.
APOSTROPHE_ACCENTS = "\u00b4\u0384\u1fbd\u1fbf\u1ffd\u1ffe"
QUOTE_ACCENTS = "\u02dd\u2033\u2036"

# Invisible characters besides controls (Cc) and formats (Cf): the rest of Unicode's property
# Default_Ignorable_Code_Point, such as variation selectors and fillers.
INVISIBLE = (
    "\u034f",
    *map(chr, range(0x115F, 0x1161)),
    *map(chr, range(0x17B4, 0x17B6)),
    *map(chr, range(0x180B, 0x1810)),
    *map(chr, range(0x2060, 0x2070)),
    *map(chr, range(0xFE00, 0xFE10)),
    *map(chr, range(0xE0000, 0xE1000)),
)

# Letters whose stroke or tie Unicode does not treat as an accent, and those of Icelandic.
LATIN = {
    "ł": "l",
    "ø": "o",
    "đ": "d",
    "ħ": "h",
    "ŧ": "t",
    "ı": "i",
    "æ": "ae",
    "œ": "oe",
    "ð": "d",
    "þ": "th",
}
# Letters that Arabic, Persian and Urdu keyboards write for one another.
ARABIC = {
    "\u0671": "\u0627",  # Alef wasla: alef.
    "\u06a9": "\u0643",  # Keheh: kaf.
    "\u06cc": "\u064a",  # Farsi yeh: yeh.
    "\u0649": "\u064a",  # Alef maksura: yeh.
    "\u06c1": "\u0647",  # Heh goal: heh.
    "\u06c3": "\u0647",  # Teh marbuta goal: heh.
    "\u0629": "\u0647",  # Teh marbuta: heh.
    "\u0640": "",  # Tatweel only widens a word.
}

SPELLINGS = {
    **LATIN,
    **ARABIC,
    **dict.fromkeys(APOSTROPHES, sign_letter("'")),
    **dict.fromkeys(QUOTES, sign_letter('"')),
    **dict.fromkeys(DASHES, sign_letter("-")),
    **dict.fromkeys(TILDES, sign_letter("~")),
    **dict.fromkeys(INVISIBLE, ""),
}
