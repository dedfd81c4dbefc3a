"""The form of a book in the Django admin."""

from copy import copy
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from books.fields import FIELDS, SETTABLE, Kind
from books.models import Book, BookChange
from books.services.books import is_changed
from books.services.snapshots import Snapshot, completed, snapshot
from books.values.currency import price_decimals, store_currency
from books.values.isbn import IsbnFormField
from books.values.prices import PriceFormField, price_text, require_decimals
from books.values.texts import TextFormField

EDITED = ("owner", *SETTABLE)
TEXTS = tuple(field.name for field in FIELDS if field.kind is Kind.TEXT)

STALE = _(
    "Somebody has changed this book since you opened it. Fields that you did not change show the "
    "new values. Save again to replace the values of the others with yours."
)


def price_label() -> str:
    """Return the label of the price, with the store's currency if it has one."""
    label, currency = gettext("price"), store_currency()
    return f"{label} ({currency})" if currency else label


class BookForm(forms.ModelForm[Book]):
    """Remembers the version that it showed, and refuses to overwrite a newer one."""

    price = PriceFormField(required=False)
    isbn = IsbnFormField(
        required=False,
        label=_("ISBN"),
        help_text=_("An ISBN-10 or ISBN-13 in any usual writing; stored as 13 digits."),
    )
    opened_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Book
        fields = EDITED
        field_classes = dict.fromkeys(TEXTS, TextFormField)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Validation modifies the instance, so keep a copy of the stored values.
        self.stored = copy(self.instance)
        self.initial["opened_version"] = self.instance.version
        self._set_currency()
        cast("IsbnFormField", self.fields["isbn"]).stored = self.instance.isbn

    def _set_currency(self) -> None:
        field = self.fields["price"]
        # Django's own label also names the field in the log of changes.
        if store_currency():
            field.label = capfirst(price_label())
        if not price_decimals():
            field.widget.attrs["step"] = "1"
            if self.instance.price is not None:
                self.initial["price"] = price_text(self.instance.price)

    def clean_price(self) -> Decimal | None:
        """Return the price. Raises ValidationError for a fraction that the currency lacks."""
        price: Decimal | None = self.cleaned_data["price"]
        if price is not None and price != self.stored.price:
            require_decimals(price)
        return price

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        cleaned.update({name: getattr(self.stored, name) for name in self._unedited(cleaned)})
        opened = cleaned.get("opened_version")
        if self.stored.pk and opened is not None and opened != self.stored.version:
            self._refuse_stale(opened)
        return cleaned

    @property
    def changes(self) -> dict[str, Any]:
        """The changed fields with their new values."""
        return {name: self.cleaned_data[name] for name in self.changed_data}

    @cached_property
    def changed_data(self) -> list[str]:
        """The fields of a valid form whose values differ from the stored ones.

        Django would compare the typed texts, where an ISBN-10 differs from its 13 digits.
        """
        valid = {name: self.cleaned_data[name] for name in EDITED if name in self.cleaned_data}
        return [name for name, value in valid.items() if is_changed(self.stored, {name: value})]

    def _unedited(self, cleaned: dict[str, Any]) -> list[str]:
        """Return the valid texts that were sent as they are stored, maybe under older rules."""
        stored = {name: getattr(self.stored, name) for name in TEXTS if name in cleaned}
        return [name for name in stored if self.data.get(self.add_prefix(name)) == stored[name]]

    def _refuse_stale(self, opened: int) -> None:
        """Show the changes of others as errors. Typed values stay, and can be saved after that.

        Fields that the user did not change show the stored values now, because saving the old ones
        would undo the changes of others.
        """
        self.add_error(None, STALE)
        typed = self._typed_since(opened)
        shown: dict[str, Any] = {"opened_version": str(self.stored.version)}
        for name, value in self._changed_since(opened):
            if name not in typed:
                shown[name] = self.initial[name]
            now = _("nothing") if value is None else value
            self.add_error(name, _("Changed meanwhile to: %(value)s") % {"value": now})
        self.data = {**dict(self.data.items()), **shown}

    def _typed_since(self, version: int) -> list[str]:
        """Return the fields whose sent values differ from a version."""
        valid = [name for name in EDITED if name in self.cleaned_data]
        sent = copy(self.stored)
        for name in valid:
            setattr(sent, name, self.cleaned_data[name])
        was, values = self._was(version), snapshot(sent)
        return [name for name in EDITED if name not in valid or values[name] != was.get(name)]

    def _changed_since(self, version: int) -> list[tuple[str, str | int | None]]:
        """Return the fields whose stored values differ from a version, with the stored values."""
        was, now = self._was(version), snapshot(self.stored)
        shown = {**now, "owner": str(self.stored.owner)}
        return [(name, shown[name]) for name in EDITED if name in was and was[name] != now[name]]

    def _was(self, version: int) -> Snapshot:
        """Return the snapshot of a version, or an empty one if there is no record of it."""
        change = BookChange.objects.of_book(self.stored.pk).filter(version=version + 1).first()
        return completed(change.before) if change and change.before else {}
