"""The columns by which names are found that look alike.

Servers of the release before store and change names without them. Such rows are found by a partial
index, and accounts/services/name_looks.py computes their columns.
"""

from typing import Any, Self, TypeVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Replace
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from accounts.identity import look_alikes, names, scripts
from bookstore_project.db.fields import DerivedCharField
from bookstore_project.digests import SHA256_LENGTH

ModelT = TypeVar("ModelT", bound=models.Model)

NAME_LOOKS = ("name_spaced", "name_skeleton", "name_script")


def _without_spaces(column: str) -> Replace:
    return Replace(column, Value(" "), Value(""))


# Names that were stored without the columns, or changed since without them.
IS_STALE = Q(name_spaced=None) | ~Q(
    Exact(_without_spaces("name_spaced"), _without_spaces("name_key"))
)

LOOK_INDEXES = (
    models.Index(fields=["name_spaced"], name="user_name_spaced"),
    models.Index(fields=["name_skeleton", "name_script"], name="user_name_skeleton"),
    models.Index(fields=["id"], name="user_stale_look", condition=IS_STALE),
)


class NameLookQuerySet(models.QuerySet[ModelT]):
    def looking_like(self, name: str) -> Self:
        """Return the users whose names look like `name`, besides the one who has it.

        They differ in the number of spaces, or are in another script whose letters look the same.
        """
        spaced, skeleton = look_alikes.name_spaced(name), look_alikes.name_skeleton(name)
        alike = Q(name_spaced=spaced) if " " in spaced else Q(pk__in=[])
        if skeleton is not None:
            same = sorted(scripts.overlapping(scripts.script_of(name)))
            alike |= Q(name_skeleton=skeleton) & ~Q(name_script__in=same)
        return self.filter(alike)

    def with_stale_look(self) -> Self:
        """Return the users whose columns are not those of their name."""
        return self.filter(IS_STALE)


class NameLook(models.Model):
    """The columns of the look of a user's name. They are null in rows of the release before."""

    # What a user has too.
    name: Any
    everyone: Any

    name_spaced = DerivedCharField(
        max_length=names.MAXIMUM_KEY_LENGTH,
        null=True,
        source="name",
        derive=look_alikes.name_spaced,
    )
    name_skeleton = DerivedCharField(
        max_length=SHA256_LENGTH,
        null=True,
        source="name",
        derive=look_alikes.name_skeleton,
    )
    name_script = DerivedCharField(
        max_length=scripts.MAXIMUM_LENGTH, null=True, source="name", derive=scripts.script_of
    )

    class Meta:
        abstract = True

    def require_distinct_name(self) -> None:
        """Raise ValidationError if a new name mixes scripts, or looks like that of another user.

        A name that is stored for this user already stays valid, in any case.
        """
        users = type(self).everyone
        stored = users.filter(pk=self.pk).values_list("name", flat=True).first()
        if stored is not None and not look_alikes.looks_different(self.name, stored):
            return
        try:
            scripts.validate_scripts(self.name)
        except ValidationError as error:
            raise ValidationError({"name": error}) from error
        if users.filter(deleted_at=None).exclude(pk=self.pk).looking_like(self.name).exists():
            alike = ValidationError(
                _("This name looks like that of another user."), code="name_look_alike"
            )
            raise ValidationError({"name": alike})
