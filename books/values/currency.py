"""The currency of the store: the setting CURRENCY. It is the same for the prices of all books."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from bookstore_project.currencies import decimals_of


def store_currency() -> str | None:
    """Return the code of the store's currency (ISO 4217), or None if it has none."""
    return settings.CURRENCY or None


def price_decimals() -> int:
    """Return the number of decimals of a price: two, or none in a currency such as JPY."""
    return decimals_of(settings.CURRENCY)


def require_currency(named: object) -> None:
    """Raise ValidationError (`other_currency`) if a record names another currency than the store's.

    None names no currency.
    """
    own = store_currency()
    if named is None or named == own:
        return
    if isinstance(named, str) and named.strip().upper() == own:
        return
    advice = (
        _("Prices here are in %(own)s. Convert the price, and leave the currency out.")
        % {"own": own}
        if own
        else _("This store has no currency. Leave it out, or ask the operator to set CURRENCY.")
    )
    raise ValidationError(advice, code="other_currency")
