"""Currency signs and codes (ISO 4217) in the prices of files."""

from bookstore_project.currencies import CODES

DOLLARS = frozenset(
    ("USD", "CAD", "AUD", "NZD", "SGD", "HKD", "TWD", "MXN", "ARS", "CLP", "COP", "JMD", "BBD")
)
CROWNS = frozenset(("SEK", "NOK", "DKK", "ISK"))

# The currencies that a sign may mean.
SIGNS: dict[str, frozenset[str]] = {
    "€": frozenset({"EUR"}),
    "euro": frozenset({"EUR"}),
    "$": DOLLARS,
    "us$": frozenset({"USD"}),
    "c$": frozenset({"CAD"}),
    "ca$": frozenset({"CAD"}),
    "can$": frozenset({"CAD"}),
    "a$": frozenset({"AUD"}),
    "au$": frozenset({"AUD"}),
    "nz$": frozenset({"NZD"}),
    "s$": frozenset({"SGD"}),
    "hk$": frozenset({"HKD"}),
    "r$": frozenset({"BRL"}),
    "£": frozenset({"GBP", "EGP", "GIP", "FKP", "SHP"}),
    "¥": frozenset({"JPY", "CNY"}),
    "￥": frozenset({"JPY", "CNY"}),
    "円": frozenset({"JPY"}),
    "元": frozenset({"CNY", "TWD"}),
    "₹": frozenset({"INR"}),
    "rs": frozenset({"INR", "PKR", "LKR", "NPR", "MUR"}),
    "₩": frozenset({"KRW"}),
    "₽": frozenset({"RUB"}),
    "руб": frozenset({"RUB"}),
    "₴": frozenset({"UAH"}),
    "грн": frozenset({"UAH"}),
    "₺": frozenset({"TRY"}),
    "tl": frozenset({"TRY"}),
    "₪": frozenset({"ILS"}),
    "₫": frozenset({"VND"}),
    "฿": frozenset({"THB"}),
    "₱": frozenset({"PHP"}),
    "₦": frozenset({"NGN"}),
    "zł": frozenset({"PLN"}),
    "kč": frozenset({"CZK"}),
    "ft": frozenset({"HUF"}),
    "lei": frozenset({"RON", "MDL"}),
    "лв": frozenset({"BGN"}),
    "kr": CROWNS,
    "fr": frozenset({"CHF"}),
    "sfr": frozenset({"CHF"}),
    "r": frozenset({"ZAR"}),
}
KNOWN = frozenset(CODES.split())


def currencies_of(text: str) -> frozenset[str]:
    """Return the currencies that a sign or a code beside a price may mean; none if it is neither.

    A code and its sign together (`US$ USD`) mean what both allow.
    """
    meant: list[frozenset[str]] = []
    plain = text.replace(".", "")
    joined = plain.replace(" ", "")
    for part in [joined] if joined.lower() in SIGNS else plain.split():
        if part in KNOWN:
            meant.append(frozenset({part}))
        elif part.lower() in SIGNS:
            meant.append(SIGNS[part.lower()])
        else:
            return frozenset()
    return frozenset.intersection(*meant) if meant else frozenset()
