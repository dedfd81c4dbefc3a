"""Refuses unknown members of a body instead of ignoring them."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from .error_list import MAXIMUM_NAME, MAXIMUM_REFUSED
from .suggestions import did_you_mean

# Members that the browsable API's forms send besides the fields.
FORM_MEMBERS = {"csrfmiddlewaretoken", "_method", "_content", "_content_type"}


def is_from_form(field: serializers.Field[Any, Any, Any, Any]) -> bool:
    """Return whether the value of `field` comes from an HTML form, where every value is a text."""
    return isinstance(getattr(field.parent, "initial_data", None), QueryDict)


class StrictMembersMixin(serializers.BaseSerializer[Any]):
    """A serializer that refuses unknown members, and changes of read-only members.

    A record may be sent back as it was read: a read-only member with its stored value is accepted.
    """

    # Ignore unknown members instead, as the tutorial's routes do.
    is_lenient = False
    # Hints for members that another route changes, e.g. "Change it with POST /users/me/email".
    elsewhere: Mapping[str, str] = {}
    fields: Any

    def to_internal_value(self, data: Any) -> Any:
        refused = self._refused(data) if isinstance(data, Mapping) else iter(())
        errors = dict(islice(refused, MAXIMUM_REFUSED))
        try:
            values = super().to_internal_value(data)
        except ValidationError as error:
            if not errors or not isinstance(error.detail, dict):
                raise
            raise ValidationError({**error.detail, **errors}) from error
        if errors:
            raise ValidationError(errors)
        return values

    def _refused(self, data: Mapping[str, Any]) -> Iterator[tuple[str, list[ErrorDetail]]]:
        if self.is_lenient:
            return
        ignored = FORM_MEMBERS if isinstance(data, QueryDict) else set()
        fields: dict[str, Any] = self.fields.fields
        for name in data:
            if name in fields:
                if fields[name].read_only and not self._is_as_stored(name, data[name]):
                    text = self.elsewhere.get(name, _("This can't be set. Leave it out."))
                    yield name, [ErrorDetail(text, code="read_only")]
            elif name not in ignored:
                writable = {name for name, field in fields.items() if not field.read_only}
                hint = did_you_mean(name, writable.difference(data))
                text = self.elsewhere.get(name, _("There is no such member.") + hint)
                yield name[:MAXIMUM_NAME], [ErrorDetail(text, code="unknown_member")]

    def _is_as_stored(self, name: str, value: Any) -> bool:
        if self.instance is None:
            return False
        field = self.fields[name]
        stored = field.get_attribute(self.instance)
        return bool((None if stored is None else field.to_representation(stored)) == value)


class Serializer(StrictMembersMixin, serializers.Serializer[Any]):
    """A serializer without a model that refuses unknown members."""
