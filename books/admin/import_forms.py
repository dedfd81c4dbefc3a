"""The forms of an import in the Django admin: the file, and the confirmation of what it does."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.signing import BadSignature
from import_export.forms import ConfirmImportForm, ImportForm

from books.fields import MEMBERS, REQUIRED

from .files import FILES, MAXIMUM_BYTES, MAXIMUM_ROWS, SignedFile

HELP = (
    f"CSV or NDJSON in UTF-8, as it is exported; at most {MAXIMUM_ROWS:,} rows and "
    f"{MAXIMUM_BYTES:,} bytes. A book has {', '.join(MEMBERS)}; a new one needs "
    f"{', '.join(REQUIRED)}. The owner is a name; without one, a new book is yours."
)


def too_large() -> str:
    """Return what is said to whoever sends more than MAXIMUM_BYTES."""
    return f"The admin takes {MAXIMUM_BYTES:,} bytes. Use import_books."


class BookImportForm(ImportForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["import_file"].help_text = HELP

    def clean_import_file(self) -> UploadedFile[bytes]:
        file: UploadedFile[bytes] = self.cleaned_data["import_file"]
        if (file.size or 0) > MAXIMUM_BYTES:
            raise ValidationError(too_large())
        return file


class BookConfirmForm(ConfirmImportForm):
    """Holds what the preview was of. Whoever sends it may have made it up."""

    format = forms.ChoiceField(
        choices=[(str(place), kind.kind.name) for place, kind in enumerate(FILES)],
        widget=forms.HiddenInput,
    )
    resource = forms.ChoiceField(choices=[("0", "0")], widget=forms.HiddenInput, required=False)
    previewed = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def clean_import_file_name(self) -> str:
        name: str = self.cleaned_data["import_file_name"]
        try:
            SignedFile(name=name).read()
        except BadSignature as error:
            raise ValidationError("The preview is too old. Choose the file again.") from error
        return name
