"""The report of an import as JSON."""

from typing import Any

from rest_framework import serializers

from bookstore_project.api.strict_members import Serializer
from bookstore_project.openapi.schema import ProblemSerializer


class RowErrorSerializer(Serializer):
    """Why a row was refused."""

    line = serializers.IntegerField(help_text="The first line of the row; lines count from 1.")
    pointer = serializers.CharField(
        help_text="JSON pointer to the member (RFC 6901), as a URI fragment; `#` is the whole row."
    )
    code = serializers.CharField(help_text="A stable code for programs.")
    detail = serializers.CharField(help_text="An explanation for people.")


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


class RefusedProblemSerializer(ProblemSerializer):
    """Problem details (RFC 9457) with the report of an import that was refused."""

    report = ReportSerializer(required=False)
