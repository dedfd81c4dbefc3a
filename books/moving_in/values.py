"""Values of an SQLite file, where any column may contain any type."""

Value = int | float | str | bytes | None


def text_of(value: Value) -> str | None:
    """Return a value as text. A byte that is not UTF-8 becomes a lone surrogate."""
    if value is None:
        return None
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    return str(value)


def plain_text(value: Value) -> str:
    """Return a value as text without spaces around it, and a whole number without decimals.

    A column of the type REAL has 1.0 for 1.
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return (text_of(value) or "").strip()
