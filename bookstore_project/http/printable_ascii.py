"""What a client sent, as a line of a log may show it."""

from urllib.parse import quote

# Every printable character of ASCII but the space.
SAFE = "".join(map(chr, range(0x21, 0x7F)))


def printable_ascii(text: str) -> str:
    """Return what a client sent in printable ASCII without spaces, escaped as in an address.

    Other characters could seem to end the value or the line: a program may split at any space of
    Unicode, and a terminal reverses the text after U+202E. A percent sign stays, so that an address
    looks as it was sent.
    """
    if text.isascii() and text.isprintable() and " " not in text:
        return text
    return quote(text, safe=SAFE, errors="surrogatepass")
