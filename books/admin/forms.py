"""The form of a book in the Django admin."""

from copy import copy
from typing import Any

from django import forms
from django.utils.functional import cached_property

from books.api.filters import IsbnFormField
from books.fields import SETTABLE
from books.models import Book, BookChange
from books.services.books import is_changed
from books.services.snapshots import Snapshot, completed, snapshot
from books.values.prices import PriceFormField

EDITED = ("owner", *SETTABLE)

STALE = (
    "Somebody has changed this book since you opened it. What you left alone is shown as it is "
    "now; save again to put what you typed in the place of theirs."
)


class BookForm(forms.ModelForm[Book]):
    """Knows which version it was opened on, and refuses to save over another."""

    price = PriceFormField(required=False)
    isbn = IsbnFormField(
        required=False,
        label="ISBN",
        help_text="ISBN-10 or -13, with or without hyphens; stored as 13 digits.",
    )
    opened_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Book
        fields = EDITED

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Validation writes into the instance; what is stored is what the next version follows.
        self.stored = copy(self.instance)
        self.initial["opened_version"] = self.instance.version

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        opened = cleaned.get("opened_version")
        if self.stored.pk and opened is not None and opened != self.stored.version:
            self._refuse_stale(opened)
        return cleaned

    @property
    def changes(self) -> dict[str, Any]:
        """What is not as it is stored."""
        return {name: self.cleaned_data[name] for name in self.changed_data}

    @cached_property
    def changed_data(self) -> list[str]:
        """The fields of a valid form that are not as they are stored.

        Django compares what was typed: an ISBN-10 would differ from its 13 digits.
        """
        valid = {name: self.cleaned_data[name] for name in EDITED if name in self.cleaned_data}
        return [name for name, value in valid.items() if is_changed(self.stored, {name: value})]

    def _refuse_stale(self, opened: int) -> None:
        """Say what others changed. What was typed stays, and may be saved over it knowingly.

        A field that was left alone shows what is stored: saved again, it would undo their change.
        """
        self.add_error(None, STALE)
        typed = self._typed_since(opened)
        shown: dict[str, Any] = {"opened_version": str(self.stored.version)}
        for name, value in self._changed_since(opened):
            if name not in typed:
                shown[name] = self.initial[name]
            self.add_error(name, f"Changed meanwhile to: {'nothing' if value is None else value}")
        self.data = {**dict(self.data.items()), **shown}

    def _typed_since(self, version: int) -> list[str]:
        """Return the fields that were not sent as they were at a version."""
        valid = [name for name in EDITED if name in self.cleaned_data]
        sent = copy(self.stored)
        for name in valid:
            setattr(sent, name, self.cleaned_data[name])
        was, values = self._was(version), snapshot(sent)
        return [name for name in EDITED if name not in valid or values[name] != was.get(name)]

    def _changed_since(self, version: int) -> list[tuple[str, str | int | None]]:
        """Return each field that is not what it was at a version, with what it is now."""
        was, now = self._was(version), snapshot(self.stored)
        shown = {**now, "owner": str(self.stored.owner)}
        return [(name, shown[name]) for name in EDITED if name in was and was[name] != now[name]]

    def _was(self, version: int) -> Snapshot:
        """Return what the book was at a version; nothing if there is no record of it."""
        change = BookChange.objects.of_book(self.stored.pk).filter(version=version + 1).first()
        return completed(change.before) if change and change.before else {}
