"""The report of an import as JSON."""

from typing import Any

from rest_framework import serializers

from books.transfer.options import HELP, IGNORE, REFUSE
from bookstore_project.api.strict_members import Serializer
from bookstore_project.openapi.codes import NoteCodeField, RowCodeField
from bookstore_project.openapi.schema import ProblemSerializer

REJECT, SKIP = "reject", "skip"
SUMMARY, FULL = "summary", "full"


class ImportFormSerializer(Serializer):
    """A form with a file of books."""

    file = serializers.FileField(
        allow_empty_file=True, help_text="CSV, NDJSON, a JSON array, or a workbook (.xlsx)."
    )
    dry_run = serializers.BooleanField(
        default=False, help_text="Only say what an import would do, and store nothing."
    )
    on_error = serializers.ChoiceField(
        [REJECT, SKIP],
        default=REJECT,
        help_text="If a row can't be imported: import nothing (`reject`), or leave that row out "
        "(`skip`).",
    )
    report = serializers.ChoiceField(
        [SUMMARY, FULL],
        default=SUMMARY,
        help_text="The answer: numbers and errors (`summary`), or also a line for each row "
        "(`full`).",
    )
    unknown = serializers.ChoiceField([REFUSE, IGNORE], default=REFUSE, help_text=HELP["unknown"])
    columns = serializers.CharField(required=False, allow_blank=True, help_text=HELP["columns"])
    encoding = serializers.CharField(required=False, allow_blank=True, help_text=HELP["encoding"])
    date_format = serializers.CharField(
        required=False, allow_blank=True, help_text=HELP["date_format"]
    )
    sheet = serializers.CharField(required=False, allow_blank=True, help_text=HELP["sheet"])


# Each field of the form as its page calls it, with the name by which messages call it.
LABELS = {
    "dry_run": "Only check the file",
    "on_error": "If a row is wrong",
    "report": "Answer",
    "unknown": "If a column is not known",
    "columns": "Names of columns",
    "encoding": "Character set",
    "date_format": "How dates are written",
    "sheet": "Sheet of the workbook",
}
# Their choices, with the values that programs send.
CHOICES = {
    "on_error": {REJECT: "Import nothing", SKIP: "Leave that row out"},
    "report": {SUMMARY: "Numbers and errors", FULL: "A line for each row too"},
    "unknown": {REFUSE: "Import nothing", IGNORE: "Leave that column out"},
}


class ImportPageSerializer(ImportFormSerializer):
    """The form as the browsable API shows it, in the words of people who have a file."""

    def get_fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = super().get_fields()
        for name, label in LABELS.items():
            fields[name].label = f"{label} ({name})"
        for name, texts in CHOICES.items():
            fields[name].choices = [(value, f"{text} ({value})") for value, text in texts.items()]
        return fields


class RowErrorSerializer(Serializer):
    """Why a row was refused."""

    line = serializers.IntegerField(help_text="The first line of the row; lines count from 1.")
    pointer = serializers.CharField(
        help_text="JSON pointer to the member (RFC 6901), as a URI fragment; `#` is the whole row."
    )
    code = RowCodeField(help_text="A stable code for programs.")
    detail = serializers.CharField(help_text="An explanation for people.")
    column = serializers.CharField(
        allow_null=True, help_text="The file's own name of the column, if it is another."
    )


class ColumnSerializer(Serializer):
    """A column of the file that was taken."""

    column = serializers.CharField(help_text="The name in the header, or in the JSON objects.")
    member = serializers.CharField(help_text="The member of a book that it gives.")


class NoteSerializer(Serializer):
    """Values of one column that were left unset, while their rows came in."""

    column = serializers.CharField(help_text="The name of the column.")
    pointer = serializers.CharField(help_text="JSON pointer to the member that was left unset.")
    code = NoteCodeField(help_text="A stable code for programs.")
    detail = serializers.CharField(help_text="An explanation for people.")
    example = serializers.CharField(help_text="The first of the values.")
    rows = serializers.IntegerField(help_text="The number of rows with such a value.")
    lines = serializers.ListField(
        child=serializers.IntegerField(), help_text="The lines of the first ten of them."
    )


class ReportSerializer(Serializer):
    """What an import did, or would have done."""

    created = serializers.IntegerField(help_text="Rows that became new books.")
    changed = serializers.IntegerField(help_text="Rows that changed a book.")
    unchanged = serializers.IntegerField(help_text="Rows that equal the stored book.")
    refused = serializers.IntegerField(help_text="Rows that can't be stored.")
    errors: Any = RowErrorSerializer(
        many=True, help_text="Why rows were refused: the first 1,000 errors."
    )
    errors_truncated = serializers.BooleanField(help_text="Whether there are more errors.")
    dialect = serializers.CharField(
        allow_null=True,
        help_text="The program that wrote the file, such as `goodreads`; `bookstore` for our own "
        "format, `spreadsheet` for any other, null if the file has no header that could be read.",
    )
    columns: Any = ColumnSerializer(many=True, help_text="The columns that were taken.")
    left_out = serializers.ListField(
        child=serializers.CharField(), help_text="The columns that were left out."
    )
    notes: Any = NoteSerializer(many=True, help_text="Values that a book can't have.")


class RefusedProblemSerializer(ProblemSerializer):
    """Problem details (RFC 9457) with the report of an import that was refused."""

    report = ReportSerializer(required=False)
