"""The form of an import in the Django admin: the file, and how it is read."""

import zlib
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.functional import lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from books.fields import MEMBERS, REQUIRED
from books.models import FileImport
from books.models.file_import import MAXIMUM_NAME
from books.transfer.jobs import request_of
from books.transfer.option_names import LABELS, LEAVE_OUT
from books.transfer.options import HELP as OPTIONS
from books.transfer.options import IGNORE, REFUSE, FileOptions, OptionError
from books.transfer.readers.kinds import KINDS

# The ends of the names of files, for the browser's dialog.
SUFFIXES = ",".join((*(suffix for kind in KINDS for suffix in kind.suffixes), ".gz"))

HELP = format_lazy(
    _(
        "A table (CSV or an Excel workbook, .xlsx), an export of Goodreads, LibraryThing, Calibre "
        "or The StoryGraph, or JSON (an array, or NDJSON), with at most {rows} rows and {bytes} "
        "bytes. Columns have the usual names, or those of our own export: {columns}. A new book "
        "needs {required}."
    ),
    rows=lazy(lambda: f"{settings.IMPORT_MAX_ROWS:,}", str)(),
    bytes=lazy(lambda: f"{settings.IMPORT_MAX_BYTES:,}", str)(),
    columns=", ".join(MEMBERS),
    required=", ".join(REQUIRED),
)


def too_large() -> str:
    """Return the error message for a file of more than IMPORT_MAX_BYTES."""
    text = _("A file has at most %(bytes)s bytes. Use the command import_books for larger files.")
    return text % {"bytes": f"{settings.IMPORT_MAX_BYTES:,}"}


class ImportForm(forms.Form):
    """Takes the file for its preview. Nothing of it is read here."""

    file = forms.FileField(
        label=_("File"),
        help_text=HELP,
        widget=forms.FileInput(attrs={"accept": SUFFIXES}),
    )
    owner = forms.CharField(
        label=_("Owner of new books"),
        max_length=150,
        help_text=_(
            "The name of the user who gets the new books. Books that are stored already keep their "
            "owners, and a column “owner” in the file is not read."
        ),
    )
    skips_refused = forms.BooleanField(
        label=_("Skip bad rows"),
        required=False,
        help_text=_(
            "Import the other rows. Without this, one bad row keeps the whole file from being "
            "imported."
        ),
    )
    unknown = forms.ChoiceField(
        label=LABELS["unknown"],
        choices=[(REFUSE, _("Refuse the file")), (IGNORE, LEAVE_OUT)],
        required=False,
        help_text=_("What to do if the file has columns whose names are not known."),
    )
    columns = forms.CharField(
        label=LABELS["columns"],
        required=False,
        help_text=_(
            "Leave it empty if your columns have usual names. Otherwise give your names, each with "
            "ours behind a colon: Title:name,Cost:price reads the column Title as the name of a "
            "book, and Cost as its price."
        ),
    )
    encoding = forms.CharField(
        label=LABELS["encoding"],
        required=False,
        help_text=_(
            "Leave it empty, unless the file is refused because its letters can't be read. Many "
            "Windows programs write windows-1252."
        ),
    )
    date_format = forms.CharField(
        label=LABELS["date_format"],
        required=False,
        help_text=_(
            "Leave it empty if dates are written as 1985-06-01. Otherwise write %d for the day, %m "
            "for the month and %Y for the year: %d.%m.%Y reads 01.06.1985."
        ),
    )
    sheet = forms.CharField(
        label=LABELS["sheet"],
        required=False,
        help_text=_("The name of the sheet with the books. Leave it empty for the first one."),
    )

    def clean_file(self) -> UploadedFile[bytes]:
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if (file.size or 0) > settings.IMPORT_MAX_BYTES:
            raise ValidationError(too_large())
        return file

    def clean_owner(self) -> User:
        owner: User | None = User.objects.named(self.cleaned_data["owner"]).first()
        if owner is None:
            raise ValidationError(_("Nobody has this name. Give the name of a user."))
        return owner

    def clean(self) -> dict[str, Any]:
        """Check the options of the file by the rules of the API."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        try:
            FileOptions.read({name: cleaned.get(name) for name in OPTIONS})
        except OptionError as error:
            self.add_error(error.name, error.detail)
        return cleaned

    def save(self, user: User) -> FileImport:
        """Store the file in place of the user's earlier one."""
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        name = "".join(filter(str.isprintable, file.name or ""))
        files = FileImport.objects
        files.filter(user=user).exclude(pk__in=files.running()).delete()
        return files.create(
            user=user,
            owner=self.cleaned_data["owner"],
            # The end of a long name, which tells the format.
            name=name[-MAXIMUM_NAME:],
            content=zlib.compress(file.read(), 1),
            options={name: self.cleaned_data[name] for name in ("skips_refused", *OPTIONS)},
            **request_of(user),
        )
