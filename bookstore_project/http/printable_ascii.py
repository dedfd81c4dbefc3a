"""Escapes text from clients for log lines."""

from urllib.parse import quote

# Every printable ASCII character except the space.
SAFE = "".join(map(chr, range(0x21, 0x7F)))


def printable_ascii(text: str) -> str:
    """Return the text in printable ASCII without spaces; other characters are percent-encoded.

    They could seem to end the value or the line: a program may split at any Unicode space, and a
    terminal reverses the text after U+202E. A percent sign is kept, so that an address looks as it
    was sent.
    """
    if text.isascii() and text.isprintable() and " " not in text:
        return text
    return quote(text, safe=SAFE, errors="surrogatepass")
