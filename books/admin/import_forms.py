"""The forms of an import in the Django admin: upload of the file, and confirmation."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.signing import BadSignature
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from import_export.forms import ConfirmImportForm, ImportForm

from books.fields import MEMBERS, REQUIRED

from .files import FILES, MAXIMUM_BYTES, MAXIMUM_ROWS, SignedFile

HELP = format_lazy(
    _(
        "CSV or NDJSON in UTF-8, as in an export, with at most {rows} rows and {bytes} bytes. The "
        "columns are {columns}; a new book needs {required}. The owner is the name of a user; a "
        "new book without an owner is yours."
    ),
    rows=f"{MAXIMUM_ROWS:,}",
    bytes=f"{MAXIMUM_BYTES:,}",
    columns=", ".join(MEMBERS),
    required=", ".join(REQUIRED),
)


def too_large() -> str:
    """Return the error message for a file of more than MAXIMUM_BYTES."""
    text = _("The admin imports at most %(bytes)s bytes. Use the command import_books.")
    return text % {"bytes": f"{MAXIMUM_BYTES:,}"}


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
    """The previewed file and outcome. A client may forge all of it, so it is validated again."""

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
            raise ValidationError(_("The preview is too old. Choose the file again.")) from error
        return name
