"""The base class of the forms on our own pages; templates/form.html shows them."""

from typing import Any

from django import forms


class PageForm(forms.Form):
    """A form that, when it is shown again, puts the focus into the first field that is wrong."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)

    def full_clean(self) -> None:
        super().full_clean()
        self._focus()

    def add_error(self, field: str | None, error: Any) -> None:
        super().add_error(field, error)
        self._focus()

    def _focus(self) -> None:
        wrong = [name for name in self.fields if name in self.errors]
        if wrong:
            for field in self.fields.values():
                field.widget.attrs.pop("autofocus", None)
            self.fields[wrong[0]].widget.attrs["autofocus"] = True
