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
        default=False, help_text="Only report what an import would do, and store nothing."
    )
    on_error = serializers.ChoiceField(
        [REJECT, SKIP],
        default=REJECT,
        help_text="Whether a refused row refuses the whole file or is left out.",
    )
    report = serializers.ChoiceField(
        [SUMMARY, FULL], default=SUMMARY, help_text="Whether to answer with a line for each row."
    )
    unknown = serializers.ChoiceField([REFUSE, IGNORE], default=REFUSE, help_text=HELP["unknown"])
    columns = serializers.CharField(required=False, allow_blank=True, help_text=HELP["columns"])
    encoding = serializers.CharField(required=False, allow_blank=True, help_text=HELP["encoding"])
    date_format = serializers.CharField(
        required=False, allow_blank=True, help_text=HELP["date_format"]
    )
    sheet = serializers.CharField(required=False, allow_blank=True, help_text=HELP["sheet"])


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
